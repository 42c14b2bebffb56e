"""Who may read some projects only is answered as if there were no others."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.access import Grant, Identity
from tests.api.conftest import Api
from tests.conftest import known_as

SHOP = Identity("user", "ada", (Grant("viewer", "shop"), Grant("ingester", "Shop")))
BOTH = Identity("user", "bob", (Grant("viewer", "shop"), Grant("operator", "blog")))
PATHS = ["/agents", "/sessions", "/sessions/s-shop", "/files", "/tools", "/events", "/events/histogram", "/state"]


def call(project: str) -> list[dict[str, Any]]:
    place = {"project": project, "session": f"s-{project}"}
    data = {"agent_id": "main", "tool": f"Tool-{project}", "tool_use_id": project, "duration_ms": 5}
    return [
        {**place, "type": "agent_activity", "data": {"agent": f"agent-{project}", "action": "invoked"}},
        {**place, "type": "tool_use", "data": {**data, "phase": "finished"}},
        {**place, "type": "file_operation", "data": {"file": f"/src/{project}.py", "operation": "edit", "size": 1}},
    ]


@pytest.fixture
async def filled(api: Api) -> Api:
    # Projects that differ in case alone are two, though the query language takes them for one.
    for project in ("shop", "blog", "Shop"):
        await api.record(*call(project))
    return api


def seen_by(api: Api, who: Identity | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(known_as(who, api.app)), base_url="http://test")


@pytest.mark.parametrize("path", [*PATHS, "/status"])
async def test_no_answer_holds_anything_of_another_project(filled: Api, path: str) -> None:
    async with seen_by(filled, SHOP) as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    for other in ("blog", "Shop"):
        assert f'"{other}"' not in answer.text
        assert f"-{other}" not in answer.text
    if path not in ("/events/histogram", "/status"):
        assert "-shop" in answer.text


async def test_who_may_read_several_projects_gets_these(filled: Api) -> None:
    async with seen_by(filled, BOTH) as client:
        agents = (await client.get("/agents")).json()["agents"]
        state = (await client.get("/state?at=9")).json()["state"]
        events = (await client.get("/events")).json()["events"]
    assert {each["project"] for each in agents} == {"shop", "blog"} == state["projects"].keys()
    assert [each["seq"] for each in events] == [6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize("path", ["/agents", "/sessions", "/sessions/s-blog", "/files", "/tools", "/state"])
async def test_a_project_that_one_may_not_read_is_refused_by_its_name(filled: Api, path: str) -> None:
    async with seen_by(filled, SHOP) as client:
        refused = await client.get(path, params={"project": "blog"})
        assert (await client.get(path.replace("blog", "shop"), params={"project": "shop"})).status_code == 200
    assert refused.status_code == 403
    assert refused.json()["detail"] == "ada may not read the project blog: ask an admin for it."


@pytest.mark.parametrize("path", ["/sessions/s-blog", "/events/4", "/events/99"])
async def test_what_is_of_another_project_is_answered_as_if_it_were_not_there(filled: Api, path: str) -> None:
    async with seen_by(filled, SHOP) as client:
        assert (await client.get(path)).status_code == 404
        assert (await client.get("/events/1")).json()["project"] == "shop"


@pytest.mark.parametrize(
    ("query", "seqs"),
    [
        ("", [3, 2, 1]),
        ("project:blog", []),
        ("-project:blog", [3, 2, 1]),
        ("project:s*", [3, 2, 1]),
        ("project~.", [3, 2, 1]),
        ("tool-blog", []),
        ("tool-shop", [2]),
        ("path:/src/*", [3]),
        ("seq:4", []),
        ("-type:tool_use", [3, 1]),
    ],
)
async def test_a_search_finds_and_counts_only_what_one_may_read(filled: Api, query: str, seqs: list[int]) -> None:
    async with seen_by(filled, SHOP) as client:
        page = (await client.get("/events", params={"q": query})).json()
        counted = (await client.get("/events/histogram", params={"q": query, "buckets": 1})).json()
        pages = (await client.get("/events", params={"q": query, "limit": 1})).json()
    assert [each["seq"] for each in page["events"]] == seqs
    assert sum(counted["counts"]) == len(seqs)
    assert [each["seq"] for each in pages["events"]] == seqs[:1]


async def test_figures_count_only_what_one_may_read(filled: Api) -> None:
    async with seen_by(filled, SHOP) as client:
        assert (await client.get("/status")).json()["metrics"]["events"] == 3
        refused = await client.get("/metrics")
    assert refused.status_code == 403
    assert refused.json()["detail"].startswith("The figures are of all projects together: ada needs a role for every")


async def test_who_has_not_signed_in_is_told_the_status_alone(filled: Api) -> None:
    for who in (None, Identity("key", "k_1", (Grant("ingester"),))):
        async with seen_by(filled, who) as client:
            assert (await client.get("/health")).json().keys() == {"status"}
    async with seen_by(filled, SHOP) as client:
        assert (await client.get("/health")).json().keys() > {"status", "uptime", "connections"}


async def test_the_demo_is_for_who_may_change_every_project(filled: Api) -> None:
    async with seen_by(filled, BOTH) as client:
        refused = await client.post("/demo")
    assert refused.status_code == 403
    assert refused.json()["detail"].startswith("The demo plays into projects of its own: bob needs a role")
