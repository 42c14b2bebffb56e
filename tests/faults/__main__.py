"""Every fault that Lookout is to survive, with its target: `make faults`.

`--seed` gives the schedule of each, which is printed as it goes, so that a failure can be run again. Each fault is a
process of its own with a Lookout of its own; one line at the end says how many passed. Ctrl-C ends them in order.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable, Coroutine
from typing import NamedTuple

import msgspec

from tests.faults import abuse, clock, crowd, disk, epoch, gateway, kill, partition, pause, schema, slow, soak, splice
from tests.faults.apart import apart
from tests.faults.fault import TROUBLES, Figure, Run, Skipped
from tests.faults.standing import in_time
from tests.stack import stoppable

SECONDS = 240.0


class Fault(NamedTuple):
    """within: the beginning of the command that runs it, where it needs a surrounding of its own.

    seconds: after which it has failed, and says where it stood.
    """

    title: str
    run: Callable[[Run], Coroutine[None, None, None]]
    within: Callable[[], list[str]] = list
    seconds: float = SECONDS


FAULTS = {
    "R1": Fault("kill -9 nats-server, 5 times", kill.broker),
    "R2": Fault("kill -9 ingest in the middle of batches, 5 times", kill.ingest),
    "R3": Fault("kill -9 stream with 200 clients", kill.stream),
    "R4": Fault("kill -9 API during writes, rebuild from nothing", kill.api),
    "R5": Fault("Caddy: 10 reloads, kill -9", gateway.caddy),
    "R6": Fault("SIGTERM to each service", gateway.rolling),
    "R7": Fault("SIGSTOP nats-server for 10 s", pause.broker),
    "R8": Fault("links cut, in one direction or both", partition.link, partition.own_network),
    "R9": Fault("a disk of 64 MB that is full, and has room again", disk.full),
    "R10": Fault("20 clients of 200 take nothing more", slow.readers),
    "R11": Fault("the clock of a service jumps by an hour", clock.jump),
    "R12": Fault("subscriptions from the past while 2,000 events a second flow", splice.race),
    "R13": Fault("the same events 50 times, across restarts", epoch.duplicates),
    "R14": Fault("the log becomes another one", epoch.recreated),
    "P3": Fault("1,000 clients, 10 events a second to each", crowd.fan_out),
    "P4": Fault("1,000 clients come back at once", crowd.storm),
    "P5": Fault("half a minute of 200 events a second, 5 clients a second come and go", soak.short),
    "S1": Fault("WebSocket clients that mean ill", abuse.websocket),
    "S6": Fault(
        "what the OpenAPI allows, and what no client should post", schema.conformance, seconds=SECONDS + schema.CASES
    ),
}
PATIENT = {"R7", "R8", "R9", "R11", "P5"}
"""Those that mostly wait, or send little: they run beside the others."""
TIMED = {"R4", "P3", "P4", "S1"}
"""Those that measure how fast something is: they run first, with nothing beside them."""
END_SECONDS = 90.0
"""That it has then to end its Lookout in order."""


class Outcome(msgspec.Struct):
    """What one fault came to; `trouble` is what went wrong, `skipped` why it was not run, `note` how it was run."""

    fault: str
    figures: list[Figure] = []
    trouble: str = ""
    skipped: str = ""
    note: str = ""
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return not self.trouble and not self.skipped and all(figure.passed for figure in self.figures)

    @property
    def word(self) -> str:
        return "skipped" if self.skipped else "passed" if self.passed else "FAILED"

    @property
    def rows(self) -> list[list[str]]:
        """Fault, target, measured, word."""
        title = f"{self.fault} {FAULTS[self.fault].title}"
        promises = self.skipped or self.trouble or "kept" + (self.note and f" ({self.note})")
        rows = [[title, "every promise of tests/checker.py", promises, f"{self.word} after {self.seconds:.0f} s"]]
        return rows + [["", each.target, each.text, "" if each.passed else "missed"] for each in self.figures]


def run_here(name: str, seed: int) -> Outcome:
    """Runs one fault in this process."""
    run = Run(name, seed)
    outcome = Outcome(name)
    try:
        asyncio.run(in_time(FAULTS[name].run(run), FAULTS[name].seconds))
    except Skipped as skipped:
        outcome.skipped = str(skipped)
    except TROUBLES as error:
        traceback.print_exc()
        outcome.trouble = " ".join(str(error).split())[:300] or type(error).__name__
    outcome.figures, outcome.note = run.figures, run.note
    return outcome


async def run_apart(name: str, seed: int) -> Outcome:
    """Runs one fault in a process of its own."""
    began = time.monotonic()
    command = [*FAULTS[name].within(), sys.executable, "-m", "tests.faults", name, "--seed", str(seed), "--json"]
    async with apart(command) as process:
        try:
            said, _ = await asyncio.wait_for(process.communicate(), FAULTS[name].seconds + END_SECONDS)
            trouble = "" if said else "it ended without a word"
        except TimeoutError:
            trouble = f"not done within {FAULTS[name].seconds:.0f} s, nor ended {END_SECONDS:.0f} s later"
    outcome = Outcome(name, trouble=trouble) if trouble else msgspec.json.decode(said, type=Outcome)
    outcome.seconds = time.monotonic() - began
    print(f"{name} {outcome.word} after {outcome.seconds:.0f} s", file=sys.stderr, flush=True)
    return outcome


async def run_all(names: list[str], seed: int) -> list[Outcome]:
    """Those that measure times, then the others one after the other, and the patient ones beside them."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    timed = [name for name in names if name in TIMED]
    patient = [name for name in names if name in PATIENT]
    others = [name for name in names if name not in TIMED | PATIENT]
    done = await _run_in_turn(timed, seed)
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(_run_in_turn(lane, seed)) for lane in (others, patient)]
    done += [outcome for lane in running for outcome in lane.result()]
    return sorted(done, key=lambda outcome: names.index(outcome.fault))


async def _run_in_turn(names: list[str], seed: int) -> list[Outcome]:
    return [await run_apart(name, seed) for name in names]


def table(outcomes: list[Outcome]) -> str:
    rows = [["fault", "target", "measured", ""], *(row for outcome in outcomes for row in outcome.rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("faults", nargs="*", metavar="fault", help=f"all where none is named of {', '.join(FAULTS)}")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--json", action="store_true", help="run one in this process")
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.faults if name not in FAULTS]:
        parser.error(f"no such fault: {', '.join(unknown)}; there are {', '.join(FAULTS)}")
    seed = random.randrange(1_000_000) if chosen.seed is None else chosen.seed
    try:
        if chosen.json:
            stoppable()
            print(msgspec.json.encode(run_here(chosen.faults[0], seed)).decode())
            return 0
        print(f"faults: seed {seed}", file=sys.stderr)
        outcomes = asyncio.run(run_all(chosen.faults or list(FAULTS), seed))
    except (KeyboardInterrupt, asyncio.CancelledError):
        if not chosen.json:
            print("faults: stopped", file=sys.stderr)
        return 128 + signal.SIGINT
    print(table(outcomes))
    if again := [outcome.fault for outcome in outcomes if outcome.word == "FAILED"]:
        print(f'again: make faults FAULTS="{" ".join(again)}" SEED={seed}')
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(not outcome.passed and not outcome.skipped for outcome in outcomes)
    skipped = len(outcomes) - passed - failed
    print(f"faults: {passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
