"""Who comes in through the guard, and how the others are refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.access import COOKIE, IDENTITY, LOCAL, Action, Grant, User
from services.accounts import Accounts
from services.asgi import Receive, Send
from services.events import now
from services.guard import HANDSHAKES, Guard, local
from tests.memorytable import MemoryTable

SITE = "https://monitor.example.com"
PROOF = "what the gateway shows"


def forwarded(address: str) -> dict[str, str]:
    return {"x-lookout-gateway": PROOF, "x-forwarded-for": address}


NEEDS: dict[str, Action | None] = {"/open": None, "/send": "ingest", "/rule": "administer"}


def need(method: str, path: str) -> Action | None:
    return NEEDS.get(path, "read")


async def who(scope: Any, receive: Receive, send: Send) -> None:
    """Answers who the guard says it is."""
    identity = scope[IDENTITY]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": (identity.id if identity else "nobody").encode()})


class Door:
    """A guarded application, and what it noticed as used."""

    def __init__(self) -> None:
        self.accounts = Accounts(MemoryTable())
        self.used: list[str] = []
        self.now = 0.0
        self.app = Guard(who, self.accounts, need, SITE, PROOF, self.used.append, lambda: self.now)

    async def ask(self, path: str, method: str = "GET", headers: Any = ()) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
            return await client.request(method, path, headers=headers)

    async def cookie(self, *grants: Grant) -> dict[str, str]:
        await self.accounts.add_user(User("ada", grants, now()))
        return {"cookie": f"{COOKIE}={await self.accounts.sign_in('ada', now(), '', '')}"}

    async def key(self, grant: Grant, lasts: timedelta | None = None) -> dict[str, str]:
        key = await self.accounts.create_key(grant, "", "ada", now(), None if lasts is None else now() + lasts)
        return {"authorization": f"Bearer {key.text}"}


async def test_who_shows_nothing_is_asked_to_sign_in_and_told_how() -> None:
    answer = await Door().ask("/agents")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="lookout"'
    assert answer.json()["detail"] == "Sign in, or send a machine key as `Authorization: Bearer lk_...`."
    assert (await Door().ask("/open")).text == "nobody"


async def test_a_cookie_and_a_key_let_in_whom_their_role_lets_in() -> None:
    door = Door()
    cookie, key = await door.cookie(Grant("viewer")), await door.key(Grant("ingester", "shop"))
    assert (await door.ask("/agents", headers=cookie)).text == "ada"
    assert (await door.ask("/send", "POST", key)).text.startswith("k_")
    refused = await door.ask("/send", "POST", cookie)
    assert (refused.status_code, refused.json()["detail"]) == (
        403,
        "ada may not send events here: ask an admin for another role.",
    )
    assert (await door.ask("/agents", headers=key)).status_code == 403
    assert len(door.used) == 4


async def test_an_expired_key_is_none() -> None:
    door = Door()
    assert (await door.ask("/agents", headers=await door.key(Grant("admin"), timedelta(seconds=-1)))).status_code == 401


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://monitor.example.com", f"{SITE}:8443", f"{SITE}.evil.example"]
)
async def test_a_page_of_another_origin_may_not_send_even_with_the_cookie(origin: str) -> None:
    door = Door()
    cookie = await door.cookie(Grant("admin"))
    assert (await door.ask("/rule", "POST", {**cookie, "origin": origin})).status_code == 403
    assert (await door.ask("/rule", "POST", {**cookie, "origin": SITE})).text == "ada"


async def test_a_header_that_stands_twice_is_refused() -> None:
    door = Door()
    key = await door.key(Grant("admin"))
    twice = [("authorization", key["authorization"]), ("Authorization", "Bearer x")]
    assert (await door.ask("/agents", headers=twice)).status_code == 400


async def test_headers_that_claim_an_identity_change_nothing() -> None:
    claims = {"x-auth-user": "ada", "x_auth_role": "admin", "x-forwarded-user": "ada", "remote-user": "ada"}
    assert (await Door().ask("/agents", headers=claims)).status_code == 401


async def test_who_guesses_keys_is_soon_not_listened_to_and_holds_up_nobody_else() -> None:
    door = Door()
    good, cookie = await door.key(Grant("admin")), await door.cookie(Grant("viewer"))
    guesser = {"authorization": "Bearer lk_adm_" + "0" * 49, **forwarded("192.0.2.1")}
    answers = [await door.ask("/agents", headers=guesser) for _ in range(200)]
    assert [each.status_code for each in answers] == [401] * 10 + [429] * 190
    assert answers[-1].headers["retry-after"] == "6"
    for headers in (good, cookie):
        assert (await door.ask("/agents", headers={**headers, **forwarded("192.0.2.1")})).status_code == 200
    assert (await door.ask("/agents", headers={**guesser, **forwarded("192.0.2.2")})).status_code == 401
    door.now = 6.0
    assert (await door.ask("/agents", headers=guesser)).status_code == 401


@pytest.mark.parametrize("shown", [{}, {"x-lookout-gateway": ""}, {"x-lookout-gateway": PROOF[:-1]}])
async def test_only_the_gateway_is_believed_where_a_request_comes_from(shown: dict[str, str]) -> None:
    door = Door()
    guesser = {"authorization": "Bearer lk_adm_" + "0" * 49, **shown}
    answers = [await door.ask("/agents", headers={**guesser, "x-forwarded-for": f"192.0.2.{n}"}) for n in range(11)]
    assert [each.status_code for each in answers] == [401] * 10 + [429]


async def test_an_old_cookie_is_no_guess() -> None:
    door = Door()
    for _ in range(20):
        assert (await door.ask("/agents", headers={"cookie": f"{COOKIE}=old"})).status_code == 401


async def test_one_address_opens_so_many_websockets_and_then_waits() -> None:
    door = Door()
    cookie = await door.cookie(Grant("viewer"))
    reached: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] != "websocket.http.response.body":
            reached.append(message.get("status", 101))

    async def socket(scope: Any, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    guard = Guard(socket, door.accounts, need, SITE, PROOF, door.used.append, lambda: 0.0)
    headers = [(b"cookie", cookie["cookie"].encode())]
    for _ in range(HANDSHAKES[1] + 5):
        await guard({"type": "websocket", "path": "/ws", "headers": headers, "client": ("192.0.2.1", 1)}, receive, send)
    assert reached == [101] * HANDSHAKES[1] + [429] * 5


async def test_in_local_mode_everyone_on_this_machine_may_do_everything() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Receive, send: Send) -> None:
        seen.append(scope[IDENTITY])
        await who(scope, receive, send)

    transport = httpx.ASGITransport(app=local(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        assert (await client.get("/rule")).status_code == 200
        assert (await client.get("/rule", headers={"host": "evil.example"})).status_code == 403
    assert seen == [LOCAL]
