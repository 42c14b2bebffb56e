"""`lookout forward` on a command line: what it refuses in a sentence, and what --status says."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.conftest import BIN
from tests.forward.process import forwarding

SECRET = "lk_ing_" + "a1B2" * 12 + "c"
NOWHERE = "http://127.0.0.1:1"


def lookout(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LOOKOUT_")}
    return subprocess.run(
        [BIN / "lookout", "forward", *arguments],
        cwd=folder,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def key_file(folder: Path, mode: int = 0o600) -> str:
    path = folder / "key"
    path.write_text(SECRET)
    path.chmod(mode)
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "forward.to is not set"),
        (["--to", "http://monitor.example.com"], "events leave this machine by https:// only"),
        (["--to", "https://monitor.example.com"], "There is no key"),
        (["--to", NOWHERE, "--listen", "0.0.0.0:8765"], "it takes events of this machine only"),
        (["--to", NOWHERE, "--key-file", "none"], "The key cannot be read from none"),
        (["--to", NOWHERE, "--ca", "none"], "forward.ca cannot be read from none"),
        (
            ["--to", NOWHERE, "--max-bytes", "5"],
            "--max-bytes: forward.max_bytes is 5, but must be a whole number of at",
        ),
    ],
)
def test_a_wrong_setting_is_one_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    told = lookout(tmp_path, *arguments)
    assert told.returncode == 2
    assert sentence in told.stderr
    assert told.stderr.count("\n") == 1


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    told = lookout(tmp_path, "--to", "https://monitor.example.com", "--key-file", key_file(tmp_path, 0o640))
    assert told.returncode == 2
    assert "chmod 600" in told.stderr
    assert SECRET not in told.stderr


def test_a_key_is_no_argument(tmp_path: Path) -> None:
    assert lookout(tmp_path, "--to", NOWHERE, "--key", SECRET).returncode == 2


def test_a_port_or_a_spool_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        told = lookout(tmp_path, "--to", NOWHERE, "--listen", address, LOOKOUT_FORWARD_SPOOL="spool")
    assert told.returncode == 1
    assert told.stderr.splitlines() == [
        f"lookout: Another program listens at {address} (claude-mpm's monitor does): stop it, or use --listen."
    ]
    (tmp_path / "file").touch()
    told = lookout(tmp_path, "--to", NOWHERE, "--spool", "file")
    assert (told.returncode, told.stderr.count("\n")) == (1, 1)
    assert "The spool cannot be kept in" in told.stderr


def test_the_status_is_told_of_one_that_runs_and_of_one_that_does_not(tmp_path: Path) -> None:
    with forwarding(tmp_path, NOWHERE, SECRET) as process:
        assert process.post("/events", [{"type": "step"}, {"type": "step"}]) == 202
        told = lookout(tmp_path, "--status", "--spool", "spool")
        while told.returncode != 4:
            assert told.returncode == 0
            told = lookout(tmp_path, "--status", "--spool", "spool")
        assert "runs." in told.stdout
        assert f"{NOWHERE}/forward does not answer" in told.stdout
        assert "waiting  2 events" in told.stdout
        assert process.end(signal.SIGTERM) == 0
    told = lookout(tmp_path, "--status", "--json", "--spool", "spool")
    assert told.returncode == 3
    status = json.loads(told.stdout)
    assert (status["runs"], status["waiting"], status["sent"], status["lost"]) == (False, 2, 0, 0)
    assert status["oldest"] is not None


def test_the_status_of_a_spool_that_there_is_not_is_empty(tmp_path: Path) -> None:
    told = lookout(tmp_path, "--status", "--spool", "none")
    assert told.returncode == 3
    assert "does not run" in told.stdout
    assert "waiting  0 events" in told.stdout
    assert not (tmp_path / "none").exists()


def test_neither_the_key_nor_a_secret_of_an_event_is_in_any_file_or_log(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with forwarding(folder, NOWHERE, SECRET) as process:
        process.post("/events", {"type": "step", "data": {"password": "hunter2hunter2", "of": f"Bearer {SECRET}"}})
        process.post("/events", {"type": f"bad {SECRET}"})
        assert process.end(signal.SIGTERM) == 0
    process.key_file.unlink()
    for path in folder.rglob("*"):
        if path.is_file():
            assert SECRET not in path.read_text(), path
            assert "hunter2" not in path.read_text(), path
