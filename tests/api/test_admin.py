"""What an admin does is in the log before it is done, and is not done where it cannot be told there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.access import Grant, User
from services.accounts import AGAIN, Accounts
from services.api import admin
from services.api.login import door_of
from services.events import now
from services.log import Conflict
from tests.api.conftest import Api
from tests.memorytable import MemoryTable

ACTS: list[tuple[str, str, Any, str]] = [
    ("POST", "/keys", {"role": "ingester"}, "key_created"),
    ("DELETE", "/keys/KEY", None, "key_revoked"),
    ("POST", "/users", {"name": "eve", "grants": [{"role": "admin"}]}, "user_added"),
    ("PUT", "/users/ada/grants", [{"role": "admin"}], "user_changed"),
    ("POST", "/users/ada/link", None, "link_created"),
    ("DELETE", "/users/ada", None, "user_removed"),
]


class WatchedTable(MemoryTable):
    """Notes how much the log held when something was written; `taken` by another who was a moment sooner."""

    def __init__(self, api: Api) -> None:
        super().__init__()
        self._log = api.log
        self.told: list[int] = []
        self.taken = False

    async def put(self, key: str, value: bytes, expected: int | None = None) -> int:
        self.told.append(self._log.last)
        if self.taken:
            raise Conflict(key)
        return await super().put(key, value, expected)


@pytest.fixture
async def table(api: Api, monkeypatch: pytest.MonkeyPatch) -> WatchedTable:
    """Of an API in team mode, with a user and a key."""
    monkeypatch.setattr(admin, "AGAIN", AGAIN / 1000)
    table = WatchedTable(api)
    accounts = Accounts(table)
    await accounts.add_user(User("ada", (Grant("viewer"),), now()))
    await accounts.create_key(Grant("viewer"), "", "ada", now(), None)
    api.app.extensions["door"] = door_of(accounts, api.log)
    table.told.clear()
    return table


async def asked(api: Api, method: str, path: str, body: Any) -> int:
    [key] = api.app.extensions["door"].accounts.access.keys.values()
    content = b"" if body is None else json.dumps(body).encode()
    answer = await api.client.request(method, path.replace("KEY", key.id), content=content)
    return answer.status_code


@pytest.mark.parametrize(("method", "path", "body", "what"), ACTS)
async def test_each_act_is_told_before_it_is_done(
    api: Api, table: WatchedTable, method: str, path: str, body: Any, what: str
) -> None:
    assert await asked(api, method, path, body) in (200, 201)
    assert table.told
    assert min(table.told) == 1
    assert api.log.stored[0].subject == f"events.lookout._.audit%2E{what}"


@pytest.mark.parametrize(("method", "path", "body", "what"), ACTS)
async def test_what_cannot_be_told_is_not_done(
    api: Api, table: WatchedTable, method: str, path: str, body: Any, what: str
) -> None:
    api.log.full = True
    assert await asked(api, method, path, body) == 503
    assert table.told == []


@pytest.mark.parametrize(("method", "path", "body", "what"), ACTS)
async def test_who_changes_what_another_has_just_changed_is_told_so(
    api: Api, table: WatchedTable, method: str, path: str, body: Any, what: str
) -> None:
    table.taken = True
    assert await asked(api, method, path, body) == 409


async def test_a_name_that_could_not_be_read_back_from_its_record_is_refused(api: Api, table: WatchedTable) -> None:
    names = {"a" + "@" * 32: 201, "a" + "@" * 33: 400, "a" + ".@+" * 21: 400}
    for name, status in names.items():
        assert await asked(api, "POST", "/users", {"name": name, "grants": [{"role": "viewer"}]}) == status
    again = Accounts(table)
    await again.load()
    assert again.access.users.keys() == {"ada", "a" + "@" * 32}
