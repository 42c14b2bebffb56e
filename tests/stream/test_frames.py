from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events import AgentActivity, ToolUse, encode
from services.log import Stored
from services.stream import frames
from services.stream.frames import CHUNK_BYTES, CHUNK_EVENTS, SLIM_BYTES, Entry, chunk, cut, entry, slim
from services.stream.protocol import Selection
from services.stream.wire import text_frame
from services.subjects import event_subject, tokens
from tests.stream.ends import event

STORED = datetime(2026, 11, 24, 10, 30, 0, 123456, UTC)
EVERYTHING = Selection(types=None)


def stored(seq: int = 7, payload: bytes | None = None, **fields: Any) -> Stored:
    made = event(seq, **fields)
    return Stored(seq, STORED, event_subject(made.project, made.session, made.type), payload or encode(made))


def messages(data: bytes) -> list[Any]:
    """The messages in unmasked frames of text, all unfragmented."""
    found, at = [], 0
    while at < len(data):
        assert data[at] == 0x81
        length, start = data[at + 1], at + 2
        if length >= 126:
            width = 2 if length == 126 else 8
            length, start = int.from_bytes(data[start : start + width]), start + width
        found.append(msgspec.json.decode(data[start : start + length]))
        at = start + length
    return found


def test_a_frame_is_the_event_with_its_position() -> None:
    activity = AgentActivity(agent="python-engineer", action="invoked", timestamp=STORED)
    frame = msgspec.json.decode(entry(stored(type="agent_activity", data=activity, agent="python-engineer")).frame)
    assert frame["event"] == "agent_activity"
    assert frame["seq"] == 7
    assert frame["stored"] == "2026-11-24T10:30:00.123456Z"
    assert frame["data"] == {
        "agent": "python-engineer",
        "action": "invoked",
        "timestamp": "2026-11-24T10:30:00.123456Z",
    }
    assert frame.keys() >= {"id", "time", "project", "session", "agent", "source", "type"}


@given(st.text(min_size=1, max_size=200))
def test_a_frame_names_its_event_whatever_the_name(name: str) -> None:
    assert msgspec.json.decode(entry(stored(type=name)).frame)["event"] == name


@pytest.mark.parametrize("payload", [b"{}", b"[1]", b"null", b"garbage"])
def test_a_message_that_no_lookout_wrote_is_relayed_without_its_payload(payload: bytes) -> None:
    one = entry(stored(payload=payload))
    assert msgspec.json.decode(one.frame) == {
        "event": "tool_use",
        "seq": 7,
        "stored": "2026-11-24T10:30:00.123456Z",
        "data": {},
    }
    assert not one.is_of("pm")
    assert msgspec.json.decode(one.slim())["seq"] == 7


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"type": "tool_use", "agent": "qa", "data": {"agent_id": "a1"}}, {"qa", "a1"}),
        ({"type": "tool_use", "agent": "pm", "data": {}}, {"pm", "main"}),
        ({"type": "deploy", "agent": "pm", "data": {}}, {"pm"}),
        ({"type": "deploy", "agent": "", "data": {"agent_id": 5}}, set()),
    ],
)
def test_an_agent_is_found_by_its_name_and_by_its_id(fields: dict[str, Any], names: set[str]) -> None:
    one = entry(stored(**fields))
    assert {each for each in ("qa", "a1", "pm", "main", "", "5") if one.is_of(each)} == names


json_scalars = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text()
json_data = st.dictionaries(st.text(), json_scalars | st.lists(json_scalars, max_size=2), max_size=12)
names = st.text(max_size=200)


@given(json_data, names, names, names, names.filter(bool), st.integers(1, 1 << 53))
def test_a_slim_frame_is_short_and_keeps_who_and_when(
    data: dict[str, Any], project: str, session: str, agent: str, type_name: str, seq: int
) -> None:
    fields: dict[str, Any] = {"project": project, "session": session, "agent": agent}
    short = slim(entry(stored(seq, type=type_name, data=data, **fields)).frame)
    assert len(short) <= SLIM_BYTES
    row = msgspec.json.decode(short)
    assert row["seq"] == seq
    assert "time" in row
    for key, value in (fields | {"event": type_name}).items():
        got = row.get(key, "")
        assert got == value or (got.endswith("…") and value.startswith(got[:-1]))
    for key, value in row["data"].items():
        assert value == data[key] or (isinstance(value, str) and data[key].startswith(value[:-1]))


