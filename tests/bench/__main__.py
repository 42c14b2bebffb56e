"""`make bench`: every speed that Lookout promises, measured in one run on a Lookout of its own.

`make bench ONLY=fanout` measures one group. The tables go to tests/bench/RESULTS.md, the samples and the machine to
var/bench/<time>-<group>/.
"""

from __future__ import annotations

import argparse
import re
import signal
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from services.settings import ROOT
from tests.bench import delivery, fanout, fold, forward, growth, hook, ingest, million, rest
from tests.bench.machine import machine
from tests.bench.table import Figure, conclusion, table
from tests.stack import stoppable

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
    "growth": Group(lambda: growth.measure(growth.FULL), lambda: growth.measure(growth.SHORT)),
    "rest": Group(lambda: rest.measure(rest.FULL), lambda: rest.measure(rest.SHORT)),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", choices=[*GROUPS, []], help="groups to measure; all without")
    chosen = parser.parse_args().only
    stoppable()
    try:
        _measure(chosen or list(GROUPS))
    except KeyboardInterrupt:
        print("\nbench: stopped", file=sys.stderr)
        return 128 + signal.SIGINT
    return 0


def _measure(names: list[str]) -> None:
    figures: list[Figure] = []
    for name in names:
        about = machine()
        began = time.monotonic()
        print(f"{name} ...", end=" ", file=sys.stderr, flush=True)
        measured = GROUPS[name].full()
        print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
        folder = _keep(name, measured, about)
        RESULTS.write_text(renewed(RESULTS.read_text() if RESULTS.exists() else "", name, measured, about))
        figures += measured
    print(f"\n{table(figures)}\n\nSamples and machine: {folder.parent}\n{conclusion(figures)}")


TITLE = """# What Lookout reached

Written by `make bench`; a run of one group renews its part.
"""


def renewed(results: str, name: str, figures: list[Figure], about: Mapping[str, str]) -> str:
    """The results with what was measured of one group."""
    head, *parts = re.split(r"(?m)^## ", results or TITLE)
    known = {part.partition("\n")[0]: part.partition("\n")[2].strip() for part in parts}
    day = datetime.now(UTC).date()
    machine_line = "; ".join(f"{what}: {value}" for what, value in about.items())
    known[name] = f"{day}, {conclusion(figures)}\n\n{table(figures)}\n\n{machine_line}"
    return head.strip() + "".join(f"\n\n## {each}\n\n{known[each]}" for each in GROUPS if each in known) + "\n"


def _keep(name: str, figures: list[Figure], about: Mapping[str, str]) -> Path:
    folder = ROOT / "var" / "bench" / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}-{name}"
    folder.mkdir(parents=True)
    kept = [each._asdict() | {"ratio": each.ratio, "met": each.met} for each in figures]
    (folder / "machine.json").write_bytes(msgspec.json.format(msgspec.json.encode(about)))
    (folder / "samples.json").write_bytes(msgspec.json.encode(kept))
    return folder


if __name__ == "__main__":
    sys.exit(main())
