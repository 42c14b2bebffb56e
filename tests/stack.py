"""A whole Lookout as users start it, on free ports, with its processes in reach."""

from __future__ import annotations

import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import xmlrpc.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from supervisor.xmlrpc import SupervisorTransport

from services.gateway import root_certificate
from services.passwords import nats_password
from tests.freeports import free_block

BIN = Path(sys.executable).parent
TEAM = {"LOOKOUT_BIND": "127.0.0.1"}
SUPERVISOR_SECONDS = 30.0
"""In which the supervisor answers, also when it is to stop a process."""
PROCESSES = ("nats", "ingest", "stream", "api", "gateway")


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Stack:
    """`lookout up` with its data in a folder of its own."""

    def __init__(self, data: Path, port: int, environment: Mapping[str, str]) -> None:
        self.data = data
        self.port = port
        self.site = environment.get("LOOKOUT_SITE", "")
        self.url = f"https://{self.site}:{port + 5}" if self.site else f"http://localhost:{port}"
        self.websocket = f"{self.url.replace('http', 'ws', 1)}/ws"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LOOKOUT_")},
            "LOOKOUT_PORT": str(port),
            "LOOKOUT_DATA": str(data),
            "LOOKOUT_METRICS_INTERVAL": "1",
            **(TEAM | {"LOOKOUT_HTTPS_PORT": str(port + 5), "LOOKOUT_HTTP_PORT": str(port + 6)} if self.site else {}),
            **environment,
        }
        self._up: subprocess.Popen[str] | None = None
        self.said = ""

    def start(self) -> subprocess.Popen[str]:
        """The `lookout up`, which says that it runs."""
        self._up = subprocess.Popen(
            [BIN / "lookout", "up"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._up.stdout is not None
        self.said = ""
        for line in self._up.stdout:
            self.said += line
            if "anything else" in line or "lookout forward" in line:
                return self._up
        raise AssertionError(f"lookout up ended with {self._up.wait()}: {self.said}")

    def stop(self) -> int:
        assert self._up is not None
        if self._up.poll() is None:
            self._up.send_signal(signal.SIGINT)
        code = self._up.wait(60)
        if self._up.stdout is not None:
            self._up.stdout.close()
        return code

    def cli(self, *arguments: str, timeout: float = 60, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [BIN / "lookout", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            **options,
        )

    @property
    def root(self) -> Path:
        """The certificate that signs the site's, in team mode."""
        return root_certificate(self.data)

    @property
    def trust(self) -> ssl.SSLContext | None:
        return ssl.create_default_context(cafile=self.root) if self.site else None

    @property
    def nats_url(self) -> str:
        return f"nats://127.0.0.1:{self.port + 4}"

    def nats_password(self, service: str) -> str:
        return nats_password(self.data, service)

    def pid(self, process: str) -> int:
        """Of the process as it runs now; 0 while it does not."""
        with self._supervisor() as supervisor:
            info: Any = supervisor.getProcessInfo(process)
        return int(info["pid"])

    @contextmanager
    def stopped(self, process: str) -> Iterator[None]:
        """The supervisor does not run that process while the block does."""
        with self._supervisor() as supervisor:
            supervisor.stopProcess(process)
        try:
            yield
        finally:
            with self._supervisor() as supervisor:
                supervisor.startProcess(process, False)

    @contextmanager
    def _supervisor(self) -> Iterator[Any]:
        transport = SupervisorTransport(None, None, f"unix://{self.data}/run/supervisor.sock")
        connect = transport._get_connection

        def answering() -> Any:
            connection = connect()
            connection.connect()
            connection.sock.settimeout(SUPERVISOR_SECONDS)
            return connection

        transport._get_connection = answering
        with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as proxy:
            yield proxy.supervisor

    def kill(self, process: str, number: signal.Signals = signal.SIGKILL) -> None:
        """kill -9 (or another signal), and back when the supervisor has started another one."""
        before = self.pid(process)
        os.kill(before, number)
        self.until_started(process, before)

    def until_started(self, process: str, before: int) -> None:
        """Another process than `before` is there."""
        deadline = time.monotonic() + 30
        while self.pid(process) in (0, before):
            assert time.monotonic() < deadline, f"{process} was not started again"
            time.sleep(0.02)

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30,
    ) -> Answer:
        asked = urllib.request.Request(self.url + path, data=body, method=method, headers=dict(headers or {}))
        try:
            with urllib.request.urlopen(asked, timeout=timeout, context=self.trust) as answer:
                return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())

    def get(self, path: str) -> Any:
        answer = self.request("GET", path)
        assert answer.status == 200, (path, answer)
        return answer.json

    def post(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.request("POST", path, encoded, {"content-type": "application/json"} | dict(headers or {}))

    def log(self, process: str) -> str:
        return (self.data / "log" / f"{process}.log").read_text(errors="replace")

    def until(self, path: str, wanted: Any, seconds: float = 15) -> Any:
        """The first answer to GET `path` for which `wanted(answer)` holds."""
        deadline = time.monotonic() + seconds
        answer: Any = None
        while time.monotonic() < deadline:
            with suppress(AssertionError, OSError):
                answer = self.get(path)
                if wanted(answer):
                    return answer
            time.sleep(0.05)
        raise AssertionError(f"{path} never became as wanted; last: {answer}")


@contextmanager
def running_stack(port: int = 0, /, **environment: str) -> Iterator[Stack]:
    with stack_in(Path(tempfile.mkdtemp(prefix="lookout-")), environment, port) as stack:
        yield stack


@contextmanager
def stack_in(data: Path, environment: Mapping[str, str], port: int = 0) -> Iterator[Stack]:
    """`data` is removed at the end."""
    stack = Stack(data, port or free_block(), environment)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def team_stack(port: int = 0, /, **environment: str) -> Iterator[Stack]:
    """In team mode: TLS by Caddy's own authority, and login."""
    with running_stack(port, LOOKOUT_SITE="localhost", **environment) as stack:
        yield stack


def stoppable() -> None:
    """Ctrl-C and SIGTERM stop this program in order, so that no Lookout of it goes on.

    Also where whoever began it had the first ignored, as a shell does in the background.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
