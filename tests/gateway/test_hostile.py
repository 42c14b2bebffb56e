"""Those who should not get in, against a team's Lookout and against the services behind its gateway.

A case is a bypass where an answer tells something that only who has signed in may know, or where something was done
that only who may do it can: what a case would have recorded, made or changed must not be there at the end.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from http.client import HTTPException, HTTPResponse
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest

from services import eventlog
from services.access import COOKIE, Grant, User
from services.accounts import Accounts
from services.events import now
from tests.browser import Browser, link_of
from tests.stack import Stack, team_stack

SECRET = "the-vaults-own"
"""Stands in every answer about the project `vault`."""

TOLD = (
    SECRET.encode(),
    b'"agents":',
    b'"users":',
    b'"keys":',
    b'"projects":',
    b'"histogram":',
    b"lookout_up",
    b'"instances":',
)
"""One of them stands in every answer of a route that is not open to everyone."""


class Held(NamedTuple):
    """What the cases are given: good credentials, and those that were good once."""

    stack: Stack
    credentials: dict[str, str]
    """Lines of a header."""

    def line(self, name: str) -> str:
        return self.credentials[name] + "\r\n" if name else ""


async def _prepared(stack: Stack) -> dict[str, str]:
    async with eventlog.connect(stack.nats_url, "access", stack.nats_password("access")) as connection:
        accounts = Accounts(connection.access)
        await accounts.load()
        made: dict[str, str] = {}
        grants = {
            "admin": Grant("admin"),
            "viewer": Grant("viewer"),
            "shop": Grant("viewer", "shop"),
            "sender": Grant("ingester", "shop"),
            "shop-admin": Grant("admin", "shop"),
        }
        for name, grant in grants.items():
            await accounts.add_user(User(name, (grant,), now()))
            made[f"{name} cookie"] = f"Cookie: {COOKIE}={await accounts.sign_in(name, now(), '', '')}"
            made[name] = f"Authorization: Bearer {(await accounts.create_key(grant, '', 'test', now(), None)).text}"
        expired = await accounts.create_key(Grant("admin"), "", "test", now(), now() - timedelta(seconds=1))
        revoked = await accounts.create_key(Grant("admin"), "", "test", now(), None)
        await accounts.revoke_key(revoked.id)
        made["expired"] = f"Authorization: Bearer {expired.text}"
        made["revoked"] = f"Authorization: Bearer {revoked.text}"
        return made


@pytest.fixture(scope="module")
def held() -> Iterator[Held]:
    with team_stack() as stack:
        held = Held(stack, asyncio.run(_prepared(stack)))
        key = {"authorization": held.credentials["admin"].partition(": ")[2]}
        stack.until("/health", lambda _: stack.request("GET", "/me", None, key).status == 200)
        place = {"project": "vault", "session": "s1"}
        call = {"tool": SECRET, "phase": "finished", "tool_use_id": "1"}
        events = [
            {**place, "type": "tool_use", "data": call},
            {**place, "type": "file_operation", "data": {"file": f"/{SECRET}", "operation": "read", "size": 1}},
            {**place, "type": "agent_activity", "data": {"agent": SECRET, "action": "invoked"}},
            {"project": "shop", "type": "built"},
        ]
        body = json.dumps(events).encode()
        # Each service looks at the accounts by itself.
        stack.until("/health", lambda _: stack.request("POST", "/events", b'{"type": "built"}', key).status == 202)
        sent = stack.request("POST", "/events", body, key)
        last = sent.json["events"][-1]["seq"]
        stack.until("/health", lambda _: stack.request("GET", f"/events/{last}", None, key).status == 200)
        before = _accounts(stack, key)
        yield held
        found = stack.request("GET", "/events?q=type:hostile", None, key).json
        assert found["events"] == []
        stack.until("/health", lambda _: _accounts(stack, key) == before)
        assert "Traceback" not in "".join(stack.log(each) for each in ("ingest", "stream", "api"))


def _accounts(stack: Stack, key: dict[str, str]) -> tuple[Any, Any]:
    users = stack.request("GET", "/users", None, key).json["users"]
    keys = stack.request("GET", "/keys", None, key).json["keys"]
    return [(each["name"], each["grants"]) for each in users], [(each["id"], each["role"]) for each in keys]


WAYS = ["site", "api"]
"""Through the gateway, and past it, as a shell on the same machine can."""


@contextmanager
def connected(held: Held, way: str, seconds: float) -> Iterator[socket.socket]:
    port = held.stack.port
    ports = {"site": port + 5, "ingest": port + 1, "stream": port + 2, "api": port + 3}
    trust = held.stack.trust
    with socket.create_connection(("127.0.0.1", ports[way]), timeout=seconds) as plain:
        if way != "site" or trust is None:
            yield plain
            return
        with trust.wrap_socket(plain, server_hostname="localhost") as secured:
            yield secured


def handshake(held: Held, way: str, request: bytes) -> int:
    """The status of the answer to it, after which either side may say more; 0 where there is none."""
    with connected(held, way, 20) as connection, closing(HTTPResponse(connection)) as answer:
        connection.sendall(request)
        try:
            answer.begin()
        except (OSError, HTTPException):
            return 0
        return answer.status


def exchange(held: Held, way: str, request: bytes, seconds: float = 3.0, parts: tuple[bytes, ...] = ()) -> bytes:
    """All that is answered to these bytes, until the other side closes or is silent."""
    answer = b""
    with connected(held, way, seconds) as connection:
        try:
            connection.sendall(request)
            for part in parts:
                connection.sendall(part)
            while more := connection.recv(65536):
                answer += more
        except (OSError, TimeoutError):
            pass
    return answer


def statuses(answer: bytes) -> list[int]:
    return [int(each) for each in re.findall(rb"HTTP/1\.[01] (\d{3})", answer)]


def host(held: Held, way: str) -> str:
    return f"localhost:{held.stack.port + 5}" if way == "site" else "127.0.0.1"


def asked(held: Held, way: str, line: str, headers: str = "", body: str = "") -> bytes:
    """A request with these lines of headers."""
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    head = f"{line} HTTP/1.1\r\nHost: {host(held, way)}\r\nConnection: close\r\n{length}{headers}\r\n"
    return exchange(held, way, head.encode("latin-1") + body.encode())


def assert_told_nothing(answer: bytes) -> None:
    assert not [each for each in TOLD if each in answer], answer[-600:]


@pytest.fixture(scope="module")
def slow(held: Held) -> Iterator[list[Future[tuple[bytes, float]]]]:
    """Some who begin a request and do not go on: the answer, and how long they were heard."""
    head = f"POST /events HTTP/1.1\r\nHost: {host(held, 'site')}\r\n{held.line('sender')}"
    body = f"{head}Content-Length: 100\r\n\r\n{{"

    def kept(way: str, request: str) -> tuple[bytes, float]:
        began = time.monotonic()
        return exchange(held, way, request.encode(), 20), time.monotonic() - began

    with ThreadPoolExecutor(60) as pool:
        yield [pool.submit(kept, *each) for each in 20 * [("site", head), ("site", body), ("ingest", body)]]


# Headers that claim to be somebody.

CLAIMS = [
    *(
        "X-Auth-User",
        "X_Auth_User",
        "X-Auth-Role",
        "X_Auth_Role",
        "x-aUTH-uSER",
        "X-Forwarded-User",
        "X_Forwarded_User",
    ),
    *(
        "Remote-User",
        "Remote_User",
        "X-Remote-User",
        "X-Lookout",
        "X-Lookout-User",
        "X_Lookout_User",
        "Lookout",
        "X-User",
    ),
    *("X-Lookout-Identity", "X-Lookout-Role", "X-Authenticated-User", "X-WebAuth-User", "X-Forwarded-Email", "X-Role"),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("claim", CLAIMS)
def test_a_header_that_claims_an_identity_is_none(held: Held, way: str, claim: str) -> None:
    for path in ("/agents", "/users"):
        answer = asked(held, way, f"GET {path}", f"{claim}: admin\r\n{claim.lower()}: admin\r\n")
        assert statuses(answer) == [401], answer
        assert_told_nothing(answer)


OVERRIDES = [
    "X-Original-URL: /health",
    "X-Rewrite-URL: /health",
    "X-Forwarded-Uri: /health",
    "X-Forwarded-Prefix: /health",
    "X-Forwarded-Method: OPTIONS",
    "X-HTTP-Method-Override: OPTIONS",
    "X-Forwarded-For: 127.0.0.1",
    "X-Forwarded-Host: localhost",
    "X-Real-IP: 127.0.0.1",
    "Forwarded: for=127.0.0.1;host=localhost",
    "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("override", OVERRIDES)
def test_a_header_that_claims_another_request_changes_nothing(held: Held, way: str, override: str) -> None:
    answer = asked(held, way, "GET /state", f"{override}\r\n")
    assert 200 not in statuses(answer), answer
    assert_told_nothing(answer)


# Paths that mean one thing to the gateway and another to a service.

OPEN = ("/health", "/login", "/link", "/oidc/x", "/login.css", "/root.crt", "/me", "/hooks/x", "/assets/x")
TRICKS = [
    "//agents", "/./agents", "///agents", "/%61gents", "/agents%2f", "/agents/", "/AGENTS", "/agents%00", "/agents;x",
    "/agents%20", "/agents.", "/agents%3f", "\\agents", "/%5cagents", "/%2fagents", "/%2e/agents", "/x/../agents",
    "/verify/../agents", "http://localhost/agents", "https://evil.example/agents", "//evil.example/agents", "*",
    "/agents?token=x", "/agents#/health", "/health?/agents", "/health%3f/agents", "/%25%36%31gents", "/agents\t",
]  # fmt: skip
PATHS = TRICKS + [
    f"{way_in}{trick}{path}"
    for way_in in OPEN
    for trick in ("/../", "/%2e%2e/", "/..;/", "/..%2f", "//../", "%2f..%2f", ";/../", "/.%2e/")
    for path in ("users",)
]


# Beside those who are slow, who take twenty seconds.
@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("path", PATHS)
def test_no_way_of_writing_a_path_gets_past_the_gate(held: Held, way: str, path: str) -> None:
    assert_told_nothing(asked(held, way, f"GET {path}"))


# Pages of other origins, in the browser of an admin.

ORIGINS = [
    "null",
    "https://evil.example",
    "http://localhost",
    "https://localhost",
    "https://localhost.evil.example",
    "file://",
]
ACTS = [
    ("POST /demo", ""),
    ("POST /keys", '{"role": "admin", "label": "hostile"}'),
    ("POST /users", '{"name": "hostile", "grants": [{"role": "admin"}]}'),
    ("DELETE /users/viewer", ""),
    ("POST /sessions/s1/redact?project=vault", ""),
    ("POST /logout/everywhere", ""),
    ("POST /events", '{"type": "hostile"}'),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("act", [line for line, _ in ACTS])
@pytest.mark.parametrize("origin", ORIGINS)
def test_a_page_of_another_origin_changes_nothing_with_the_cookie_of_an_admin(
    held: Held, way: str, act: str, origin: str
) -> None:
    to = "ingest" if way == "api" and act == "POST /events" else way
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        headers = f"Origin: {origin}\r\nContent-Type: {kind}\r\n{held.line('admin cookie')}"
        assert statuses(asked(held, to, act, headers, dict(ACTS)[act])) == [403]


UPGRADE = (
    "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Connection: Upgrade\r\n"
)


@pytest.mark.parametrize("way", ["site", "stream"])
@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("path", ["/ws", "/socket.io/", "//ws", "/%77s", "/ws?project=vault"])
def test_a_socket_of_another_origin_is_not_opened(held: Held, way: str, origin: str, path: str) -> None:
    headers = f"{UPGRADE}Origin: {origin}\r\n{held.line('admin cookie')}"
    request = f"GET {path} HTTP/1.1\r\nHost: {host(held, way)}\r\n{headers}\r\n"
    assert handshake(held, way, request.encode()) >= 400


@pytest.mark.parametrize("way", ["site", "stream"])
@pytest.mark.parametrize(
    "path", ["/ws", "/ws?token=KEY", "/ws?key=KEY", "/ws?access_token=KEY", "/ws?authorization=Bearer%20KEY"]
)
def test_a_socket_is_opened_for_nobody_by_its_address(held: Held, way: str, path: str) -> None:
    path = path.replace("KEY", held.credentials["admin"].rpartition(" ")[2])
    request = f"GET {path} HTTP/1.1\r\nHost: {host(held, way)}\r\n{UPGRADE}\r\n"
    assert handshake(held, way, request.encode()) == 401


# Keys that are none.

SPOILT: list[Callable[[str], str]] = [
    lambda key: key[:-1],
    lambda key: key[:-6],
    lambda key: key[: len(key) // 2],
    lambda key: key[:-1] + ("a" if key[-1] != "a" else "b"),
    lambda key: key[:20] + ("a" if key[20] != "a" else "b") + key[21:],
    lambda key: key.upper(),
    lambda key: key.lower(),
    lambda key: key.replace("_adm_", "_op_"),
    lambda key: key.replace("lk_", "LK_"),
    lambda key: key + key,
    lambda key: f"{key}, {key}",
    lambda key: f'"{key}"',
    lambda key: key + "\x00",
    lambda key: key + "=",
    lambda key: "lk_adm_" + "0" * 49,
    lambda key: "",
    lambda key: "*",
    lambda key: "null",
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", range(len(SPOILT)))
def test_a_key_that_is_not_whole_is_none(held: Held, way: str, number: int) -> None:
    key = SPOILT[number](held.credentials["admin"].rpartition(" ")[2])
    answer = asked(held, way, "GET /users", f"Authorization: Bearer {key}\r\n")
    assert set(statuses(answer)) <= {400, 401, 429}
    assert_told_nothing(answer)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("scheme", ["Basic", "Digest", "Token", "bearer:", "", "Bearer Bearer"])
def test_a_key_under_another_scheme_is_none(held: Held, way: str, scheme: str) -> None:
    key = held.credentials["admin"].rpartition(" ")[2]
    answer = asked(held, way, "GET /users", f"Authorization: {scheme} {key}\r\n")
    assert set(statuses(answer)) <= {400, 401, 429}
    assert_told_nothing(answer)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["expired", "revoked"])
@pytest.mark.parametrize("line", ["GET /state", "GET /events", "GET /metrics", "POST /demo", "GET /users"])
def test_a_key_that_is_over_is_none(held: Held, way: str, name: str, line: str) -> None:
    answer = asked(held, way, line, held.line(name))
    assert set(statuses(answer)) <= {401, 429}
    assert_told_nothing(answer)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "place", ["GET /users?key=KEY", "GET /users?access_token=KEY", "X-API-Key: KEY", "Proxy-Authorization: Bearer KEY",
              f"Cookie: {COOKIE}=KEY", "Cookie: key=KEY", "X-Lookout-Key: KEY"],
)  # fmt: skip
def test_a_key_counts_in_its_own_header_alone(held: Held, way: str, place: str) -> None:
    filled = place.replace("KEY", held.credentials["admin"].rpartition(" ")[2])
    line, headers = (filled, "") if place.startswith("GET") else ("GET /users", f"{filled}\r\n")
    answer = asked(held, way, line, headers)
    assert statuses(answer) == [401]
    assert_told_nothing(answer)


@pytest.mark.parametrize("way", WAYS)
def test_two_of_one_header_are_refused_whatever_they_hold(held: Held, way: str) -> None:
    for first, second in (("viewer", "admin"), ("admin", "viewer"), ("revoked", "admin")):
        answer = asked(held, way, "GET /users", held.line(first) + held.line(second))
        assert set(statuses(answer)) <= {400, 401, 429}
        assert_told_nothing(answer)


# The project of somebody else.

FOREIGN = [
    "/agents?project=vault", "/agents?project=Vault", "/agents?project=vault%00", "/agents?project=%76ault",
    "/agents?project=shop&project=vault", "/agents?project=vault&project=shop", "/agents?project[]=vault",
    "/agents?project=*", "/agents?project=", "/agents", "/sessions", "/sessions/s1", "/sessions/s1?project=vault",
    "/files",
    "/files?project=vault", "/tools", "/tools?project=vault", "/state", "/state?at=99&project=vault", "/state?at=99",
    "/events", "/events?q=project:vault", "/events?q=-project:shop", "/events?q=project~.", "/events?q=session:s1",
    "/events?q=the-vaults-own", "/events?q=tool:the*", "/events?limit=1000", "/metrics", "/status", "/events/histogram",
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["shop", "shop cookie", "shop-admin"])
@pytest.mark.parametrize("path", FOREIGN)
def test_no_question_is_answered_from_a_project_that_one_may_not_read(
    held: Held, way: str, name: str, path: str
) -> None:
    answer = asked(held, way, f"GET {path}", held.line(name))
    assert SECRET.encode() not in answer


@pytest.mark.parametrize("way", WAYS)
def test_no_event_of_another_project_is_found_by_its_position(held: Held, way: str) -> None:
    for seq in range(1, 40):
        assert SECRET.encode() not in asked(held, way, f"GET /events/{seq}", held.line("shop"))


# What another role may do.

BEYOND = [
    *ACTS[:5],
    ("POST /users/admin/link", ""),
    ("PUT /users/viewer/grants", '[{"role": "admin"}]'),
    ("GET /users", ""),
    ("GET /keys", ""),
]
METHODS = ["post /keys", "pOST /keys", "PATCH /keys", "PROPFIND /users", "TRACE /users", "CONNECT /users", "GET /keys/"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["viewer", "viewer cookie", "shop", "sender", "shop-admin"])
@pytest.mark.parametrize("act", [line for line, _ in BEYOND])
def test_nobody_does_what_only_another_role_may(held: Held, way: str, name: str, act: str) -> None:
    answer = asked(held, way, act, held.line(name), dict(BEYOND)[act])
    assert statuses(answer) == [403], answer
    assert_told_nothing(answer)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("line", METHODS)
def test_no_spelling_of_a_method_gives_another_role(held: Held, way: str, line: str) -> None:
    override = "X-HTTP-Method-Override: POST\r\n"
    answer = asked(held, way, line, held.line("viewer") + override, '{"role": "admin", "label": "hostile"}')
    assert not {200, 201} & set(statuses(answer))
    assert_told_nothing(answer)


# One request in another.

INNER = "GET /users HTTP/1.1\r\nHost: HOST\r\n\r\n"
CHUNKED = f"0\r\n\r\n{INNER}"
SHAPES = {
    "both lengths": f"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNKED}",
    "chunked first": f"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n{CHUNKED}",
    "twice chunked": f"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n{CHUNKED}",
    "space before colon": f"Content-Length: 0\r\nTransfer-Encoding : chunked\r\n\r\n{CHUNKED}",
    "tab": f"Content-Length: 0\r\nTransfer-Encoding:\tchunked\r\n\r\n{CHUNKED}",
    "vertical tab": f"Content-Length: 0\r\nTransfer-Encoding: \x0bchunked\r\n\r\n{CHUNKED}",
    "xchunked": f"Content-Length: 0\r\nTransfer-Encoding: xchunked\r\n\r\n{CHUNKED}",
    "list": f"Content-Length: 0\r\nTransfer-Encoding: chunked, identity\r\n\r\n{CHUNKED}",
    "underscore": f"Content-Length: 0\r\nTransfer_Encoding: chunked\r\n\r\n{CHUNKED}",
    "quoted": f'Content-Length: 0\r\nTransfer-Encoding: "chunked"\r\n\r\n{CHUNKED}',
    "folded": f"Content-Length: 0\r\nTransfer-Encoding:\r\n chunked\r\n\r\n{CHUNKED}",
    "folded line": f"Content-Length: 0\r\nX-A: b\r\n Transfer-Encoding: chunked\r\n\r\n{CHUNKED}",
    "two lengths": f"Content-Length: 0\r\nContent-Length: {len(INNER)}\r\n\r\n{INNER}",
    "length list": f"Content-Length: 0, {len(INNER)}\r\n\r\n{INNER}",
    "plus": f"Content-Length: +0\r\n\r\n{INNER}",
    "minus": f"Content-Length: -1\r\n\r\n{INNER}",
    "hex": f"Content-Length: 0x0\r\n\r\n{INNER}",
    "space in number": f"Content-Length: 0 0\r\n\r\n{INNER}",
    "bare lf": f"Content-Length: 0\nX: y\r\n\r\n{INNER}",
    "bare lf end": f"Content-Length: 0\r\n\n{INNER}",
    "bare cr": f"X-A: b\rTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n{CHUNKED}",
    "nul": f"X-A: b\x00\r\nContent-Length: 0\r\n\r\n{INNER}",
    "chunk size": f"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{INNER}",
    "chunk sign": f"Transfer-Encoding: chunked\r\n\r\n-1\r\n{INNER}",
    "chunk extension": f"Transfer-Encoding: chunked\r\n\r\n0;\n{INNER}\r\n\r\n",
    "chunk lf": f"Transfer-Encoding: chunked\r\n\r\n0\n\n{INNER}",
    "trailer": f"Transfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: Bearer x\r\n\r\n{INNER}",
    "no colon": f"Content-Length 0\r\nGET /users HTTP/1.1\r\n\r\n{INNER}",
    "http 1.0": f"Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n{CHUNKED}",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_shape_of_a_request_hides_another_in_it(held: Held, shape: str) -> None:
    """The inner request has no key, so it is refused where it is taken for one; nobody else's answer comes mixed up."""
    version = "1.0" if shape == "http 1.0" else "1.1"

    def sent(way: str, path: str) -> bytes:
        text = SHAPES[shape].replace("HOST", host(held, way))
        request = f"POST {path} HTTP/{version}\r\nHost: {host(held, way)}\r\n{text}"
        return exchange(held, way, request.encode("latin-1"), 0.4)

    with ThreadPoolExecutor(8) as pool:
        ways = [(way, path) for way in ("site", "api", "ingest", "stream") for path in ("/events", "/login")]
        for answer in pool.map(sent, *zip(*ways, strict=True)):
            assert_told_nothing(answer)
    key = {"authorization": held.credentials["admin"].partition(": ")[2]}
    for _ in range(3):
        assert held.stack.request("GET", "/me", None, key).json["kind"] == "key"


