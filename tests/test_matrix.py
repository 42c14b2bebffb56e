"""Who may do what: every role at every route and topic, in its own project, in another and with a role in all.

The tables are the specification. Each row is tried against the site and against the service behind it, past the
gateway, with a machine key and with a browser's cookie; a route that no row has fails the test of completeness.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, get_args

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from services import eventlog
from services.access import COOKIE, Grant, Role, User
from services.accounts import Accounts
from services.adapters import ADAPTERS
from services.api.app import create_app
from services.events import now
from services.stream.app import PATHS, pages
from tests.stack import Stack, team_stack

OWN, OTHER = "shop", "bank"

ROUTES = """
service    method path                                          nobody ingester    viewer      operator    admin
api        GET    /health                                       200    200 200 200 200 200 200 200 200 200 200 200 200
api        GET    /me                                           401    200 200 200 200 200 200 200 200 200 200 200 200
api        GET    /status                                       401    403 403 403 200 200 200 200 200 200 200 200 200
api        GET    /agents                                       401    403 403 403 200 200 200 200 200 200 200 200 200
api        GET    /agents?project=PROJECT                       401    403 403 403 200 403 200 200 403 200 200 403 200
api        GET    /sessions                                     401    403 403 403 200 200 200 200 200 200 200 200 200
api        GET    /sessions?project=PROJECT                     401    403 403 403 200 403 200 200 403 200 200 403 200
api        GET    /sessions/s-PROJECT                           401    403 403 403 200 404 200 200 404 200 200 404 200
api        GET    /sessions/s-PROJECT?project=PROJECT           401    403 403 403 200 403 200 200 403 200 200 403 200
api        GET    /files?project=PROJECT                        401    403 403 403 200 403 200 200 403 200 200 403 200
api        GET    /files                                        401    403 403 403 200 200 200 200 200 200 200 200 200
api        GET    /tools?project=PROJECT                        401    403 403 403 200 403 200 200 403 200 200 403 200
api        GET    /tools                                        401    403 403 403 200 200 200 200 200 200 200 200 200
api        GET    /events                                       401    403 403 403 200 200 200 200 200 200 200 200 200
api        GET    /events?q=project:PROJECT                     401    403 403 403 200 200 200 200 200 200 200 200 200
api        GET    /events/SEQ                                   401    403 403 403 200 404 200 200 404 200 200 404 200
api        GET    /events/histogram?q=project:PROJECT           401    403 403 403 200 200 200 200 200 200 200 200 200
api        GET    /state                                        401    403 403 403 200 200 200 200 200 200 200 200 200
api        GET    /state?project=PROJECT                        401    403 403 403 200 403 200 200 403 200 200 403 200
api        GET    /state?at=SEQ&project=PROJECT                 401    403 403 403 200 403 200 200 403 200 200 403 200
api        GET    /state?at=SEQ                                 401    403 403 403 200 200 200 200 200 200 200 200 200
api        GET    /metrics                                      401    403 403 403 403 403 200 403 403 200 403 403 200
api        GET    /openapi.json                                 401    403 403 403 200 200 200 200 200 200 200 200 200
api        GET    /docs                                         401    403 403 403 200 200 200 200 200 200 200 200 200
api        POST   /demo                                         401    403 403 403 403 403 403 403 403 202 403 403 202
api        POST   /sessions/gone-PROJECT/redact?project=PROJECT 401    403 403 403 403 403 403 200 403 200 200 403 200
api        POST   /sessions/gone-PROJECT/redact                 401    403 403 403 403 403 403 200 404 200 200 404 200
api        GET    /users                                        401    403 403 403 403 403 403 403 403 403 403 403 200
api        POST   /users                                        401    403 403 403 403 403 403 403 403 403 403 403 400
api        PUT    /users/nobody/grants                          401    403 403 403 403 403 403 403 403 403 403 403 400
api        POST   /users/nobody/link                            401    403 403 403 403 403 403 403 403 403 403 403 404
api        DELETE /users/nobody                                 401    403 403 403 403 403 403 403 403 403 403 403 404
api        GET    /keys                                         401    403 403 403 403 403 403 403 403 403 403 403 200
api        POST   /keys                                         401    403 403 403 403 403 403 403 403 403 403 403 400
api        DELETE /keys/k_none                                  401    403 403 403 403 403 403 403 403 403 403 403 404
api        GET    /login                                        200    303 303 303 303 303 303 303 303 303 303 303 303
api        POST   /login                                        400    400 400 400 400 400 400 400 400 400 400 400 400
api        GET    /link                                         410    410 410 410 410 410 410 410 410 410 410 410 410
api        POST   /link                                         400    400 400 400 400 400 400 400 400 400 400 400 400
api        POST   /account/users                                401    403 403 403 403 403 403 403 403 403 403 403 400
api        POST   /account/users/nobody/link                    401    403 403 403 403 403 403 403 403 403 403 403 404
api        POST   /account/users/nobody/remove                  401    403 403 403 403 403 403 403 403 403 403 403 404
api        POST   /account/keys                                 401    403 403 403 403 403 403 403 403 403 403 403 400
api        POST   /account/keys/k_none/revoke                   401    403 403 403 403 403 403 403 403 403 403 403 404
own-api    GET    /account                                      303    200 200 200 200 200 200 200 200 200 200 200 200
own-api    GET    /verify                                       401    403 403 403 204 204 204 204 204 204 204 204 204
own-api    GET    /static/none                                  401    403 403 403 404 404 404 404 404 404 404 404 404
own-api    POST   /logout/none                                  404    404 404 404 404 404 404 404 404 404 404 404 404
ingest     POST   /events                                       401    202 202 202 403 403 403 403 403 403 202 202 202
ingest     POST   /forward                                      401    202 202 202 403 403 403 403 403 403 202 202 202
ingest     POST   /hooks/claude-code                            401    204 204 204 403 403 403 403 403 403 204 204 204
ingest     POST   /api/events                                   401    204 204 204 403 403 403 403 403 403 204 204 204
own-ingest GET    /readyz                                       200    200 200 200 200 200 200 200 200 200 200 200 200
own-ingest GET    /static/none                                  404    404 404 404 404 404 404 404 404 404 404 404 404
own-stream GET    /readyz                                       200    200 200 200 200 200 200 200 200 200 200 200 200
own-stream GET    /health                                       401    403 403 403 200 200 200 200 200 200 200 200 200
own-stream GET    /static/none                                  401    403 403 403 404 404 404 404 404 404 404 404 404
stream     WS     /ws                                           401    403 403 403 101 101 101 101 101 101 101 101 101
stream     WS     /socket.io                                    401    403 403 403 101 101 101 101 101 101 101 101 101
stream     WS     /socket.io/                                   401    403 403 403 101 101 101 101 101 101 101 101 101
"""
"""The three of a role: with it in OWN, asking for OWN; with it in OWN, asking for OTHER; with it everywhere, for OTHER.

