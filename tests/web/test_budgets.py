"""`make budgets` in short: what it counts must be right on any machine, what it times need not be."""

from __future__ import annotations

import math
import re

import pytest

from tests.web.budgets import VIEWS, Budgets, Plan, measure
from tests.web.meter import quantile

SHORT = Plan(
    rate=500,
    usual_rate=100,
    fast_rate=5_000,
    usual=0.3,
    minute=0.5,
    view=0.1,
    slowed=0.3,
    fast=0.3,
    unseen=0,
    hidden=0.2,
    soak=0.3,
    settle=0.1,
    warm=0.3,
)
COUNTED = re.compile(r"initial|elements of|events missing|policy violations")


async def test_what_is_counted_is_within_its_budget_and_all_is_measured() -> None:
    budgets = await measure(SHORT)
    lines = {line.name: line for line in budgets.lines}
    assert [line for line in lines.values() if COUNTED.search(line.name) and not line.met] == []
    assert [name for name, line in lines.items() if line.measured.startswith("nothing")] == []
    assert {f"elements of {view}" for view in VIEWS} <= lines.keys()
    for part in [
        "frame p95 at",
        "longest task",
        "lag p95",
        "processor 4 times slower",
        "hidden tab",
        "growth of the heap",
    ]:
        assert any(part in name for name in lines), part
    assert re.search(r"\nbudgets: \d+ met, \d+ missed$", budgets.text())


def test_the_table_says_what_was_missed() -> None:
    budgets = Budgets()
    budgets.most("frame", 16.74, 17, " ms", "60 fps")
    budgets.most("files", 1200, 1000)
    budgets.least("rate", 31, 30)
    budgets.most("lag", math.nan, 100, " ms")
    assert budgets.text().splitlines()[1:] == [
        "frame  <= 17 ms   16.7 ms   met     60 fps",
        "files  <= 1,000   1,200     MISSED",
        "rate   >= 30      31        met",
        "lag    <= 100 ms  nothing   MISSED",
        "budgets: 2 met, 2 missed",
    ]


@pytest.mark.parametrize(("values", "share", "expected"), [([1.0, 2.0, 3.0, 4.0], 0.5, 3.0), ([5.0], 0.95, 5.0)])
def test_a_quantile_is_one_of_the_values(values: list[float], share: float, expected: float) -> None:
    assert quantile(values, share) == expected
    assert math.isnan(quantile([], share))