# Too much, and too slowly.


def test_a_body_that_is_too_large_is_refused_and_what_is_small_goes_on(held: Held) -> None:
    body = json.dumps({"type": "hostile", "data": {"text": "x" * (2 << 20)}})
    for way in ("site", "ingest"):
        assert statuses(asked(held, way, "POST /events", held.line("sender"), body)) in ([413], [])
    for way in WAYS:
        answer = asked(held, way, "POST /keys", held.line("admin"), '{"label": "' + "x" * (20 << 20) + '"}')
        assert not {200, 201, 500} & set(statuses(answer))
    assert statuses(asked(held, "ingest", "GET /readyz")) == [200]


@pytest.mark.parametrize("way", ["site", "api", "ingest", "stream"])
@pytest.mark.parametrize(
    "headers",
    [f"X-A: {'x' * 200_000}\r\n", "".join(f"X-{n}: y\r\n" for n in range(20_000)), f"Cookie: {'a=b; ' * 40_000}\r\n"],
)
def test_headers_that_are_too_large_are_refused(held: Held, way: str, headers: str) -> None:
    answer = asked(held, way, "GET /agents", headers)
    assert 200 not in statuses(answer)
    assert_told_nothing(answer)


def test_who_sends_slowly_is_cut_off_and_holds_up_nobody(held: Held, slow: list[Future[tuple[bytes, float]]]) -> None:
    for _ in range(5):
        assert asked(held, "site", "GET /health").startswith(b"HTTP/1.1 200")
    for each in slow:
        answer, seconds = each.result()
        assert set(statuses(answer)) <= {400, 408}
        assert seconds < 60


