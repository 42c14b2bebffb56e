"""Quantiles from a logarithmic histogram."""

from __future__ import annotations

from collections import Counter
from math import ceil

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.api.projections.durations import LONGEST_MS, bucket_of, quantile


@for_all(st.lists(st.floats(0, LONGEST_MS), min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 1.0]))
def test_a_quantile_is_as_near_as_is_said(durations: list[float], share: float) -> None:
    true = sorted(durations)[ceil(share * len(durations)) - 1]
    estimated = quantile(Counter(bucket_of(each) for each in durations), share)
    assert abs(estimated - true) <= 0.022 * (true + 1.0) + 0.001


def test_a_day_has_few_buckets() -> None:
    assert bucket_of(0.0) == 0
    assert bucket_of(LONGEST_MS) < 430
