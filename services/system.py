"""nats-server itself, as its user `system` asks and tells it, one thing at a time.

On a socket of its own: whoever watches nats-server for as long as Lookout runs has 8 MiB less than with nats-py and
asyncio, for a question a second.
"""

from __future__ import annotations

import json
import secrets
import socket
import ssl
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from services.private import write_private

SECONDS = 2.0
"""The time that an answer has to come."""

SWITCH = "storing.conf"
"""Whether nats-server stores, for its configuration to include; see `services/watch.py`."""


class Silent(OSError):
    """nats-server does not answer."""


def write_switch(data: Path, on: bool) -> None:
    write_private(data / "nats" / SWITCH, f"enabled: {str(on).lower()}\n")


class System:
    """Connects when it is first asked, and anew after whatever went wrong.

    trust: for TLS, the certificates to trust; asked again for each connection, since they are renewed.
    """

    def __init__(self, host: str, port: int, password: str, trust: Callable[[], ssl.SSLContext] | None = None) -> None:
        self._address = host.strip("[]"), port
        self._password = password
        self._trust = trust
        self._socket: socket.socket | None = None
        self._lines: IO[bytes] = BytesIO()
        # Of its own, since others may ask at the same time.
        self._inbox = f"_INBOX_system.{secrets.token_hex(8)}"
        self._asked = 0

    def trouble(self) -> str:
        """What keeps nats-server from storing, in its words; empty where nothing does or it does not answer."""
        try:
            answer = self.ask("PING.HEALTHZ")
        except Silent:
            return ""
        if not answer["server"].get("jetstream"):
            return "JetStream is off"
        health = answer["data"]
        return "" if health["status"] == "ok" else str(health.get("error") or health["status"])

    def read_again(self) -> str:
        """Has nats-server read its configuration again, its users and its certificate; nobody's connection is touched.

        Returns why it does not, in its words, else nothing; raises Silent.
        """
        answer = self.ask(f"{self.ask('PING')['server']['id']}.RELOAD")
        return str(answer.get("error", {}).get("description", ""))

    def ask(self, what: str) -> Any:
        """The answer to a request of the system account (docs.nats.io, "System events"); raises Silent."""
        try:
            return json.loads(self._request(f"$SYS.REQ.SERVER.{what}", b"{}"))
        except (OSError, ValueError) as error:
            self.close()
            raise Silent(f"nats-server does not answer: {error}") from error

    def close(self) -> None:
        if self._socket is not None:
            self._lines.close()
            self._socket.close()
            self._socket = None

    def _request(self, subject: str, payload: bytes) -> bytes:
        """By the protocol of NATS clients (docs.nats.io, "Client protocol")."""
        wire = self._socket or self._connect()
        self._asked += 1
        inbox = f"{self._inbox}.{self._asked}".encode()
        wire.sendall(b"PUB %b %b %d\r\n%b\r\n" % (subject.encode(), inbox, len(payload), payload))
        while words := self._lines.readline().split():
            if words[0] == b"MSG":
                answer = self._lines.read(int(words[-1]) + 2)
                # A question that was given up may be answered still.
                if words[1] == inbox:
                    return answer
            elif words[0] == b"PING":
                wire.sendall(b"PONG\r\n")
            elif words[0] == b"-ERR":
                raise ConnectionError(b" ".join(words[1:]).decode())
        raise ConnectionError("the connection was closed")

    def _connect(self) -> socket.socket:
        wire = self._socket = socket.create_connection(self._address, SECONDS)
        # Not a byte more than the greeting: what follows may be TLS.
        with wire.makefile("rb", buffering=0) as greeting:
            greeting.readline()
        if self._trust is not None:
            wire = self._socket = self._trust().wrap_socket(wire, server_hostname=self._address[0])
        self._lines = wire.makefile("rb")
        options = {"verbose": False, "user": "system", "pass": self._password, "name": "lookout-system"}
        wire.sendall(f"CONNECT {json.dumps(options)}\r\nSUB {self._inbox}.* 1\r\n".encode())
        return wire
