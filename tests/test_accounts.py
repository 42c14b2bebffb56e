"""The accounts in their bucket: in memory and in a real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from services.access import COOKIE, Grant, User
from services.accounts import LINK, MOST_SESSIONS, SEEN_EVERY, Accounts, AlreadyThere, Table, Unknown
from services.keys import hashed
from services.log import Conflict
from tests.conftest import Nats
from tests.memorytable import MemoryTable

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(params=["memory", "jetstream"])
async def table(request: pytest.FixtureRequest) -> AsyncIterator[Table]:
    if request.param == "memory":
        yield MemoryTable()
        return
    server: Nats = request.getfixturevalue("nats")
    async with server.connected("access") as connection:
        await connection.access.ensure()
        await connection.access.ensure()
        yield connection.access


def ada() -> User:
    return User("ada@example.com", (Grant("viewer"),), NOW)


async def test_what_one_service_writes_another_knows_after_its_next_look(table: Table) -> None:
    writer, reader = Accounts(table), Accounts(table)
    changes: list[str] = []
    reader.on_change(lambda: changes.append("changed"))
    await writer.add_user(ada())
    cookie = await writer.sign_in("ada@example.com", NOW, "127.0.0.1", "Firefox")
    key = await writer.create_key(Grant("ingester", "shop"), "laptop", "ada", NOW, None)
    await reader.load()
    assert changes == ["changed"]
    identity = reader.access.identify("", f"{COOKIE}={cookie}", NOW)
    assert identity is not None
    assert identity.id == "ada@example.com"
    assert reader.access.identify(f"Bearer {key.text}", "", NOW) is not None
    await writer.remove_user("ada@example.com")
    await writer.revoke_key(key.id)
    await reader.load()
    assert (reader.access.users, reader.access.sessions, reader.access.keys) == ({}, {}, {})


async def test_who_signs_in_without_end_has_so_many_sessions_and_the_newest(table: Table) -> None:
    accounts = Accounts(table)
    await accounts.add_user(ada())
    await accounts.add_user(replace(ada(), name="grace"))
    other = await accounts.sign_in("grace", NOW, "", "")
    tokens = [
        await accounts.sign_in("ada@example.com", NOW + timedelta(seconds=number), "", "")
        for number in range(MOST_SESSIONS + 2)
    ]
    known = [accounts.access.identify("", f"{COOKIE}={token}", NOW) is not None for token in [other, *tokens]]
    assert known == [True, False, False, *[True] * MOST_SESSIONS]


async def test_of_two_that_claim_the_same_one_gets_it_until_it_is_released_or_over(table: Table) -> None:
    one, other = Accounts(table), Accounts(table)
    until = NOW + timedelta(minutes=5)
    both = await asyncio.gather(*(each.claim("demo", NOW, until) for each in (one, other, one)))
    assert sorted(both) == [False, False, True]
    assert not await other.claim("demo", NOW, until)
    assert await other.claim("demo", until, until + timedelta(minutes=5))
    await other.release("demo")
    assert await one.claim("demo", NOW, until)


async def test_who_was_removed_can_be_added_again(table: Table) -> None:
    accounts = Accounts(table)
    await accounts.add_user(ada())
    with pytest.raises(AlreadyThere, match="already"):
        await accounts.add_user(ada())
    await accounts.remove_user("ada@example.com")
    await accounts.add_user(ada())
    with pytest.raises(Unknown, match="no user eve"):
        await accounts.remove_user("eve")


async def test_a_record_that_another_changed_meanwhile_is_not_overwritten(table: Table) -> None:
    first, second = Accounts(table), Accounts(table)
    await first.add_user(ada())
    await second.load()
    await first.set_password("ada@example.com", "hash-1", NOW)
    with pytest.raises(Conflict):
        await second.set_password("ada@example.com", "hash-2", NOW)
    await second.load()
    await second.set_password("ada@example.com", "hash-2", NOW)
    await first.load()
    assert first.access.users["ada@example.com"].password == "hash-2"


async def test_a_link_works_once_and_for_two_days(table: Table) -> None:
    accounts, other = Accounts(table), Accounts(table)
    await accounts.add_user(ada())
    link = await accounts.new_link("ada@example.com", NOW)
    await accounts.add_user(User("grace", (Grant("viewer"),), NOW))
    late = await accounts.new_link("grace", NOW)
    await other.load()
    assert (await accounts.use_link(link, NOW)).name == "ada@example.com"
    for again in (accounts, other):
        with pytest.raises(Unknown, match="used already"):
            await again.use_link(link, NOW)
    with pytest.raises(Unknown, match="too old"):
        await accounts.use_link(late, NOW + LINK)


async def test_a_link_is_void_once_there_is_another_a_new_password_or_a_sign_out_everywhere(table: Table) -> None:
    accounts = Accounts(table)
    await accounts.add_user(ada())
    first = await accounts.new_link("ada@example.com", NOW)
    second = await accounts.new_link("ada@example.com", NOW)
    with pytest.raises(Unknown):
        await accounts.use_link(first, NOW)
    await accounts.set_password("ada@example.com", "hash", NOW)
    with pytest.raises(Unknown):
        await accounts.use_link(second, NOW)
    third = await accounts.new_link("ada@example.com", NOW)
    await accounts.sign_out_everywhere("ada@example.com", NOW)
    with pytest.raises(Unknown):
        await accounts.use_link(third, NOW)


async def test_a_session_can_be_ended_alone_or_with_all_others(table: Table) -> None:
    accounts = Accounts(table)
    await accounts.add_user(ada())
    desk, phone = [await accounts.sign_in("ada@example.com", NOW, "", "") for _ in range(2)]
    await accounts.sign_out(hashed(desk))
    assert [accounts.access.lives(hashed(each), NOW) for each in (desk, phone)] == [False, True]
    await accounts.sign_out_everywhere("ada@example.com", NOW + timedelta(seconds=1))
    assert not accounts.access.lives(hashed(phone), NOW)


async def test_the_last_use_is_noted_at_most_every_five_minutes(table: Table) -> None:
    accounts = Accounts(table)
    key = await accounts.create_key(Grant("viewer"), "script", "ada", NOW, None)
    for seconds in (0, 10, 299):
        await accounts.saw(key.hash, NOW + timedelta(seconds=seconds))
    assert accounts.access.seen[key.hash].at == NOW
    await accounts.saw(key.hash, NOW + SEEN_EVERY)
    assert accounts.access.seen[key.hash].at == NOW + SEEN_EVERY
    await accounts.saw("of something that is gone", NOW)
    assert accounts.access.seen.keys() == {key.hash}


async def test_what_is_over_is_swept_away(table: Table) -> None:
    accounts = Accounts(table)
    await accounts.add_user(ada())
    await accounts.new_link("ada@example.com", NOW)
    cookie = await accounts.sign_in("ada@example.com", NOW, "", "")
    await accounts.saw(hashed(cookie), NOW)
    await accounts.sweep(NOW)
    assert len(accounts.access.sessions) == len(accounts.access.links) == 1
    await accounts.sweep(NOW + timedelta(days=8))
    assert (accounts.access.sessions, accounts.access.links, accounts.access.seen) == ({}, {}, {})


async def test_more_records_than_one_chunk_are_all_read() -> None:
    table = MemoryTable()
    writer, reader = Accounts(table), Accounts(table)
    for number in range(50):
        await writer.create_key(Grant("viewer"), f"key {number}", "ada", NOW, None)
    await reader.load()
    assert len(reader.access.keys) == 50