`own-` is reached past the gateway only.
"""

UNTRIED = {("api", "POST", "/logout"), ("api", "POST", "/logout/everywhere")}
"""They would sign out the cookies of the other rows, and are tried in tests/test_team.py."""

TOPICS = """
topic      asked   in-own  everywhere
*          none    own     own,other
*          own     own     own
*          other   error   other
tool_use   none    own     own,other
tool_use   own     own     own
tool_use   other   error   other
built      none    own     own,other
built      own     own     own
built      other   error   other
state      none    own     own,other
state      own     own     own
state      other   error   other
get_state  none    own     own,other
get_state  own     own     own
get_state  other   error   other
"""
"""The projects of what comes, for who may read (viewer, operator, admin) in OWN and everywhere."""

ROLES: tuple[Role, ...] = get_args(Role)
READERS = ROLES[1:]
WHERE = ("own", "other", "everywhere")


class Row(NamedTuple):
    service: str
    method: str
    path: str
    statuses: list[int]

    @property
    def name(self) -> str:
        return f"{self.service} {self.method} {self.path}"

    def expected(self, role: str, where: str) -> int:
        if role == "nobody":
            return self.statuses[0]
        return self.statuses[1 + 3 * list[str](ROLES).index(role) + WHERE.index(where)]


def rows() -> list[Row]:
    cells = [line.split() for line in ROUTES.strip().splitlines()[1:]]
    return [Row(service, method, path, [int(each) for each in rest]) for service, method, path, *rest in cells]


def test_every_cell_of_every_row_is_filled() -> None:
    assert all(len(row.statuses) == 1 + 3 * len(ROLES) for row in rows())
    assert len(rows()) >= 50


def test_every_route_of_every_service_has_a_row() -> None:
    told = {(row.service.removeprefix("own-"), row.method, row.path.partition("?")[0]) for row in rows()} | UNTRIED
    api = create_app(None, None).url_map  # type: ignore[arg-type]
    stream = pages(None, None).pages  # type: ignore[arg-type]
    routes = {("api", method, rule.rule) for rule in api.iter_rules() for method in rule.methods or ()}
    routes |= {("stream", "GET", path) for path in stream}
    routes |= {("ingest", "POST", path) for path in ADAPTERS} | {("stream", "WS", path) for path in PATHS}
    missing = [
        route
        for route in routes
        if route[1] not in ("HEAD", "OPTIONS")
        and not any(each[:2] == route[:2] and _fits(route[2], each[2]) for each in told)
    ]
    assert missing == []


def _fits(rule: str, path: str) -> bool:
    """Whether the path of a row is one of the route's."""
    names = path.replace("SEQ", "1")
    return re.fullmatch(re.sub(r"<[^>]+>", "[^/]+", rule), names) is not None


