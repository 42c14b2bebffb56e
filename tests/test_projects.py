"""Which project an event is placed in."""

from __future__ import annotations

from typing import Any

from services.access import LOCAL, Grant, Identity
from services.events import Envelope, now
from services.projects import MOST_SESSIONS, SessionProjects


def event(project: str, session: str, source: str = "claude-mpm") -> Envelope[Any]:
    return Envelope(id="i", source=source, type="x", time=now(), project=project, session=session, data={})


def placed(projects: SessionProjects, *said: tuple[str, str], by: Identity = LOCAL) -> list[str]:
    return [projects.placed([event(project, session)], by)[0].project for project, session in said]


def key(name: str, *projects: str) -> Identity:
    return Identity("key", name, tuple(Grant("ingester", project) for project in projects))


def test_an_event_that_names_no_project_is_in_the_one_of_its_session() -> None:
    projects = SessionProjects()
    said = [("default", "a"), ("shop", "a"), ("default", "a"), ("web", "b"), ("default", "a"), ("default", "b")]
    assert placed(projects, *said) == ["default", "shop", "shop", "web", "shop", "web"]


def test_a_session_that_moves_takes_what_names_no_project_with_it() -> None:
    assert placed(SessionProjects(), ("shop", "a"), ("web", "a"), ("default", "a"))[-1] == "web"


def test_what_one_sender_says_of_a_session_places_nobody_elses() -> None:
    projects = SessionProjects()
    placed(projects, ("shop", "a"), by=key("k_1", "*"))
    placed(projects, ("bank", "a"), by=key("k_2", "shop", "bank"))
    assert placed(projects, ("default", "a"), by=key("k_3", "*")) == ["default"]
    assert placed(projects, ("default", "a"), by=Identity("user", "k_1", (Grant("admin"),))) == ["default"]
    assert placed(projects, ("default", "a"), by=key("k_1", "*")) == ["shop"]


def test_a_key_that_is_bound_to_a_project_neither_learns_nor_makes_others_forget() -> None:
    projects = SessionProjects()
    placed(projects, ("shop", "a"))
    bound = key("k_1", "bank")
    said = [("shop", str(number)) for number in range(MOST_SESSIONS + 1)]
    placed(projects, *said, by=bound)
    assert placed(projects, ("default", "0"), by=bound) == ["default"]
    assert placed(projects, ("default", "a")) == ["shop"]


def test_events_without_a_session_have_nothing_in_common() -> None:
    assert placed(SessionProjects(), ("shop", ""), ("default", "")) == ["shop", "default"]


def test_a_client_that_may_send_an_event_again_is_taken_at_its_word() -> None:
    projects = SessionProjects()
    placed(projects, ("shop", "a"))
    assert projects.placed([event("default", "a", "api")], LOCAL)[0].project == "default"


def test_an_event_that_needs_no_other_project_is_handed_on_as_it_is() -> None:
    said = event("shop", "a")
    assert SessionProjects().placed([said], LOCAL)[0] is said


def test_the_session_that_was_silent_for_longest_is_forgotten_first() -> None:
    projects = SessionProjects()
    placed(projects, ("shop", "old"), ("shop", "kept"))
    placed(projects, *[("web", str(number)) for number in range(MOST_SESSIONS - 2)])
    placed(projects, ("default", "kept"), ("web", "one more"), ("web", "and another"))
    assert placed(projects, ("default", "kept"), ("default", "old")) == ["shop", "default"]
