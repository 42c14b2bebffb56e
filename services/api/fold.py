"""The log folded into everything that is known: `evolve` event by event, `present` as it is shown at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from itertools import islice

import msgspec
from msgspec import Struct

from services.access import Projects
from services.api.projections import PROJECTIONS, Json, Rules, State
from services.events import AUDIT, EVENT_TYPES, Recorded

__all__ = ["PROJECTS", "Rules", "State", "decode", "encode", "evolve", "evolve_all", "initial", "present", "schema"]

PROJECTS = 200
"""Projects that are kept; beyond, the longest silent one is dropped."""

TOGETHER = 1000
"""Events that are folded together at the most, however many there are: so many are in memory."""

OURS = frozenset({"health_status", "alert", "session_erased"})
"""What Lookout tells of itself says nothing of a project; audit events neither."""

OUR_KINDS = frozenset({dict, *(EVENT_TYPES[name] for name in OURS)})
"""The classes of data that such events may have."""


def initial() -> State:
    return State()


def evolve(state: State, recorded: Recorded) -> None:
    """Folds an event in, in place. One that is folded already is ignored, so that folding twice equals once."""
    evolve_all(state, (recorded,))


def evolve_all(state: State, events: Iterable[Recorded]) -> None:
    """The same for many events, at less than the price of one by one."""
    rest = iter(events)
    while some := list(islice(rest, TOGETHER)):
        _evolve(state, some)


def _evolve(state: State, events: list[Recorded]) -> None:
    """Each projection folds all that is told of a project in one go."""
    seq, stored = state.seq, state.stored
    told: dict[str, list[Recorded]] = {}
    for recorded in events:
        if recorded.seq <= seq:
            continue
        seq = recorded.seq
        if recorded.stored < stored:
            recorded = Recorded(seq, stored, recorded.event)
        else:
            stored = recorded.stored
        event = recorded.event
        if type(event.data) in OUR_KINDS and _is_ours(event.type):
            continue
        project = event.project
        if project not in told:
            if project not in state.projects:
                # Which one goes for it depends on what was told before.
                _fold(state, told)
                told.clear()
                _new_project(state, project)
            told[project] = []
        told[project].append(recorded)
    _fold(state, told)
    state.seq, state.stored = seq, stored


def _is_ours(event_type: str) -> bool:
    return event_type in OURS or event_type.startswith(AUDIT)


def _new_project(state: State, project: str) -> None:
    if len(state.projects) >= PROJECTS:
        silent = min(state.heard, key=lambda each: state.heard[each])
        del state.heard[silent], state.projects[silent]
    state.projects[project] = {name: each.initial() for name, each in PROJECTIONS.items()}


def _fold(state: State, told: dict[str, list[Recorded]]) -> None:
    for project, events in told.items():
        state.heard[project] = events[-1].seq
        states = state.projects[project]
        for name, each in PROJECTIONS.items():
            each.evolve(states[name], events)


def schema() -> str:
    """Changes whenever a projection's state, or what it makes of an event, does: then old checkpoints are ignored."""
    types, components = msgspec.json.schema_components([each.state for each in PROJECTIONS.values()])
    versions = {name: each.version for name, each in PROJECTIONS.items()}
    return sha256(msgspec.json.encode([versions, types, components], order="sorted")).hexdigest()[:16]


class _Saved(Struct):
    """A state as it is saved, before each projection's part is read as what it is."""

    seq: int
    stored: datetime
    heard: dict[str, int]
    projects: dict[str, dict[str, msgspec.Raw]]


def encode(state: State) -> bytes:
    return msgspec.msgpack.encode(state)


def decode(saved: bytes) -> State:
    """Raises msgspec.DecodeError where `saved` is no state of this schema."""
    parts = msgspec.msgpack.decode(saved, type=_Saved)
    decoders = {name: msgspec.msgpack.Decoder(each.state) for name, each in PROJECTIONS.items()}
    projects = {
        project: {name: decoders[name].decode(part) for name, part in states.items()}
        for project, states in parts.projects.items()
    }
    return State(parts.seq, parts.stored, parts.heard, projects)


def present(state: State, at: datetime, rules: Rules, projects: Projects = None) -> Json:
    """What is known, as it is shown at a time: of some projects, as far as they were heard of, or of all."""
    moment = max(at, state.stored)
    return {
        "projects": {
            name: {each: PROJECTIONS[each].present(states[each], moment, rules) for each in PROJECTIONS}
            for name, states in state.projects.items()
            if projects is None or name in projects
        }
    }
