"""The history with a key: nothing of it can be read from the disk, and what another key has written is made anew."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from services.api.history import History, open_history
from services.api.sqlite import sqlite3
from tests.api.test_history import START, entry, found

KEY = hashlib.sha256(b"one").hexdigest()
OTHER = hashlib.sha256(b"another").hexdigest()
PLAIN = "plainly-readable"


def opened(path: Path, key: str = KEY) -> History:
    return open_history(path, "epoch-1", "schema-1", key)


def leaks(folder: Path) -> list[str]:
    """The files in which the text of an event, or that they are SQLite's, can be read."""
    readable = (PLAIN.encode(), b"SQLite format 3")
    return [path.name for path in folder.iterdir() if any(each in path.read_bytes() for each in readable)]


def test_nothing_of_an_encrypted_history_can_be_read_from_the_disk(tmp_path: Path) -> None:
    history = opened(tmp_path / "history.db")
    for first in range(1, 3001, 500):
        history.append([entry(seq, {"text": PLAIN * 9}, agent=PLAIN) for seq in range(first, first + 500)])
    history.save_checkpoint(3000, START, PLAIN.encode() * 10)
    assert len(found(history, PLAIN)) > 0
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {"history.db", "history.db-wal", "history.db-shm"}
    assert leaks(tmp_path) == []
    history.close()
    assert leaks(tmp_path) == []


def test_the_same_words_can_be_read_where_there_is_no_key(tmp_path: Path) -> None:
    history = opened(tmp_path / "history.db", "")
    history.append([entry(1, {"text": PLAIN})])
    history.close()
    assert leaks(tmp_path) == ["history.db"]


def test_what_was_kept_with_a_key_is_there_with_the_same_key(tmp_path: Path) -> None:
    history = opened(tmp_path / "history.db")
    history.append([entry(1, agent="qa"), entry(2, {"text": "hello"})])
    history.close()
    again = opened(tmp_path / "history.db")
    assert (again.position(), found(again, "hello"), found(again, "agent:qa")) == (2, [2], [1])
    again.close()


@pytest.mark.parametrize(("before", "after"), [("", KEY), (KEY, ""), (KEY, OTHER)])
def test_a_file_of_another_key_is_made_anew(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "history.db"
    history = opened(path, before)
    history.append([entry(1)])
    history.close()
    again = opened(path, after)
    assert again.position() == 0
    again.append([entry(1)])
    again.close()
    third = opened(path, after)
    assert third.position() == 1
    third.close()


def test_an_encrypted_file_that_turns_out_damaged_raises_and_is_made_anew_when_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    history = opened(path)
    history.append([entry(seq, {"text": "x" * 500}) for seq in range(1, 1000)])
    history.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * (size - 8192))
    damaged = opened(path)
    with pytest.raises(sqlite3.DatabaseError):
        damaged.append([entry(seq) for seq in range(1000, 1010)])
    damaged.close()
    again = opened(path)
    assert again.position() == 0
    again.close()
