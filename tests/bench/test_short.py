"""The short form of `make bench`: every part of it works and loses nothing; how fast it was says nothing here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import uvloop

from tests.bench import delivery, fanout, fold, forward, growth, hook, ingest, million, rest
from tests.bench.__main__ import renewed
from tests.bench.table import Figure, conclusion, table
from tests.stack import Stack, running_stack


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack() as running:
        yield running


def check(figures: list[Figure]) -> None:
    assert figures
    assert all(figure.measured >= 0 and figure.goal is not None for figure in figures)


def test_events_are_taken_as_fast_as_they_come(stack: Stack) -> None:
    check(uvloop.run(ingest.on(stack, ingest.SHORT)))


def test_every_client_gets_every_event_also_after_all_were_cut_off(stack: Stack) -> None:
    check(uvloop.run(delivery.on(stack, delivery.SHORT)))


def test_each_hook_is_answered_on_a_connection_of_its_own(stack: Stack) -> None:
    check(hook.on(stack, hook.SHORT))


def test_a_forwarder_takes_hooks_and_catches_up(stack: Stack) -> None:
    *judged, rate = forward.on(stack, forward.SHORT, 2000)
    check(judged)
    assert rate.measured > 0


def test_what_the_processes_take_is_measured(stack: Stack) -> None:
    check(uvloop.run(rest.on(stack, rest.SHORT)))


def test_what_one_more_costs_is_drawn(stack: Stack) -> None:
    figures, costs = uvloop.run(growth.on(stack, growth.SHORT))
    check(figures)
    assert growth.chart(costs).count("<polyline") == len(costs)


def test_a_log_is_read_from_nothing_and_asked_about(stack: Stack) -> None:
    check(million.on(stack, million.SHORT))


def test_the_relay_and_its_peer_deliver_the_same_events() -> None:
    check(fanout.measure(fanout.SHORT))


def test_all_events_are_folded() -> None:
    check(fold.measure(fold.SHORT))


def test_a_group_that_is_measured_again_renews_its_part_of_the_results_alone() -> None:
    fast, slow = Figure("rate", "least", 10, 20, "/s"), Figure("rate", "least", 10, 5, "/s")
    both = renewed(renewed("", "hook", [fast], {}), "fold", [fast], {})
    again = renewed(both, "hook", [slow], {})
    assert both.count("MISSED") == 0
    assert again.count("MISSED") == 1
    assert again.index("## hook") < again.index("## fold")
    assert again.count("## ") == 2


def test_a_figure_meets_its_goal_by_its_ratio_to_a_peer_where_there_is_one() -> None:
    figures = [
        Figure("alone", "least", 100, 99, "/s"),
        Figure("beside", "least", 1.5, 300, "/s", peer=200),
        Figure("late", "most", 2, 50, "ms", peer=20),
        Figure("none", "most", 2, float("nan"), "ms"),
        Figure("reference", "most", None, 7, "ms"),
    ]
    assert [each.met for each in figures] == [False, True, False, False, None]
    assert conclusion(figures) == "bench: 1 goals met, 3 missed"
    assert [line.split(" | ")[-2].strip() for line in table(figures).splitlines()[2:]] == [
        "0.99",
        "1.50",
        "2.50",
        "",
        "",
    ]
