"""`lookout tail`: follows what is recorded through lost connections, without a gap or a repeat."""

from __future__ import annotations

import json
import os
import random
import shutil
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlencode

import msgspec
from msgspec import Raw, Struct, field
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from services.emit import RETRIED, EmitError, NotRunning, credential, detail, exchange, parts, untrusted
from services.events import CONTROL_FRAMES, EVENT_TYPES, Recorded, decode
from services.line import escape, line
from services.query import Query, matches
from services.row import row
from services.terms import Match

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 20.0
"""Seconds, of which a random part is waited before the first and before a late attempt to come back."""

DEAD = 1.5
"""Heartbeats of the server after which a silent connection is dead."""


class Frame(Struct):
    """What the relay sends; `data` of an event is not read here."""

    event: str
    data: Raw
    seq: int = 0


class Named(Struct):
    event: str


class Hello(Struct):
    epoch: str
    heartbeat: float


class Subscribed(Struct):
    recovered: bool
    epoch: str
    start: int = field(name="from")


class Said(Struct):
    message: str


class Stored(Struct):
    """What an event has beside its envelope, live and in the history."""

    type: str
    seq: int
    stored: datetime


class Page(Struct):
    """What `GET /events` answers: the newest first, and the position up to which it looked."""

    events: list[Raw]
    seq: int
    complete: bool = True


def follow(url: str, query: Query, text: str, since: int | None, count: int | None, as_json: bool) -> int:
    """Prints the events that match, each as one line, until it is interrupted; `text` is what `query` was parsed from.

    It begins after the position `since`, or with the newest `count`, or with what is recorded from now on.
    """
    printer = Printer(query, as_json)
    for event in _events(url, query, text, since, count):
        printer.take(event)
    return 0


def _events(url: str, query: Query, text: str, since: int | None, count: int | None) -> Iterator[bytes]:
    if count is not None:
        page = newest(url, text, count)
        since = page.seq
        yield from map(bytes, reversed(page.events))
    yield from Follower(url, types(query), since).events()


def types(query: Query) -> list[str]:
    """The events to subscribe to: those of a `type:` that names known ones only, else all."""
    for term in query.terms:
        if isinstance(term, Match) and term.field == "type" and not term.negated:
            names = [value.text.lower() for value in term.values]
            if all(name in EVENT_TYPES for name in names):
                return names
    return ["*"]


def newest(url: str, text: str, count: int) -> Page:
    answer = exchange("GET", f"{url}/events?{urlencode({'q': text, 'limit': count})}")
    if answer.status != 200:
        said = escape(detail(answer.status, answer.body))
        raise EmitError(f"{url}/events gives no history ({answer.status}): {said}")
    page = msgspec.json.decode(answer.body, type=Page)
    if not page.complete:
        say(f"The search took too long: there may be more than these {len(page.events)} of the {count}.")
    return page


class Printer:
    """Writes the events that match to stdout, coloured where that is a terminal and NO_COLOR is not set."""

    def __init__(self, query: Query, as_json: bool) -> None:
        self._query = query
        self._as_json = as_json
        self._terminal = sys.stdout.isatty()
        self._colour = self._terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def take(self, event: bytes) -> None:
        stored = msgspec.json.decode(event, type=Stored)
        recorded = Recorded(stored.seq, stored.stored, decode(stored.type, event))
        if not matches(self._query, row(recorded), datetime.now(UTC)):
            return
        print(_as_json(event, stored.type) if self._as_json else self._line(recorded), flush=True)

    def _line(self, recorded: Recorded) -> str:
        width = shutil.get_terminal_size().columns if self._terminal else 0
        return line(recorded, datetime.now().astimezone(), self._colour, width)


def _as_json(event: bytes, name: str) -> str:
    """In ASCII, so that no terminal takes a part of it for a command."""
    return json.dumps({"event": name, **json.loads(event)}, separators=(",", ":"))


def pause(attempts: int) -> float:
    """Seconds to wait after so many attempts in vain: any part of the longest, lest all clients come back at once."""
    return random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(attempts, 10)))


