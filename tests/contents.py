"""What is on a disk to which other processes write."""

from __future__ import annotations

import stat
from contextlib import suppress
from pathlib import Path


def contents(folder: Path) -> dict[Path, bytes]:
    """Every file with what is in it; looked at again where one went away meanwhile, since it may have another name."""
    while True:
        with suppress(FileNotFoundError):
            return {path: path.read_bytes() for path in folder.rglob("*") if stat.S_ISREG(path.stat().st_mode)}
