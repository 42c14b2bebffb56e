"""Whether there is room on a disk."""

from __future__ import annotations

import shutil
from pathlib import Path

RESERVE = 16 << 20
"""Bytes that must be free. nats-server stores nothing more after a write of its own has failed for want of room, until
its storage is opened anew: so events are turned away before it comes to that."""


def is_full(folder: Path) -> bool:
    """Whether the disk of that folder is; one that is not there (another machine has it) is not."""
    try:
        return shutil.disk_usage(folder).free < RESERVE
    except FileNotFoundError:
        return False
