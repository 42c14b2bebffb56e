"""What `make web` has built, as the gateway serves it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from tests.web.conftest import DIST

LARGEST = {".js": 60_000, ".css": 10_000}
"""Bytes as they go over the wire, of all files of a kind together."""


def built(suffix: str) -> list[Path]:
    files = sorted(DIST.rglob(f"*{suffix}"))
    assert files, "The page is not built: run `make web`."
    return files


@pytest.mark.parametrize("suffix", LARGEST)
def test_scripts_and_styles_stay_within_their_budget(suffix: str) -> None:
    assert sum(file.stat().st_size for file in built(f"{suffix}.gz")) <= LARGEST[suffix]


@pytest.mark.parametrize("suffix", [".html", ".js", ".css"])
def test_every_text_file_lies_there_compressed_too(suffix: str) -> None:
    for file in built(suffix):
        assert gzip.decompress(Path(f"{file}.gz").read_bytes()) == file.read_bytes()
        assert 0 < Path(f"{file}.br").stat().st_size < file.stat().st_size


def test_the_policy_finds_no_script_and_no_style_in_the_page_itself() -> None:
    page = (DIST / "index.html").read_text()
    assert re.findall(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:", page) == []


def test_the_page_loads_nothing_from_elsewhere() -> None:
    page = (DIST / "index.html").read_text()
    assert re.findall(r"(?:src|href)=\"(?!/)[^\"]*", page) == []
