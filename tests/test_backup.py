"""`lookout backup` and `lookout restore`: what comes back, and that nothing half comes back."""

from __future__ import annotations

import asyncio
import gzip
import json
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from websockets.sync.client import connect as websocket

from services.backup import BackupError, check
from services.broker import connected
from services.configuration import load
from tests.freeports import free_block, free_ports
from tests.stack import Stack
from tests.test_encryption import PLAIN, folded, key_file, readable
from tests.test_subscribers import added, post, subscribing


class Before(NamedTuple):
    """A Lookout that has ended, what it knew, and its backup."""

    data: Path
    environment: dict[str, str]
    file: Path
    log: list[tuple[int, str, str, bytes]]
    head: tuple[str, int, int]
    state: Any
    seed: str


async def log_of(stack: Stack) -> list[tuple[int, str, str, bytes]]:
    async with connected(load(stack.environment), "access") as connection:
        head = await connection.log.head()
        chunks = [chunk async for chunk in connection.log.read(head.first, head.last)]
    return [(each.seq, each.time.isoformat(), each.subject, each.payload) for chunk in chunks for each in chunk]


async def head_of(stack: Stack) -> tuple[str, int, int]:
    async with connected(load(stack.environment), "access") as connection:
        return (await connection.log.head())[:3]


async def users_of(stack: Stack) -> list[tuple[str, bytes]]:
    async with connected(load(stack.environment), "access") as connection:
        return [(change.key, change.value) for change in await connection.access.changes(0)]


async def add_users(stack: Stack) -> None:
    async with connected(load(stack.environment), "access") as connection:
        await connection.access.ensure()
        for name in ("ada", "grace", "gone"):
            await connection.access.put(f"user.{name}", json.dumps({"name": name}).encode())
        await connection.access.put("user.gone", b"")


def short_folder() -> Path:
    """Short, for the paths of its sockets."""
    return Path("/tmp") / f"lookout-{secrets.token_hex(4)}"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Before]:
    folder = tmp_path_factory.mktemp("backup")
    [nats] = free_ports(1)
    environment = {
        "LOOKOUT_ENCRYPTION_KEY_FILE": str(key_file(folder / "key")),
        "LOOKOUT_NATS_LISTEN": f"127.0.0.1:{nats}",
    }
    data = short_folder()
    stack = Stack(data, free_block(), environment)
    stack.start()
    try:
        seed = added(stack, "reader", "shop")
        for number in range(30):
            post(stack, "shop", f"{PLAIN} {number}", umlaut="ä\n\u2028")
        events = [{"type": "step", "project": "bank", "session": "to-erase", "data": {"n": n}} for n in range(150)]
        assert stack.post("/events", events).status == 202
        seq = stack.post("/events", {"type": "last", "project": "shop"}).json["events"][0]["seq"]
        folded(stack, seq)
        erased = stack.cli("redact", "to-erase")
        assert erased.returncode == 0, erased.stderr
        asyncio.run(add_users(stack))
        file = folder / "backup.gz"
        said = stack.cli("backup", str(file))
        assert said.returncode == 0, said.stderr
        assert said.stdout.endswith("events, read again and whole.\n")
        log = asyncio.run(log_of(stack))
        state = stack.get(f"/state?at={seq}")
        yield Before(data, stack.environment, file, log, asyncio.run(head_of(stack)), state, seed)
    finally:
        stack.stop()
        shutil.rmtree(data)


@pytest.fixture
def empty() -> Iterator[Path]:
    folder = short_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def restored(before: Before, empty: Path) -> Stack:
    [nats] = free_ports(1)
    environment = {
        "LOOKOUT_ENCRYPTION_KEY_FILE": before.environment["LOOKOUT_ENCRYPTION_KEY_FILE"],
        "LOOKOUT_NATS_LISTEN": f"127.0.0.1:{nats}",
    }
    return Stack(empty, free_block(), environment)