@pytest.mark.parametrize(("agent_id", "cut_summary"), [("main", "psql $STAGING"), ("a4a074cf0cd30105f", "")])
def test_a_slim_call_tells_whose_and_which_it_is_and_how_long_it_took_before_all_else(
    agent_id: str, cut_summary: str
) -> None:
    call = ToolUse(
        agent_id=agent_id,
        tool="Bash",
        phase="finished",
        tool_use_id="toolu_f230cc1afebe6307ede93f22",
        duration_ms=32890,
        input_bytes=117,
        output_bytes=256,
        summary="psql $STAGING -f scripts/backfill_trail.sql",
        input_hash="e542fefabaae01f2",
    )
    session = "8cf36fa9-0c37-48d4-9080-761bfc3e9069"
    frame = entry(stored(type="tool_use", data=call, session=session, agent="pm")).frame
    facts = msgspec.json.decode(slim(frame))["data"]
    assert (facts["tool"], facts["phase"], facts["duration_ms"]) == ("Bash", "finished", 32890)
    assert facts["tool_use_id"] == call.tool_use_id[-20:]
    assert facts.get("agent_id", "main") == agent_id
    assert facts.get("summary", "").startswith(cut_summary)


@given(names, names, names, st.text(max_size=120), st.text(max_size=80), st.sampled_from([30, 36, 90]))
def test_the_beginning_and_the_end_of_a_call_are_joined_whatever_they_are_called(
    project: str, session: str, agent: str, tool: str, agent_id: str, length: int
) -> None:
    call = {"agent_id": agent_id, "tool": tool, "tool_use_id": "toolu_" + "x" * (length - 6), "summary": "y" * 200}
    began = call | {"phase": "started", "input_bytes": 1 << 40}
    ended = call | {"phase": "finished", "duration_ms": 12345678.25, "error": "z" * 200}
    fields: dict[str, Any] = {"project": project, "session": session, "agent": agent}
    rows = [
        msgspec.json.decode(slim(entry(stored(seq, type="tool_use", data=data, **fields)).frame))
        for seq, data in ((99, began), (1 << 40, ended))
    ]
    assert [row["data"]["phase"] for row in rows] == ["started", "finished"]
    assert len({row["data"]["tool_use_id"] for row in rows}) == 1
    assert rows[0]["data"]["tool_use_id"] == call["tool_use_id"][-20:]


def test_a_call_keeps_whose_it_is_beside_a_long_name() -> None:
    call = ToolUse(
        agent_id="a4a074cf0cd30105f", tool="Bash", phase="started", tool_use_id="toolu_f230cc1afebe6307ede93f22"
    )
    fields: dict[str, Any] = {"project": "storefront-checkout", "session": "8cf36fa9-0c37-48d4-9080-761bfc3e9069"}
    row = msgspec.json.decode(
        slim(entry(stored(type="tool_use", data=call, agent="senior-python-engineer-for-payments", **fields)).frame)
    )
    assert (row["data"]["agent_id"], row["data"]["tool_use_id"]) == (call.agent_id, call.tool_use_id[-20:])
    assert row["data"]["tool"] == "Bash"
    assert (row["project"], row["session"]) == (fields["project"], fields["session"])
    assert row["agent"].startswith("senior-pyth")


def test_of_a_file_the_path_is_told_before_the_call() -> None:
    data = {
        "file": "/home/dev/webshop/src/cart/cart.py",
        "operation": "edit",
        "size": 854,
        "agent_id": "a4a074cf0cd30105f",
        "tool_use_id": "toolu_f230cc1afebe6307ede93f22",
    }
    who: dict[str, Any] = {"session": "0f8fad5b-d9cb-469f-a165-70867728950e", "agent": "python-engineer"}
    row = msgspec.json.decode(slim(entry(stored(type="file_operation", data=data, project="webshop", **who)).frame))
    told = {key: row["data"].get(key) for key in ("file", "operation", "size", "agent_id")}
    assert told == {key: data[key] for key in told}


def test_a_usual_event_is_slim_without_loss() -> None:
    data = {"agent_id": "main", "file": "/src/shop/cart.py", "operation": "write", "size": 1024}
    session = "0f8fad5b-d9cb-469f-a165-70867728950e"
    row = msgspec.json.decode(slim(entry(stored(type="file_operation", data=data, session=session)).frame))
    assert row["data"] == {key: value for key, value in data.items() if key != "agent_id"}
    assert row["session"] == session


def test_a_slim_frame_is_whole_where_it_fits_however_long_its_texts_are() -> None:
    facts = {"file": "/src/" + "deep/" * 20 + "cart.py", "size": 1, "share": 0.5, "done": True}
    made = entry(stored(type="build", data=facts | {"none": None, "list": [1], "dict": {}}, time=STORED)).slim()
    assert msgspec.json.decode(made) == {
        "event": "build",
        "seq": 7,
        "time": "2026-11-24T10:30:00.123Z",
        "project": "p",
        "session": "s",
        "agent": "pm",
        "data": facts,
    }


