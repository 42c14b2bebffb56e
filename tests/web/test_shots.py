"""The pictures of the README: with SHOTS=1 in the environment they are kept, else it is seen that they can be taken."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from services.adapters import ADAPTERS
from services.api import fold
from services.demo import request_body, script
from services.events import Recorded, encode, frame
from services.settings import ROOT
from tests.web.conftest import Opener, Theme
from tests.web.scripted import Json, Scripted
from tests.web.visit import whole

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEED = 7
MOMENT = 148
"""Seconds after the beginning of the demo, when many agents are at work."""

LIVE = 5
"""So many of these seconds are seen as they happen."""

OPENING = timedelta(seconds=1.5)
"""About as long as it takes to open the page, which is not to be taken for a lag."""

WIDTH, HEIGHT = 1440, 900
MOST_BYTES = 200_000
KEPT = ROOT / "web" / "shots"


def played(now: datetime) -> Iterator[Recorded]:
    """The log of a Lookout in which the demo has come to that moment, and what Lookout made of each request then."""
    seq = 0
    for step in script(SEED):
        stored = now - timedelta(seconds=MOMENT - step.at)
        if stored > now:
            return
        for event in ADAPTERS[step.path].translate(request_body(step, stored), {}, stored):
            seq += 1
            yield Recorded(seq, stored, event)


def whole_frame(recorded: Recorded) -> Json:
    event = recorded.event
    frame_: Json = json.loads(frame(event.type, recorded.seq, recorded.stored, encode(event)))
    return frame_


def play(lookout: Scripted) -> list[Json]:
    """The demo, but for its last seconds: their events are returned."""
    now = datetime.now(UTC) + OPENING
    log = list(played(now))
    state = fold.initial()
    fold.evolve_all(state, log)
    lookout.state, lookout.state_seq = fold.present(state, now, fold.Rules()), log[-1].seq
    lookout.log = [whole_frame(each) for each in log]
    lookout.answers["/events"] = {"events": lookout.log[::-1], "seq": log[-1].seq, "complete": True, "scanned": 1}
    before = sum(each.stored < now - timedelta(seconds=LIVE) for each in log)
    lookout.log, late = lookout.log[:before], lookout.log[before:]
    return late


def picture_of(name: str, tmp_path: Path) -> Path:
    return (KEPT if os.environ.get("SHOTS") == "1" else tmp_path) / f"{name}.png"


@pytest.mark.parametrize(
    ("name", "view", "theme", "row"),
    [
        ("overview", "overview", "dark", ".notice"),
        ("agents", "agents.lanes&range=165", "light", ".lanes [role=option]"),
    ],
)
async def test_the_picture_of_a_view_shows_the_demo(
    lookout: Scripted, open_page: Opener, tmp_path: Path, name: str, view: str, theme: Theme, row: str
) -> None:
    late = play(lookout)
    page = await open_page(f"{lookout.origin}/?view={view}", width=WIDTH, height=HEIGHT, theme=theme)
    await expect(page.locator(".pill")).to_have_text("Live")
    await lookout.send_batch(late)
    await whole(page, view.partition(".")[0])
    await expect(page.locator(row).nth(3)).to_be_attached()
    await expect(page.locator(".rate")).not_to_have_text("0 ev/s")
    await expect(page.get_by_role("alert")).to_have_count(0)
    await page.evaluate("() => document.fonts.ready")
    picture = picture_of(name, tmp_path)
    await page.screenshot(path=picture, animations="disabled", caret="hide")
    content = picture.read_bytes()
    assert struct.unpack(">II", content[16:24]) == (WIDTH, HEIGHT)
    assert len(content) < MOST_BYTES