def test_a_backup_is_for_its_owner_alone_and_lists_every_event(before: Before) -> None:
    assert before.file.stat().st_mode & 0o777 == 0o600
    summary = check(before.file)
    assert summary.last <= before.head[2]
    lines = [json.loads(line) for line in gzip.decompress(before.file.read_bytes()).splitlines()]
    seqs = [line["seq"] for line in lines if line["kind"] == "event"]
    assert seqs == [seq for seq, *_ in before.log if seq <= summary.last]
    assert summary.events == len(seqs)
    # What was erased is missing.
    assert seqs[-1] - seqs[0] >= len(seqs) + 149
    assert not before.file.with_name("backup.gz.part").exists()


async def test_all_comes_back_where_it_was_and_clients_are_told_to_begin_anew(before: Before, empty: Path) -> None:
    stack = restored(before, empty)
    said = stack.cli("restore", str(before.file))
    assert said.returncode == 0, said.stderr
    summary = check(before.file)
    stack.start()
    try:
        folded(stack, summary.last)
        log = await log_of(stack)
        assert [each for each in log if each[0] <= summary.last] == [
            each for each in before.log if each[0] <= summary.last
        ]
        epoch, first, _ = await head_of(stack)
        assert (epoch != before.head[0], first) == (True, before.head[1])
        seq = before.state["seq"]
        again = stack.get(f"/state?at={seq}")
        assert again["state"] == before.state["state"]
        assert await users_of(stack) == [("user.ada", b'{"name": "ada"}'), ("user.grace", b'{"name": "grace"}')]
        assert recovered(stack, before.head[0], seq) is False
        assert recovered(stack, epoch, seq) is True
        async with subscribing(stack, "reader", before.seed) as client:
            consumer = await client.jetstream().pull_subscribe_bind("reader", "EVENTS")
            [message] = await consumer.fetch(1, timeout=5)
            assert json.loads(message.data)["data"]["text"] == f"{PLAIN} 0"
        assert readable(empty, PLAIN) == []
    finally:
        stack.stop()


def upto(log: list[tuple[int, str, str, bytes]], last: int) -> list[tuple[int, str, str, bytes]]:
    return [each for each in log if each[0] <= last]


def recovered(stack: Stack, epoch: str, seq: int) -> bool:
    with websocket(stack.websocket) as client:
        since = {"epoch": epoch, "seq": seq}
        client.send(json.dumps({"event": "subscribe", "data": {"events": ["*"], "since": since}}))
        while True:
            frame = json.loads(client.recv(10))
            if frame["event"] == "subscribed":
                return bool(frame["data"]["recovered"])


def test_a_folder_that_has_a_lookout_in_it_is_left_alone(before: Before) -> None:
    used = Stack(before.data, free_block(), before.environment)
    refused = used.cli("restore", str(before.file))
    assert refused.returncode == 1
    assert "Lookout already runs on" in refused.stderr


@pytest.mark.parametrize("damage", ["cut", "flipped", "other", "line"])
def test_a_damaged_backup_is_refused_and_leaves_the_folder_empty(
    before: Before, empty: Path, tmp_path: Path, damage: str
) -> None:
    whole = before.file.read_bytes()
    lines = gzip.decompress(whole).splitlines(keepends=True)
    damaged = tmp_path / "damaged.gz"
    middle = len(whole) // 2
    damaged.write_bytes(
        {
            "cut": whole[:middle],
            "flipped": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            "other": b"something else",
            "line": gzip.compress(b"".join(lines[:-3] + lines[-2:])),
        }[damage]
    )
    with pytest.raises(BackupError, match=r"damaged\.gz (is|ends)"):
        check(damaged)
    refused = restored(before, empty).cli("restore", str(damaged))
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"lookout: {damaged} ")
    assert {path.name for path in empty.iterdir()} <= {"lock"}


def test_a_backup_needs_a_lookout_that_runs_and_leaves_nothing_half(empty: Path, tmp_path: Path) -> None:
    empty.mkdir()
    refused = Stack(empty, free_block(), {}).cli("backup", str(tmp_path / "backup.gz"))
    assert refused.returncode == 3
    assert f"Lookout does not run on {empty}" in refused.stderr
    assert list(tmp_path.iterdir()) == []
