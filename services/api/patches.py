"""Merge patches (RFC 7396) of the presented state: what changed, found cheaply because every entity carries its seq."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from services.api.projections import PROJECTIONS, Json, Rows, Rules, State

TICK = timedelta(seconds=1)
"""How often words that depend on time alone are derived again."""


def diff(before: Json, after: Json) -> Json:
    """The patch that turns `before` into `after`; empty where they are equal."""
    patch: Json = dict.fromkeys(before.keys() - after.keys())
    for key, value in after.items():
        old = before.get(key)
        if old == value:
            continue
        if isinstance(old, dict) and isinstance(value, dict):
            patch[key] = diff(old, value)
        else:
            patch[key] = value
    return patch


def merge(target: Any, patch: Any) -> Any:
    """RFC 7396, section 2; leaves `target` as it is."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


class Scope:
    """The presented state of one project, or of all, as its readers have it, and the patches that keep it so."""

    def __init__(self, state: State, rules: Rules, project: str | None, at: datetime) -> None:
        self._state = state
        self._rules = rules
        self._project = project
        self._projects: dict[str, dict[str, Json]] = {}
        self._known: dict[str, dict[str, Struct]] = {}
        self._seq = self._looked = -1
        self._ticked = at - TICK
        self.patch(at)

    def shows(self, state: State) -> bool:
        return self._state is state

    def snapshot(self) -> tuple[int, Json]:
        """What readers have after the last patch, and its seq; to be used before the next one is made."""
        return self._seq, {"projects": self._projects}

    def patch(self, at: datetime) -> tuple[int, int, Json] | None:
        """(from, to, patch) since the last one, or None where there is nothing to tell.

        A patch may be empty: once a second readers learn how far the log was folded though nothing of theirs changed.
        """
        moment = max(at, self._state.stored)
        tick = moment - self._ticked >= TICK
        changes = self._changes(moment, tick)
        self._looked = self._state.seq
        if tick:
            self._ticked = moment
        if not changes and (not tick or self._seq == self._looked):
            return None
        before, self._seq = self._seq, self._looked
        return before, self._seq, {"projects": changes} if changes else {}

    def _changes(self, at: datetime, tick: bool) -> Json:
        state = self._state
        names = state.projects.keys() if self._project is None else state.projects.keys() & {self._project}
        changes: Json = dict.fromkeys(self._projects.keys() - names)
        for name in changes:
            del self._projects[name], self._known[name]
        for name in names:
            if tick or state.heard[name] > self._looked:
                patch = self._project_changes(name, at, tick)
                if patch:
                    changes[name] = patch
        return changes

    def _project_changes(self, name: str, at: datetime, tick: bool) -> Json:
        states = self._state.projects[name]
        shown = self._projects.setdefault(name, {})
        begun_anew = self._known.get(name) is not states
        self._known[name] = states
        changes: Json = {}
        for each, projection in PROJECTIONS.items():
            if projection.rows is None or begun_anew:
                after = projection.present(states[each], at, self._rules)
                patch = diff(shown.get(each, {}), after)
                missing = each not in shown
                shown[each] = after
            else:
                patch = self._row_changes(shown[each], projection.rows, states[each], at, tick)
                missing = False
            if patch or missing:
                changes[each] = patch
        return changes

    def _row_changes(self, shown: Json, rows: Rows, projected: Struct, at: datetime, tick: bool) -> Json:
        """Presents again what has changed, and on a tick what is no longer true; finds what went away."""
        entities = dict(rows.changed(projected, self._looked))
        if tick:
            every = ((key, entity) for key, entity in rows.changed(projected, -1) if key not in entities)
            entities |= {key: each for key, each in every if rows.aged(each, shown[key], at, self._rules)}
        fresh = {key: rows.row(entity, at, self._rules) for key, entity in entities.items()}
        patch = diff({key: shown[key] for key in fresh.keys() & shown.keys()}, fresh)
        shown.update(fresh)
        if rows.removed(projected) > self._looked:
            for key in shown.keys() - {key for key, _ in rows.changed(projected, -1)}:
                del shown[key]
                patch[key] = None
        return patch
