"""Ports for what tests start: nobody else takes them between being chosen and being bound.

They are below those that the kernel gives to outgoing connections (on Linux and macOS from 32768 and 49152), and each
process of tests has a thousand of its own.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from functools import cache
from itertools import chain, cycle
from pathlib import Path

FIRST, END = 12_000, 32_000
OWN = 1_000
LOCKS = Path("/tmp")
"""One folder for all, whatever TMPDIR is for some of them."""


def free_block() -> int:
    """The first of ten neighbouring ports that are free."""
    return next(first for first in _blocks() if all(_is_free(first + offset) for offset in range(10)))


def free_ports(count: int) -> list[int]:
    ports = _singles()
    return [next(ports) for _ in range(count)]


@cache
def _blocks() -> Iterator[int]:
    first = _own()
    return cycle(range(first, first + OWN, 10))


@cache
def _singles() -> Iterator[int]:
    def blocks() -> Iterator[range]:
        while True:
            first = free_block()
            yield range(first, first + 10)

    return (port for port in chain.from_iterable(blocks()) if _is_free(port))


def _own() -> int:
    """The first of this process's ports: the file that tells so is locked until the process ends."""
    for first in range(FIRST, END, OWN):
        lock = os.open(LOCKS / f"lookout-tests-{os.getuid()}-{first}", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        else:
            return first
    raise AssertionError("too many processes of tests at once")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
