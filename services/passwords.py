"""The password of each NATS user: made, kept in the data folder, told to who runs as it."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import msgspec

from services.private import write_private

NATS_USERS = ("ingest", "stream", "api", "access", "system")


def nats_passwords(data_dir: Path) -> dict[str, str]:
    """The password of each NATS user, made on first use and kept in the data folder for its owner alone."""
    path = data_dir / "secrets.json"
    kept = msgspec.json.decode(path.read_bytes(), type=dict[str, str]) if path.exists() else {}
    # nats-server reads an all-digit value as a number: begin with a letter.
    made = {user: "p" + secrets.token_urlsafe(32) for user in NATS_USERS if user not in kept}
    if made:
        write_private(path, json.dumps(kept | made))
    return kept | made


def nats_password(data_dir: Path, service: str) -> str:
    return nats_passwords(data_dir)[service]
