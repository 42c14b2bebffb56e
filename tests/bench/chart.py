"""A chart of costs relative to those of the fewest, a panel for each thing of which there are more and more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil

COLOURS = ("#0b62a4", "#b4460f", "#1a7f37", "#8250df", "#9a6700", "#bf3989")
PANEL, EDGE = 350, 40
TOP, BOTTOM = 70, 300
LINE = 16


def chart(panels: Mapping[str, Mapping[str, list[float]]], flat: float) -> str:
    """SVG. Each line ends where there are most; `flat` is how much more each may cost there."""
    highest = ceil(max(flat + 1, *(max(v) / v[0] for lines in panels.values() for v in lines.values())))
    width = PANEL * len(panels)
    height = BOTTOM + 40 + LINE * max(len(lines) for lines in panels.values())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif"'
        ' font-size="12">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{EDGE}" y="24" font-size="15">What one more costs, in times of what it costs with the fewest'
        f" (up to {flat:g} counts as flat)</text>",
    ]
    for number, (by, lines) in enumerate(panels.items()):
        parts += [f'<g transform="translate({PANEL * number} 0)">', *_panel(by, lines, flat, highest), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _panel(by: str, lines: Mapping[str, list[float]], flat: float, highest: int) -> Iterator[str]:
    yield f'<text x="{EDGE}" y="52" font-weight="bold">more {by}</text>'
    for value in range(highest + 1):
        y, colour = _down(value, highest), "#c00" if value == flat else "#ddd"
        yield f'<line x1="{EDGE}" x2="{PANEL - 20}" y1="{y:.0f}" y2="{y:.0f}" stroke="{colour}"/>'
        yield f'<text x="{EDGE - 6}" y="{y + 4:.0f}" text-anchor="end">{value}x</text>'
    steps = max(len(values) for values in lines.values())
    for step in range(steps):
        yield f'<text x="{_across(step, steps):.0f}" y="{BOTTOM + 18}" text-anchor="middle">{10**step} times</text>'
    for number, (name, values) in enumerate(lines.items()):
        colour, first = COLOURS[number % len(COLOURS)], steps - len(values)
        points = " ".join(
            f"{_across(first + step, steps):.0f},{_down(value / values[0], highest):.0f}"
            for step, value in enumerate(values)
        )
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        words = f"{name}: {values[-1] / values[0]:.2f}x"
        yield f'<text x="{EDGE}" y="{BOTTOM + 40 + LINE * number}" fill="{colour}">{words}</text>'


def _across(step: int, steps: int) -> float:
    return EDGE + 15 + (PANEL - EDGE - 65) * step / max(1, steps - 1)


def _down(value: float, highest: int) -> float:
    return BOTTOM - (BOTTOM - TOP) * value / highest
