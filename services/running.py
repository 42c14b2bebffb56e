"""The processes of a Lookout, known by their environment, and their end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

STOP_SECONDS = 40.0


def processes_of(data: Path) -> dict[int, psutil.Process]:
    """What runs on this data folder beside this process, as `environment` in up.py has told it."""
    found = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.pid != os.getpid() and process.environ().get("STACK_RUN") == str(data / "run"):
                found[process.pid] = process
    return found


def end(data: Path) -> None:
    """Ends what runs on this data folder: a supervisor, which ends the others in order, then what has lost it."""
    while running := processes_of(data):
        tops = [process for process in running.values() if _parent(process) not in running]
        _signal(tops, signal.SIGTERM)
        _, stuck = psutil.wait_procs(tops, STOP_SECONDS)
        _signal(stuck, signal.SIGKILL)
        psutil.wait_procs(stuck)


def _parent(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return process.ppid()
    return 0


def _signal(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