class Team:
    """A team's Lookout with something in two projects, and someone of each role in one of them and in all."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.credentials: dict[tuple[str, str, bool], dict[str, str]] = {}
        self.seqs: dict[str, int] = {}
        self.since: dict[str, Any] = {}

    def credential(self, kind: str, role: str, everywhere: bool) -> dict[str, str]:
        return {} if role == "nobody" else self.credentials[kind, role, everywhere]

    def bases(self, row: Row) -> list[str]:
        name = row.service.removeprefix("own-")
        own = f"http://127.0.0.1:{self.stack.port + 1 + ('ingest', 'stream', 'api').index(name)}"
        return [own] if row.service.startswith("own-") else [self.stack.url, own]

    async def prepare(self) -> None:
        await self._make_identities()
        admin = self.credentials["key", "admin", True]
        async with self.client(admin) as client:
            await _until(client, "/me", 200)
            # Each service looks at the accounts by itself.
            await _until(client, f"http://127.0.0.1:{self.stack.port + 2}/health", 200)
            async with asyncio.timeout(10):
                for _ in range(100):
                    if (await client.post("/events", json={"type": "built", "project": "first"})).status_code == 202:
                        break
                    await asyncio.sleep(0.1)
            head = (await client.get("/status")).json()["log"]
            self.since = {"epoch": head["epoch"], "seq": head["last"]}
            for project in (OWN, OTHER):
                sent = await client.post("/events", json=_events(project))
                self.seqs[project] = sent.json()["events"][0]["seq"]
            await _until(client, f"/events/{self.seqs[OTHER] + 4}", 200)

    async def _make_identities(self) -> None:
        password = self.stack.nats_password("access")
        async with eventlog.connect(self.stack.nats_url, "access", password) as connection:
            accounts = Accounts(connection.access)
            await accounts.load()
            for role in ROLES:
                for everywhere in (False, True):
                    grant = Grant(role, "*" if everywhere else OWN)
                    user = f"{role}-{'all' if everywhere else OWN}"
                    await accounts.add_user(User(user, (grant,), now()))
                    cookie = await accounts.sign_in(user, now(), "", "")
                    key = await accounts.create_key(grant, "", "test", now(), None)
                    self.credentials["cookie", role, everywhere] = {"cookie": f"{COOKIE}={cookie}"}
                    self.credentials["key", role, everywhere] = {"authorization": f"Bearer {key.text}"}

    def client(self, headers: dict[str, str], base: str = "") -> httpx.AsyncClient:
        verify = self.stack.trust or True
        return httpx.AsyncClient(base_url=base or self.stack.url, headers=headers, verify=verify, timeout=40)

    @asynccontextmanager
    async def socket(self, headers: dict[str, str], base: str, path: str = "/ws") -> AsyncIterator[ClientConnection]:
        trust: ssl.SSLContext | None = self.stack.trust if base.startswith("https") else None
        url = f"{base.replace('http', 'ws', 1)}{path}"
        async with connect(url, additional_headers=headers, ssl=trust, proxy=None) as client:
            yield client


async def _until(client: httpx.AsyncClient, path: str, status: int) -> None:
    async with asyncio.timeout(20):
        for _ in range(400):
            if (await client.get(path)).status_code == status:
                return
            await asyncio.sleep(0.05)


def _events(project: str) -> list[dict[str, Any]]:
    place = {"project": project, "session": f"s-{project}"}
    call = {"tool": f"Tool-{project}", "phase": "finished", "tool_use_id": "1"}
    return [
        {**place, "type": "tool_use", "data": call},
        {**place, "type": "built", "data": {"by": f"of-{project}"}},
        {**place, "type": "file_operation", "data": {"file": f"/{project}.py", "operation": "read", "size": 1}},
        {**place, "type": "agent_activity", "data": {"agent": f"agent-{project}", "action": "invoked"}},
        {"project": project, "type": "built", "session": f"gone-{project}"},
    ]


@pytest.fixture(scope="module")
def team() -> Iterator[Team]:
    with team_stack() as stack:
        team = Team(stack)
        asyncio.run(team.prepare())
        yield team
        assert "Traceback" not in "".join(stack.log(each) for each in ("ingest", "stream", "api"))


BODIES: dict[str, Any] = {
    "/events": {"type": "sent", "project": "PROJECT"},
    "/forward": {
        "id": "ID",
        "source": "test",
        "type": "sent",
        "time": "2026-11-24T10:00:00Z",
        "project": "PROJECT",
        "data": {},
    },
    "/hooks/claude-code": {"hook_event_name": "Stop", "session_id": "hook", "cwd": "/home/ada/PROJECT"},
    "/api/events": {
        **{"namespace": "", "event": "claude_event"},
        "data": {
            "type": "hook",
            "subtype": "stop",
            "session_id": "mpm",
            "data": {"working_directory": "/home/PROJECT"},
        },
    },
}


class Cell(NamedTuple):
    row: Row
    base: str
    kind: str
    role: str
    where: str

    @property
    def project(self) -> str:
        return OWN if self.where == "own" else OTHER

    @property
    def everywhere(self) -> bool:
        return self.where == "everywhere"


def cells(team: Team, row: Row, kind: str) -> Iterator[Cell]:
    for base in team.bases(row):
        yield Cell(row, base, kind, "nobody", "own")
        for role in ROLES:
            for where in WHERE:
                yield Cell(row, base, kind, role, where)


async def tried(team: Team, cell: Cell) -> tuple[int, str]:
    """The status, and what was answered."""
    headers = team.credential(cell.kind, cell.role, cell.everywhere)
    path = cell.row.path.replace("PROJECT", cell.project).replace("SEQ", str(team.seqs[cell.project]))
    if cell.row.method == "WS":
        try:
            async with team.socket(headers, cell.base, path) as client:
                return 101, str(await client.recv())
        except InvalidStatus as refused:
            return refused.response.status_code, bytes(refused.response.body or b"").decode()
    body = json.dumps(BODIES.get(cell.row.path, {})).replace("PROJECT", cell.project).replace("ID", f"{id(cell)}")
    # Who is answered before all of a body was read may find the connection closed.
    content = body if cell.row.path in BODIES else None
    async with team.client({**headers, "content-type": "application/json"}, cell.base) as client:
        answer = await client.request(cell.row.method, path, content=content)
    return answer.status_code, answer.text


ALSO = {("/demo", 202): 409, ("/account", 200): 303, ("/account/users/nobody/remove", 404): 303}
"""The demo plays one at a time; a key has no account."""


@pytest.mark.parametrize("kind", ["key", "cookie"])
@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
async def test_every_role_at_every_route(team: Team, row: Row, kind: str) -> None:
    wrong = []
    for cell in cells(team, row, kind):
        status, said = await tried(team, cell)
        expected = row.expected(cell.role, cell.where)
        if status not in (expected, ALSO.get((row.path, expected))):
            wrong.append((cell, status, said[:200]))
        if (
            status == 200
            and not cell.everywhere
            and any(f"{mark}-{OTHER}" in said for mark in ("s", "of", "agent", "Tool"))
        ):
            wrong.append((cell, status, "tells of the other project"))
        if row.path in ("/events", "/forward") and status == 202:
            stored = await _project_of(team, json.loads(said)["events"][0]["seq"])
            if stored != (OTHER if cell.everywhere else OWN):
                wrong.append((cell, status, f"stored in {stored}"))
    assert wrong == []


async def _project_of(team: Team, seq: int) -> str:
    async with team.client(team.credential("key", "admin", True)) as client:
        await _until(client, f"/events/{seq}", 200)
        return str((await client.get(f"/events/{seq}")).json()["project"])


async def test_an_admin_of_one_project_is_shown_nobody_elses_account(team: Team) -> None:
    for everywhere in (False, True):
        async with team.client(team.credential("cookie", "admin", everywhere)) as client:
            shown = (await client.get("/account")).text
        assert ("viewer-all" in shown, "/account/keys" in shown) == (everywhere, everywhere)


def topics() -> list[tuple[str, str, str, str]]:
    return [tuple(line.split()) for line in TOPICS.strip().splitlines()[1:]]  # type: ignore[misc]


def test_topics_are_asked_for_in_every_way() -> None:
    assert len(topics()) == 5 * 3


@pytest.mark.parametrize("everywhere", [False, True], ids=["in-own", "everywhere"])
@pytest.mark.parametrize("role", READERS)
@pytest.mark.parametrize("kind", ["key", "cookie"])
async def test_every_reader_of_every_topic(team: Team, kind: str, role: str, everywhere: bool) -> None:
    credential = team.credential(kind, role, everywhere)

    async def wrong(base: str) -> list[tuple[str, str, str]]:
        async with team.socket(credential, base) as client:
            await _frame(client, "hello")
            seen = [
                (topic, asked, await _seen(team, client, topic, asked, in_all if everywhere else in_own))
                for topic, asked, in_own, in_all in topics()
            ]
        expected = [in_all if everywhere else in_own for _, _, in_own, in_all in topics()]
        return [each for each, wanted in zip(seen, expected, strict=True) if each[2] != wanted]

    through, past = await asyncio.gather(wrong(team.stack.url), wrong(f"http://127.0.0.1:{team.stack.port + 2}"))
    assert (through, past) == ([], [])


async def _seen(team: Team, client: ClientConnection, topic: str, asked: str, expected: str) -> str:
    """The projects of what comes, in the order of the table."""
    data: dict[str, Any] = {} if asked == "none" else {"project": OWN if asked == "own" else OTHER}
    if topic == "get_state":
        await _say(client, "unsubscribe", {})
        await _frame(client, "unsubscribed")
        await _say(client, "get_state", data)
    else:
        await _say(client, "subscribe", data | {"events": [topic], "since": team.since, "batch": True})
        first = await _frame(client, "subscribed", "error")
        if first["event"] == "error":
            return "error"
    if topic in ("state", "get_state"):
        frame = await _frame(client, "state", "error")
        if frame["event"] == "error":
            return "error"
        names = set(frame["data"]["state"]["projects"])
    else:
        # What was erased is told by a frame of its own.
        batch = (await _frame(client, "batch"))["data"]
        names = {event.get("project") or event["data"]["project"] for event in batch}
    told = [name for name, project in (("own", OWN), ("other", OTHER)) if project in names]
    # Besides these two there are projects of the demo, of hooks and of Lookout itself: for who may read all of them.
    strangers = names - {OWN, OTHER} if expected != "own,other" else set()
    return ",".join([*told, *sorted(strangers)])


async def _say(client: ClientConnection, event: str, data: dict[str, Any]) -> None:
    await client.send(json.dumps({"event": event, "data": data}))
    # The limit is 20 messages a second.
    await asyncio.sleep(0.05)


async def _frame(client: ClientConnection, *events: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            found: dict[str, Any] = json.loads(await client.recv())
            if found["event"] in events:
                return found
