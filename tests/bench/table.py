"""What was measured, beside its goal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

from msgspec import Struct


class Figure(Struct, frozen=True):
    """One line of the table.

    bound: whether `goal` is the most or the least that meets it. It bounds what was measured, or where there is a
    peer, measured in the same run, the ratio to it. Without a goal the line is a reference.
    samples: what it was made of, as it is kept beside the table.
    """

    name: str
    bound: Literal["least", "most"]
    goal: float | None
    measured: float
    unit: str
    peer: float | None = None
    note: str = ""
    samples: Any = None

    @property
    def judged(self) -> float:
        return self.measured if self.peer is None else self.measured / self.peer

    @property
    def ratio(self) -> float | None:
        """To the peer, or where there is none to the goal."""
        if self.peer is not None:
            return self.measured / self.peer
        return self.measured / self.goal if self.goal else None

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.judged >= self.goal if self.bound == "least" else self.judged <= self.goal


def least(name: str, goal: float, measured: float, unit: str = "", **more: Any) -> Figure:
    return Figure(name, "least", goal, measured, unit, **more)


def most(name: str, goal: float, measured: float, unit: str = "", **more: Any) -> Figure:
    return Figure(name, "most", goal, measured, unit, **more)


def reference(name: str, measured: float, unit: str = "", **more: Any) -> Figure:
    """What nothing was promised of."""
    return Figure(name, "most", None, measured, unit, **more)


HEADER = ("figure", "goal", "measured", "peer", "ratio", "")


def table(figures: Sequence[Figure]) -> str:
    """A table of Markdown, its columns in line."""
    rows = [HEADER, *(_row(each) for each in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _row(figure: Figure) -> tuple[str, ...]:
    sign = ">=" if figure.bound == "least" else "<="
    unit = "times the peer" if figure.peer is not None else figure.unit
    goal = "" if figure.goal is None else f"{sign} {number(figure.goal)} {unit}".strip()
    verdict = {None: "reference", True: "met", False: "MISSED"}[figure.met]
    return (
        figure.name + (f" ({figure.note})" if figure.note else ""),
        goal,
        f"{number(figure.measured)} {figure.unit}".strip(),
        "" if figure.peer is None else f"{number(figure.peer)} {figure.unit}".strip(),
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        verdict,
    )


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent of them do not exceed; raises AssertionError where there is none."""
    ordered = sorted(values)
    assert ordered, "nothing was measured"
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def thinned(values: Sequence[float], most: int = 1000) -> list[float]:
    """As many of them at most, evenly by size, to three decimals."""
    return [round(value, 3) for value in sorted(values)[:: math.ceil(len(values) / most)]]
