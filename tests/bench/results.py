"""What was measured last of each group: the samples and the machine in measured/, and the table made of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from tests.bench.table import Figure, table

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"
MEASURED = HERE / "measured"


class Measured(Struct):
    """One group; `trouble` is why there are no figures. load: of the machine just before, for the last 1, 5 and 15
    minutes."""

    group: str
    time: datetime
    commit: str
    load: tuple[float, float, float]
    machine: dict[str, str]
    seconds: float = 0.0
    figures: list[Figure] = []
    trouble: str = ""

    @property
    def table(self) -> str:
        return self.trouble or table(self.figures)


def keep(measured: Measured, folder: Path = MEASURED) -> None:
    """In place of what was kept of that group."""
    folder.mkdir(exist_ok=True)
    (folder / f"{measured.group}.json").write_bytes(msgspec.json.encode(measured) + b"\n")


def kept(groups: Sequence[str], folder: Path = MEASURED) -> list[Measured]:
    """What is kept of those of them that were ever measured."""
    files = [folder / f"{group}.json" for group in groups]
    return [msgspec.json.decode(each.read_bytes(), type=Measured) for each in files if each.exists()]


def conclusion(groups: Sequence[Measured]) -> str:
    met = [figure.met for group in groups for figure in group.figures]
    failed = [group.group for group in groups if group.trouble]
    line = f"{met.count(True)} goals met, {met.count(False)} missed"
    return line + (f", not measured: {', '.join(failed)}" if failed else "")


def page(groups: Sequence[Measured]) -> str:
    """The results, as Markdown."""
    parts = [
        "# What Lookout reached",
        "Written by `make bench`, of which a run of one group renews its part. The samples and the machine are in"
        " `measured/`, and `growth.svg` draws the group growth.",
        f"{conclusion(groups)}.",
    ]
    for each in groups:
        load = " ".join(f"{value:.2f}" for value in each.load)
        about = f"{each.time:%Y-%m-%d %H:%M} UTC, commit {each.commit}, {each.seconds:.0f} s, load before {load}"
        parts += [f"## {each.group}", f"{about}: {conclusion([each])}.", each.table]
    parts += ["## Machine", *_machines(groups)]
    return "\n\n".join(parts) + "\n"


def _machines(groups: Sequence[Measured]) -> list[str]:
    """One, unless they were measured on several."""
    on: dict[str, list[str]] = {}
    for each in groups:
        on.setdefault("\n".join(f"- {what}: {value}" for what, value in each.machine.items()), []).append(each.group)
    if len(on) == 1:
        return list(on)
    return [f"{', '.join(names)}:\n\n{machine}" for machine, names in on.items()]
