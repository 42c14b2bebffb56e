"""How much each may send: token buckets by who sends and from where. Pure: the clock is passed in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address, ip_network

MOST = 10_000
"""Buckets that are kept; of more, the one that was not asked for longest is forgotten, and begins full again."""


class Buckets:
    """A bucket to each key: `burst` at once, and `rate` a second in the long run."""

    def __init__(self, rate: float, burst: float, most: int = MOST) -> None:
        self.rate = rate
        self.burst = burst
        self._most = most
        self._levels: dict[str, tuple[float, float]] = {}
        """Level and the time of it, the bucket that was asked for last at the end."""

    def __len__(self) -> int:
        return len(self._levels)

    def take(self, key: str, now: float, amount: float = 1.0) -> float:
        """Takes it and returns 0.0, or takes nothing and returns in how many seconds it may.

        More than a whole burst may be taken from a full bucket, which then owes the rest.
        """
        wait = self.wait(key, now, amount)
        if not wait:
            self.spend(key, now, amount)
        return wait

    def wait(self, key: str, now: float, amount: float = 1.0) -> float:
        """In how many seconds so much may be taken; 0.0 for at once."""
        lacking = min(amount, self.burst) - self.level(key, now)
        # A rounding error is not worth a second look: it would be sent away for 1e-16 seconds.
        return lacking / self.rate if lacking > 1e-9 * self.burst else 0.0

    def spend(self, key: str, now: float, amount: float = 1.0) -> None:
        """Takes it, be it there or not: of what has happened already."""
        self._put(key, now, self.level(key, now) - amount)

    def give(self, key: str, now: float, amount: float = 1.0) -> None:
        """Back what was taken in vain."""
        self._put(key, now, min(self.burst, self.level(key, now) + amount))

    def level(self, key: str, now: float) -> float:
        """How much may be taken; below zero is owed."""
        level, at = self._levels.get(key, (self.burst, now))
        return min(self.burst, level + max(0.0, now - at) * self.rate)

    def _put(self, key: str, now: float, level: float) -> None:
        self._levels.pop(key, None)
        self._levels[key] = (level, now)
        if len(self._levels) > self._most:
            del self._levels[next(iter(self._levels))]


class ByAddress:
    """Buckets by where a request comes from, as `network` says it.

    A /64 is one network, but a site is given 256 or 65,536 of them (RFC 6177): so all of a /48 share a second bucket.
    That holds `WIDER` times as much, for whole companies are behind one, of whom a guesser must not lock out the rest.
    An IPv4 address needs none: nobody is given many of them.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._networks = Buckets(rate, burst)
        self._sites = Buckets(WIDER * rate, WIDER * burst)

    def take(self, address: str, now: float) -> float:
        """Takes one and returns 0.0, or takes none and returns in how many seconds one may be."""
        wait = max(buckets.wait(key, now) for buckets, key in self._of(address))
        if not wait:
            for buckets, key in self._of(address):
                buckets.spend(key, now)
        return wait

    def give(self, address: str, now: float) -> None:
        """Back what was taken in vain."""
        for buckets, key in self._of(address):
            buckets.give(key, now)

    def _of(self, address: str) -> Iterator[tuple[Buckets, str]]:
        yield self._networks, address
        if address.endswith("/64"):
            yield self._sites, str(ip_network(address).supernet(new_prefix=48))


WIDER = 10


def seconds(wait: float) -> int:
    """For `Retry-After`: whole seconds, at least one."""
    return max(1, math.ceil(wait))


def network(forwarded: str, peer: str) -> str:
    """Whom the limits by address mean: an IPv4 address, or the /64 of an IPv6 one, which is one customer's.

    forwarded: the value of `X-Forwarded-For`, of which only the last address counts: the gateway put it there.
    """
    text = forwarded.rpartition(",")[2].strip() or peer
    try:
        address = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return peer
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return f"{IPv6Address(int(address) >> 64 << 64)}/64"
