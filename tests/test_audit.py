"""Audit events: what they say, that the log takes them, and that nobody else can record one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.adapters import ADAPTERS, Refused
from services.api import fold
from services.audit import audit
from services.eventlog import Connection
from services.events import Recorded, decode, encode, is_reserved, now
from services.log import message


def test_an_audit_event_says_who_did_what_to_what_from_where() -> None:
    event = audit(
        "key_created", who="ada", on="k1f3", address="192.0.2.7", scope="ingest", project="shop", expires=None
    )
    assert (event.type, event.source, event.project, event.session) == ("audit.key_created", "lookout", "lookout", "")
    assert event.data == {
        "who": "ada",
        "what": "key_created",
        "on": "k1f3",
        "address": "192.0.2.7",
        "scope": "ingest",
        "project": "shop",
    }
    assert decode(event.type, encode(event)) == event


def test_what_is_not_known_is_left_out() -> None:
    assert audit("logout", who="ada").data == {"who": "ada", "what": "logout"}


def test_two_equal_acts_are_two_events() -> None:
    assert audit("login", who="ada").id != audit("login", who="ada").id


def test_an_audit_event_says_nothing_of_a_team() -> None:
    state = fold.initial()
    fold.evolve(state, Recorded(1, now(), audit("login", who="ada")))
    assert (state.seq, state.projects) == (1, {})


async def test_the_api_may_append_it(api_log: Connection) -> None:
    assert (await api_log.log.append(message(audit("login", who="ada")))).seq == 1


RESERVED = ["audit.login", "audit.", "session_erased"]
HOOK = {"hook_event_name": "audit.login", "session_id": "s", "cwd": "/w"}


@pytest.mark.parametrize("name", RESERVED)
@pytest.mark.parametrize("mode", ["native", "structured", "binary", "lines"])
def test_nobody_can_post_what_only_lookout_records(name: str, mode: str) -> None:
    bodies: dict[str, tuple[bytes, dict[str, str]]] = {
        "native": (b'{"type": "%b"}' % name.encode(), {}),
        "structured": (
            b'{"specversion": "1.0", "id": "1", "source": "lookout", "type": "%b"}' % name.encode(),
            {"content-type": "application/cloudevents+json"},
        ),
        "binary": (b"{}", {"ce-specversion": "1.0", "ce-type": name, "ce-id": "1", "ce-source": "lookout"}),
        "lines": (b'{"type": "ok"}\n{"type": "%b"}' % name.encode(), {}),
    }
    body, headers = bodies[mode]
    with pytest.raises(Refused) as refused:
        ADAPTERS["/events"].translate(body, headers, now())
    assert f"type is {name}" in refused.value.detail


@pytest.mark.parametrize("name", RESERVED)
def test_a_hook_of_that_name_is_recorded_under_another(name: str) -> None:
    for path, told in (("/hooks/claude-code", {**HOOK, "hook_event_name": name}), ("/api/events", _mpm(name))):
        for event in ADAPTERS[path].translate(encoded(told), {}, now()):
            assert not is_reserved(event.type)


def _mpm(name: str) -> dict[str, Any]:
    return {"namespace": "hook", "event": name, "data": {"session_id": "s", "type": "hook", "subtype": name}}


def encoded(told: Any) -> bytes:
    return json.dumps(told).encode()
