from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from services.emit import NotRunning
from services.status import duration, report
from tests.freeports import free_ports
from tests.frontdoor import FrontDoor, Reply, front_door

HEALTH = {"status": "healthy", "uptime": 3600, "connections": 2, "services": {"ingest": "healthy"}, "seq": 9}
PROMISED = {
    "agents": "healthy",
    "mcp_gateway": "unknown",
    "websocket": "healthy",
    "metrics": {"active_agents": 5, "total_requests": 150},
}
BEAT = {
    "service": "ingest",
    "instance": "a1",
    "pid": 4711,
    "uptime": 65.2,
    "interval": 5,
    "cpu": 0.031,
    "memory": 47 << 20,
}
MORE = {
    "services": {"ingest": "healthy", "nats": "healthy"},
    "instances": [{"alive": True, "age": 1.2, "beat": BEAT}, {"alive": False, "age": 20.0, "beat": BEAT}],
    "log": {"epoch": "one", "first": 1, "last": 18402},
}


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    with front_door() as door:
        door.paths = {"/health": Reply(200, HEALTH), "/status": Reply(200, PROMISED | MORE)}
        yield door


def test_what_runs_is_printed_for_people(door: FrontDoor, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(door.url, as_json=False) == 0
    assert (
        capsys.readouterr().out
        == f"""\
Lookout at {door.url} is healthy, up 1 h 0 min, 2 connected.

agents       healthy
mcp_gateway  unknown
websocket    healthy
ingest       healthy
nats         healthy

SERVICE  PID   UP         CPU  MEMORY
ingest   4711  1 min 5 s  3%   47 MB
ingest   4711  1 min 5 s  3%   47 MB   no heartbeat

active_agents   5
total_requests  150
log             1 to 18402
"""
    )


def test_the_promised_keys_are_enough(door: FrontDoor, capsys: pytest.CaptureFixture[str]) -> None:
    door.paths["/status"] = Reply(200, PROMISED)
    assert report(door.url, as_json=False) == 0
    assert "total_requests  150" in capsys.readouterr().out


def test_json_is_what_both_answer(door: FrontDoor, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(door.url, as_json=True) == 0
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"health": HEALTH, "status": PROMISED | MORE}


@pytest.mark.parametrize("word", ["degraded", "unhealthy"])
def test_what_is_not_healthy_is_printed_and_ends_with_4(
    door: FrontDoor, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    door.paths["/health"] = Reply(200, HEALTH | {"status": word})
    assert report(door.url, as_json=False) == 4
    assert f"is {word}, up" in capsys.readouterr().out


@pytest.mark.parametrize("path", ["/health", "/status"])
def test_a_gateway_without_its_api_is_not_healthy(
    door: FrontDoor, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    door.paths[path] = Reply(502, {"title": "Bad Gateway", "status": 502, "detail": "does not answer"})
    assert report(door.url, as_json=True) == 4
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"lookout: {door.url} does not tell its health: look at the logs in Lookout's data folder.\n"


def test_something_else_than_lookout_is_not_healthy(door: FrontDoor, capsys: pytest.CaptureFixture[str]) -> None:
    door.paths = {}
    assert report(door.url, as_json=False) == 4
    assert "does not tell its health" in capsys.readouterr().err


def test_an_answer_cut_short_is_not_healthy(door: FrontDoor, capsys: pytest.CaptureFixture[str]) -> None:
    door.paths["/status"] = Reply(200, PROMISED, length=10_000)
    assert report(door.url, as_json=False) == 4
    assert "/status gave no whole answer" in capsys.readouterr().err


def test_where_nothing_listens_it_is_not_running() -> None:
    with pytest.raises(NotRunning):
        report(f"http://127.0.0.1:{free_ports(1)[0]}", as_json=False)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.9, "0 s"), (59, "59 s"), (65, "1 min 5 s"), (7200, "2 h 0 min"), (273_600, "3 d 4 h")],
)
def test_a_duration_is_its_two_largest_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words
