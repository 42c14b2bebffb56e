"""`lookout redact` on a running Lookout: nothing of the session is left anywhere, and it does not come back."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest
from websockets.asyncio.client import connect

from tests.conftest import until
from tests.contents import contents
from tests.listener import Listener
from tests.stack import Stack, running_stack

MARK = f"mark{token_hex(8)}"
"""A word that stands in each event of the victim, in no other and in no name of it."""

VICTIM = "victim session/1"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack() as running:
        yield running


def events(session: str, count: int, first: int = 0, word: str = "harmless") -> list[dict[str, object]]:
    return [
        {
            "type": "tool_use",
            "id": f"{session}-{number}",
            "project": "shop",
            "session": session,
            "agent": f"{word}-agent",
            "data": {"tool": f"{word}Tool", "phase": "finished", "summary": f"{word} words", "agent_id": f"{word}-id"},
        }
        for number in range(first, first + count)
    ]


def found_on_disk(stack: Stack, word: str) -> list[Path]:
    return [path for path, inside in contents(stack.data).items() if word.encode() in inside]


def send(stack: Stack, sent: list[dict[str, object]]) -> list[dict[str, object]]:
    answer = stack.post("/events", sent)
    assert answer.status == 202, answer
    positions: list[dict[str, object]] = answer.json["events"]
    return positions


async def frames(stack: Stack, since: int, until: int) -> list[dict[str, object]]:
    """What a client gets that resumes there."""
    epoch = stack.get("/state")["epoch"]
    found: list[dict[str, object]] = []
    async with asyncio.timeout(20), connect(stack.websocket, proxy=None) as client:
        data = {"events": ["*"], "since": {"epoch": epoch, "seq": since}}
        await client.send(json.dumps({"event": "subscribe", "data": data}))
        while not found or found[-1].get("seq", 0) < until:  # type: ignore[operator]
            found.append(json.loads(await client.recv()))
            if found[-1]["event"] == "hello":
                found.pop()
    return found


async def test_a_session_that_is_redacted_is_gone_from_everywhere(stack: Stack) -> None:
    send(stack, events("other", 20))
    mine = send(stack, [each for n in range(30) for each in (*events(VICTIM, 1, n, MARK), *events("other", 1, 20 + n))])
    first, last = int(str(mine[0]["seq"])), int(str(mine[-1]["seq"]))
    stack.until("/state", lambda state: state["seq"] >= last)
    assert found_on_disk(stack, MARK)
    assert MARK in json.dumps(stack.get("/state"))
    epoch = stack.get("/state")["epoch"]

    live = Listener(stack.websocket, since={"epoch": epoch, "seq": last})
    listening = asyncio.create_task(live.run())
    await until(lambda: live.start is not None, "it listens")
    told = await asyncio.to_thread(stack.cli, "redact", VICTIM)
    assert (told.returncode, told.stdout) == (0, f"Erased the session {VICTIM} of the project shop: 30 events.\n")
    await until(lambda: any(each["event"] == "session_erased" for each in live.events), "it is told")
    listening.cancel()
    [erasure] = [each for each in live.events if each["event"] == "session_erased"]
    assert erasure["data"]["ranges"] == [[seq, seq] for seq in range(first, last, 2)]

    deadline = time.monotonic() + 20
    while (left := found_on_disk(stack, MARK)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []
    assert [stack.get(f"/state?at={seq}")["state"]["projects"].keys() for seq in (last,)] == [{"shop"}]
    for path in (
        "/state",
        f"/state?at={last}",
        f"/state?at={first}",
        "/agents",
        "/sessions",
        "/files",
        "/tools",
        f"/events?q={MARK}&limit=1000",
        "/events?limit=1000",
    ):
        assert MARK not in json.dumps(stack.get(path)), path
    gone = stack.request("GET", f"/events/{first}")
    assert (gone.status, "erased" in gone.json["detail"]) == (410, True)
    assert stack.request("GET", f"/events/{first + 1}").status == 200

    received = await frames(stack, first - 1, erasure["seq"])
    assert MARK not in json.dumps(received)
    assert received[0]["data"]["recovered"] is True  # type: ignore[index]
    places = [each["data"] for each in received if each["event"] == "erased"]
    assert [(each["from"], each["to"], each["session"]) for each in places] == [  # type: ignore[index]
        (seq, seq, VICTIM) for seq in range(first, last, 2)
    ]
    assert [each["seq"] for each in received[1:]] == list(range(first, erasure["seq"] + 1))


async def test_what_comes_late_for_an_erased_session_is_not_stored(stack: Stack) -> None:
    word = f"late{token_hex(8)}"
    send(stack, events("late one", 3, word=word))
    assert stack.cli("redact", "late one").returncode == 0
    erasure = "/events?q=type:session_erased%20session:%22late%20one%22"
    [erased] = stack.until(erasure, lambda page: page["events"])["events"]
    seq = erased["seq"]
    deadline = time.monotonic() + 10
    while not (answers := send(stack, events("late one", 4, word=word)))[0].get("erased"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert [(each["seq"], each["erased"]) for each in answers] == [(seq, True)] * 4
    assert "late one" not in json.dumps(stack.get("/state"))
    stack.until(
        "/events?q=session:%22late%20one%22",
        lambda page: [each["event"] for each in page["events"]] == ["session_erased"],
    )


async def test_what_was_stored_before_ingest_knew_is_deleted_too(stack: Stack) -> None:
    """The ingest that is killed knows of no erasure when it comes back, while the API is away."""
    word = f"stray{token_hex(8)}"
    send(stack, events("stray", 3, word=word))
    assert stack.cli("redact", "stray").returncode == 0
    with stack.stopped("api"):
        stack.kill("ingest")
        deadline = time.monotonic() + 20
        while stack.post("/events", events("stray", 2, 10, word)).status != 202:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert found_on_disk(stack, word)
    stack.until("/events?q=type:session_erased%20session:stray", lambda page: len(page["events"]) == 2, 30)
    deadline = time.monotonic() + 20
    while (left := found_on_disk(stack, word)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []
    assert word not in json.dumps(stack.get("/state"))


def test_who_erased_what_is_audited(stack: Stack) -> None:
    found = stack.get("/events?q=type:audit.session_redacted&limit=100")["events"]
    assert found
    assert all(each["data"]["who"] == "local" and each["project"] == "lookout" for each in found)


def test_what_is_not_there_or_not_one_is_said(stack: Stack) -> None:
    nobody = stack.cli("redact", "nobody")
    assert (nobody.returncode, "No session nobody is known" in nobody.stderr) == (1, True)
    for project in ("one", "two"):
        send(stack, [{"type": "x", "project": project, "session": "twin"}])
    both = stack.cli("redact", "twin")
    assert (both.returncode, "Several projects have a session twin" in both.stderr) == (1, True)
    assert stack.cli("redact", "twin", "--project", "one").returncode == 0
    assert stack.get("/events?q=project:two")["events"]
    again = stack.cli("redact", "twin", "--project", "one")
    assert (again.returncode, again.stdout) == (0, "Erased the session twin of the project one: nothing was left.\n")
