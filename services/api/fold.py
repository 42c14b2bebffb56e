"""The log folded into everything that is known: `evolve` event by event, `present` as it is shown at a time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

import msgspec
from msgspec import Struct

from services.access import Projects
from services.api.projections import PROJECTIONS, Json, Rules, State
from services.events import AUDIT, Recorded

__all__ = ["PROJECTS", "Rules", "State", "decode", "encode", "evolve", "evolve_all", "initial", "present", "schema"]

PROJECTS = 200
"""Projects that are kept; beyond, the longest silent one is dropped."""

OURS = frozenset({"health_status", "alert", "session_erased"})
"""What Lookout tells of itself says nothing of a project; audit events neither."""


def initial() -> State:
    return State()


def evolve(state: State, recorded: Recorded) -> None:
    """Folds an event in, in place. One that is folded already is ignored, so that folding twice equals once."""
    evolve_all(state, (recorded,))


def evolve_all(state: State, events: Iterable[Recorded]) -> None:
    """The same for many events, at less than the price of one by one."""
    steps = [(name, each.evolve) for name, each in PROJECTIONS.items()]
    for recorded in events:
        seq = recorded.seq
        if seq <= state.seq:
            continue
        state.seq = seq
        if recorded.stored < state.stored:
            recorded = Recorded(seq, state.stored, recorded.event)
        state.stored = recorded.stored
        event = recorded.event
        if event.type in OURS or event.type.startswith(AUDIT):
            continue
        states = state.projects.get(event.project) or _new_project(state, event.project)
        state.heard[event.project] = seq
        for name, step in steps:
            step(states[name], recorded)


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
