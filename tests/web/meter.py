"""What a page in Chromium costs: frames, long tasks, processor time, lag, elements, heap."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import CDPSession, ConsoleMessage, Page, expect

from tests.web.visit import becomes, go

# The clock of the list shows local time of day, so a sample within a second of midnight is left out.
METER = r"""
(() => {
  const meter = { tasks: [], frames: [], lags: [], running: false };
  let last = 0, seen = -1;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) meter.tasks.push(entry.duration);
  }).observe({ type: "longtask" });
  const frame = (now) => {
    if (!meter.running) return;
    if (last) meter.frames.push(now - last);
    last = now;
    look();
    requestAnimationFrame(frame);
  };
  const look = () => {
    let newest = -1, text = "";
    for (const row of document.querySelectorAll(".canvas .row")) {
      const seq = Number(row.querySelector(".seq")?.textContent);
      if (seq > newest) [newest, text] = [seq, row.querySelector(".time").textContent];
    }
    if (newest === seen) return;
    seen = newest;
    const parts = /^(\d\d):(\d\d):(\d\d)\.(\d\d\d)$/.exec(text);
    if (!parts) return;
    const [hours, minutes, seconds, thousandths] = parts.slice(1).map(Number);
    const now = new Date();
    const shown = new Date(now).setHours(hours, minutes, seconds, thousandths);
    if (Math.abs(now - shown) < 3_600_000) meter.lags.push(now - shown);
  };
  meter.start = () => {
    Object.assign(meter, { tasks: [], frames: [], lags: [], running: true });
    last = 0;
    requestAnimationFrame(frame);
  };
  meter.stop = () => {
    meter.running = false;
    return { frames: meter.frames, tasks: meter.tasks, lags: meter.lags };
  };
  globalThis.meter = meter;
})();
"""


def cores() -> tuple[float, float]:
    """Seconds of all cores that were used, and that were not, since the machine started."""
    fields = [int(each) for each in Path("/proc/stat").read_text().partition("\n")[0].split()[1:9]]
    idle = fields[3] + fields[4]
    ticks = os.sysconf("SC_CLK_TCK")
    return (sum(fields) - idle) / ticks, idle / ticks


class Cost(NamedTuple):
    """Of a page over some time; milliseconds, `cpu` as a share of one core that its main thread took."""

    seconds: float
    frames: list[float]
    tasks: list[float]
    """Those of more than 50 ms."""
    lags: list[float]
    """How old a row was when it came into sight as the newest one."""
    cpu: float
    layouts: float
    """A second."""
    busy: float
    """The share of all cores that was used by all that ran."""

    @property
    def fps(self) -> float:
        return len(self.frames) / self.seconds

    @property
    def longest(self) -> float:
        """50 where none was longer, for of those a browser does not tell."""
        return max(self.tasks, default=50.0)

    def frame(self, share: float) -> float:
        return quantile(self.frames, share)

    def lag(self, share: float) -> float:
        return quantile(self.lags, share)

    def text(self) -> str:
        """The counts beside the times, for a machine that does other things too."""
        return (
            f"{self.fps:.1f} fps, longest frame {max(self.frames, default=0.0):.0f} ms, {len(self.tasks)} long tasks,"
            f" main thread {self.cpu:.0%} of a core, {self.layouts:.0f} layouts/s, machine {self.busy:.0%} busy"
        )


def quantile(values: Sequence[float], share: float) -> float:
    """NaN of nothing."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else float("nan")


class Meter:
    """Measures a page that was opened with METER as its init script."""

    def __init__(self, page: Page, devtools: CDPSession) -> None:
        self.page = page
        self.devtools = devtools
        self.violations: list[str] = []
        """Of its security policy, as the console tells them."""
        page.on("console", self._heard)
        self._began = 0.0
        self._before: dict[str, float] = {}
        self._cores = (0.0, 0.0)

    @classmethod
    async def of(cls, page: Page) -> Meter:
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("Performance.enable")
        return cls(page, devtools)

    async def start(self) -> None:
        self._before = await self.figures()
        self._cores = cores()
        self._began = time.monotonic()
        await self.page.evaluate("() => meter.start()")

    async def stop(self, heard: str) -> Cost:
        """Once there is something of that kind; a machine that is busy may show nothing for a while."""
        with suppress(AssertionError):
            await becomes(lambda: self.page.evaluate("kind => meter[kind].length", heard), bool)
        found = await self.page.evaluate("() => meter.stop()")
        seconds = time.monotonic() - self._began
        after = await self.figures()
        cpu, layouts = ((after[name] - self._before[name]) / seconds for name in ("TaskDuration", "LayoutCount"))
        used, idle = (now - then for now, then in zip(cores(), self._cores, strict=True))
        busy = used / max(used + idle, 0.01)
        return Cost(seconds, found["frames"], found["tasks"], found["lags"], cpu, layouts, busy)

    async def go(self, view: str) -> None:
        """Leads to another view of the page that is open, with all that it knows, and waits until it is there."""
        await go(self.page, f"view={view}")
        await expect(self.page.locator(f".view-{re.split(r'[^a-z]', view)[0]}")).to_be_visible()

    async def figures(self) -> dict[str, float]:
        found = await self.devtools.send("Performance.getMetrics")
        return {each["name"]: each["value"] for each in found["metrics"]}

    async def heap(self) -> tuple[float, int]:
        """Bytes that are in use after a collection of garbage, and nodes of the document."""
        await self.devtools.send("HeapProfiler.collectGarbage")
        figures = await self.figures()
        return figures["JSHeapUsedSize"], await self.elements()

    async def elements(self) -> int:
        count: int = await self.page.evaluate("() => document.querySelectorAll('*').length")
        return count

    def _heard(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.violations.append(message.text)

    async def slow_down(self, times: float) -> None:
        await self.devtools.send("Emulation.setCPUThrottlingRate", {"rate": times})
