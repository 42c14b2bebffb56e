"""The unit of a forwarder: systemd reads it, and what it sets are settings."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from services.configuration import ENVIRONMENT
from tests.conftest import BIN

UNIT = Path("deploy/systemd/lookout-forward.service")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    (tmp_path / ".local/bin").mkdir(parents=True)
    (tmp_path / ".local/bin/lookout").symlink_to(BIN / "lookout")
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--user", str(UNIT)],
        env=os.environ | {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_what_it_sets_are_settings() -> None:
    named = set(re.findall(r"LOOKOUT_[A-Z_]+[A-Z]\b(?!_)", UNIT.read_text()))
    assert named >= {"LOOKOUT_FORWARD_KEY_FILE", "LOOKOUT_FORWARD_TO"}
    assert named <= ENVIRONMENT.keys()
