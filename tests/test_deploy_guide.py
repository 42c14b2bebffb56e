"""The deploy guide: what it tells a person to run is there, and its wrapper runs."""

from __future__ import annotations

import re
import shlex
import subprocess

import pytest

from services.configuration import ENVIRONMENT, NOT_SETTINGS
from services.settings import ROOT
from tests.conftest import BIN

GUIDE = (ROOT / "deploy" / "README.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", GUIDE, re.S)
COMMANDS = re.findall(
    r"^(?:docker compose exec api )?(?:LOOKOUT_\w+=\S+ )*(?:\.venv/bin/)?lookout ([a-z][^\n]*)", "".join(BLOCKS), re.M
)
COMMANDS += re.findall(r"`(?:LOOKOUT_\w+=\S+ )*(?:\.venv/bin/)?lookout ([a-z][^`]*)`", GUIDE)


def test_the_guide_leads_from_a_fresh_server_to_a_team_in_at_most_ten_commands() -> None:
    first = BLOCKS[0]
    assert len(first.splitlines()) <= 10
    assert "lookout user add ada --role admin" in first


@pytest.mark.parametrize("command", sorted(set(COMMANDS)))
def test_a_command_of_the_guide_and_its_options_are_there(command: str) -> None:
    words = shlex.split(command.partition(">")[0].partition("|")[0])
    names = [word for word in words[:2] if re.fullmatch(r"[a-z]+", word)]
    told = subprocess.run([BIN / "lookout", *names, "--help"], capture_output=True, text=True, check=False)
    if told.returncode or "Usage: lookout " + " ".join(names) not in told.stdout:
        names = names[:1]
        told = subprocess.run([BIN / "lookout", *names, "--help"], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert f"Usage: lookout {' '.join(names)}" in told.stdout
    for option in [word for word in words if word.startswith("--")]:
        assert option in told.stdout, option


def test_every_variable_of_the_guide_is_one_that_lookout_reads() -> None:
    told = set(re.findall(r"LOOKOUT_[A-Z_]+", GUIDE + (ROOT / "deploy" / "team.yaml").read_text()))
    assert told <= {*ENVIRONMENT, *NOT_SETTINGS}


def test_every_file_that_the_guide_names_is_there() -> None:
    named = set(re.findall(r"deploy/[\w./-]+\w", GUIDE))
    assert named
    assert all((ROOT / name).exists() for name in named)


def test_the_wrapper_is_a_shell_script_without_mistakes() -> None:
    assert subprocess.run(["sh", "-n", ROOT / "deploy" / "lookout-here"], check=False).returncode == 0
