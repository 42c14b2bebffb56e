from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.api import history_file, history_plan, history_search
from services.api.history import DENSE, DENSE_WITHIN, SPARSE, History, open_history, surplus
from services.api.history_search import Page
from services.api.sqlite import sqlite3
from services.events import AgentActivity, Envelope, FileOperation, Recorded, SessionUpdate, ToolUse, encode
from services.query import QueryError, matches, parse
from services.row import ERROR, row, words

START = datetime(2026, 11, 24, 10, tzinfo=UTC)
NOW = START + timedelta(hours=1)

Entry = tuple[Recorded, bytes]


def entry(seq: int, data: Any = None, event_type: str = "note", *, seconds: float | None = None, **names: Any) -> Entry:
    event = Envelope(
        id=names.get("id", f"id-{seq}"),
        source=names.get("source", "api"),
        type=event_type,
        time=START,
        project=names.get("project", "shop"),
        session=names.get("session", ""),
        agent=names.get("agent", ""),
        data={} if data is None else data,
    )
    stored = START + timedelta(seconds=seq if seconds is None else seconds)
    return Recorded(seq, stored, event), encode(event)


def tool(seq: int, name: str, phase: Any = "finished", **names: Any) -> Entry:
    return entry(seq, ToolUse(tool=name, phase=phase, summary=names.pop("summary", "")), "tool_use", **names)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


@pytest.fixture
def history(path: Path) -> Iterator[History]:
    opened = open_history(path, "epoch-1", "schema-1")
    yield opened
    opened.close()


def found(history: History, query: str, before: int | None = None, limit: int = 100) -> list[int]:
    return [each.seq for each in history.search(parse(query), before, limit, NOW).events]


def test_an_empty_history_has_a_beginning_and_nothing_else(history: History) -> None:
    assert (history.position(), history.first(), history.seq_at(NOW)) == (0, 1, 0)
    assert history.search(parse(""), None, 10, NOW) == Page([], None, True, 0)
    assert history.histogram(parse(""), START, NOW, 2, NOW).counts == [0, 0]
    assert history.event(1) is None
    assert history.checkpoint_at(10) is None
    assert list(history.rows(1, 10)) == []
    history.thin()
    history.trim(5)


def test_what_is_appended_is_there_whole_and_in_order(history: History) -> None:
    entries = [tool(1, "Bash"), entry(2, {"a": [1]}), entry(3, FileOperation(file="a", operation="read", size=1))]
    assert history.append(entries).fresh == [recorded for recorded, _ in entries]
    assert history.position() == 3
    assert [each.event.id for each in history.rows(1, 3)] == ["id-1", "id-2", "id-3"]
    assert next(history.rows(2, 3)) == entries[1][0]
    kept = history.event(2)
    assert kept is not None
    assert (kept.seq, kept.stored, kept.payload) == (2, entries[1][0].stored, entries[1][1])


def test_rows_are_read_on_from_where_the_last_thousand_ended(history: History) -> None:
    history.append([entry(seq) for seq in range(1, 2502)])
    assert [recorded.seq for recorded in history.rows(2, 2500)] == list(range(2, 2501))


def test_an_event_that_no_longer_decodes_is_passed_over(history: History) -> None:
    recorded, _ = tool(2, "Bash")
    history.append([entry(1), (recorded, b'{"specversion":"1.0","data":{"tool":7}}'), entry(3)])
    assert [each.seq for each in history.rows(1, 3)] == [1, 3]


def test_appending_twice_equals_once(history: History) -> None:
    entries = [entry(seq) for seq in range(1, 6)]
    history.append(entries[:3])
    assert [recorded.seq for recorded in history.append(entries).fresh] == [4, 5]
    assert history.append(entries).fresh == []
    assert found(history, "") == [5, 4, 3, 2, 1]


def test_a_repeat_is_neither_kept_nor_returned_but_passed(history: History) -> None:
    history.append([entry(1, id="x")])
    same_id = [entry(2, id="x"), entry(3, id="y"), entry(4, id="y"), entry(5, id="x", project="other")]
    assert [recorded.seq for recorded in history.append(same_id).fresh] == [3, 5]
    assert [recorded.seq for recorded in history.append([entry(6, id="y")]).fresh] == []
    assert history.position() == 6
    assert found(history, "") == [5, 3, 1]
    assert found(history, "id:x,y") == [5, 3, 1]


