"""A session that is erased is gone from the history, to its last byte, and does not come back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from services.api.history import History, open_history
from services.api.history_erase import Session, Undone
from services.erased import Range, ranges
from services.events import SessionErased
from services.query import parse
from tests.api.test_history import NOW, Entry, entry, found, tool

VICTIM = "victim-6f1d2c"
SECRET = "zanzibar"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


@pytest.fixture
def history(path: Path) -> Iterator[History]:
    opened = open_history(path, "epoch-1", "schema-1")
    yield opened
    opened.close()


def erasure(seq: int, *erased: Range, session: str = VICTIM, project: str = "shop") -> Entry:
    return entry(seq, SessionErased(session_id=session, ranges=list(erased)), "session_erased", project=project)


def victim(seq: int) -> Entry:
    names = {
        "agent": f"{SECRET}-agent",
        "host": f"{SECRET}-host",
        "source": f"{SECRET}-source",
        "id": f"{SECRET}-{seq}",
    }
    return tool(seq, f"{SECRET}Tool", session=VICTIM, summary=f"{SECRET}ish words {SECRET}{seq}", **names)


def other(seq: int) -> Entry:
    return tool(seq, "Bash", session="other", agent="pm", summary=f"harmless words {seq}")


def contents(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in sorted(path.parent.glob(f"{path.name}*")))


def test_its_events_words_and_names_are_gone_and_the_others_stay(path: Path, history: History) -> None:
    history.append([(victim if seq % 3 == 0 else other)(seq) for seq in range(1, 301)])
    history.append([erasure(301, *ranges(range(3, 301, 3)))])
    assert found(history, "", limit=1000) == [seq for seq in range(301, 0, -1) if seq % 3]
    assert found(history, f"session:{VICTIM}") == [301]
    assert found(history, f"agent:{SECRET}*") == found(history, SECRET) == found(history, f"{SECRET}3") == []
    assert len(found(history, "harmless words", limit=1000)) == 200
    assert history.event(3) is None
    assert history.forgotten.seqs.find(3) is not None
    assert history.forgotten.seqs.find(4) is None
    history.compact()
    history.close()
    assert SECRET.encode() not in contents(path).lower()


def test_what_is_compacted_is_the_file_and_its_journal(path: Path, history: History) -> None:
    history.append([victim(seq) for seq in range(1, 200)] + [other(200)])
    assert SECRET.encode() in contents(path)
    history.append([erasure(201, (1, 199))])
    history.compact()
    assert SECRET.encode() not in contents(path).lower()
    before = path.stat().st_mtime_ns
    history.compact()
    assert path.stat().st_mtime_ns == before


def test_an_erasure_of_what_the_log_has_dropped_meanwhile_finds_it_by_its_session(history: History) -> None:
    history.append([victim(1), other(2), victim(3)])
    appended = history.append([erasure(4, (3, 3))])
    assert appended.undone == Undone(1, 1, [])
    assert found(history, "") == [4, 2]


def test_the_same_session_of_another_project_and_events_that_only_name_it_stay(history: History) -> None:
    history.append([victim(1), entry(2, session=VICTIM, project="ledger"), entry(3, {"session_id": VICTIM})])
    history.append([erasure(4, (1, 1))])
    assert found(history, "") == [4, 3, 2]


def test_late_events_of_an_erased_session_are_neither_kept_nor_folded_but_told(history: History) -> None:
    history.append([victim(1), other(2)])
    assert history.append([erasure(3, (1, 1))]).erased == {Session("shop", VICTIM)}
    late = history.append([victim(4), other(5)])
    assert [recorded.seq for recorded in late.fresh] == [5]
    assert late.erased == {Session("shop", VICTIM)}
    assert late.undone is None
    assert history.position() == 5


def test_it_stays_forgotten_after_opening_again(path: Path, history: History) -> None:
    history.append([victim(1), erasure(2, (1, 1))])
    history.close()
    again = open_history(path, "epoch-1", "schema-1")
    assert again.append([victim(3)]).fresh == []
    assert again.forgotten.seqs.find(1) is not None
    assert again.forgotten.sessions == {Session("shop", VICTIM): 2}
    again.close()


def test_what_comes_in_one_with_its_erasure_is_never_kept(history: History) -> None:
    appended = history.append([victim(1), other(2), erasure(3, (1, 1)), victim(4)])
    assert [recorded.seq for recorded in appended.fresh] == [2, 3]
    assert appended.undone is None


def test_checkpoints_from_the_first_erased_event_on_are_dropped(history: History) -> None:
    history.append([other(1), other(2), victim(3), other(4)])
    for seq in range(5):
        history.save_checkpoint(seq, NOW, b"state")
    assert history.append([erasure(5, (3, 3))]).undone == Undone(3, 1, [3, 4])
    checkpoint = history.checkpoint_at(9)
    assert checkpoint is not None
    assert checkpoint.seq == 2


@pytest.mark.parametrize("known", [{"sessions": {VICTIM: 1}}, {"agents": {f"{VICTIM}/main": 1}}])
def test_a_first_checkpoint_that_knows_the_session_from_dropped_events_goes_too(
    history: History, known: object
) -> None:
    history.append([other(seq) for seq in range(1, 9)])
    history.trim(5)
    for seq in (4, 6):
        history.save_checkpoint(seq, NOW, msgspec.msgpack.encode(known))
    assert history.append([erasure(9)]).undone == Undone(5, 5, [6])
    assert history.checkpoint_at(9) is None


def test_nothing_is_undone_where_there_was_nothing(history: History) -> None:
    history.append([other(1)])
    history.save_checkpoint(1, NOW, msgspec.msgpack.encode({"sessions": {"other": 1}}))
    assert history.append([erasure(2)]).undone is None
    assert history.checkpoint_at(2) is not None


def test_words_are_found_as_before_in_each_of_many_segments(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("history", "history_erase", "history_plan", "history_search"):
        monkeypatch.setattr(f"services.api.{module}.SEGMENT", 16, raising=False)
    history = open_history(path, "epoch-1", "schema-1")
    dice = random.Random(5)
    theirs = {seq for seq in range(1, 120) if dice.random() < 0.4}
    history.append([(victim if seq in theirs else other)(seq) for seq in range(1, 120)])
    before = found(history, "harmless", limit=1000)
    history.append([erasure(120, *ranges(sorted(theirs)))])
    assert found(history, "harmless", limit=1000) == before
    assert history.search(parse("-harmless"), None, 100, NOW).events[0].seq == 120
    history.close()
