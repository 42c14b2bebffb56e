"""kill -9 of every process in turn, while events flow and clients listen."""

from __future__ import annotations

import asyncio
from typing import Any

from services.events import Envelope
from tests.checker import check, everything
from tests.conftest import until
from tests.listener import Listener
from tests.stack import PROCESSES, Stack, running_stack
from tests.traffic import Traffic

SEED = 20261124


def of_project_one(event: Envelope[Any]) -> bool:
    return event.project == "project-1"


def files_and_tools(event: Envelope[Any]) -> bool:
    return event.type in ("file_operation", "tool_use")


def of_session_two(event: Envelope[Any]) -> bool:
    return event.session == "session-2"


async def test_nothing_acknowledged_is_lost_or_repeated_when_any_process_is_killed() -> None:
    with running_stack() as stack:
        clients = [
            (Listener(stack.websocket), everything),
            (Listener(stack.websocket, batch=True), everything),
            (Listener(stack.websocket, project="project-1"), of_project_one),
            (Listener(stack.websocket, events=["file_operation", "tool_use"], batch=True), files_and_tools),
            (Listener(stack.websocket, session="session-2", batch=True), of_session_two),
        ]
        listening = [asyncio.create_task(client.run()) for client, _ in clients]
        await until(lambda: all(client.start is not None for client, _ in clients), "all clients are subscribed")
        traffic = Traffic(stack.url, connections=4, per_second=100, seed=SEED)
        sending = asyncio.create_task(traffic.run())
        for process in PROCESSES:
            await _kill_and_recover(stack, process, traffic)
        traffic.stop()
        await sending
        last = max(traffic.acknowledged.values())
        await until(lambda: all(client.position >= last for client, _ in clients), "all clients have caught up", 60)
        log = await check(stack, traffic.acknowledged, clients)
        for task in listening:
            task.cancel()
            if task.done():
                task.result()
        assert traffic.retries > 0
        assert len(log) >= len(traffic.acknowledged) > 300
        assert all(client.closes for client, _ in clients)


async def _kill_and_recover(stack: Stack, process: str, traffic: Traffic) -> None:
    await _flows(traffic)
    await asyncio.to_thread(stack.kill, process)
    await _flows(traffic)


async def _flows(traffic: Traffic) -> None:
    """Fifty more events are acknowledged."""
    target = len(traffic.acknowledged) + 50
    await until(lambda: len(traffic.acknowledged) >= target, "events are acknowledged again", 60)