def test_an_append_that_fails_leaves_nothing_behind(history: History) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        history.append([entry(1, agent="new"), entry(2), entry(2, id="other")])
    assert (history.position(), found(history, "")) == (0, [])
    history.append([entry(1, agent="other"), entry(2, agent="new")])
    assert found(history, "agent:new") == [2]


def test_what_was_kept_is_there_after_opening_again(path: Path, history: History) -> None:
    history.append([tool(1, "Bash", agent="qa")])
    history.save_checkpoint(1, START, b"state")
    history.close()
    again = open_history(path, "epoch-1", "schema-1")
    again.append([tool(2, "Bash", agent="qa"), entry(3, id="id-1")])
    assert (again.position(), found(again, "agent:qa tool:bash")) == (3, [2, 1])
    assert again.checkpoint_at(1) == (1, b"state")
    again.close()


def test_another_epoch_makes_the_file_anew(path: Path, history: History) -> None:
    history.append([entry(1)])
    history.close()
    again = open_history(path, "epoch-2", "schema-1")
    assert again.position() == 0
    again.close()


def test_another_schema_drops_checkpoints_and_keeps_events(path: Path, history: History) -> None:
    history.append([entry(1)])
    history.save_checkpoint(1, START, b"state")
    history.close()
    again = open_history(path, "epoch-1", "schema-2")
    assert (again.position(), again.checkpoint_at(1)) == (1, None)
    again.close()


def test_another_layout_makes_the_file_anew(path: Path, history: History) -> None:
    history.append([entry(1)])
    history.close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {history_file.LAYOUT + 1}")
    db.close()
    again = open_history(path, "epoch-1", "schema-1")
    assert again.position() == 0
    again.close()


@pytest.mark.parametrize("rubbish", [b"", b"rubbish" * 1000])
def test_a_file_that_is_none_of_sqlites_is_made_anew(path: Path, rubbish: bytes) -> None:
    path.write_bytes(rubbish)
    history = open_history(path, "epoch-1", "schema-1")
    history.append([entry(1)])
    assert history.position() == 1
    history.close()


def test_a_file_that_turns_out_damaged_raises_and_is_made_anew_when_opened_again(path: Path, history: History) -> None:
    history.append([entry(seq, {"text": "x" * 500}) for seq in range(1, 1000)])
    history.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * (size - 8192))
    damaged = open_history(path, "epoch-1", "schema-1")
    with pytest.raises(sqlite3.DatabaseError):
        damaged.append([entry(seq) for seq in range(1000, 1010)])
    damaged.close()
    again = open_history(path, "epoch-1", "schema-1")
    assert again.position() == 0
    again.append([entry(1)])
    again.close()
    third = open_history(path, "epoch-1", "schema-1")
    assert third.position() == 1
    third.close()


