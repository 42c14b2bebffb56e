"""The pictures of the README: with SHOTS=1 in the environment they are kept, else it is seen that they can be taken."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from services.settings import ROOT
from tests.stack import Stack, running_stack
from tests.web.conftest import Opener, Theme

# The demo takes its time where the pictures are kept.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]

WIDTH, HEIGHT = 1440, 900
MOST_BYTES = 200_000
KEPT = ROOT / "web" / "shots"


def taken() -> bool:
    return os.environ.get("SHOTS") == "1"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """With the demo played: at a pace at which it fills the picture where the picture is for keeps."""
    with running_stack() as stack:
        demo = stack.cli("demo", "--speed", "1.2" if taken() else "60", timeout=380)
        assert demo.returncode == 0, demo.stderr
        yield stack


@pytest.mark.parametrize(
    ("name", "view", "theme", "title", "row"),
    [
        ("overview", "overview", "dark", "Overview", ".notice"),
        ("agents", "agents.lanes", "light", "Agents", ".lanes [role=option]"),
    ],
)
async def test_the_picture_of_a_view_shows_the_demo(
    stack: Stack, open_page: Opener, tmp_path: Path, name: str, view: str, theme: Theme, title: str, row: str
) -> None:
    page = await open_page(f"{stack.url}/?view={view}", width=WIDTH, height=HEIGHT, theme=theme)
    await expect(page).to_have_title(f"{title} \N{MIDDLE DOT} Lookout")
    await expect(page.locator(row).first).to_be_attached()
    await expect(page.locator(".pill")).to_have_text("Live")
    await page.evaluate("() => document.fonts.ready")
    picture = (KEPT if taken() else tmp_path) / f"{name}.png"
    await page.screenshot(path=picture, animations="disabled", caret="hide")
    await expect(page.get_by_role("alert")).to_have_count(0)
    assert await page.locator(row).count() > 0
    content = picture.read_bytes()
    assert struct.unpack(">II", content[16:24]) == (WIDTH, HEIGHT)
    assert len(content) < MOST_BYTES
