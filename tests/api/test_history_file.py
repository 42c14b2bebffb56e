"""The file of the history among threads."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread

from services.api.history_file import open_file


def test_it_is_not_closed_under_a_thread_that_writes(tmp_path: Path) -> None:
    file = open_file(tmp_path / "history.db", "epoch-1", "schema-1")
    begun, go_on = Event(), Event()

    def write() -> None:
        with file.writing() as db:
            begun.set()
            go_on.wait(10)
            db.execute("INSERT INTO meta VALUES ('written', 'whole')")

    writing, closing = Thread(target=write), Thread(target=file.close)
    writing.start()
    begun.wait(10)
    closing.start()
    # Time enough to close it, where nothing keeps it from that.
    closing.join(0.2)
    go_on.set()
    writing.join()
    closing.join()
    again = open_file(tmp_path / "history.db", "epoch-1", "schema-1")
    with again.reading() as db:
        assert db.execute("SELECT value FROM meta WHERE key = 'written'").fetchone() == ("whole",)
    again.close()
