"""How the page writes numbers."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

NONE = "\N{EN DASH}"


def count(value: float) -> str:
    return f"{rounded(value, '1'):,}"


def compact(value: float) -> str:
    if value < 1000:
        return count(value)
    return f"{digits(value / 1e3)} k" if value < 999_500 else f"{digits(value / 1e6)} M"


def size(value: float) -> str:
    if value < 1 << 10:
        return f"{count(value)} B"
    return f"{digits(value / (1 << 10))} kB" if value < 1 << 20 else f"{digits(value / (1 << 20))} MB"


def lasting(milliseconds: float | None) -> str:
    if milliseconds is None:
        return NONE
    for unit, divisor, limit in (("ms", 1, 1000), ("s", 1000, 60_000), ("min", 60_000, 3_600_000)):
        if milliseconds < limit:
            return f"{digits(milliseconds / divisor)} {unit}"
    return f"{digits(milliseconds / 3_600_000)} h"


def percent(fraction: float) -> str:
    return f"{rounded(fraction * 100, '.1')} %"


def dollars(value: float) -> str:
    return f"${rounded(value, '.01')}"


def digits(value: float) -> str:
    """Three that count, and no zeros behind them."""
    return f"{float(Context(prec=3, rounding=ROUND_HALF_UP).create_decimal(value)):.12g}"


def rounded(value: float, unit: str) -> Decimal:
    """As JavaScript does it: halves go up."""
    return Decimal(value).quantize(Decimal(unit), ROUND_HALF_UP)
