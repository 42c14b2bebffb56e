"""What the page costs, beside what it may: `make budgets`.

The load is real: NDJSON through the gateway from a process of its own, into a whole Lookout. Only at 20,000 events a
second a feed that was recorded from it stands in. Counts and processor time stand beside the frame rates, which say as
much about what else the machine does.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from playwright.async_api import Browser, Page, Response, async_playwright, expect

from services.settings import ROOT
from tests.stack import Stack, running_stack
from tests.web.conftest import CHROMIUM, DIST, QUIET
from tests.web.hidden import Hidden, chromium
from tests.web.meter import METER, Cost, Meter
from tests.web.recording import Player, Recording, record
from tests.web.scripted import scripted

SLOWED = 4
LATE = 1
"""Seconds by which the page may begin to measure after the load has begun."""
VIEWS = (
    "overview",
    "agents.lanes",
    "agents.graph",
    "agents.table",
    "sessions",
    "files.tree",
    "files.recent",
    "files.conflicts",
    "events",
    "performance",
    "system",
)


class Plan(NamedTuple):
    """Events a second, and seconds that each part takes."""

    rate: int = 5_000
    usual_rate: int = 1_000
    fast_rate: int = 20_000
    usual: float = 10
    minute: float = 60
    view: float = 5
    slowed: float = 20
    fast: float = 20
    unseen: float = 11
    """Until a page that nobody sees rests."""
    hidden: float = 20
    soak: float = 0
    settle: float = 3
    warm: float = 30
    """Until the list is full, and all code has run."""


class Budget(NamedTuple):
    name: str
    goal: str
    measured: str
    met: bool
    note: str = ""


class Budgets:
    """The lines of the table, said as they are known."""

    def __init__(self) -> None:
        self.lines: list[Budget] = []

    def most(self, name: str, measured: float, goal: float, unit: str = "", note: str = "") -> None:
        """NaN, where nothing could be measured, is no budget met."""
        self._add(Budget(name, f"<= {_figure(goal, unit)}", _figure(measured, unit), measured <= goal, note))

    def least(self, name: str, measured: float, goal: float, unit: str = "", note: str = "") -> None:
        self._add(Budget(name, f">= {_figure(goal, unit)}", _figure(measured, unit), measured >= goal, note))

    def _add(self, line: Budget) -> None:
        self.lines.append(line)
        print(f"{line.name}: {line.measured}", file=sys.stderr, flush=True)

    def text(self) -> str:
        rows = [
            ("", "goal", "measured", "", ""),
            *((*line[:3], "met" if line.met else "MISSED", line.note) for line in self.lines),
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        met = sum(line.met for line in self.lines)
        return "\n".join([*lines, f"budgets: {met} met, {len(self.lines) - met} missed"])


def _figure(value: float, unit: str) -> str:
    if math.isnan(value):
        return "nothing"
    return f"{value:,.0f}{unit}" if value >= 100 or value == int(value) else f"{value:.1f}{unit}"


@asynccontextmanager
async def load(stack: Stack, rate: float, seconds: float) -> AsyncIterator[None]:
    """Sends for so long; what it says when it has ended is printed, for a load that was not kept up is no load."""
    before = stack.get("/status")["log"]["last"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bulk", stack.url, str(rate), str(seconds), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        await asyncio.to_thread(stack.until, "/status", lambda status: status["log"]["last"] > before)
        yield
        said = json.loads((await process.communicate())[0])
        sent = f"{said['sent'] / said['seconds']:,.0f} events/s sent, at most {said['behind']:.2f} s late"
        print(f"  ({sent})", file=sys.stderr)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def opened(browser: Browser, url: str) -> Meter:
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="dark")
    await context.add_init_script(METER)
    meter = await Meter.of(await context.new_page())
    await meter.page.goto(url)
    await expect(meter.page.locator(".pill")).to_have_text("Live", timeout=30_000)
    return meter


async def over(meter: Meter, seconds: float, heard: str = "frames") -> Cost:
    await meter.start()
    await asyncio.sleep(seconds)
    return await meter.stop(heard)


async def at_first(browser: Browser, stack: Stack, budgets: Budgets) -> None:
    """What is loaded until the first view stands, compressed as the gateway has it."""
    context = await browser.new_context()
    page = await context.new_page()
    loaded: list[str] = []
    page.on("response", lambda response: loaded.append(_path(response)))
    await page.goto(stack.url)
    await expect(page.locator(".main h1")).to_be_attached()
    await page.wait_for_load_state("networkidle")
    for suffix, goal in ((".js", 60), (".css", 10)):
        sizes = [DIST.joinpath(f"{path[1:]}.gz").stat().st_size for path in set(loaded) if path.endswith(suffix)]
        budgets.most(f"initial {suffix[1:].upper()}, gz", sum(sizes) / 1000, goal, " kB", f"{len(sizes)} files")
    await context.close()


def _path(response: Response) -> str:
    return "/" + response.url.split("/", 3)[3].partition("?")[0]


async def minute(meter: Meter, stack: Stack, plan: Plan, budgets: Budgets) -> None:
    async with load(stack, plan.rate, plan.settle + plan.minute):
        await asyncio.sleep(plan.settle)
        cost = await over(meter, plan.minute)
    at = f"at {plan.rate:,}/s"
    budgets.most(f"frame p95 {at}", cost.frame(0.95), 17, " ms", cost.text())
    late = f"sender to screen: p50 {cost.lag(0.5):.0f} ms, p95 {cost.lag(0.95):.0f} ms"
    budgets.most(f"longest task {at}", cost.longest, 100, " ms", late)
    await all_there(meter.page, stack, plan, budgets)


async def usual(meter: Meter, stack: Stack, plan: Plan, budgets: Budgets) -> None:
    async with load(stack, plan.usual_rate, plan.settle + plan.usual + LATE):
        await asyncio.sleep(plan.settle)
        cost = await over(meter, plan.usual, "lags")
    name = f"sender to screen, p95 at {plan.usual_rate:,}/s"
    budgets.most(name, cost.lag(0.95), 250, " ms", f"p50 {cost.lag(0.5):.0f} ms; {cost.text()}")


async def all_there(page: Page, stack: Stack, plan: Plan, budgets: Budgets) -> None:
    """Whether the page has the newest event, and none is missing among those that it lists."""
    await expect(page.locator(".canvas .row .seq", has_text=newest(stack))).to_be_visible(timeout=60_000)
    budgets.most(f"events missing in the list at {plan.rate:,}/s", await missing(page), 0)


def newest(stack: Stack) -> str:
    """The seq of the newest event, once nobody sends any more."""
    return str(stack.get("/status")["log"]["last"])


async def missing(page: Page) -> int:
    """Of the list of events, ungrouped: how many seqs there are between the first and the last that no row has."""
    scroller = page.get_by_label("Events, oldest first")
    seqs = page.locator(".canvas .row .seq")
    last = max(map(int, await seqs.all_inner_texts()))
    listed = int((await page.locator(".panel.events .note").first.inner_text()).partition(" ")[0].replace(",", ""))
    # The list follows its end until its reader does something.
    await scroller.hover()
    await page.mouse.wheel(0, -100)
    await scroller.evaluate("element => element.scrollTo(0, 0)")
    await expect(page.locator("[aria-rowindex='2'] .seq").first).to_be_visible()
    first = min(map(int, await seqs.all_inner_texts()))
    return last - first + 1 - listed


async def each_view(meter: Meter, stack: Stack, plan: Plan, budgets: Budgets) -> None:
    async with load(stack, plan.rate, (plan.view + plan.settle) * len(VIEWS)):
        for view in VIEWS:
            await meter.go(view)
            await asyncio.sleep(plan.settle)
            cost = await over(meter, plan.view)
            budgets.most(f"elements of {view}", await meter.elements(), 2500)
            budgets.most(f"frame p95 of {view}", cost.frame(0.95), 17, " ms", cost.text())
            budgets.most(f"longest task of {view}", cost.longest, 100, " ms")


async def slowed(meter: Meter, stack: Stack, plan: Plan, budgets: Budgets) -> None:
    # The list was scrolled through; opened anew it follows its end.
    await meter.go("system")
    await meter.go("events&grp=0")
    await meter.slow_down(SLOWED)
    async with load(stack, plan.rate, plan.slowed + plan.settle):
        await asyncio.sleep(plan.settle)
        cost = await over(meter, plan.slowed)
    await meter.slow_down(1)
    name = f"frames/s with the processor {SLOWED} times slower, at {plan.rate:,}/s"
    budgets.least(name, cost.fps, 30, "", f"frame p95 {cost.frame(0.95):.0f} ms, lag p95 {cost.lag(0.95):.0f} ms")


async def fast(browser: Browser, recording: Recording, plan: Plan, budgets: Budgets) -> None:
    async with scripted(DIST, {}) as lookout:
        lookout.answers["/events"] = lookout.answers["/events/histogram"] = {"events": [], "counts": [], "errors": []}
        player = Player(recording, lookout)
        meter = await opened(browser, f"{lookout.origin}/?view=events&grp=0")
        playing = asyncio.create_task(player.play(plan.fast_rate, plan.settle + plan.fast))
        await asyncio.sleep(plan.settle)
        cost = await over(meter, plan.fast, "lags")
        await playing
        at = f"at {plan.fast_rate:,}/s (recorded feed)"
        late = f"p50 {cost.lag(0.5):.0f} ms; the feed itself was at most {player.behind * 1000:.0f} ms late"
        budgets.most(f"lag p95 {at}", cost.lag(0.95), 100, " ms", late)
        budgets.most(f"frame p95 {at}", cost.frame(0.95), 34, " ms", cost.text())
        await expect(meter.page.locator(".canvas .row .seq", has_text=str(player.seq))).to_be_visible(timeout=60_000)
        budgets.most(f"events missing in the list {at}", await missing(meter.page), 0)
        budgets.most(f"policy violations {at}", len(meter.violations), 0)
        await meter.page.context.close()


async def hidden(stack: Stack, plan: Plan, budgets: Budgets) -> None:
    at = f"at {plan.rate:,}/s"
    async with chromium() as devtools:
        async with load(stack, plan.rate, plan.unseen + plan.hidden + 3 * plan.settle):
            tab = await Hidden.open(devtools, f"{stack.url}/?view=events&grp=0", plan.settle)
            await asyncio.sleep(plan.unseen)
            used = await tab.cpu(plan.hidden)
        budgets.most(f"processor time of a hidden tab {at}", used * 100, 2, " %", "of a core, by its renderer")
        took, said = await tab.seen(newest(stack))
        budgets.most("until a hidden tab that is seen again is up to date", took, 2, " s", said)


async def soak(meter: Meter, stack: Stack, plan: Plan, budgets: Budgets) -> None:
    async with load(stack, plan.rate, plan.warm + plan.soak):
        await asyncio.sleep(plan.warm)
        before, elements_before = await meter.heap()
        cost = await over(meter, plan.soak)
        after, elements = await meter.heap()
    name = f"over {plan.soak:.0f} s at {plan.rate:,}/s"
    sizes = f"{before / 1e6:.1f} MB, then {after / 1e6:.1f} MB; {cost.text()}"
    budgets.most(f"growth of the heap {name}", (after / before - 1) * 100, 5, " %", sizes)
    budgets.most(f"heap {name}", after / 1e6, 40, " MB")
    budgets.most(
        f"more elements {name}", abs(elements - elements_before), 50, "", f"{elements_before}, then {elements}"
    )


async def measure(plan: Plan) -> Budgets:
    budgets = Budgets()
    with running_stack() as stack:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            await at_first(browser, stack, budgets)
            meter = await opened(browser, f"{stack.url}/?view=events&grp=0")
            listening = asyncio.create_task(record(stack.websocket, int(min(plan.rate * plan.minute / 4, 50_000))))
            await usual(meter, stack, plan, budgets)
            await minute(meter, stack, plan, budgets)
            recording = await listening
            await slowed(meter, stack, plan, budgets)
            await each_view(meter, stack, plan, budgets)
            if plan.soak:
                await meter.page.goto(stack.url)
                await soak(meter, stack, plan, budgets)
            budgets.most("policy violations", len(meter.violations), 0)
            await meter.page.context.close()
            await fast(browser, recording, plan, budgets)
            await browser.close()
        await hidden(stack, plan, budgets)
    return budgets


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--soak", action="store_true", help="also five minutes, with the heap before and after")
    chosen = parser.parse_args()
    budgets = asyncio.run(measure(Plan(soak=300 if chosen.soak else 0)))
    print(budgets.text())
    return 0 if all(line.met for line in budgets.lines) else 1


if __name__ == "__main__":
    sys.exit(main())
