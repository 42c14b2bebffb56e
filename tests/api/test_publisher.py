"""The state as the stream service gets it: whole, then patches that fit."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec

from services.api import fold
from services.api.fold import Rules, State
from services.api.patches import merge
from services.api.publisher import ANNOUNCEMENT, Publisher
from services.events import Envelope, FileOperation, Recorded
from tests.conftest import until

RULES = Rules()


class Projected:
    def __init__(self) -> None:
        self.epoch = "epoch-1"
        self.rules = RULES
        self.state: State = fold.initial()
        self._changed = asyncio.Event()

    async def news(self) -> None:
        await self._changed.wait()

    def record(self, project: str) -> None:
        seq = self.state.seq + 1
        time = datetime.now(UTC)
        data = FileOperation(file=f"file-{seq}", operation="read", size=1)
        event = Envelope(
            id=str(seq), source="test", type="file_operation", time=time, project=project, session="s", data=data
        )
        fold.evolve(self.state, Recorded(seq, time, event))
        self._changed.set()
        self._changed.clear()


class Heard:
    def __init__(self) -> None:
        self.patches: list[tuple[str, dict[str, Any]]] = []
        self.announced: list[str] = []

    async def publish(self, subject: str, payload: bytes) -> None:
        if payload == ANNOUNCEMENT:
            self.announced.append(subject)
        else:
            self.patches.append((subject, msgspec.json.decode(payload)))


async def ask(publisher: Publisher, project: str | None = None) -> dict[str, Any]:
    question = {} if project is None else {"project": project}
    answer: dict[str, Any] = msgspec.json.decode(await publisher.answer("api.state", msgspec.json.encode(question)))
    return answer


def files(state: dict[str, Any], project: str) -> set[str]:
    return set(state["projects"][project]["files"])


async def test_the_whole_state_is_answered_with_instance_epoch_and_seq() -> None:
    projected = Projected()
    projected.record("shop")
    answer = await ask(Publisher(projected, Heard(), "one"))
    assert (answer["instance"], answer["epoch"], answer["seq"]) == ("one", "epoch-1", 1)
    assert files(answer["state"], "shop") == {"file-1"}


async def test_one_project_is_shown_without_the_others() -> None:
    projected = Projected()
    projected.record("shop")
    projected.record("ledger")
    answer = await ask(Publisher(projected, Heard(), "one"), "ledger")
    assert answer["state"]["projects"].keys() == {"ledger"}


async def test_patches_lead_from_one_whole_state_to_the_next() -> None:
    projected, heard = Projected(), Heard()
    publisher = Publisher(projected, heard, "one")
    before = await ask(publisher)
    running = asyncio.create_task(publisher.run())
    for _ in range(3):
        projected.record("shop")
        known = len(heard.patches)
        await until(lambda known=known: len(heard.patches) > known, "a patch")  # type: ignore[misc]
    running.cancel()
    after = await ask(publisher)
    held, seq = before["state"], before["seq"]
    for subject, patch in heard.patches:
        assert subject == "state.one._"
        assert patch["from"] == seq
        held, seq = merge(held, patch["patch"]), patch["seq"]
    assert (held, seq) == (after["state"], after["seq"])


async def test_a_whole_state_in_between_is_preceded_by_the_patch_that_leads_to_it() -> None:
    projected, heard = Projected(), Heard()
    publisher = Publisher(projected, heard, "one")
    first = await ask(publisher, "shop")
    projected.record("shop")
    second = await ask(publisher, "shop")
    [(subject, patch)] = heard.patches
    assert subject == "state.one.shop"
    assert (patch["from"], patch["seq"]) == (first["seq"], second["seq"])
    assert merge(first["state"], patch["patch"]) == second["state"]


async def test_a_state_that_was_folded_anew_is_asked_for_whole() -> None:
    projected, heard = Projected(), Heard()
    publisher = Publisher(projected, heard, "one")
    projected.record("shop")
    projected.record("shop")
    await ask(publisher)
    projected.state = fold.initial()
    projected.state.seq = 2
    projected.record("shop")
    running = asyncio.create_task(publisher.run())
    await until(lambda: bool(heard.patches), "a patch")
    running.cancel()
    patch = heard.patches[0][1]
    assert (patch["from"], patch["seq"], patch["patch"]) == (3, 3, {})
    answer = await ask(publisher)
    assert (answer["seq"], files(answer["state"], "shop")) == (3, {"file-3"})


async def test_a_new_instance_says_that_it_answers() -> None:
    heard = Heard()
    running = asyncio.create_task(Publisher(Projected(), heard, "one").run())
    await until(lambda: bool(heard.announced), "it is announced")
    running.cancel()
    assert heard.announced == ["state.one._"]


async def test_what_changes_while_a_patch_is_published_follows_in_the_next_one() -> None:
    """Nobody waits for news then, so that the change itself must be noticed."""
    projected, heard = Projected(), Heard()
    publisher = Publisher(projected, heard, "one")
    await ask(publisher)

    async def publish(subject: str, payload: bytes) -> None:
        await Heard.publish(heard, subject, payload)
        if projected.state.seq == 1:
            projected.record("shop")

    heard.publish = publish  # type: ignore[method-assign]
    running = asyncio.create_task(publisher.run())
    await until(lambda: bool(heard.announced), "it runs")
    projected.record("shop")
    await until(lambda: len(heard.patches) == 2, "both patches")
    running.cancel()
    assert [(patch["from"], patch["seq"]) for _, patch in heard.patches] == [(0, 1), (1, 2)]
