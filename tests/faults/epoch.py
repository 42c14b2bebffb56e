"""A log that becomes another one, and events that come again and again."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import closing, suppress
from itertools import chain
from typing import Any

import msgspec

from services.eventlog import connect
from services.events import encode, message_id
from services.log import Message
from services.subjects import event_subject
from tests.checker import check, check_state, everything, recorded, stored_events
from tests.conftest import until
from tests.faults.fault import Run, scene
from tests.listener import Listener
from tests.post import Answer, Lost, Poster
from tests.stack import Stack, running_stack

COPIES = 50
CONNECTIONS = 4


async def recreated(run: Run) -> None:
    """R14: the stream is removed and made again: every client is told, and starts from a fresh state."""
    async with scene(run, per_second=100) as here:
        watchers = [Listener(here.stack.websocket, events=["*", "state"], batch=batch) for batch in (True, False)]
        here.join([(each, everything) for each in watchers])
        await here.subscribed()
        await run.wait(0.5, 2)
        await here.stop()
        await check(here.stack, here.traffic.acknowledged, here.clients)
        before, last = watchers[0].epoch, max(here.traffic.acknowledged.values())
        here.traffic.acknowledged.clear()
        run.say("the log is removed and nats-server started on an empty folder")
        await asyncio.to_thread(_recreate, here.stack)
        await until(lambda: all(each.refused for each in here.listeners), "all are told", 60)
        later = Poster(here.stack.url)
        with closing(later):
            for number in range(run.chance.randrange(20, 60)):
                answer = await _insist(later, [_event(f"later-{number}")])
                here.traffic.acknowledged[f"later-{number}"] = answer.json["events"][0]["seq"]
        await until(lambda: all(_epoch(each.state[-1]) != before for each in watchers), "a fresh state", 30)
        log = await here.settle(refusals=1)
        wrong = sum(not _is_apart(each, before, last) for each in here.listeners)
        run.most("views of mixed epochs", wrong, 0)
        run.least("clients told recovered: false", sum(each.refused == 1 for each in here.listeners), len(here.clients))
        run.least("events of the new log", len(log), 20)


def _is_apart(client: Listener, before: str, last: int) -> bool:
    """Whether it has the old log as far as was acknowledged, then the new one, and no state of the old one after it."""
    [former] = client.former
    states = [_epoch(frame) == before for frame in client.state]
    return former.epoch == before and former.end >= last and states == sorted(states, reverse=True)


def _epoch(frame: dict[str, Any]) -> str:
    epoch: str = frame["data"]["epoch"]
    return epoch


def _recreate(stack: Stack) -> None:
    with stack.stopped("nats"):
        shutil.rmtree(stack.data / "jetstream")


async def duplicates(run: Run) -> None:
    """R13: one event fifty times over four connections and across restarts; and again after the log's own window."""
    with running_stack() as stack:
        listener = Listener(stack.websocket)
        listening = asyncio.create_task(listener.run())
        await until(lambda: listener.start is not None, "subscribed", 30)
        posters = [Poster(stack.url) for _ in range(CONNECTIONS)]
        acknowledged: dict[str, int] = {}
        answers: dict[str, set[int]] = {}
        for number in range(4):
            events = [_event(f"storm-{number}-{each}") for each in range(run.chance.randrange(1, 20))]
            storm = [asyncio.create_task(_send_copies(each, events, COPIES // CONNECTIONS + 1)) for each in posters]
            if number in (1, 2):
                process = ("ingest", "nats")[number - 1]
                run.say(f"kill -9 {process} amid {COPIES} copies of {len(events)} events")
                await asyncio.to_thread(stack.kill, process)
            for answer in chain.from_iterable(await asyncio.gather(*storm)):
                for position in answer.json["events"]:
                    answers.setdefault(position["id"], set()).add(position["seq"])
                    acknowledged[position["id"]] = position["seq"]
        run.most("ids that were answered with two seqs", sum(len(seqs) > 1 for seqs in answers.values()), 0)
        await until(lambda: listener.position >= max(acknowledged.values()), "the client has all", 30)
        log = await check(stack, acknowledged, [(listener, everything)])
        run.say("the same events again, as after the log's own window for repeats")
        again = [each for each in log if each.event.id in acknowledged]
        await _append_again(stack, again)
        repeated = recorded(await stored_events(stack))
        run.least("repeats that the log took", len(repeated) - len(log), len(again))
        state = await asyncio.to_thread(stack.until, "/state", lambda state: state["seq"] >= repeated[-1].seq)
        check_state(repeated, state)
        found = stack.get("/events?limit=500")["events"]
        run.most("events that the history has twice", len(found) - len({each["id"] for each in found}), 0)
        listening.cancel()


def _event(identity: str) -> dict[str, Any]:
    data = {"tool": "Bash", "phase": "finished", "tool_use_id": identity, "duration_ms": 5}
    return {"id": identity, "source": "storm", "project": "storm", "session": "one", "type": "tool_use", "data": data}


async def _insist(poster: Poster, events: list[dict[str, Any]]) -> Answer:
    while True:
        with suppress(Lost):
            answer = await poster.post("/events", msgspec.json.encode(events))
            if answer.status == 202:
                return answer
        await asyncio.sleep(0.1)


async def _send_copies(poster: Poster, events: list[dict[str, Any]], copies: int) -> list[Answer]:
    return [await _insist(poster, events) for _ in range(copies)]


async def _append_again(stack: Stack, log: list[Any]) -> None:
    async with connect(stack.nats_url, "ingest", stack.nats_password("ingest")) as connection:
        for each in log:
            event = each.event
            subject = event_subject(event.project, event.session, event.type)
            await connection.log.append(Message(subject, f"again-{message_id(event)}", encode(event)))
