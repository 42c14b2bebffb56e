"""What `make web` has built, as the gateway serves it."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from tests.web.conftest import DIST

AT_FIRST = {".js": 60_000, ".css": 10_000}
"""Bytes as they go over the wire, of what the page names and so is there before any view is."""
IN_ALL = {".js": 140_000, ".css": 20_000}
OF_A_VIEW = 25_000


def built(suffix: str) -> list[Path]:
    files = sorted(DIST.rglob(f"*{suffix}"))
    assert files, "The page is not built: run `make web`."
    return files


def size(file: Path) -> int:
    return Path(f"{file}.gz").stat().st_size


@pytest.mark.parametrize("suffix", AT_FIRST)
def test_scripts_and_styles_stay_within_their_budget(suffix: str) -> None:
    files = built(suffix)
    page = (DIST / "index.html").read_text()
    first = [file for file in files if f"/{file.relative_to(DIST)}" in page]
    assert first
    assert sum(map(size, first)) <= AT_FIRST[suffix]
    assert sum(map(size, files)) <= IN_ALL[suffix]
    assert max(map(size, set(files) - set(first))) <= OF_A_VIEW


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
