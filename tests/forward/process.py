"""`lookout forward` as a process of its own, which a test starts, kills and posts to."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any

from tests.conftest import BIN
from tests.freeports import free_ports


class Process:
    """A forwarder with its spool and key in a folder; what it says is in `log`."""

    def __init__(self, folder: Path, to: str, key: str, ca: Path | None = None, spool: Path | None = None) -> None:
        self.folder = folder
        self.spool = spool or folder / "spool"
        self.log = folder / "forward.log"
        [self.port] = free_ports(1)
        self._to = to
        self._ca = ca
        self._running: subprocess.Popen[bytes] | None = None
        self.key_file = folder / "key"
        self.give_key(key)

    def give_key(self, key: str) -> None:
        self.key_file.touch(0o600)
        self.key_file.write_text(f"{key}\n")

    def start(self) -> None:
        flags = [f"--to={self._to}", f"--listen=127.0.0.1:{self.port}", f"--key-file={self.key_file}"]
        flags += [f"--spool={self.spool}", "--max-bytes=4194304", *([f"--ca={self._ca}"] if self._ca else [])]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LOOKOUT_")}
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                [BIN / "lookout", "forward", *flags], env=environment, stdout=log, stderr=log, cwd=self.folder
            )
        self._await_port()

    def _await_port(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            assert self._running is not None
            assert self._running.poll() is None, self.said
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)

    def end(self, number: signal.Signals = signal.SIGKILL) -> int:
        if self._running is None:
            return 0
        self._running.send_signal(number)
        code = self._running.wait(60)
        self._running = None
        return code

    @property
    def said(self) -> str:
        return self.log.read_text()

    def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> int:
        """The status of the answer; raises OSError where there is none."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode(), dict(headers or {}), method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except HTTPException as error:
            raise OSError(str(error)) from error

    @property
    def health(self) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=30) as answer:
            return json.loads(answer.read())

    def until(self, wanted: str, seconds: float = 90) -> Any:
        """The health in which the figure `wanted`, written as `waiting=0`, has that value."""
        name, _, value = wanted.partition("=")
        deadline = time.monotonic() + seconds
        while str((health := self.health)["forwarder"][name]) != value:
            assert time.monotonic() < deadline, (health, self.said)
            time.sleep(0.05)
        return health


@contextmanager
def forwarding(folder: Path, to: str, key: str, ca: Path | None = None, spool: Path | None = None) -> Iterator[Process]:
    process = Process(folder, to, key, ca, spool)
    process.start()
    try:
        yield process
    finally:
        process.end()
