"""The log folded into everything that is known: `evolve` event by event, `present` as it is shown at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from services.access import Projects
from services.api.projections import PROJECTIONS, Json, Rules, State
from services.events import AUDIT, EVENT_TYPES, Recorded

__all__ = ["PROJECTS", "Rules", "State", "decode", "encode", "evolve", "evolve_all", "initial", "present", "schema"]

PROJECTS = 200
"""Projects that are kept; beyond, the longest silent one is dropped."""

OURS = frozenset({"health_status", "alert", "session_erased"})
"""What Lookout tells of itself says nothing of a project; audit events neither."""

OUR_KINDS = frozenset({dict, *(EVENT_TYPES[name] for name in OURS)})
"""The classes of data that such events may have."""

Steps = list[tuple[Callable[[Any, Recorded], None], Struct]]


def initial() -> State:
    return State()


def evolve(state: State, recorded: Recorded) -> None:
    """Folds an event in, in place. One that is folded already is ignored, so that folding twice equals once."""
    evolve_all(state, (recorded,))


def evolve_all(state: State, events: Iterable[Recorded]) -> None:
    """The same for many events, at less than the price of one by one."""
    routes: dict[str, dict[type, Steps]] = {}
    for recorded in events:
        seq = recorded.seq
        if seq <= state.seq:
            continue
        state.seq = seq
        if recorded.stored < state.stored:
            recorded = Recorded(seq, state.stored, recorded.event)
        else:
            state.stored = recorded.stored
        event = recorded.event
        kind = type(event.data)
        if kind in OUR_KINDS and _is_ours(event.type):
            continue
        project = event.project
        try:
            steps = routes[project][kind]
        except KeyError:
            steps = _route(state, routes, project, kind)
        state.heard[project] = seq
        for step, projected in steps:
            step(projected, recorded)


def _is_ours(event_type: str) -> bool:
    return event_type in OURS or event_type.startswith(AUDIT)


def _route(state: State, routes: dict[str, dict[type, Steps]], project: str, kind: type) -> Steps:
    """The projections that look at data of this class, with their states."""
    states = state.projects.get(project)
    if states is None:
        # Another may be dropped for it.
        routes.clear()
        states = _new_project(state, project)
    looking = [
        (each.evolve, states[name]) for name, each in PROJECTIONS.items() if not each.kinds or kind in each.kinds
    ]
    routes.setdefault(project, {})[kind] = looking
    return looking


def _new_project(state: State, project: str) -> dict[str, Struct]:
    if len(state.projects) >= PROJECTS:
        silent = min(state.heard, key=lambda each: state.heard[each])
        del state.heard[silent], state.projects[silent]
    states = state.projects[project] = {name: each.initial() for name, each in PROJECTIONS.items()}
    return states


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
