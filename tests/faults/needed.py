"""Shows that each mechanism is needed: in a copy of the sources it is switched off, and the test of it must fail.

`make needed` prints which test fails without which mechanism. Each runs with the mechanism first, so that a test that
fails anyway proves nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from services.settings import ROOT

COPIED = ("services", "tests", "deploy", "gateway", "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("__pycache__")
SECONDS = 240


class Mechanism(NamedTuple):
    """What is switched off: in `file` each of `edits` (before, after); and the command that must fail then."""

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
        "group commit: what waits is stored as one batch",
        "services/ingest/writer.py",
        [("BATCH_FROM = 16", "BATCH_FROM = 1_000_000")],
        pytest("tests/ingest/test_writer.py"),
    ),
    Mechanism(
        "dedup ids: the log knows an event that it has",
        "services/eventlog.py",
        [
            (', headers={"Nats-Msg-Id": message.id}', ""),
            ('return {"Nats-Msg-Id": message.id, ', "return {"),
        ],
        fault("R13"),
    ),
    Mechanism(
        "contiguity: the reader looks for holes in what arrives",
        "services/follow.py",
        [
            ("arrived[end].seq == position + 1 + end - start", "True"),
        ],
        pytest("tests/test_follow.py", "tests/stream/test_splice.py"),
    ),
    Mechanism(
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
        "queue bound: a client that takes nothing is sent away",
        "services/stream/client.py",
        [("        if blocked >= protocol.PATIENCE:\n            return True\n", "        return False\n")],
        fault("R10"),
    ),
]


def main() -> int:
    wrong = 0
    for mechanism in MECHANISMS:
        with tempfile.TemporaryDirectory(prefix="lookout-needed-") as folder:
            tree = Path(folder)
            _copy(tree)
            with_it = _run(tree, mechanism.test)
            _switch_off(tree, mechanism)
            without = _run(tree, mechanism.test)
        good = with_it == 0 and without != 0
        wrong += not good
        word = "needed" if good else "NOT SHOWN"
        outcome = f"with it {_word(with_it)}, without it {_word(without)}"
        print(f"{word:9}  {mechanism.name}: {' '.join(mechanism.test[1:])}: {outcome}", flush=True)
    print(f"needed: {len(MECHANISMS) - wrong} mechanisms shown to be needed, {wrong} not")
    return 1 if wrong else 0


def _word(code: int) -> str:
    return "passes" if code == 0 else "fails"


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


def _run(tree: Path, test: list[str]) -> int:
    """The exit code."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [sys.executable, *test], cwd=tree, env=environment, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return -1
    if os.environ.get("SHOW"):
        print(done.stdout.decode()[-3000:], done.stderr.decode()[-3000:])
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