@given(st.text(), st.integers(4, 90))
def test_a_cut_text_fits_and_an_uncut_one_is_whole(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert len(msgspec.json.encode(short)) - 2 <= limit
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


def entries(count: int, first: int = 1, **fields: Any) -> list[Entry]:
    return [entry(stored(seq, **fields)) for seq in range(first, first + count)]


def test_a_plain_chunk_is_one_frame_an_event() -> None:
    some = entries(3)
    made = chunk(EVERYTHING, some, 0)
    assert made == (3, b"".join(text_frame(each.frame) for each in some), 3)


def test_a_batch_chunk_is_one_frame_with_its_position() -> None:
    some = entries(300)
    made = chunk(Selection(types=None, batch=True), some, 0)
    [batch] = messages(made.data)
    assert batch["event"] == "batch"
    assert batch["seq"] == made.seq == 300
    assert batch["data"] == [msgspec.json.decode(each.frame) for each in some]


def test_what_does_not_match_is_passed_over_and_counts_as_seen() -> None:
    some = [*entries(2, 1, type="prompt"), *entries(1, 3), *entries(2, 4, type="prompt")]
    made = chunk(Selection(frozenset({"tool_use"})), some, 0)
    assert (made.seq, made.events) == (5, 1)
    assert chunk(Selection(frozenset({"other"})), some, 0) == (5, b"", 0)


def test_a_chunk_ends_before_it_is_too_long() -> None:
    made = chunk(EVERYTHING, entries(CHUNK_EVENTS + 1), 0)
    assert (made.seq, made.events) == (CHUNK_EVENTS, CHUNK_EVENTS)
    big = entries(3, data={"x": "x" * (CHUNK_BYTES // 2)})
    assert chunk(EVERYTHING, big, 0).events == 1
    huge = entries(2, data={"x": "x" * (CHUNK_BYTES + 1)})
    assert chunk(EVERYTHING, huge, 0).events == 1


@given(
    st.lists(st.sampled_from(["a", "b"]), max_size=30),
    st.sampled_from([None, frozenset({"a"}), frozenset({"c"})]),
    st.booleans(),
    st.booleans(),
    st.integers(1, 5),
)
def test_chunks_in_a_row_are_the_filtered_log(
    kinds: list[str], types: frozenset[str] | None, batch: bool, slim_rows: bool, limit: int
) -> None:
    some = [entry(stored(seq, type=kind)) for seq, kind in enumerate(kinds, 1)]
    selection = Selection(types, batch=batch, slim=slim_rows)
    got: list[int] = []
    position = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames, "CHUNK_EVENTS", limit)
        while position < len(some):
            made = chunk(selection, some[position:], position)
            assert made.seq > position
            position = made.seq
            for frame in messages(made.data):
                got += [each["seq"] for each in frame["data"]] if batch else [frame["seq"]]
    assert got == [each.seq for each in some if types is None or each.tokens.type in types]


def erased(seq: int, session: str = "s", project: str = "p") -> Entry:
    return frames.gone(seq, tokens(event_subject(project, session, "")))


def told(selection: Selection, *entries: Entry) -> list[Any]:
    made = chunk(selection, entries, entries[0].seq - 1)
    assert made.seq == entries[-1].seq
    found = messages(made.data)
    return found[0]["data"] if selection.batch else found


ROW = [entry(stored(1)), erased(2), erased(3), entry(stored(4)), erased(5), erased(6, "t"), erased(7, "t", "q")]
PLACES = [(2, 3, "p", "s"), (5, 5, "p", "s"), (6, 6, "p", "t"), (7, 7, "q", "t")]


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("slim_form", [False, True])
def test_what_was_erased_is_told_in_its_place_and_neighbours_at_once(batch: bool, slim_form: bool) -> None:
    found = told(Selection(types=None, batch=batch, slim=slim_form), *ROW)
    assert [each["seq"] for each in found] == [1, 3, 4, 5, 6, 7]
    gone = [
        (d["from"], d["to"], d["project"], d["session"]) for f in found if f["event"] == "erased" for d in [f["data"]]
    ]
    assert gone == PLACES


@pytest.mark.parametrize(
    ("selection", "places"),
    [
        (Selection(types=frozenset({"prompt"})), PLACES),
        (Selection(types=None, agent="nobody"), PLACES),
        (Selection(types=None, project="p"), PLACES[:3]),
        (Selection(types=None, session="t"), PLACES[2:]),
        (Selection(types=frozenset({"prompt"}), project="q", session="s"), []),
        (Selection(), []),
    ],
)
def test_it_is_told_to_whoever_may_have_had_it(selection: Selection, places: list[tuple[int, int, str, str]]) -> None:
    found = [each for each in told(selection, *ROW) if each["event"] == "erased"]
    assert [(d["from"], d["to"], d["project"], d["session"]) for f in found for d in [f["data"]]] == places


def test_a_long_erased_stretch_is_told_whole_wherever_the_chunks_end() -> None:
    here = [entry(stored(n)) for n in range(1, CHUNK_EVENTS + 1)]
    entries = [*here, *(erased(CHUNK_EVENTS + n) for n in range(1, 301))]
    first = chunk(EVERYTHING, entries, 0)
    assert (first.seq, first.events) == (CHUNK_EVENTS, CHUNK_EVENTS)
    second = chunk(EVERYTHING, entries[first.seq :], first.seq)
    [frame] = messages(second.data)
    assert (second.seq, frame["data"]["from"], frame["data"]["to"]) == (
        CHUNK_EVENTS + 300,
        CHUNK_EVENTS + 1,
        CHUNK_EVENTS + 300,
    )
