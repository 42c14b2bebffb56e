"""A NATS client that speaks the protocol itself, and so can try what no library would."""

from __future__ import annotations

import json
import socket
from base64 import urlsafe_b64encode
from types import TracebackType

import nkeys


class Wire:
    """One connection, signed in with a user and password or with the seed of a key pair."""

    def __init__(self, port: int, *, user: str = "", password: str = "", seed: str = "") -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        # Each line is a write of its own, which must not wait until the one before it is acknowledged.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = b""
        info = json.loads(self._line().removeprefix(b"INFO "))
        options: dict[str, object] = {"verbose": False, "pedantic": False, "headers": True}
        if seed:
            pair = nkeys.from_seed(bytearray(seed.encode()))
            signed = urlsafe_b64encode(pair.sign(info["nonce"].encode())).rstrip(b"=").decode()
            options |= {"nkey": pair.public_key.decode(), "sig": signed}
        else:
            options |= {"user": user, "pass": password}
        self._send(f"CONNECT {json.dumps(options)}")
        self.greeting = self._until_pong()
        self._subscriptions = 0

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def may_publish(self, subject: str, reply: str = "", payload: str = "") -> bool:
        self._send(f"PUB {subject} {reply} {len(payload)}\r\n{payload}")
        return self._was_allowed()

    def may_subscribe(self, subject: str, queue: str = "") -> bool:
        self._subscriptions += 1
        self._send(f"SUB {subject} {queue} {self._subscriptions}")
        allowed = self._was_allowed()
        self._send(f"UNSUB {self._subscriptions}")
        return allowed

    def _was_allowed(self) -> bool:
        lines = self._until_pong()
        assert not [line for line in lines if line.startswith(b"-ERR") and b"Permissions Violation" not in line], lines
        return not any(line.startswith(b"-ERR") for line in lines)

    def _until_pong(self) -> list[bytes]:
        """What the server says until it has taken all that was sent."""
        self._send("PING")
        lines: list[bytes] = []
        while not lines or lines[-1] != b"PONG":
            line = self._line()
            if not line:
                return lines
            lines.append(line)
        return lines

    def _send(self, line: str) -> None:
        self._socket.sendall(line.encode() + b"\r\n")

    def _line(self) -> bytes:
        """The next line; empty where the server has closed the connection."""
        while b"\r\n" not in self._unread:
            try:
                received = self._socket.recv(65536)
            except ConnectionResetError:
                received = b""
            if not received:
                return b""
            self._unread += received
        line, self._unread = self._unread.split(b"\r\n", 1)
        return line
