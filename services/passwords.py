"""The password of each NATS user: made, kept in the data folder, told to who runs as it."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

import msgspec

NATS_USERS = ("ingest", "stream", "api", "access", "system")


def nats_passwords(data_dir: Path) -> dict[str, str]:
    """The password of each NATS user, made on first use and kept in the data folder for its owner alone."""
    path = data_dir / "secrets.json"
    if not path.exists():
        # nats-server reads an all-digit value as a number: begin with a letter.
        passwords = {user: "p" + secrets.token_urlsafe(32) for user in NATS_USERS}
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(passwords, file)
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str])


def nats_password(data_dir: Path, service: str) -> str:
    return nats_passwords(data_dir)[service]
