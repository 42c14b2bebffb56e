"""The service in team mode as a process: who may connect, and what becomes of a connection whose right ends."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus

from services.access import COOKIE, Grant, User
from services.accounts import Accounts
from services.events import now
from services.stream import protocol
from tests.stream.process import Service, append, frame, subscribe
from tests.stream.test_app import closed

numbers = itertools.count(1)
SITE = "https://monitor.example.com"
WITHIN = 4.0
"""Seconds in which a change reaches open connections: two looks, at the accounts and at the clients, and a reserve."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    configuration = tmp_path_factory.mktemp("team")
    (configuration / "c.yaml").write_text("limits: {connections: 3}")
    folder = tmp_path_factory.mktemp("stream")
    service = Service(folder, LOOKOUT_SITE="monitor.example.com", LOOKOUT_CONFIG=str(configuration / "c.yaml"))
    service.nats.start()
    asyncio.run(prepared(service))
    service.start()
    yield service
    service.stop()
    assert "Traceback" not in service.log_text, service.log_text


async def prepared(service: Service) -> None:
    await service.make_log()
    async with service.nats.connected("api") as api:
        await api.access.ensure()


class Team:
    def __init__(self, service: Service, accounts: Accounts) -> None:
        self.service = service
        self.accounts = accounts

    async def until_known(self) -> None:
        """Until the service knows a session that begins after all that was written before."""
        name = f"probe {next(numbers)}"
        cookie = await self.signed_in(name, Grant("viewer"))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.service.port}", headers=cookie) as client:
            deadline = time.monotonic() + 10
            while (answer := await client.get("/health")).status_code != 200:
                assert time.monotonic() < deadline, answer.text
                await asyncio.sleep(0.05)

    async def key(self, grant: Grant, lasts: timedelta | None = None) -> tuple[str, dict[str, str]]:
        key = await self.accounts.create_key(grant, "", "test", now(), now() + lasts if lasts else None)
        return key.id, {"authorization": f"Bearer {key.text}"}

    async def signed_in(self, name: str, *grants: Grant) -> dict[str, str]:
        await self.accounts.add_user(User(name, grants, now()))
        return {"cookie": f"{COOKIE}={await self.accounts.sign_in(name, now(), '', '')}"}

    @asynccontextmanager
    async def connected(self, headers: dict[str, str], **options: Any) -> AsyncIterator[ClientConnection]:
        async with self.service.connect(additional_headers=headers, **options) as client:
            await frame(client, "hello")
            yield client

    async def refused(self, headers: dict[str, str], path: str = "/ws", **options: Any) -> int:
        with pytest.raises(InvalidStatus) as refusal:
            await self.service.connect(path, additional_headers=headers, **options)
        answer = refusal.value.response
        assert answer.headers["content-type"] == "application/problem+json"
        return answer.status_code


@pytest.fixture
async def team(shared: Service) -> AsyncIterator[Team]:
    async with shared.nats.connected("access") as connection, httpx.AsyncClient() as client:
        deadline = time.monotonic() + 15
        while True:
            try:
                await client.get(f"http://127.0.0.1:{shared.port}/readyz")
                break
            except httpx.TransportError:
                assert time.monotonic() < deadline, shared.log_text
                await asyncio.sleep(0.05)
        accounts = Accounts(connection.access)
        await accounts.load()
        yield Team(shared, accounts)


async def test_only_who_may_read_may_connect(team: Team) -> None:
    _, key = await team.key(Grant("viewer"))
    _, sender = await team.key(Grant("ingester"))
    cookie = await team.signed_in("ada", Grant("viewer", "shop"))
    await team.until_known()
    assert await team.refused({}) == 401
    assert await team.refused({"authorization": "Bearer lk_read_" + "x" * 49}) == 401
    assert await team.refused({"cookie": f"{COOKIE}=x"}) == 401
    assert await team.refused(sender) == 403
    for text in (key["authorization"].removeprefix("Bearer "), cookie["cookie"].partition("=")[2]):
        for name in ("token", "key", "access_token", "authorization", COOKIE):
            assert await team.refused({}, f"/ws?{name}={text}") == 401
    for headers in (key, cookie):
        async with team.connected(headers, origin=SITE):
            assert await team.refused(headers, origin="https://evil.example") == 403
            assert await team.refused(headers, origin=f"http://localhost:{team.service.base}") == 403
        async with team.connected(headers):
            pass


async def test_health_is_for_readers_and_readiness_for_everyone(team: Team) -> None:
    _, key = await team.key(Grant("viewer"))
    await team.until_known()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{team.service.port}") as client:
        assert (await client.get("/readyz")).json() == {"ready": True}
        assert (await client.get("/health")).status_code == 401
        assert (await client.get("/health", headers=key)).status_code == 200


async def test_a_revoked_key_an_expired_one_and_a_sign_out_close_what_is_open(team: Team) -> None:
    key_id, key = await team.key(Grant("viewer"))
    _, short = await team.key(Grant("viewer"), timedelta(seconds=3))
    cookies = [await team.signed_in(name, Grant("viewer")) for name in ("eve", "bob")]
    await team.until_known()
    async with (
        team.connected(key) as revoked,
        team.connected(short) as expired,
        team.connected(cookies[0]) as signed_out,
        team.connected(cookies[1]) as removed,
    ):
        await team.accounts.revoke_key(key_id)
        await team.accounts.sign_out_everywhere("eve", now())
        await team.accounts.remove_user("bob")
        for client in (revoked, signed_out, removed, expired):
            code, frames = await closed(client, WITHIN)
            assert code == protocol.SIGNED_OUT.code == 4401
            assert frames[-1]["data"]["message"] == protocol.SIGNED_OUT.sentence
    for headers in (key, short, *cookies):
        assert await team.refused(headers) == 401


async def test_other_roles_reach_an_open_connection(team: Team) -> None:
    cookie = await team.signed_in("carol", Grant("viewer", "shop"))
    await team.until_known()
    async with team.connected(cookie) as client, team.service.writer() as log:
        await subscribe(client, "*")
        user = team.accounts.access.users["carol"]
        await team.accounts.change_user(replace(user, grants=(Grant("viewer", "blog"),)))
        await team.until_known()
        found = None
        while found is None:
            await append(log, next(numbers), 1, project="blog")
            with suppress(TimeoutError):
                found = await frame(client, "tool_use", 0.2)
        assert found["project"] == "blog"
        for project in ("shop", "blog"):
            await append(log, next(numbers), 1, project=project, session="late")
        while found["session"] != "late":
            found = await frame(client, "tool_use")
        assert found["project"] == "blog"
        await subscribe(client, "*", project="blog")
        await team.accounts.change_user(replace(team.accounts.access.users["carol"], grants=(Grant("viewer", "x"),)))
        assert (await closed(client, WITHIN))[0] == protocol.FORBIDDEN.code == 4403


async def test_one_identity_has_so_many_connections_and_no_more(team: Team) -> None:
    _, key = await team.key(Grant("viewer"))
    _, other = await team.key(Grant("viewer"))
    await team.until_known()
    async with team.connected(key), team.connected(key), team.connected(key):
        async with team.service.connect(additional_headers=key) as client:
            assert (await closed(client))[0] == protocol.CROWDED.code
        async with team.connected(other):
            pass
