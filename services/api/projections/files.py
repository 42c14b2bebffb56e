"""Files: how often each was read and changed, by whom, and where two agents changed one within a minute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct, field

from services.api.projections.shape import Json, Rows, Rules, drop_silent, in_rows, plain
from services.events import FileOperation, Recorded

FILES_KEPT = 2000
"""Files of a project; beyond, those least recently touched are dropped."""

AGENTS_KEPT = 16
"""Agents remembered of a file; beyond, the one least recently there is forgotten."""

CONFLICT = timedelta(seconds=60)

Operation = Literal["read", "write", "edit", "delete"]


class Touch(Struct, gc=False):
    operation: Operation
    time: datetime


class Conflict(Struct):
    """Two agents changed the file within `CONFLICT` of each other: first, and last, and who (keys of agents)."""

    since: datetime
    last: datetime
    agents: list[str]


class File(Struct, omit_defaults=True, kw_only=True, gc=False):
    """A file, also as it is presented. An agent is its key, `<session>/<agent_id>`; `agents` says what each did last.

    size: of the contents last read or written, in bytes.
    writer, written: who changed it last, and when.
    """

    path: str
    seq: int
    time: datetime
    operation: Operation
    agent: str
    agent_name: str
    reads: int
    writes: int
    edits: int
    deletes: int
    size: int
    lines_added: int
    lines_removed: int
    agents: dict[str, Touch]
    writer: str = ""
    written: datetime | None = None
    conflict: Conflict | None = None


class Files(Struct):
    files: dict[str, File] = field(default_factory=dict)
    removed: int = 0


def evolve(state: Files, events: Iterable[Recorded]) -> None:
    for recorded in events:
        event = recorded.event
        data = event.data
        if type(data) is not FileOperation:
            continue
        file = state.files.get(data.file) or _add(state, data.file, recorded)
        file.seq = recorded.seq
        file.time = recorded.stored
        file.operation = data.operation
        _seen_with(file, event.session + "/" + data.agent_id, event.agent)
        if data.operation == "read":
            file.reads += 1
            file.size = data.size
        else:
            _change(file, data)


def _add(state: Files, path: str, recorded: Recorded) -> File:
    file = state.files[path] = _new(path, recorded)
    if drop_silent(state.files, FILES_KEPT):
        state.removed = recorded.seq
    return file


def _seen_with(file: File, agent: str, agent_name: str) -> None:
    agents = file.agents
    touch = agents.get(agent)
    if touch is None or file.agent != agent:
        agents.pop(agent, None)
        touch = agents[agent] = Touch(file.operation, file.time)
        if len(agents) > AGENTS_KEPT:
            del agents[next(iter(agents))]
    touch.operation = file.operation
    touch.time = file.time
    file.agent = agent
    file.agent_name = agent_name


def _new(path: str, recorded: Recorded) -> File:
    return File(
        path=path,
        seq=recorded.seq,
        time=recorded.stored,
        operation="read",
        agent="",
        agent_name="",
        reads=0,
        writes=0,
        edits=0,
        deletes=0,
        size=0,
        lines_added=0,
        lines_removed=0,
        agents={},
    )


def _change(file: File, data: FileOperation) -> None:
    """An edit knows the size of what it replaced, not that of the file."""
    match data.operation:
        case "write":
            file.writes += 1
            file.size = data.size
        case "edit":
            file.edits += 1
        case _:
            file.deletes += 1
            file.size = 0
    file.lines_added += data.lines_added
    file.lines_removed += data.lines_removed
    if file.written is not None and file.writer != file.agent and file.time - file.written <= CONFLICT:
        _clash(file, file.written)
    file.writer = file.agent
    file.written = file.time


def _clash(file: File, written: datetime) -> None:
    conflict = file.conflict
    if conflict is None or written - conflict.last > CONFLICT:
        file.conflict = Conflict(written, file.time, [file.writer, file.agent])
        return
    conflict.last = file.time
    if file.agent not in conflict.agents:
        conflict.agents.append(file.agent)
        del conflict.agents[:-AGENTS_KEPT]


def changed(state: Files, after: int) -> Iterator[tuple[str, File]]:
    return ((path, file) for path, file in state.files.items() if file.seq > after)


def row(file: File, at: datetime, rules: Rules) -> Json:
    return plain(file)


ROWS = Rows(changed, row, aged=lambda file, shown, at, rules: False, removed=lambda state: state.removed)
FILES = in_rows("files", Files, evolve, ROWS)
