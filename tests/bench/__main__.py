"""`make bench`: every speed that Lookout promises, measured in one run on a Lookout of its own.

`make bench ONLY=fanout` measures one group. The table goes to tests/bench/RESULTS.md when all of it was measured; the
samples and the machine go to var/bench/<time>/.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from services.settings import ROOT
from tests.bench import delivery, fanout, fold, forward, hook, ingest, million, rest
from tests.bench.machine import machine
from tests.bench.table import Figure, conclusion, table

RESULTS = Path(__file__).parent / "RESULTS.md"


class Group(NamedTuple):
    full: Callable[[], list[Figure]]
    short: Callable[[], list[Figure]]


GROUPS: dict[str, Group] = {
    "ingest": Group(lambda: ingest.measure(ingest.FULL), lambda: ingest.measure(ingest.SHORT)),
    "delivery": Group(lambda: delivery.measure(delivery.FULL), lambda: delivery.measure(delivery.SHORT)),
    "fanout": Group(lambda: fanout.measure(fanout.FULL), lambda: fanout.measure(fanout.SHORT)),
    "hook": Group(lambda: hook.measure(hook.FULL), lambda: hook.measure(hook.SHORT)),
    "forward": Group(lambda: forward.measure(forward.FULL), lambda: forward.measure(forward.SHORT)),
    "fold": Group(lambda: fold.measure(fold.FULL), lambda: fold.measure(fold.SHORT)),
    "million": Group(lambda: million.measure(million.FULL), lambda: million.measure(million.SHORT)),
    "rest": Group(lambda: rest.measure(rest.FULL), lambda: rest.measure(rest.SHORT)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", choices=[*GROUPS, []], help="groups to measure; all without")
    chosen = parser.parse_args().only
    about = machine()
    figures: list[Figure] = []
    for name in chosen or GROUPS:
        began = time.monotonic()
        print(f"{name} ...", end=" ", file=sys.stderr, flush=True)
        figures += GROUPS[name].full()
        print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    folder = _keep(figures, about)
    if not chosen:
        RESULTS.write_text(report(figures, about))
    print(f"\n{table(figures)}\n\nSamples and machine: {folder}\n{conclusion(figures)}")


def report(figures: list[Figure], about: Mapping[str, str]) -> str:
    day = datetime.now(UTC).date()
    lines = [f"- {name}: {value}" for name, value in about.items()]
    return "\n".join(
        [
            "# What Lookout reached",
            "",
            f"`make bench` on {day}.",
            "",
            *lines,
            "",
            table(figures),
            "",
            conclusion(figures),
            "",
        ]
    )


def _keep(figures: list[Figure], about: Mapping[str, str]) -> Path:
    folder = ROOT / "var" / "bench" / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}"
    folder.mkdir(parents=True)
    kept = [each._asdict() | {"ratio": each.ratio, "met": each.met} for each in figures]
    (folder / "machine.json").write_bytes(msgspec.json.format(msgspec.json.encode(about)))
    (folder / "samples.json").write_bytes(msgspec.json.encode(kept))
    return folder


if __name__ == "__main__":
    main()
