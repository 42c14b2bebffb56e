"""The password of each NATS user: made, kept in the data folder, told to who runs as it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import msgspec

NATS_USERS = ("ingest", "stream", "api", "access", "system")


def nats_passwords(data_dir: Path) -> dict[str, str]:
    """The password of each NATS user, made on first use and kept in the data folder for its owner alone."""
    path = data_dir / "secrets.json"
    passwords = msgspec.json.decode(path.read_bytes(), type=dict[str, str]) if path.exists() else {}
    missing = [user for user in NATS_USERS if user not in passwords]
    if missing:
        # nats-server reads an all-digit value as a number: begin with a letter.
        passwords |= {user: "p" + secrets.token_urlsafe(32) for user in missing}
        _write(path, msgspec.json.encode(passwords))
    return passwords


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, and never open to others."""
    beside = path.with_suffix(".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        os.fsync(file.fileno())
    beside.replace(path)


def nats_password(data_dir: Path, service: str) -> str:
    return nats_passwords(data_dir)[service]
