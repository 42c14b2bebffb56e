"""Shows that each mechanism is needed: in a copy of the sources it is switched off, and the test of it must fail.

`make needed` prints which test fails without which mechanism. Each runs with the mechanism first, so that a test that
fails anyway proves nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from services.settings import ROOT
from tests.faults.apart import apart

COPIED = ("services", "tests", "deploy", "gateway", "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("__pycache__")
SECONDS = 240


class Mechanism(NamedTuple):
    """What is switched off: in `file` each of `edits` (before, after); and the command that must fail then."""

    short: str
    name: str
    file: str
    edits: list[tuple[str, str]]
    test: list[str]


def pytest(*arguments: str) -> list[str]:
    return ["-m", "pytest", "-x", "-q", *arguments]


def fault(name: str) -> list[str]:
    return ["-m", "tests.faults", name, "--seed", "1"]


MECHANISMS = [
    Mechanism(
        "commit",
        "group commit: what waits is stored as one batch",
        "services/ingest/writer.py",
        [("BATCH_FROM = 16", "BATCH_FROM = 1_000_000")],
        pytest("tests/ingest/test_writer.py"),
    ),
    Mechanism(
        "dedup",
        "dedup ids: the log knows an event that it has",
        "services/eventlog.py",
        [
            (', headers={"Nats-Msg-Id": message.id}', ""),
            ('self._commit("Nats-Msg-Id", messages)', 'self._commit("Not-An-Id", messages)'),
        ],
        fault("R13"),
    ),
    Mechanism(
        "contiguity",
        "contiguity: the reader looks for holes in what arrives",
        "services/follow.py",
        [
            ("arrived[end].seq == position + 1 + end - start", "True"),
        ],
        pytest("tests/test_follow.py", "tests/stream/test_splice.py"),
    ),
    Mechanism(
        "splice",
        "splice: history is read up to where what is in memory begins",
        "services/stream/client.py",
        [
            (
                "        self._position = chunk.seq\n",
                "        self._position = chunk.seq if self._live else max(chunk.seq, self._relay.ring.first - 1)\n",
            )
        ],
        pytest("tests/stream/test_splice.py"),
    ),
    Mechanism(
        "queue",
        "queue bound: a client that takes nothing is sent away",
        "services/stream/client.py",
        [("        if blocked >= protocol.PATIENCE:\n            return True\n", "        return False\n")],
        pytest("tests/stream/test_client.py", "-k", "given_up"),
    ),
]


class Result(NamedTuple):
    """Of one run of a test: whether it passed, and what failed where it did not."""

    passed: bool
    failed: str


async def show(mechanism: Mechanism) -> bool:
    """Whether the test passes with the mechanism and fails without it; printed as one line."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="lookout-needed-") as folder:
        tree = Path(folder)
        _copy(tree)
        with_it = await _run(tree, mechanism.test)
        _switch_off(tree, mechanism)
        without = await _run(tree, mechanism.test)
    good = with_it.passed and not without.passed
    word = "needed" if good else "NOT SHOWN"
    test = " ".join(mechanism.test[1:])
    outcome = f"with it {with_it.failed or 'it passes'}, without it {without.failed or 'it passes'}"
    print(f"{word:9}  {mechanism.name}: {test}: {outcome} ({time.monotonic() - began:.0f} s)", flush=True)
    return good


async def show_all(mechanisms: list[Mechanism]) -> int:
    """How many are not shown to be needed."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return sum([not await show(each) for each in mechanisms])


def main() -> int:
    known = [each.short for each in MECHANISMS]
    parser = argparse.ArgumentParser(prog="python -m tests.faults.needed", description=__doc__)
    parser.add_argument("only", nargs="*", metavar="mechanism", help=f"all where none is named of {', '.join(known)}")
    only = parser.parse_args().only
    if unknown := [name for name in only if name not in known]:
        parser.error(f"no such mechanism: {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = [each for each in MECHANISMS if not only or each.short in only]
    try:
        wrong = asyncio.run(show_all(chosen))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("needed: stopped", file=sys.stderr)
        return 128 + signal.SIGINT
    print(f"needed: {len(chosen) - wrong} mechanisms shown to be needed, {wrong} not")
    return 1 if wrong else 0


def _copy(tree: Path) -> None:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=LEFT_OUT)
        else:
            shutil.copy(source, tree / name)
    (tree / "web").mkdir()
    (tree / "web" / "dist").symlink_to(ROOT / "web" / "dist")


def _switch_off(tree: Path, mechanism: Mechanism) -> None:
    path = tree / mechanism.file
    text = path.read_text()
    for before, after in mechanism.edits:
        assert before in text, f"{mechanism.file} has no {before!r} any more"
        text = text.replace(before, after)
    path.write_text(text)


async def _run(tree: Path, test: list[str]) -> Result:
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    async with apart([sys.executable, *test], cwd=tree, env=environment, stderr=asyncio.subprocess.DEVNULL) as process:
        try:
            said, _ = await asyncio.wait_for(process.communicate(), SECONDS)
        except TimeoutError:
            return Result(False, f"it does not end within {SECONDS} s")
    if os.environ.get("SHOW"):
        print(said.decode())
    return Result(process.returncode == 0, _failed(said.decode()) if process.returncode else "")


def _failed(said: str) -> str:
    """What failed, by the words of pytest or of `tests.faults`."""
    for line in said.splitlines():
        if line.startswith("FAILED "):
            return f"fails {line.removeprefix('FAILED ').partition(' - ')[0].rpartition('::')[2]}"
        if "FAILED after" in line or line.endswith("  missed"):
            found = " ".join(line.split())
            if "kept FAILED" not in found:
                return f"fails: {found}"
    return "it fails"


if __name__ == "__main__":
    sys.exit(main())
