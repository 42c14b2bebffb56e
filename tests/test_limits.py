"""Token buckets, and whom they mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.limits import WIDER, Buckets, ByAddress, network, seconds


def test_a_burst_may_be_taken_at_once_and_then_so_much_a_second() -> None:
    buckets = Buckets(rate=2, burst=10)
    assert [buckets.take("a", 0.0) for _ in range(10)] == [0.0] * 10
    assert buckets.take("a", 0.0) == 0.5
    assert buckets.take("a", 0.5) == 0.0
    assert buckets.take("b", 0.5, 10) == 0.0


def test_who_is_sent_away_owes_nothing_for_it_and_may_after_the_wait_it_was_told() -> None:
    buckets = Buckets(rate=1 / 6, burst=10)
    buckets.take("a", 0.0, 10)
    waits = [buckets.take("a", 0.0) for _ in range(200)]
    assert waits == [pytest.approx(6.0)] * 200
    assert buckets.take("a", waits[-1]) == 0.0


def test_more_than_a_burst_may_go_once_and_is_owed_then() -> None:
    buckets = Buckets(rate=10, burst=100)
    assert buckets.take("a", 0.0, 150) == 0.0
    assert buckets.wait("a", 0.0) == pytest.approx(5.1)


def test_what_happened_already_is_owed_and_what_was_in_vain_is_given_back() -> None:
    buckets = Buckets(rate=1, burst=10)
    buckets.spend("a", 0.0, 12)
    assert buckets.wait("a", 0.0) == pytest.approx(3.0)
    buckets.give("a", 0.0, 100)
    assert buckets.level("a", 0.0) == 10


def test_a_clock_that_goes_back_gives_nothing() -> None:
    buckets = Buckets(rate=1, burst=1)
    buckets.take("a", 100.0)
    assert buckets.take("a", 0.0) == 1.0


def test_the_number_of_buckets_is_bounded_and_the_longest_silent_goes_first() -> None:
    buckets = Buckets(rate=1, burst=1, most=3)
    for key in ("a", "b", "c"):
        buckets.take(key, 0.0)
    buckets.spend("a", 0.0)
    buckets.take("d", 0.0)
    assert len(buckets) == 3
    assert buckets.wait("b", 0.0) == 0.0
    assert buckets.wait("a", 0.0) > 0


@given(st.floats(0.1, 100), st.floats(1, 100), st.lists(st.tuples(st.floats(0, 5), st.floats(0.1, 20)), max_size=50))
def test_never_more_than_the_burst_and_the_rate_is_taken(
    rate: float, burst: float, steps: list[tuple[float, float]]
) -> None:
    buckets = Buckets(rate, burst)
    now = taken = 0.0
    for pause, amount in steps:
        now += pause
        amount = min(amount, burst)
        if not buckets.take("a", now, amount):
            taken += amount
        assert taken <= (burst + now * rate) * (1 + 1e-6)


def test_each_network_has_a_bucket_and_all_of_a_site_have_a_wider_one_together() -> None:
    limits = ByAddress(rate=1, burst=10)
    taken = [limits.take(f"2001:db8:1:{number:x}::/64", 0.0) for number in range(1000)]
    assert taken.count(0.0) == WIDER * 10
    assert limits.take("2001:db8:2::/64", 0.0) == 0.0
    assert [limits.take("2001:db8:2::/64", 0.0) for _ in range(10)].count(0.0) == 9
    limits.give("2001:db8:2::/64", 0.0)
    assert limits.take("2001:db8:2::/64", 0.0) == 0.0


def test_who_is_sent_away_takes_nothing_from_the_others_of_the_site() -> None:
    limits = ByAddress(rate=1, burst=10)
    for _ in range(1000):
        limits.take("2001:db8:1:1::/64", 0.0)
    assert [limits.take("2001:db8:1:2::/64", 0.0) for _ in range(10)] == [0.0] * 10


def test_an_address_of_ipv4_shares_with_no_other() -> None:
    limits = ByAddress(rate=1, burst=1)
    assert {limits.take(f"192.0.2.{number}", 0.0) for number in range(256)} == {0.0}


@pytest.mark.parametrize(
    ("forwarded", "peer", "expected"),
    [
        ("", "127.0.0.1", "127.0.0.1"),
        ("203.0.113.7", "127.0.0.1", "203.0.113.7"),
        ("1.2.3.4, 203.0.113.7", "127.0.0.1", "203.0.113.7"),
        ("203.0.113.7, ", "127.0.0.1", "127.0.0.1"),
        ("2001:db8:1:2:aaaa::1", "127.0.0.1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "127.0.0.1", "2001:db8:1:2::/64"),
        ("[2001:db8:1:3::1]", "127.0.0.1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "127.0.0.1", "fe80::/64"),
        ("::ffff:203.0.113.7", "127.0.0.1", "203.0.113.7"),
        ("unknown", "127.0.0.1", "127.0.0.1"),
    ],
)
def test_the_limits_mean_the_last_address_that_was_forwarded(forwarded: str, peer: str, expected: str) -> None:
    assert network(forwarded, peer) == expected


def test_a_wait_is_told_in_whole_seconds() -> None:
    assert [seconds(each) for each in (0.01, 1.0, 5.2)] == [1, 1, 6]
