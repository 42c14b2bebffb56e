"""What the API answers about what was: the history of events, and the state at any position or time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.events import now
from tests.api.conftest import Api


def files(answer: Any) -> set[str]:
    return set(answer["state"]["projects"]["shop"]["files"])


def numbered(count: int, project: str = "shop") -> list[dict[str, Any]]:
    return [
        {
            "type": "file_operation",
            "project": project,
            "session": "s1",
            "data": {"file": f"src/file-{number}.py", "operation": "write", "size": number},
        }
        for number in range(count)
    ]


async def test_events_come_newest_first_and_page_by_page(api: Api) -> None:
    await api.record(*numbered(25))
    seqs: list[int] = []
    before = None
    while True:
        page = await api.get("/events", limit=10, **({} if before is None else {"before": before}))
        seqs += [each["seq"] for each in page["events"]]
        before = page.get("next")
        if before is None:
            break
    assert seqs == list(range(25, 0, -1))
    assert page["seq"] == 25


async def test_an_event_of_the_history_looks_like_one_on_the_websocket(api: Api) -> None:
    await api.record(*numbered(1))
    event = await api.get("/events/1")
    assert list(event)[:3] == ["event", "seq", "stored"]
    assert (event["event"], event["type"], event["specversion"]) == ("file_operation", "file_operation", "1.0")
    assert event["data"] == {"file": "src/file-0.py", "operation": "write", "size": 0}
    assert event["received"] <= event["stored"]
    assert (await api.get("/events"))["events"] == [event]


async def test_an_event_that_is_not_there_says_what_is(api: Api) -> None:
    await api.record(*numbered(3))
    answer = await api.client.get("/events/9")
    assert answer.status_code == 404
    assert "1 to 3" in answer.json()["detail"]
    assert (await api.client.get(f"/events/{10**30}")).status_code == 404


async def test_a_query_finds_and_a_wrong_one_says_where_it_is_wrong(api: Api) -> None:
    await api.record(*numbered(12))
    found = await api.get("/events", q='type:file_operation path~"file-1[01]"')
    assert [each["seq"] for each in found["events"]] == [12, 11]
    wrong = await api.client.get("/events", params={"q": "type:prompt nope:1"})
    assert wrong.status_code == 400
    assert (wrong.json()["start"], wrong.json()["end"]) == (12, 16)
    assert "nope" in wrong.json()["detail"]


async def test_a_histogram_counts_what_matches_by_time(api: Api) -> None:
    await api.record(*numbered(9))
    before = now() + timedelta(seconds=1)
    after = before - timedelta(minutes=1)
    found = await api.get(
        "/events/histogram", after=after.isoformat(), before=before.isoformat(), buckets=6, q="type:file_operation"
    )
    assert (len(found["counts"]), sum(found["counts"]), sum(found["errors"])) == (6, 9, 0)
    backwards = await api.client.get(
        "/events/histogram", params={"after": before.isoformat(), "before": after.isoformat()}
    )
    assert backwards.status_code == 400


async def test_a_histogram_may_end_where_time_begins(api: Api) -> None:
    answer = await api.client.get("/events/histogram", params={"before": "0001-01-01T00:00:00Z"})
    assert answer.status_code == 400
    assert "not before" in answer.json()["detail"]


async def test_the_state_is_shown_as_it_was_at_a_position_and_at_a_time(api: Api) -> None:
    await api.record(*numbered(3))
    between = now()
    await api.record(*numbered(6)[3:])
    now_ = await api.get("/state")
    assert (now_["seq"], len(files(now_))) == (6, 6)
    at_two = await api.get("/state", at=2)
    assert (at_two["seq"], files(at_two)) == (2, {"src/file-0.py", "src/file-1.py"})
    at_time = await api.get("/state", at=between.isoformat())
    assert (at_time["seq"], len(files(at_time))) == (3, 3)
    nothing = await api.get("/state", at=0)
    assert nothing["state"] == {"projects": {}}


async def test_the_state_of_one_project_is_of_that_alone(api: Api) -> None:
    await api.record(*numbered(1, "shop"), *numbered(1, "ledger"))
    assert (await api.get("/state", project="ledger"))["state"]["projects"].keys() == {"ledger"}


async def test_a_moment_that_is_none_is_refused(api: Api) -> None:
    for at, word in (("yesterday", "yesterday"), ("2026-11-24T10:00:00", "zone"), ("-1", "-1")):
        answer = await api.client.get("/state", params={"at": at})
        assert answer.status_code == 400
        assert word in answer.json()["detail"]


async def test_a_moment_that_was_dropped_is_gone(api: Api) -> None:
    await api.record(*numbered(20))
    api.known.projector._trim(11)
    answer = await api.client.get("/state", params={"at": 5})
    assert answer.status_code == 410
    assert answer.json()["first"] == 11
    assert len((await api.get("/state", at=15))["state"]["projects"]["shop"]["files"]) == 15
