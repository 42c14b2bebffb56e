"""What Lookout's own processes know each other by: made, kept in the data folder, told to who needs it."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from services.private import write_private

NATS_USERS = ("ingest", "stream", "api", "access", "system")
GATEWAY = "gateway"
"""By whose secret the services know the gateway."""


def nats_passwords(data_dir: Path) -> dict[str, str]:
    """The password of each NATS user."""
    known = _secrets(data_dir)
    return {user: known[user] for user in NATS_USERS}


def nats_password(data_dir: Path, service: str) -> str:
    return nats_passwords(data_dir)[service]


def gateway_secret(data_dir: Path) -> str:
    return _secrets(data_dir)[GATEWAY]


def _secrets(data_dir: Path) -> dict[str, str]:
    """By name, made on first use and kept in the data folder for its owner alone."""
    path = data_dir / "secrets.json"
    kept: dict[str, str] = json.loads(path.read_bytes()) if path.exists() else {}
    # nats-server reads an all-digit value as a number: begin with a letter.
    made = {name: "p" + secrets.token_urlsafe(32) for name in (*NATS_USERS, GATEWAY) if name not in kept}
    if made:
        write_private(path, json.dumps(kept | made))
    return kept | made
