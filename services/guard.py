"""Who may come in: an ASGI layer around a service, in local mode and in team mode.

Local mode: whoever is on this machine, except pages of the web. Team mode: who shows a machine key or the cookie of a
browser session; the gateway's own check (`forward_auth`) is a gate and no authority, since agents run shells on the
same machine and reach a service past it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine
from typing import Any

from services import access, problem
from services.access import ADDRESS, IDENTITY, Action, Identity
from services.accounts import Accounts, Table
from services.asgi import App, Receive, Send, for_this_machine
from services.eventlog import Bus
from services.events import now
from services.limits import ByAddress, network, seconds
from services.log import Unavailable
from services.passwords import gateway_secret
from services.problem import Problem
from services.settings import Settings
from services.subjects import SEEN

Need = Callable[[str, str], Action | None]
"""What a request of this method to this path needs; None where everyone may."""


def guarded(app: App, settings: Settings, accounts: Accounts | None, need: Need, uses: Uses) -> App:
    """The application, open to whom it may be open; `accounts` are None in local mode."""
    if accounts is None:
        return local(app)
    return Guard(app, accounts, need, settings.url, gateway_secret(settings.data_dir), uses)


async def accounts_of(settings: Settings, table: Table) -> Accounts | None:
    """Who may come in, read as soon as the bucket is there; None in local mode."""
    if not settings.is_team:
        return None
    accounts = Accounts(table)
    while True:
        try:
            await accounts.load()
        except Unavailable:
            await asyncio.sleep(0.25)
        else:
            return accounts


def following(accounts: Accounts | None, uses: Uses) -> list[Coroutine[Any, Any, None]]:
    """What must run beside a guarded service."""
    return [] if accounts is None else [accounts.follow(), uses.run()]


def local(app: App) -> App:
    """In local mode everyone who gets here may do everything."""

    async def guarded(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            scope[IDENTITY] = access.LOCAL
            scope[ADDRESS] = _peer(scope)
        await app(scope, receive, send)

    return for_this_machine(guarded)


class Guard:
    """In team mode. `origin` is the site's own (https://monitor.example.com), the only one whose pages may send.

    `gateway` is the secret that the gateway shows; only then it is believed where a request comes from, for a shell on
    this machine could tell of a new address with each guess. `used` gets the credential of each request, for the note
    of its last use.
    """

    def __init__(
        self,
        app: App,
        accounts: Accounts,
        need: Need,
        origin: str,
        gateway: str,
        used: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._clock = clock
        self._failures = ByAddress(*FAILURES)
        self._handshakes = ByAddress(*HANDSHAKES)
        self._accounts = accounts
        self._need = need
        self._origin = origin
        self._gateway = gateway.encode()
        self._used = used

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        try:
            scope[ADDRESS] = self._address(scope)
            scope[IDENTITY] = self._admit(scope)
        except Problem as trouble:
            await refuse(scope["type"], send, trouble)
            return
        await self._app(scope, receive, send)

    def _admit(self, scope: Any) -> Identity | None:
        """Raises Problem 401, 403, 429 or 400."""
        headers = scope["headers"]
        method = scope.get("method", "GET")
        if scope["type"] == "websocket":
            self._count(self._handshakes, scope, "Too many connections are being opened from this address.")
        need = self._need(method, scope["path"])
        authorization = header(headers, b"authorization")
        known = self._accounts.access.identify(authorization, header(headers, b"cookie"), now())
        if authorization and known is None:
            # A cookie that is over is what every browser has in the morning; who guesses, guesses keys.
            self._count(self._failures, scope, "Too many keys that are none came from this address.")
        if scope["type"] == "websocket" or method not in ("GET", "HEAD"):
            self._check_origin(headers)
        if known is not None:
            self._used(known.credential)
        if need is not None and known is None:
            raise Problem(401, "Sign in, or send a machine key as `Authorization: Bearer lk_...`.")
        if need is not None and known is not None and not known.may(need):
            raise Problem(403, f"{known} may not {WORDS[need]} here: ask an admin for another role.")
        return known

    def _address(self, scope: Any) -> str:
        """Raises Problem 400."""
        shown = header(scope["headers"], GATEWAY).encode()
        is_gateway = secrets.compare_digest(shown, self._gateway)
        forwarded = header(scope["headers"], b"x-forwarded-for") if is_gateway else ""
        return network(forwarded, _peer(scope))

    def _count(self, buckets: ByAddress, scope: Any, sentence: str) -> None:
        """Raises Problem 429."""
        wait = buckets.take(scope[ADDRESS], self._clock())
        if wait:
            raise Problem(429, sentence, retry_after=seconds(wait))

    def _check_origin(self, headers: list[tuple[bytes, bytes]]) -> None:
        origin = header(headers, b"origin")
        if origin and origin.lower() != self._origin:
            raise Problem(403, "Pages of other origins may not talk to Lookout.")


def _peer(scope: Any) -> str:
    """The other end of the connection."""
    return str((scope.get("client") or [""])[0])


GATEWAY = b"x-lookout-gateway"

FAILURES = (1 / 6, 10)
HANDSHAKES = (10, 200)
"""What one address may do a second in the long run, and at once: send keys that are none; open WebSockets."""

WORDS: dict[Action, str] = {
    "ingest": "send events",
    "read": "read",
    "operate": "change anything",
    "administer": "administer users and keys",
}


def header(headers: list[tuple[bytes, bytes]], name: bytes) -> str:
    """The value of a header that stands once; raises Problem 400 where it stands twice, since each may mean another."""
    values = [value for key, value in headers if key.lower() == name]
    if name == b"cookie":
        # HTTP/2 lets a browser split it (RFC 9113, 8.2.3).
        return "; ".join(value.decode("latin-1") for value in values)
    if len(values) > 1:
        raise Problem(400, f"The header {name.decode()} stands {len(values)} times; send it once.")
    return values[0].decode("latin-1") if values else ""


async def refuse(kind: str, send: Send, trouble: Problem) -> None:
    """Answers a request, or the handshake of a WebSocket, by a problem."""
    prefix = "http" if kind == "http" else "websocket.http"
    fields = problem.headers(trouble)
    if trouble.status == 401:
        fields["www-authenticate"] = 'Bearer realm="lookout"'
    if kind == "websocket":
        fields["connection"] = "close"
    headers = [(name.encode(), value.encode()) for name, value in fields.items()]
    await send({"type": f"{prefix}.response.start", "status": trouble.status, "headers": headers})
    await send({"type": f"{prefix}.response.body", "body": problem.body(trouble), "more_body": False})


class Uses:
    """Tells the API, which keeps the records, what was used: each credential at most once a minute."""

    EVERY = 60.0

    def __init__(self, bus: Bus, clock: Callable[[], float]) -> None:
        self._bus = bus
        self._clock = clock
        self._told: dict[str, float] = {}
        self._due: set[str] = set()

    def __call__(self, credential: str) -> None:
        if credential and self._clock() - self._told.get(credential, -self.EVERY) >= self.EVERY:
            self._due.add(credential)

    async def run(self) -> None:
        """Tells every few seconds, without end."""
        while True:
            await asyncio.sleep(5)
            due, self._due = self._due, set()
            for credential in due:
                self._told[credential] = self._clock()
                await self._bus.publish(SEEN, credential.encode())
            horizon = self._clock() - self.EVERY
            self._told = {each: at for each, at in self._told.items() if at > horizon}
