"""The short form of `make bench`: every part of it works and loses nothing; how fast it was says nothing here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvloop

from tests.bench import delivery, fanout, fold, forward, growth, hook, ingest, million, rest
from tests.bench.__main__ import run_apart
from tests.bench.chart import chart
from tests.bench.results import Measured, conclusion, keep, kept, page
from tests.bench.table import Figure, percentile, table
from tests.stack import Stack, running_stack


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack() as running:
        yield running


def check(figures: list[Figure]) -> None:
    assert [each for each in figures if each.goal is not None]
    assert all(each.measured >= 0 for each in figures)


def test_events_are_taken_as_fast_as_they_come(stack: Stack) -> None:
    check(uvloop.run(ingest.on(stack, ingest.SHORT)))


def test_every_client_gets_every_event_also_after_all_were_cut_off(stack: Stack) -> None:
    check(uvloop.run(delivery.on(stack, delivery.SHORT)))


def test_each_hook_is_answered_on_a_connection_of_its_own(stack: Stack) -> None:
    check(hook.on(stack, hook.SHORT))


def test_a_forwarder_takes_hooks_and_catches_up(stack: Stack) -> None:
    check(forward.on(stack, forward.SHORT, 2000))


def test_what_the_processes_take_is_measured(stack: Stack) -> None:
    check(uvloop.run(rest.on(stack, rest.SHORT)))


def test_what_one_more_costs_is_drawn() -> None:
    # The log of the other tests would know its events.
    with running_stack() as own:
        figures, costs = uvloop.run(growth.on(own, growth.SHORT))
    check(figures)
    drawn = chart(costs, growth.FLAT)
    assert drawn.count("<polyline") == sum(len(lines) for lines in costs.values())
    assert all(f"more {by}" in drawn for by in costs)


def test_a_log_is_read_from_nothing_and_asked_about(stack: Stack) -> None:
    check(million.on(stack, million.SHORT))


def test_the_relay_and_its_peer_deliver_the_same_events() -> None:
    check(fanout.measure(fanout.SHORT))


def test_all_events_are_folded() -> None:
    check(fold.measure(fold.SHORT))


def figure(measured: float) -> Figure:
    return Figure("rate", "least", 10, measured, "/s", samples=[measured])


def measured(group: str, *figures: Figure, **more: Any) -> Measured:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    return Measured(group, at, "abc1234", (0.5, 1.0, 2.0), {"processor": "one"}, 12.0, list(figures), **more)


def test_the_results_have_a_part_for_each_group_and_one_line_for_all() -> None:
    text = page([measured("hook", figure(20)), measured("fold", figure(5))])
    assert "\n1 goals met, 1 missed.\n" in text
    assert text.index("## hook") < text.index("## fold") < text.index("- processor: one")
    assert text.count("- processor: one") == 1
    assert text.count("2026-11-24 00:00 UTC, commit abc1234, 12 s, load before 0.50 1.00 2.00") == 2


def test_what_is_kept_of_a_group_is_what_was_measured_last(tmp_path: Path) -> None:
    for each in (measured("hook", figure(5)), measured("fold", figure(20)), measured("hook", figure(30))):
        keep(each, tmp_path)
    assert kept(["fold", "rest", "hook"], tmp_path) == [measured("fold", figure(20)), measured("hook", figure(30))]


async def test_a_group_that_fails_or_hangs_has_no_figures_and_is_named_in_the_last_line() -> None:
    wrong, slow = measured("nonsense"), measured("fold")
    await run_apart(wrong)
    await run_apart(slow, seconds=0.01)
    assert wrong.trouble == "FAILED: it ended with 2"
    assert slow.trouble == "FAILED: not done within 0 s"
    assert conclusion([measured("hook", figure(20)), wrong]) == "1 goals met, 0 missed, not measured: nonsense"
    assert "FAILED" in page([wrong])


def test_a_figure_meets_its_goal_by_its_ratio_to_a_peer_where_there_is_one() -> None:
    figures = [
        Figure("alone", "least", 100, 99, "/s"),
        Figure("beside", "least", 1.5, 300, "/s", peer=200),
        Figure("late", "most", 2, 50, "ms", peer=20),
        Figure("reference", "most", None, 7, "ms"),
    ]
    assert [each.met for each in figures] == [False, True, False, None]
    assert conclusion([measured("any", *figures)]) == "1 goals met, 2 missed"
    assert [line.split(" | ")[-2].strip() for line in table(figures).splitlines()[2:]] == ["0.99", "1.50", "2.50", ""]


def test_nothing_measured_is_no_figure() -> None:
    with pytest.raises(AssertionError, match="nothing was measured"):
        percentile([], 50)