# Cookies and links.


def test_a_cookie_that_an_attacker_put_there_is_never_signed_in(held: Held) -> None:
    link = link_of(held.stack.cli("user", "add", "fixated").stdout)
    token = parse_qs(urlsplit(link).query)["token"][0]
    chosen = "attackers-own-token"
    body = f"token={token}&password=correct+horse+battery&again=correct+horse+battery"
    kind = f"Content-Type: application/x-www-form-urlencoded\r\nOrigin: {held.stack.url}\r\n"
    answer = asked(held, "site", "POST /link", f"{kind}Cookie: {COOKIE}={chosen}\r\n", body)
    assert statuses(answer) == [303]
    assert chosen.encode() not in answer
    for cookies in (chosen, f"{chosen}; {COOKIE}={chosen}", f"{chosen}; other=1"):
        assert statuses(asked(held, "site", "GET /agents", f"Cookie: {COOKIE}={cookies}\r\n")) == [401]
    for replayed in (
        body,
        body.replace("correct", "another"),
        body.replace(token, token[:-1]),
        body.replace(token, ""),
    ):
        answer = asked(held, "site", "POST /link", kind, replayed)
        assert statuses(answer) in ([400], [410])
        assert b"set-cookie" not in answer.lower()
    browser = Browser(held.stack)
    assert browser.sign_in("fixated", "correct horse battery").status == 303
    assert held.stack.cli("user", "remove", "fixated").returncode == 0


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "cookies", [f"{COOKIE}=x; GOOD", f"{COOKIE}=; GOOD", f"{COOKIE.lower()}=VALUE", "lookout=VALUE",
                f'{COOKIE}="VALUE"', f"{COOKIE}=VALUE%00", f"{COOKIE}=VALUEx", f"{COOKIE} VALUE", f"{COOKIE}%3dVALUE"],
)  # fmt: skip
def test_a_cookie_that_is_not_exactly_the_one_is_none(held: Held, way: str, cookies: str) -> None:
    good = held.credentials["admin cookie"].removeprefix("Cookie: ")
    text = cookies.replace("GOOD", good).replace("VALUE", good.partition("=")[2])
    answer = asked(held, way, "GET /users", f"Cookie: {text}\r\n")
    assert statuses(answer) == [401]
    assert_told_nothing(answer)


def test_there_are_two_hundred_cases_and_more() -> None:
    twice = [*CLAIMS, *OVERRIDES, *PATHS, *ORIGINS * len(ACTS), *SPOILT, *FOREIGN * 3, *BEYOND * 5, *METHODS]
    assert len(WAYS) * len(twice) + 4 * len(SHAPES) >= 200
