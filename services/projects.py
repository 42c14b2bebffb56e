"""The project of an event that names none: that of its session.

claude-mpm says the working directory of most events of a session, but not of the start of a subagent nor of a written
task list; alone, these would be taken for another team's, in the project `default`.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from services.access import Identity
from services.events import DEFAULT_PROJECT, Envelope

FORGETFUL = frozenset({"claude-mpm"})
"""Sources that leave it out here and there. What they leave it out of has no key and is never sent again: the identity
of an event that may be sent again must not hang on what one process remembers.
"""

MOST_SESSIONS = 10_000
"""Remembered; the one that has been silent for longest is forgotten first."""


class SessionProjects:
    """Which project each sender last said that a session is in; another's sessions of the same name are others."""

    def __init__(self) -> None:
        self._projects: dict[tuple[str, str], str] = {}

    def placed(self, events: list[Envelope[Any]], sender: Identity) -> list[Envelope[Any]]:
        # What is bound to a project needs no memory, and must not push others' sessions out of it.
        if sender.only_project("ingest") is not None:
            return events
        name = sender.full_name
        return [self._placed(event, name) for event in events]

    def _placed(self, event: Envelope[Any], sender: str) -> Envelope[Any]:
        if not event.session:
            return event
        key = (sender, event.session)
        known = self._projects.pop(key, DEFAULT_PROJECT)
        project = known if event.project == DEFAULT_PROJECT else event.project
        if project != DEFAULT_PROJECT:
            self._projects[key] = project
            if len(self._projects) > MOST_SESSIONS:
                del self._projects[next(iter(self._projects))]
        return replace(event, project=project) if event.source in FORGETFUL and project != event.project else event
