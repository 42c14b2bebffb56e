"""Files: what was done to each, and conflicts."""

from __future__ import annotations

from typing import Any

import pytest

from services.api.projections.files import AGENTS_KEPT, FILES_KEPT
from services.events import FileOperation
from tests.api.projections.given import Event, by, given, shown


def touch(operation: Any, agent_id: str = "main", after: float = 1.0, file: str = "/a.py", **more: Any) -> Event:
    size = more.pop("size", 100)
    data = FileOperation(agent_id=agent_id, file=file, operation=operation, size=size, **more)
    return by(data, agent=agent_id, after=after)


def file(*happened: Event) -> dict[str, Any]:
    row: dict[str, Any] = shown(given(*happened), "files")["/a.py"]
    return row


def test_operations_are_counted_and_the_last_is_told() -> None:
    row = file(
        touch("read", size=1000),
        touch("edit", "a1", size=40, lines_added=3, lines_removed=1),
        touch("write", "a1", size=1200, lines_added=50),
        touch("read", size=1200),
    )
    assert (row["reads"], row["writes"], row["edits"], row["deletes"]) == (2, 1, 1, 0)
    assert (row["lines_added"], row["lines_removed"], row["size"]) == (53, 1, 1200)
    assert (row["operation"], row["agent"], row["agent_name"], row["seq"]) == ("read", "s1/main", "main", 4)
    assert row["agents"] == {
        "s1/main": {"operation": "read", "time": "2026-11-24T12:00:04Z"},
        "s1/a1": {"operation": "write", "time": "2026-11-24T12:00:03Z"},
    }


def test_a_deleted_file_has_no_size() -> None:
    assert file(touch("write"), touch("delete"))["size"] == 0


# Who did what -> whether it is a conflict, and of whom.
CONFLICTS: dict[str, tuple[list[Event], list[str] | None]] = {
    "two agents write within a minute": ([touch("write"), touch("edit", "a1", 60)], ["s1/main", "s1/a1"]),
    "two agents write, a minute and more apart": ([touch("write"), touch("edit", "a1", 60.1)], None),
    "one agent writes twice": ([touch("write"), touch("edit")], None),
    "one writes, the other reads": ([touch("write"), touch("read", "a1")], None),
    "a read in between changes nothing": (
        [touch("edit"), touch("read", "a2"), touch("edit", "a1")],
        ["s1/main", "s1/a1"],
    ),
    "three at once": ([touch("edit"), touch("edit", "a1"), touch("delete", "a2")], ["s1/main", "s1/a1", "s1/a2"]),
    "a later conflict is another one": (
        [touch("edit"), touch("edit", "a1"), touch("edit", "a2", 300), touch("edit", "a3")],
        ["s1/a2", "s1/a3"],
    ),
}


@pytest.mark.parametrize("case", CONFLICTS)
def test_conflict(case: str) -> None:
    happened, expected = CONFLICTS[case]
    conflict = file(*happened).get("conflict")
    assert (None if conflict is None else conflict["agents"]) == expected


def test_a_conflict_says_when_it_began_and_when_it_was_last_made_worse() -> None:
    conflict = file(touch("edit"), touch("edit", "a1", 9), touch("edit", "main", 20))["conflict"]
    assert (conflict["since"], conflict["last"]) == ("2026-11-24T12:00:01Z", "2026-11-24T12:00:30Z")


def test_the_files_least_recently_touched_make_room() -> None:
    state = given(
        *(touch("read", file=f"/{number}") for number in range(FILES_KEPT)),
        touch("edit", file="/0"),
        touch("read", file="/new"),
    )
    rows = shown(state, "files")
    assert 0.9 * FILES_KEPT <= len(rows) <= FILES_KEPT
    assert {"/0", "/new", f"/{FILES_KEPT - 1}"} <= rows.keys()
    assert "/1" not in rows


def test_the_agents_of_a_file_are_bounded() -> None:
    agents = file(*(touch("edit", f"a{number}") for number in range(AGENTS_KEPT + 5)))
    assert len(agents["agents"]) == AGENTS_KEPT
    assert "s1/a4" not in agents["agents"]
    assert len(agents["conflict"]["agents"]) <= AGENTS_KEPT
