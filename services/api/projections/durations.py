"""Durations counted in buckets on a logarithmic scale, from which quantiles are read."""

from __future__ import annotations

from math import ceil, exp2, log2

STEPS = 16
"""Buckets for each doubling, some 420 up to a day.

A quantile is within 2.2 % of the true one (of the duration plus one millisecond).
"""

LONGEST_MS = 86_400_000.0
"""A day; what lasts longer counts as that."""


def bucket_of(ms: float) -> int:
    return int(log2(ms + 1.0) * STEPS + 0.5)


def quantile(buckets: dict[int, int], share: float) -> float:
    """The duration that this share of all did not exceed (nearest rank), in milliseconds."""
    rank = ceil(share * sum(buckets.values()))
    for bucket in sorted(buckets):
        rank -= buckets[bucket]
        if rank <= 0:
            return round(exp2(bucket / STEPS) - 1.0, 3)
    return 0.0