def test_a_file_that_another_process_writes_is_an_error_and_not_made_anew(
    path: Path, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.append([entry(1)])
    monkeypatch.setattr(history_file, "BUSY_SECONDS", 0.0)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            open_history(path, "epoch-1", "schema-1")
    other.close()
    assert history.position() == 1


def test_a_full_disk_is_an_error_and_leaves_what_was_there(history: History) -> None:
    history.append([entry(1)])
    with history._file.reading() as db:
        pages = db.execute("PRAGMA page_count").fetchone()[0]
    history._file._writer.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        history.append([entry(seq, {"text": "x" * 5000}) for seq in range(2, 50)])
    history._file._writer.execute("PRAGMA max_page_count = 1000000")
    assert (history.position(), found(history, "")) == (1, [1])
    history.append([entry(2)])
    assert found(history, "") == [2, 1]


def test_pages_give_every_event_once_newest_first(history: History) -> None:
    history.append([tool(seq, "Bash" if seq % 3 else "Read", summary="build it") for seq in range(1, 101)])
    for query in ("", "tool:Bash", "build", "-tool:Read it", "-missing"):
        seqs: list[int] = []
        before = None
        while True:
            page = history.search(parse(query), before, 7, NOW)
            seqs += [each.seq for each in page.events]
            before = page.next
            if before is None:
                break
        assert seqs == found(history, query, limit=1000)


def test_a_search_that_runs_out_of_time_says_so_and_goes_on(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_search, "SEARCH_SECONDS", -1.0)
    history.append([entry(seq, agent="rare" if seq == 1 else "often") for seq in range(1, 9001)])
    query = parse("-agent:often")
    page = history.search(query, None, 10, NOW)
    assert page == Page([], 809, False, 8192)
    rest = history.search(query, page.next, 10, NOW)
    assert ([each.seq for each in rest.events], rest.complete, rest.next, rest.scanned) == ([1], True, None, 808)


def test_a_pattern_that_takes_too_long_over_all_names_is_a_query_error(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.append([entry(seq, {"path": f"src/{seq}.py"}) for seq in range(1, 200)])
    monkeypatch.setattr(history_search, "NAMES_SECONDS", -1.0)
    with pytest.raises(QueryError, match="too long") as caught:
        found(history, "tool:x path~a+b")
    assert (caught.value.start, caught.value.end) == (7, 15)


def test_hostile_names_and_texts_are_found_like_others(history: History) -> None:
    names = ["'; DROP TABLE events; --", 'a"b', "%_[*?", "\0nul", "ÄÖ ß İ", "x" * 2000, "{}"]
    history.append([entry(seq, {"tool": name, "text": name}) for seq, name in enumerate(names, 1)])
    for seq, name in enumerate(names, 1):
        quoted = name[:900].replace("\\", "\\\\").replace('"', '\\"')
        if words(name) and len(name) < 900:
            assert seq in found(history, f'"{quoted}"')
        if len(name) < 900:
            assert found(history, f'tool:"{quoted}"') == [seq]
    assert found(history, '"\');--DROP"') == [1]


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", [3, 3, 2]), ("tool:Bash", [1, 1, 1]), ("late", [0, 0, 2]), ("-late", [3, 3, 0]), ("seq>4", [0, 2, 2])],
)
def test_a_histogram_counts_by_the_time_of_storing(history: History, query: str, expected: list[int]) -> None:
    times = [0, 1, 9.9, 10, 15, 19.999, 20, 29, 30, -1]
    entries = [
        tool(seq, "Bash" if at in (1, 15, 29) else "Read", "failed" if seq == 5 else "started", seconds=at,
             summary="late" if at >= 20 else "")
        for seq, at in enumerate(times[:-1], 1)
    ]  # fmt: skip
    history.append(entries)
    counted = history.histogram(parse(query), START, START + timedelta(seconds=30), 3, NOW)
    assert counted.counts == expected
    assert counted.errors == [0, int(expected[1] > 0), 0]
    assert (counted.after, counted.before, counted.sampled) == (START, START + timedelta(seconds=30), 1)


def test_a_histogram_of_very_many_events_counts_a_sample(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_search, "MOST_COUNTED", 1000)
    monkeypatch.setattr(history_search, "SAMPLE", 10)
    history.append([tool(seq, "Bash", "failed" if seq % 2 else "started") for seq in range(1, 4001)])
    counted = history.histogram(parse(""), START, START + timedelta(seconds=4001), 4, NOW)
    assert counted.sampled == 4
    assert sum(counted.counts) == 4000
    assert sum(counted.errors) == 2000


def test_a_time_is_the_last_seq_stored_by_then(history: History) -> None:
    times = [0, 5, 5, 5, 9]
    history.append([entry(seq, seconds=at) for seq, at in zip([10, 11, 12, 14, 15], times, strict=True)])
    asked = [-1, 0, 4.9, 5, 8, 9, 100]
    assert [history.seq_at(START + timedelta(seconds=at)) for at in asked] == [9, 10, 10, 14, 14, 15, 15]


def test_the_nearest_checkpoint_at_or_before_a_seq_is_found(history: History) -> None:
    for seq in (10, 20):
        history.save_checkpoint(seq, START, b"state %d" % seq)
    history.save_checkpoint(20, START, b"state 20 again")
    assert [history.checkpoint_at(seq) for seq in (9, 10, 19, 20, 99)] == [
        None, (10, b"state 10"), (10, b"state 10"), (20, b"state 20 again"), (20, b"state 20 again"),
    ]  # fmt: skip


def test_thinning_keeps_checkpoints_dense_near_the_head_and_sparse_behind(history: History) -> None:
    head = 100_000
    history.append([entry(head)])
    for seq in range(1000, head + 1, 1000):
        history.save_checkpoint(seq, START, b"")
    history.thin()
    kept = sorted({found.seq for seq in range(0, head + 1, 1000) if (found := history.checkpoint_at(seq))})
    assert kept == [*range(1000, 78_000, 4000), *range(80_000, head + 1, 1000)]


@given(st.lists(st.integers(1, 60_000), unique=True).map(sorted), st.integers(0, 10_000))
def test_thinning_never_leaves_a_gap_that_it_did_not_find(seqs: list[int], more: int) -> None:
    head = (seqs[-1] if seqs else 0) + more
    kept = [seq for seq in seqs if seq not in set(surplus(seqs, head))]
    gaps = {following: following - seq for seq, following in pairwise(seqs)}
    for seq, following in pairwise(kept):
        allowed = DENSE if following > head - DENSE_WITHIN else SPARSE
        assert following - seq <= max(allowed, gaps[following])
    assert [*kept[:1], *kept[-1:]] == [*seqs[:1], *seqs[-1:]]


def test_trimming_drops_events_words_names_and_checkpoints(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.api.history.SEGMENT", 100)
    monkeypatch.setattr("services.api.history_plan.SEGMENT", 100)
    monkeypatch.setattr("services.api.history.TRIMMED", 30)
    monkeypatch.setattr("services.api.history_names.STALE", 10)
    history.append([entry(seq, {"text": "word"}, session=f"s{seq}", agent="qa") for seq in range(1, 301)])
    for seq in (100, 248, 249, 260):
        history.save_checkpoint(seq, START, b"")
    history.trim(250)
    assert (history.first(), history.position()) == (250, 300)
    assert found(history, "word", limit=1000) == found(history, "agent:qa", limit=1000) == list(range(300, 249, -1))
    assert (history.event(249), history.checkpoint_at(248), history.checkpoint_at(259)) == (None, None, (249, b""))
    with history._file.reading() as db:
        assert [number for (number,) in db.execute("SELECT number FROM segments")] == [2, 3]
        sessions = db.execute("SELECT count(*) FROM names WHERE field = 'session'").fetchone()[0]
        assert 51 <= sessions <= 61
        tables = {
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE name LIKE 'words\\_1%' ESCAPE '\\'")
        }
        assert tables == set()
    history.append([entry(301, session="s5", agent="qa"), entry(302, id="id-3")])
    assert found(history, "session:s5") == [301]
    history.trim(1000)
    assert (history.first(), found(history, "")) == (303, [])


def test_threads_read_while_one_writes(history: History) -> None:
    def read(_: int) -> bool:
        page = history.search(parse("agent:qa -missing"), None, 50, NOW)
        seqs = [each.seq for each in page.events]
        return seqs == list(range(len(seqs) and seqs[0], 0, -1))[:50]

    with ThreadPoolExecutor(8) as pool:
        reads = [pool.map(read, range(10)) for _ in range(5)]
        for seq in range(1, 60):
            history.append([entry(seq, agent="qa")])
        assert all(result for each in reads for result in each)


AGENTS = ["", "main", "engineer", "Engineer-2", "qa"]
WORDS = ["build", "Builder", "test_run", "naïve", "größe", "a.b", "npm run", ""]
PATHS = ["src/api/handlers.py", "src/web/Handlers.ts", "README.md", "/tmp/x"]

events = st.one_of(
    st.builds(
        lambda tool, phase, dur, text: ("tool_use", ToolUse(tool=tool, phase=phase, duration_ms=dur, summary=text)),
        st.sampled_from(["Bash", "Read", "mcp__x__y"]), st.sampled_from(["started", "finished", "failed", "denied"]),
        st.sampled_from([None, 0.5, 200, 2500.0]), st.sampled_from(WORDS),
    ),
    st.builds(
        lambda file, op, size: ("file_operation", FileOperation(file=file, operation=op, size=size)),
        st.sampled_from(PATHS), st.sampled_from(["read", "write"]), st.sampled_from([0, 10, 10_240]),
    ),
    st.builds(lambda pct: ("session_update", SessionUpdate(session_id="s", context_percentage=pct)),
              st.sampled_from([None, 0.5, 0.9])),
    st.builds(lambda act: ("agent_activity", AgentActivity(agent="qa", action=act, timestamp=START)),
              st.sampled_from(["waiting", "failed", "started"])),
    st.builds(lambda text, level: ("custom.note", {"text": text, "level": level, "tool": text, "size": 3}),
              st.sampled_from(WORDS) | st.text(max_size=5), st.sampled_from(["debug", "error", 3])),
)  # fmt: skip

NAMED = ["agent", "tool", "type", "path", "session", "phase", "op", "id"]
VALUES = ["qa", "eng*", '""', "*", "Bash,Read", "*_*", "src/*", "*.py", "s", "failed", "id-3", "nope"]
NUMBERS = ["0", "3", "10", "200", "2500", "999999999999999"]
FREE = ["build", "bui", '"build"', "test-run", '"run test"', "naïve", "n", "file_operation", '"a b"', "größ"]

terms = st.one_of(
    st.builds("{}:{}".format, st.sampled_from(NAMED), st.sampled_from(VALUES)),
    st.builds("{}~{}".format, st.sampled_from(["path", "tool"]), st.sampled_from(["^src", "h.*s", "^q|d$", "x"])),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["dur", "size", "seq"]),
        st.sampled_from([":", ">", ">=", "<", "<="]),
        st.sampled_from(NUMBERS),
    ),
    st.builds("level{}{}".format, st.sampled_from([":", ">=", "<"]), st.sampled_from(["debug", "warn", "error"])),
    st.builds("{}:{}".format, st.sampled_from(["after", "before"]), st.sampled_from(["-59m", "10:00:04", "-1d"])),
    st.sampled_from(["is:error", "is:waiting", "seq:2,5,9", *FREE]),
    st.sampled_from(FREE),
)
queries = st.lists(st.tuples(st.sampled_from(["", "", "-"]), terms).map("".join), max_size=4).map(" ".join)


