"""What the API answers about now: the promised keys first, and what stands beside them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from services.access import LOCAL
from services.api.app import create_app
from services.api.demo import Demo
from services.settings import Settings
from tests.api.conftest import Api
from tests.conftest import known_as

TEAM: list[dict[str, Any]] = [
    {"type": "session_update", "project": "shop", "data": {"session_id": "s1", "status": "started", "agent": "pm"}},
    {"type": "agent_activity", "project": "shop", "session": "s1", "data": {"agent": "main", "action": "invoked"}},
    {"type": "agent_activity", "project": "shop", "session": "s1", "data": {"agent": "qa", "action": "invoked"}},
    {
        "type": "tool_use",
        "project": "shop",
        "session": "s1",
        "agent": "qa",
        "data": {"tool": "Bash", "phase": "finished", "tool_use_id": "t1", "duration_ms": 40, "summary": "pytest"},
    },
    {
        "type": "file_operation",
        "project": "shop",
        "session": "s1",
        "agent": "qa",
        "data": {"file": "cart.py", "operation": "write", "size": 3},
    },
    {"type": "session_update", "project": "ledger", "data": {"session_id": "s2", "status": "started"}},
]


async def test_health_is_as_promised(api: Api) -> None:
    for service in ("ingest", "api"):
        api.beat(service)
    api.beat("stream", {"connections": 2})
    health = await api.get("/health")
    assert {key: health[key] for key in ("status", "uptime", "connections")} == {
        "status": "healthy",
        "uptime": 0,
        "connections": 2,
    }
    assert health["services"]["nats"] == "healthy"


async def test_health_is_unhealthy_where_the_log_does_not_answer(api: Api) -> None:
    api.log.unavailable = True
    assert (await api.get("/health"))["status"] == "unhealthy"
    assert (await api.get("/status"))["log"] is None


async def test_status_is_as_promised(api: Api) -> None:
    await api.record(*TEAM)
    api.beat("ingest", requests=150, stored=6)
    api.beat("stream")
    status = await api.get("/status")
    assert (status["agents"], status["mcp_gateway"], status["websocket"]) == ("healthy", "unknown", "healthy")
    assert status["metrics"]["active_agents"] == 3
    assert status["metrics"]["total_requests"] == 150
    assert status["metrics"]["events"] == 6
    assert status["log"] == {"epoch": "epoch-1", "first": 1, "last": 6}
    assert {each["beat"]["service"] for each in status["instances"]} == {"ingest", "stream"}


async def test_the_mcp_gateway_is_as_its_calls_went(api: Api) -> None:
    for number, (phase, word) in enumerate([("finished", "healthy"), ("failed", "degraded")]):
        data = {"tool": "mcp__github__search", "phase": phase, "tool_use_id": str(number), "mcp_server": "github"}
        await api.record({"type": "tool_use", "session": "s1", "data": data})
        assert (await api.get("/status"))["mcp_gateway"] == word


async def test_agents_are_as_promised_with_more_beside(api: Api) -> None:
    await api.record(*TEAM)
    answer = await api.get("/agents")
    rows = {each["name"]: each for each in answer["agents"]}
    assert answer["seq"] == 6
    qa = rows["qa"]
    assert list(qa)[:3] == ["name", "status", "invocations"]
    assert (qa["name"], qa["status"], qa["invocations"]) == ("qa", "active", 1)
    assert (qa["project"], qa["session"], qa["tool_calls"]) == ("shop", "s1", 1)


async def test_answers_are_of_one_project_where_one_is_named(api: Api) -> None:
    await api.record(*TEAM)
    assert {each["project"] for each in (await api.get("/sessions"))["sessions"]} == {"shop", "ledger"}
    assert [each["session_id"] for each in (await api.get("/sessions", project="ledger"))["sessions"]] == ["s2"]
    assert (await api.get("/agents", project="nowhere"))["agents"] == []
    assert (await api.get("/files", project="ledger"))["files"] == []


async def test_a_session_is_shown_with_its_agents_files_and_calls(api: Api) -> None:
    await api.record(*TEAM)
    session = await api.get("/sessions/s1")
    assert session["session"]["agent"] == "pm"
    assert {each["agent_id"] for each in session["agents"]} == {"main", "qa"}
    assert [each["path"] for each in session["files"]] == ["cart.py"]
    assert [each["data"]["summary"] for each in session["tools"]] == ["pytest"]


async def test_a_session_of_two_projects_is_shown_as_each_has_it(api: Api) -> None:
    for project, tool in (("shop", "Bash"), ("blog", "Read")):
        call = {"tool": tool, "phase": "started", "tool_use_id": tool}
        await api.record({"type": "tool_use", "project": project, "session": "s", "data": call})
    for project, tool in (("shop", "Bash"), ("blog", "Read")):
        answer = await api.get("/sessions/s", project=project)
        assert answer["session"]["project"] == project
        assert [each["data"]["tool"] for each in answer["tools"]] == [tool]


@pytest.mark.parametrize("name", ['a"b', "a/b", "back\\", "a*", "nul\0", "è ü", "%2F", "a?b#c"])
async def test_a_session_may_have_any_name(api: Api, name: str) -> None:
    for session in (name, f"{name}2"):
        await api.record({"type": "tool_use", "session": session, "data": {"tool": session, "phase": "started"}})
    answer = await api.get(f"/sessions/{quote(name, safe='')}")
    assert answer["session"]["session_id"] == name
    assert [each["data"]["tool"] for each in answer["tools"]] == [name]


async def test_an_unknown_session_says_where_older_ones_are(api: Api) -> None:
    answer = await api.client.get("/sessions/nope")
    assert answer.status_code == 404
    assert "nope" in answer.json()["detail"]
    assert "/events" in answer.json()["detail"]


async def test_tools_tell_counts_and_the_slowest_calls(api: Api) -> None:
    await api.record(*TEAM)
    tools = await api.get("/tools")
    assert {(each.get("agent"), each.get("tool")) for each in tools["tools"]} >= {(None, "Bash"), ("qa", "Bash")}
    assert [(each["tool"], each["duration_ms"], each["seq"]) for each in tools["slowest"]] == [("Bash", 40.0, 4)]


async def test_figures_are_prometheus_text(api: Api) -> None:
    await api.record(*TEAM)
    api.beat("ingest", requests=150)
    answer = await api.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert "# TYPE lookout_ingest_requests_total counter" in lines
    assert 'lookout_ingest_requests_total{service="ingest",instance="one"} 150' in lines
    assert 'lookout_events_total{type="file_operation"} 1' in lines
    assert "lookout_log_last_seq 6" in lines


async def test_figures_can_be_switched_off(api: Api) -> None:
    known = api.known._replace(metrics=False)
    transport = httpx.ASGITransport(known_as(LOCAL, create_app(known, Demo(Settings()))))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 404
    assert "monitoring.metrics.enabled" in answer.json()["detail"]


async def test_a_parameter_that_is_not_known_is_refused_with_its_name(api: Api) -> None:
    for path, parameters, word in (
        ("/agents", {"projet": "shop"}, "projet"),
        ("/events", {"limit": "many"}, "limit"),
        ("/events", {"limit": "0"}, "limit"),
        ("/state", {"as_of": "3"}, "as_of"),
    ):
        answer = await api.client.get(path, params=parameters)
        assert answer.status_code == 400, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert word in answer.json()["detail"], answer.json()


async def test_another_path_and_another_method_are_refused_as_problems(api: Api) -> None:
    for method, path, status in (("GET", "/nothing", 404), ("POST", "/agents", 405)):
        answer = await api.client.request(method, path)
        assert answer.status_code == status
        assert answer.json()["status"] == status
