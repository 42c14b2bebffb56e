"""Subscriptions that begin in the past while events flow: nowhere a gap, a repeat or another order."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import hypothesis
import msgspec
from hypothesis import strategies as st
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from tests.checker import check
from tests.conftest import until
from tests.faults.fault import Run
from tests.stack import Stack, running_stack
from tests.stream import test_splice

TRIALS = 1000
IN_MEMORY = 300
CLIENTS = 25
PER_SECOND = 2000
BACK = 3000
"""Events that a subscription begins in the past, at most: the ring of the stream service is made smaller than that."""
KINDS = ("*", "file_operation", "tool_use")


class Trial(NamedTuple):
    """One subscription: to what, from where on and up to where, and the seqs that came."""

    kind: str
    start: int
    end: int
    seqs: Sequence[int]


class _Seen(msgspec.Struct):
    seq: int


class _Frame(msgspec.Struct):
    event: str
    seq: int = 0
    data: msgspec.Raw = msgspec.Raw(b"null")


_frame = msgspec.json.Decoder(_Frame)
_batch = msgspec.json.Decoder(list[_Seen])


class Subscriber(WSListener):
    """One connection that subscribes anew again and again."""

    def __init__(self) -> None:
        self.hello: dict[str, Any] = {}
        self.answers: dict[int, dict[str, Any]] = {}
        self.seqs: list[int] = []
        self.position = -1
        self._parts = b""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        self._parts += frame.get_payload_as_bytes()
        if frame.fin and frame.msg_type in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            message, self._parts = self._parts, b""
            self._take(_frame.decode(message))

    def _take(self, frame: _Frame) -> None:
        match frame.event:
            case "hello":
                self.hello = msgspec.json.decode(frame.data)
            case "subscribed":
                answer = msgspec.json.decode(frame.data)
                self.answers[answer["id"]] = answer
                self.seqs, self.position = [], answer["from"]
            case "batch":
                self.seqs += [each.seq for each in _batch.decode(frame.data)]
                self.position = frame.seq
            case "ping" | "unsubscribed":
                pass
            case "error":
                raise AssertionError(frame)
            case _:
                self.seqs.append(frame.seq)
                self.position = frame.seq


async def race(run: Run, trials: int = TRIALS) -> None:
    """R12: with a real log, and by hypothesis with one in memory, where the order of steps is its own to choose."""
    with running_stack() as stack:
        sending = subprocess.Popen(
            [sys.executable, "-m", "tests.bulk", stack.url, str(PER_SECOND), "600"], stdout=subprocess.DEVNULL
        )
        try:
            await asyncio.to_thread(stack.until, "/status", lambda status: status["seq"] > 2 * BACK, 60)
            run.say(f"{trials} subscriptions from the past while {PER_SECOND} events a second flow")
            chances = [random.Random(run.chance.random()) for _ in range(CLIENTS)]
            began, first = time.monotonic(), await _last(stack)
            done = await asyncio.gather(*(_client(stack, chance, trials // CLIENTS) for chance in chances))
            rate = (await _last(stack) - first) / (time.monotonic() - began)
        finally:
            sending.terminate()
            sending.wait()
        types = {each.seq: each.event.type for each in await check(stack, {}, [])}
    every = [trial for each in done for trial in each]
    wrong = [trial for trial in every if list(trial.seqs) != _expected(trial, types)]
    for trial in wrong[:3]:
        run.say(f"wrong: {trial.kind} from {trial.start} to {trial.end}: {list(trial.seqs)[:20]}...")
    run.least("subscriptions with a real log", len(every), trials)
    run.most("with a gap, a repeat or another order", len(wrong), 0)
    run.least("events a second meanwhile", rate, PER_SECOND * 0.9)
    played = await asyncio.to_thread(_in_memory, run.seed, IN_MEMORY)
    run.least("schedules with a log in memory, without any", played, IN_MEMORY)


async def _last(stack: Stack) -> int:
    """The last seq of the log."""
    status = await asyncio.to_thread(stack.get, "/status")
    last: int = status["log"]["last"]
    return last


def _expected(trial: Trial, types: dict[int, str]) -> list[int]:
    return [seq for seq in range(trial.start + 1, trial.end + 1) if trial.kind in ("*", types[seq])]


async def _client(stack: Stack, chance: random.Random, trials: int) -> list[Trial]:
    transport, listener = await ws_connect(Subscriber, stack.websocket, max_frame_size=64 << 20)
    assert isinstance(listener, Subscriber)
    try:
        await until(lambda: bool(listener.hello), "hello")
        head = listener.hello["seq"]
        done = []
        for number in range(trials):
            trial = await _trial(chance, transport, listener, number, head)
            done.append(trial)
            head = max(head, trial.end)
        return done
    finally:
        transport.disconnect(graceful=False)


async def _trial(chance: random.Random, transport: WSTransport, listener: Subscriber, number: int, head: int) -> Trial:
    kind = chance.choice(KINDS)
    start = max(0, head - chance.randrange(BACK))
    beyond = chance.randrange(1, 300)
    wishes = {
        "events": [kind],
        "batch": chance.random() < 0.7,
        "slim": chance.random() < 0.5,
        "since": {"epoch": listener.hello["epoch"], "seq": start},
        "id": number,
    }
    transport.send(WSMsgType.TEXT, msgspec.json.encode({"event": "subscribe", "data": wishes}))
    await until(lambda: number in listener.answers, "subscribed", 30)
    answer = listener.answers[number]
    assert answer["recovered"], answer
    assert answer["from"] == start, answer
    await until(lambda: listener.position >= answer["to"] + beyond, "the trial's events", 60)
    return Trial(kind, start, listener.position, list(listener.seqs))


def _in_memory(seed: int, trials: int) -> int:
    """How many schedules were played."""
    played = 0

    @hypothesis.seed(seed)
    @hypothesis.settings(max_examples=trials, deadline=None, database=None)
    @hypothesis.given(test_splice.steps, st.integers(1, 12))
    def every_client_has_its_filter_of_the_log(steps: list[tuple[str, int]], ring_events: int) -> None:
        nonlocal played
        played += 1
        asyncio.run(test_splice.play(steps, ring_events))

    with test_splice.quick():
        every_client_has_its_filter_of_the_log()
    return played