@pytest.mark.parametrize("few", [0, 5, 20_000])
def test_a_search_and_a_histogram_find_what_matches_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """The two evaluators of the language agree, by whichever way the history looks."""
    monkeypatch.setattr(history_plan, "FEW", few)
    monkeypatch.setattr(history_plan, "FIRST_STRETCH", 3)
    monkeypatch.setattr(history_plan, "SEGMENT", 8)
    monkeypatch.setattr("services.api.history.SEGMENT", 8)
    monkeypatch.setattr("services.api.history_search.SEGMENT", 8)
    # On a busy machine a search that takes long ends early, which is no difference in what it finds.
    monkeypatch.setattr("services.api.history_search.SEARCH_SECONDS", 60.0)
    monkeypatch.setattr("services.api.history_search.NAMES_SECONDS", 60.0)
    numbers = iter(range(10**6))

    @settings(max_examples=30, deadline=None)
    @given(
        st.lists(st.tuples(events, st.sampled_from(AGENTS)), max_size=30), st.lists(queries, min_size=20, max_size=20)
    )
    def check(told: list[tuple[tuple[str, Any], str]], asked: list[str]) -> None:
        history = open_history(tmp_path / f"{next(numbers)}.db", "epoch-1", "schema-1")
        entries = [entry(seq, data, kind, agent=agent) for seq, ((kind, data), agent) in enumerate(told, 3)]
        history.append(entries)
        rows = [row(recorded) for recorded, _ in entries]
        for text in asked:
            query = parse(text)
            expected = [each for each in reversed(rows) if matches(query, each, NOW)]
            assert found(history, text) == [each.seq for each in expected], text
            counted = history.histogram(query, START, START + timedelta(seconds=40), 4, NOW)
            seconds = [(each.stored - START).seconds // 10 for each in expected]
            assert counted.counts == [seconds.count(bucket) for bucket in range(4)], text
            assert sum(counted.errors) == sum(each.level == ERROR for each in expected), text
        history.close()

    check()


def test_random_ids_share_no_key() -> None:
    ids = {history_plan.key(str(random.random())) for _ in range(1000)}
    assert len(ids) == 1000
