"""What `lookout up` says once Lookout answers: where it is, and what to do next."""

from __future__ import annotations

import asyncio
import sys

from services import users
from services.gateway import fingerprint, root_certificate
from services.settings import Settings


def welcome(settings: Settings) -> str:
    return _team_welcome(settings) if settings.is_team else _local_welcome(settings)


def _local_welcome(settings: Settings) -> str:
    url = settings.url
    hooks = settings.data_dir / "claude-code.json"
    return f"""
Lookout runs at {url}  (data in {settings.data_dir}, Ctrl-C stops it)

  Claude Code     claude --settings {hooks}
  claude-mpm      export CLAUDE_MPM_SERVER_PORT={settings.port} CLAUDE_MPM_SOCKETIO_PORT={settings.port}
  anything else   curl {url}/events -d '{{"type": "custom_event", "data": {{"message": "hello"}}}}'
"""


def _team_welcome(settings: Settings) -> str:
    lines = [f"\nLookout runs at {settings.url}  (data in {settings.data_dir}, Ctrl-C stops it)\n"]
    if not settings.has_public_name:
        root = root_certificate(settings.data_dir)
        lines.append(f"  Certificate     trust {root}")
        lines.append(f"                  (also {settings.url}/root.crt), SHA-256 {fingerprint(root)}")
    lines.append(f"  People          {_first_admin(settings)}")
    lines.append("  Machines        lookout key create --ingest --project NAME")
    lines.append(f"  An agent's host lookout forward --to {settings.url} --key-file FILE\n")
    return "\n".join(lines)


def _first_admin(settings: Settings) -> str:
    """Makes the first user where there is none. The link is for a person at a terminal, and not for a log."""
    if not sys.stdout.isatty():
        return "lookout user add NAME --role admin"
    link = asyncio.run(users.first_admin(settings))
    return f"sign in as admin with the one-time link {link}" if link else "lookout user add NAME --role viewer"
