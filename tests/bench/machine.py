"""On what was measured: a figure says nothing without it."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import psutil

from services.settings import ROOT
from tests.stack import BIN

PACKAGES = ("nats-py", "hypercorn", "quart", "msgspec", "uvloop", "picows")


def machine() -> dict[str, str]:
    memory = psutil.virtual_memory().total / 2**30
    return {
        "processor": f"{_model()}, {os.cpu_count()} cores",
        "memory": f"{memory:.0f} GiB",
        "disk": f"{_file_system(Path(tempfile.gettempdir()))}, which writes and syncs 4 KiB in {_sync_ms():.1f} ms",
        "system": f"{platform.system()} {platform.release()}",
        "python": sys.version.split()[0],
        "nats-server": _said(BIN / "nats-server", "--version").removeprefix("nats-server: "),
        "caddy": _said(BIN / "caddy", "version").split()[0],
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    }


def commit() -> str:
    """Of these sources; `?` where they are no clone."""
    run = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return run.stdout.strip() or "?"


def _model() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


def _file_system(folder: Path) -> str:
    on = [each for each in psutil.disk_partitions(all=True) if folder.is_relative_to(each.mountpoint)]
    return max(on, key=lambda each: len(each.mountpoint)).fstype


def _sync_ms() -> float:
    """The median of 50: what a durable answer waits for at least."""
    took = []
    with tempfile.TemporaryFile() as file:
        for _ in range(50):
            began = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


def _said(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
