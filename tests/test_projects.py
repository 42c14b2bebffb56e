"""Which project an event is placed in."""

from __future__ import annotations

from typing import Any

from services.events import Envelope, now
from services.projects import MOST_SESSIONS, SessionProjects


def event(project: str, session: str, source: str = "claude-mpm") -> Envelope[Any]:
    return Envelope(id="i", source=source, type="x", time=now(), project=project, session=session, data={})


def placed(projects: SessionProjects, *said: tuple[str, str]) -> list[str]:
    return [projects.placed(event(project, session)).project for project, session in said]


def test_an_event_that_names_no_project_is_in_the_one_of_its_session() -> None:
    projects = SessionProjects()
    said = [("default", "a"), ("shop", "a"), ("default", "a"), ("web", "b"), ("default", "a"), ("default", "b")]
    assert placed(projects, *said) == ["default", "shop", "shop", "web", "shop", "web"]


def test_a_session_that_moves_takes_what_names_no_project_with_it() -> None:
    assert placed(SessionProjects(), ("shop", "a"), ("web", "a"), ("default", "a"))[-1] == "web"


def test_events_without_a_session_have_nothing_in_common() -> None:
    assert placed(SessionProjects(), ("shop", ""), ("default", "")) == ["shop", "default"]


def test_a_client_that_may_send_an_event_again_is_taken_at_its_word() -> None:
    projects = SessionProjects()
    placed(projects, ("shop", "a"))
    assert projects.placed(event("default", "a", "api")).project == "default"


def test_an_event_that_needs_no_other_project_is_handed_on_as_it_is() -> None:
    said = event("shop", "a")
    assert SessionProjects().placed(said) is said


def test_the_session_that_was_silent_for_longest_is_forgotten_first() -> None:
    projects = SessionProjects()
    placed(projects, ("shop", "old"), ("shop", "kept"))
    placed(projects, *[("web", str(number)) for number in range(MOST_SESSIONS - 2)])
    placed(projects, ("default", "kept"), ("web", "one more"), ("web", "and another"))
    assert placed(projects, ("default", "kept"), ("default", "old")) == ["shop", "default"]
