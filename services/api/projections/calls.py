"""Calls that have begun and not ended, and how an end finds its beginning."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

OPEN_CALLS = 256
"""Open calls that are kept; beyond, the one that began first is forgotten."""


class Call(Struct, gc=False):
    """A tool call under way (`what` is the tool), or a run of an agent (`what` is its name)."""

    id: str
    what: str
    since: datetime
    summary: str = ""
    input_hash: str = ""


def begin(calls: dict[str, Call], call: Call) -> None:
    calls[call.id] = call
    if len(calls) > OPEN_CALLS:
        del calls[next(iter(calls))]


def end(calls: dict[str, Call], call_id: str, what: str) -> Call | None:
    """Takes out the call that ended, or None where its beginning was not seen.

    An end without an id, or with the id of a call of another tool (claude-mpm mixes them up when tools run in
    parallel), is that of the oldest open call of its tool.
    """
    call = calls.get(call_id)
    if call is not None:
        if call.what == what:
            del calls[call_id]
            return call
    elif call_id:
        return None
    oldest = next((each for each, open_call in calls.items() if open_call.what == what), None)
    return None if oldest is None else calls.pop(oldest)


def newest_like(calls: dict[str, Call], what: str, input_hash: str) -> str:
    """The id of the newest open call of a tool with this input; empty where there is none."""
    for call_id, call in reversed(calls.items()):
        if call.what == what and call.input_hash == input_hash:
            return call_id
    return ""