class Follower:
    """A client that comes back when its connection is lost, and goes on where it was."""

    def __init__(self, url: str, names: list[str], since: int | None, pause: Callable[[int], float] = pause) -> None:
        parts(url)
        self._url = url
        self._names = names
        self._position = since
        self._pause = pause
        self._epoch = ""
        self._silence = LONGEST_PAUSE
        self._attempts = 0
        self._met = False

    def events(self) -> Iterator[bytes]:
        """Every event from the position on, in order and without end.

        Raises NotRunning where the very first connection fails, EmitError where Lookout does not want this client.
        """
        while True:
            try:
                with _connected(self._url) as socket:
                    yield from self._received(socket)
            except ConnectionClosed as closed:
                reason = _why(closed)
            except InvalidHandshake as refused:
                reason = self._refusal(refused)
            except ssl.SSLCertVerificationError as error:
                raise EmitError(untrusted(self._url, error.verify_message)) from error
            except (OSError, EOFError, WebSocketException) as error:
                if isinstance(error, OSError) and not self._met:
                    raise NotRunning(self._url, error) from error
                reason = str(error) or type(error).__name__
            self._wait(reason)

    def _received(self, socket: ClientConnection) -> Iterator[bytes]:
        while True:
            message = socket.recv(timeout=self._silence, decode=False)
            frame = msgspec.json.decode(message, type=Frame)
            if frame.event == "batch":
                yield from _events_in(frame.data)
            elif frame.event not in CONTROL_FRAMES:
                yield bytes(message)
            else:
                self._answer(socket, frame)
            self._position = max(self._position or 0, frame.seq) if frame.seq else self._position

    def _answer(self, socket: ClientConnection, frame: Frame) -> None:
        match frame.event:
            case "hello":
                self._subscribe(socket, msgspec.json.decode(frame.data, type=Hello))
            case "subscribed":
                self._begin(msgspec.json.decode(frame.data, type=Subscribed))
            case "ping":
                socket.send('{"event":"pong","data":{}}')
            case "error":
                say(msgspec.json.decode(frame.data, type=Said).message)

    def _subscribe(self, socket: ClientConnection, hello: Hello) -> None:
        self._silence = hello.heartbeat * DEAD
        data: dict[str, object] = {"events": self._names, "batch": True}
        if self._position is not None:
            data["since"] = {"epoch": self._epoch or hello.epoch, "seq": self._position}
        socket.send(json.dumps({"event": "subscribe", "data": data}))

    def _begin(self, subscribed: Subscribed) -> None:
        if not subscribed.recovered:
            say(
                f"The log has not all that follows {self._position} (it was trimmed, or is another one): "
                f"going on after {subscribed.start}."
            )
        elif self._met:
            say(f"Connected again, and going on after {subscribed.start}.")
        self._position, self._epoch = subscribed.start, subscribed.epoch
        self._met, self._attempts = True, 0

    def _refusal(self, refused: InvalidHandshake) -> str:
        """Raises EmitError where coming back would not help."""
        status = refused.response.status_code if isinstance(refused, InvalidStatus) else 0
        if status in RETRIED or (self._met and not status):
            return str(refused)
        if isinstance(refused, InvalidStatus) and status in (401, 403):
            said = escape(detail(status, bytes(refused.response.body or b"")))
            raise EmitError(f"{self._url}/ws refused it ({status}): {said}") from refused
        raise EmitError(
            f"{self._url}/ws is no WebSocket of Lookout ({refused}): is monitoring.websocket.enabled false?"
        ) from refused

    def _wait(self, reason: str) -> None:
        seconds = self._pause(self._attempts)
        self._attempts += 1
        say(f"The connection to {self._url} is lost ({reason}): trying again in {seconds:.1f} s.")
        time.sleep(seconds)


def _events_in(batch: Raw) -> Iterator[bytes]:
    """Of a batch; in the place of some that were erased it may say so."""
    for each in msgspec.json.decode(batch, type=list[Raw]):
        if msgspec.json.decode(each, type=Named).event not in CONTROL_FRAMES:
            yield bytes(each)


def _connected(url: str) -> ClientConnection:
    scheme, host, _, _ = parts(url)
    # The server's own pings are enough; a proxy is nothing that the other commands would use.
    return connect(
        f"ws{url.removeprefix('http')}/ws",
        additional_headers=credential(scheme, host),
        compression=None,
        open_timeout=20,
        ping_interval=None,
        close_timeout=1,
        max_size=None,
        proxy=None,
    )


def _why(closed: ConnectionClosed) -> str:
    """Raises EmitError for a close that coming back would only repeat."""
    code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "no word of why")
    if 4400 <= code < 4500:
        raise EmitError(f"Lookout ended the connection ({code}): {escape(reason)}") from closed
    return f"{code}: {reason}"


def say(sentence: str) -> None:
    print(f"lookout: {escape(sentence)}", file=sys.stderr, flush=True)
