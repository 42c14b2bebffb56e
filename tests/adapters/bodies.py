"""Bodies that a client may post, from noise to what is nearly right."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from services.adapters import ADAPTERS

PATHS = frozenset(ADAPTERS)

KEYS = (
    "hook_event_name session_id transcript_path cwd tool_name tool_input tool_response tool_use_id agent_id agent_type "
    "prompt message context_window current_usage model cost id source type time project session agent host data event "
    "timestamp specversion subtype namespace file operation size token_usage context_percentage status file_path "
    "old_string new_string content command duration_ms usage tool_calls todos reason"
).split()
WORDS = (
    "PreToolUse PostToolUse PostToolUseFailure PostToolBatch UserPromptSubmit SessionStart SessionEnd Stop "
    "SubagentStart SubagentStop Notification PermissionRequest PreCompact TaskCreated agent_activity file_operation "
    "session_update tool_use health_status custom state error batch Bash Edit Write Task 1.0 2026-11-24T10:00:00Z "
    "claude_event hook"
).split()

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 70), 1 << 70),
    st.floats(allow_nan=False),
    st.text(max_size=40),
    st.sampled_from(WORDS),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(KEYS), st.text(max_size=8)), inner, max_size=6),
    ),
    max_leaves=20,
)


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    """An object with some of the keys that clients use, each with anything."""
    found = draw(st.dictionaries(st.sampled_from(KEYS), values, max_size=8))
    if draw(st.booleans()):
        found["hook_event_name"] = draw(st.sampled_from(WORDS))
    if draw(st.booleans()):
        found |= {"type": draw(st.sampled_from(WORDS)), "data": draw(values)}
    return found


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    whole = _json(draw(objects()))
    cut = draw(st.integers(0, len(whole)))
    return whole[:cut] + draw(st.binary(max_size=4)) + whole[cut + draw(st.integers(0, 4)) :]


def bodies() -> st.SearchStrategy[bytes]:
    return st.one_of(
        st.binary(max_size=200),
        values.map(_json),
        objects().map(_json),
        st.lists(objects(), max_size=4).map(_json),
        st.lists(objects(), max_size=4).map(lambda each: b"\n".join(map(_json, each))),
        _damaged(),
    )
