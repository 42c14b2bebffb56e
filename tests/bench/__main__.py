"""`make bench`: every speed that Lookout promises, measured in one run on Lookouts of its own.

`make bench ONLY=fanout` measures one group. Each is a process of its own: one that fails or hangs is said, and the
others are measured all the same. The table, the samples and the machine are kept in tests/bench/ (see `results`).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from tests.bench import delivery, fanout, fold, forward, growth, hook, ingest, million, rest
from tests.bench.machine import commit, machine
from tests.bench.results import RESULTS, Measured, conclusion, keep, kept, page
from tests.bench.table import Figure, table
from tests.faults.apart import apart
from tests.stack import stoppable

GROUPS: dict[str, Callable[[], list[Figure]]] = {
    "ingest": lambda: ingest.measure(ingest.FULL),
    "delivery": lambda: delivery.measure(delivery.FULL),
    "fanout": lambda: fanout.measure(fanout.FULL),
    "hook": lambda: hook.measure(hook.FULL),
    "forward": lambda: forward.measure(forward.FULL),
    "fold": lambda: fold.measure(fold.FULL),
    "million": lambda: million.measure(million.FULL),
    "growth": lambda: growth.measure(growth.FULL),
    "rest": lambda: rest.measure(rest.FULL),
}
SECONDS = 300.0
"""After which a group has failed."""


async def run_all(names: list[str]) -> list[Measured]:
    about, done = machine(), []
    for name in names:
        print(f"{name} ...", end=" ", file=sys.stderr, flush=True)
        measured = Measured(name, datetime.now(UTC), commit(), os.getloadavg(), about)
        await run_apart(measured)
        print(measured.trouble or f"{measured.seconds:.0f} s", file=sys.stderr)
        keep(measured)
        RESULTS.write_text(page(kept([*GROUPS])))
        done.append(measured)
    return done


async def run_apart(measured: Measured, seconds: float = SECONDS) -> None:
    """Measures a group in a process of its own: its figures, or its trouble."""
    began = time.monotonic()
    async with apart([sys.executable, "-m", "tests.bench", "--json", measured.group]) as process:
        try:
            said, _ = await asyncio.wait_for(process.communicate(), seconds)
        except TimeoutError:
            measured.trouble = f"FAILED: not done within {seconds:.0f} s"
        else:
            if process.returncode == 0:
                measured.figures = msgspec.json.decode(said, type=list[Figure])
            else:
                measured.trouble = f"FAILED: it ended with {process.returncode}"
    measured.seconds = time.monotonic() - began


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="group", help=f"all where none is named of {', '.join(GROUPS)}")
    parser.add_argument("--json", action="store_true", help="measure one in this process")
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.groups if name not in GROUPS]:
        parser.error(f"no such group: {', '.join(unknown)}; there are {', '.join(GROUPS)}")
    # /tmp may be in memory, where nothing waits for a disk.
    os.environ.setdefault("TMPDIR", "/var/tmp")
    stoppable()
    try:
        if chosen.json:
            print(msgspec.json.encode(GROUPS[chosen.groups[0]]()).decode())
            return 0
        done = asyncio.run(run_all(chosen.groups or [*GROUPS]))
    except KeyboardInterrupt:
        if not chosen.json:
            print("\nbench: stopped", file=sys.stderr)
        return 128 + signal.SIGINT
    failed = [each for each in done if each.trouble]
    print(f"\n{table([figure for each in done for figure in each.figures])}\n")
    print(*(f"{each.group} {each.trouble}" for each in failed), sep="\n", end="\n" if failed else "")
    print(f"bench: {conclusion(done)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
