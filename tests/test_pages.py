"""The small pages of services: what they answer to whom."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from services.pages import Pages


async def well() -> tuple[int, dict[str, bool]]:
    return 200, {"well": True}


async def ill() -> tuple[int, dict[str, bool]]:
    return 503, {"well": False}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    pages = Pages({"/well": well, "/ill": ill}, "Nothing is at {path}: go to /well.")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(pages), base_url="http://test") as client:
        yield client


async def test_a_page_is_told_as_json_with_its_status(client: httpx.AsyncClient) -> None:
    answers = [await client.get(path) for path in ("/well", "/ill")]
    assert [(each.status_code, each.json()) for each in answers] == [(200, {"well": True}), (503, {"well": False})]
    assert {each.headers["content-type"] for each in answers} == {"application/json"}


async def test_who_asks_for_the_head_alone_gets_no_body(client: httpx.AsyncClient) -> None:
    answer = await client.head("/well")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_another_path_is_told_where_to_go(client: httpx.AsyncClient) -> None:
    answer = await client.get("/{else}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["detail"] == "Nothing is at /{else}: go to /well."


async def test_another_method_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/well")).status_code == 405


async def test_what_is_no_request_is_left_unanswered() -> None:
    async def nothing() -> None:
        raise AssertionError("nothing is to be received")

    await Pages({}, "")({"type": "lifespan"}, nothing, lambda message: nothing())
