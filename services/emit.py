"""Custom events from Python, with nothing but the standard library:

    from services.emit import emit
    emit("custom_event", {"message": "Custom data"})

They go to `LOOKOUT_URL`, or else to this machine at `LOOKOUT_PORT` (5000 where neither is set). A team's Lookout takes
them with the machine key that `LOOKOUT_KEY` holds; where it has a private authority, `SSL_CERT_FILE` names its root.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

RETRIED = {429, 502, 503, 504}
"""Too much at once, or a service that starts anew: the same request may succeed soon."""

LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}


class EmitError(Exception):
    """Lookout did not take what was sent, in one sentence."""


class NotRunning(EmitError):
    """Nothing listens where Lookout should."""

    def __init__(self, address: str, error: OSError) -> None:
        reason = error.strerror or str(error)
        super().__init__(
            f"Lookout does not answer at {address} ({reason}): start it with `lookout up`, or set LOOKOUT_URL."
        )


class Unanswered(EmitError):
    """The connection broke or stayed silent: whether the event is stored is unknown."""


class Answer(NamedTuple):
    status: int
    retry_after: float
    """Seconds to wait before the same request is sent again."""
    body: bytes


def emit(
    type: str,  # noqa: A002
    data: Mapping[str, Any] | None = None,
    *,
    project: str = "",
    session: str = "",
    agent: str = "",
    url: str = "",
    timeout: float = 10.0,
) -> int:
    """Sends one event and returns its position in the log (`seq`), once it is on disk; 0 where a forwarder has it.

    `data` is any JSON object. For `timeout` seconds it is sent again where Lookout is busy, under one id, so that it
    is stored once. Raises EmitError where it is refused, or cannot be sent.
    """
    named = {"project": project, "session": session, "agent": agent}
    event = {"type": type, "data": data or {}, "id": os.urandom(16).hex()}
    body = json.dumps(event | {name: value for name, value in named.items() if value}, allow_nan=False)
    answer = deliver(f"{url or default_url()}/events", body.encode(), timeout)
    seq: int = json.loads(answer)["events"][0].get("seq", 0)
    return seq


def default_url() -> str:
    return os.environ.get("LOOKOUT_URL", f"http://localhost:{os.environ.get('LOOKOUT_PORT', '5000')}").rstrip("/")


def deliver(url: str, body: bytes, timeout: float, headers: Mapping[str, str] | None = None) -> bytes:
    """POSTs JSON, the same body again for `timeout` seconds while Lookout is busy, and returns what it answers."""
    deadline = time.monotonic() + timeout
    while True:
        wait = 0.5
        try:
            answer = exchange("POST", url, body, headers, timeout=max(deadline - time.monotonic(), 0.1))
            if answer.status < 300:
                return answer.body
            said = detail(answer.status, answer.body)
            trouble: EmitError = EmitError(f"{url} refused it ({answer.status}): {said}")
            if answer.status not in RETRIED:
                raise trouble
            wait = answer.retry_after
        except Unanswered as unanswered:
            trouble = unanswered
        if time.monotonic() + wait > deadline:
            raise trouble
        time.sleep(wait)


def exchange(
    method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None, timeout: float = 10.0
) -> Answer:
    """One HTTP request with the key of `LOOKOUT_KEY`, whatever its answer's status.

    Raises NotRunning, Unanswered, or EmitError for a wrong URL, a wrong key or a certificate that is not trusted.
    It is HTTP/1.0, whose answers end with the connection, because `http.client` takes 16 ms to import.
    """
    scheme, host, port, path = parts(url)
    fields = {"Host": f"{host}:{port}", "Content-Type": "application/json", "Content-Length": str(len(body))}
    fields |= credential(scheme, host)
    lines = [f"{name}: {value}" for name, value in (fields | dict(headers or {})).items()]
    head = "\r\n".join([f"{method} {path} HTTP/1.0", *lines, "", ""])
    with _connected(scheme, host, port, timeout) as connection:
        try:
            connection.sendall(head.encode() + body)
            raw = b"".join(iter(lambda: connection.recv(65536), b""))
            return _answer(raw)
        except (OSError, ValueError) as error:
            raise Unanswered(
                f"{url} gave no whole answer ({error}): look at the logs in Lookout's data folder."
            ) from error


def credential(scheme: str, host: str) -> dict[str, str]:
    """The header that shows the key of `LOOKOUT_KEY`; raises EmitError where everyone on the way could read it."""
    key = os.environ.get("LOOKOUT_KEY", "").strip()
    if not key:
        return {}
    if scheme != "https" and host not in LOOPBACK:
        raise EmitError(f"LOOKOUT_KEY is not sent to {host} without TLS: LOOKOUT_URL should begin with https://.")
    if not (key.isascii() and key.isprintable()):
        raise EmitError("LOOKOUT_KEY is no machine key: it should be like lk_ing_..., on one line.")
    return {"Authorization": f"Bearer {key}"}


def parts(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path. Raises EmitError for what is no address."""
    scheme, _, rest = url.partition("://")
    authority, _, path = rest.partition("/")
    host, colon, port = authority.rpartition(":") if not authority.endswith("]") else (authority, "", "")
    host, port = (host, port) if colon else (authority, "443" if scheme == "https" else "80")
    if scheme not in ("http", "https") or not host or not port.isdecimal():
        raise EmitError(
            f"{url} is no address of Lookout: LOOKOUT_URL should be like http://localhost:5000, LOOKOUT_PORT a number."
        )
    return scheme, host, int(port), f"/{path}"


def _connected(scheme: str, host: str, port: int, timeout: float) -> socket.socket:
    try:
        connection = socket.create_connection((host.strip("[]"), port), timeout)
        if scheme == "http":
            return connection
        import ssl

        try:
            return ssl.create_default_context().wrap_socket(connection, server_hostname=host.strip("[]"))
        except ssl.SSLCertVerificationError as error:
            raise EmitError(untrusted(f"{scheme}://{host}:{port}", error.verify_message)) from error
    except OSError as error:
        raise NotRunning(f"{scheme}://{host}:{port}", error) from error


def _answer(raw: bytes) -> Answer:
    if not raw:
        raise ValueError("the connection closed before it")
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if len(body) < int(fields.get("content-length", 0)):
        raise ValueError("the connection closed in the middle of it")
    return Answer(int(status[9:12]), _seconds(fields.get("retry-after", "")), body)


def _seconds(retry_after: str) -> float:
    return float(retry_after) if retry_after.isdecimal() else 1.0


def untrusted(address: str, why: str) -> str:
    return (
        f"The certificate of {address} is not trusted ({why}): set SSL_CERT_FILE to the root certificate of its team."
    )


def detail(status: int, body: bytes) -> str:
    """What a problem+json says, or the beginning of whatever else was answered."""
    if status == 401:
        return "set LOOKOUT_KEY to a machine key of this Lookout that is neither revoked nor too old."
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return body[:200].decode(errors="replace").strip() or "without a word."
