"""On what was measured: a figure says nothing without it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import psutil

from tests.stack import BIN

PACKAGES = ("nats-py", "hypercorn", "quart", "msgspec", "uvloop", "picows")


def machine() -> dict[str, str]:
    memory = psutil.virtual_memory().total / 2**30
    return {
        "processor": f"{_model()}, {os.cpu_count()} cores",
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "load before": " ".join(f"{each:.2f}" for each in os.getloadavg()),
        "python": sys.version.split()[0],
        "nats-server": _said(BIN / "nats-server", "--version").removeprefix("nats-server: "),
        "caddy": _said(BIN / "caddy", "version").split()[0],
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    }


def _model() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


def _said(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
