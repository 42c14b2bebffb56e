from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest

from services.demo import play, request_body, script
from services.demo_claude import HOOKS
from services.demo_mpm import EVENTS
from services.demo_recording import Step
from services.emit import EmitError, NotRunning
from tests.freeports import free_ports
from tests.frontdoor import FrontDoor, Reply, front_door

SEEDS = [0, 1, 2**64 - 1]
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(params=SEEDS)
def steps(request: pytest.FixtureRequest) -> list[Step]:
    seed: int = request.param
    return script(seed)


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    with front_door() as door:
        yield door


def hooks(steps: list[Step], *names: str) -> list[tuple[float, dict[str, Any]]]:
    return [(step.at, step.body) for step in steps if step.body.get("hook_event_name") in names]


def status_lines(steps: list[Step]) -> list[tuple[float, dict[str, Any]]]:
    return [(step.at, step.body) for step in steps if "context_window" in step.body]


def ids(steps: list[Step]) -> set[str]:
    found = {body["session_id"] for _, body in hooks(steps, "PreToolUse")}
    found |= {body["tool_use_id"] for _, body in hooks(steps, "PreToolUse")}
    found |= {body["agent_id"] for _, body in hooks(steps, "SubagentStart")}
    return found | {step.body["data"]["session_id"] for step in steps if step.body.get("data", {}).get("session_id")}


def test_it_is_five_minutes_of_three_sessions_in_two_projects(steps: list[Step]) -> None:
    assert 400 <= len(steps) <= 800
    assert 240 <= steps[-1].at <= 360
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    sessions = {body["session_id"]: body["cwd"] for _, body in hooks(steps, "PreToolUse")}
    sessions |= {
        step.body["data"]["session_id"]: step.body["data"]["cwd"]
        for step in steps
        if step.path == EVENTS and "session_id" in step.body["data"]
    }
    assert sorted(cwd.rsplit("/")[-1] for cwd in sessions.values()) == ["ledger", "webshop", "webshop"]


def test_a_seed_is_one_play_and_two_seeds_share_no_id() -> None:
    assert script(7) == script(7)
    assert not ids(script(7)) & ids(script(8))


def test_every_call_ends_once_after_it_began_but_the_one_that_still_waits(steps: list[Step]) -> None:
    began = {body["tool_use_id"]: at for at, body in hooks(steps, "PreToolUse")}
    ended = {
        body["tool_use_id"]: at for at, body in hooks(steps, "PostToolUse", "PostToolUseFailure", "PermissionDenied")
    }
    assert len(began) == len(hooks(steps, "PreToolUse"))
    assert len(ended) == len(hooks(steps, "PostToolUse", "PostToolUseFailure", "PermissionDenied"))
    assert len(began.keys() - ended.keys()) == 1
    assert not ended.keys() - began.keys()
    assert all(ended[use] > began[use] for use in ended)


def test_every_agent_is_called_by_one_that_runs_and_acts_between_its_start_and_its_end(steps: list[Step]) -> None:
    starts = {body["agent_id"]: at for at, body in hooks(steps, "SubagentStart")}
    stops = {body["agent_id"]: at for at, body in hooks(steps, "SubagentStop")}
    assert starts.keys() == stops.keys()
    for at, body in hooks(steps, "PreToolUse", "PostToolUse", "PostToolUseFailure"):
        agent = body.get("agent_id")
        assert agent is None or starts[agent] <= at <= stops[agent]


def parents(steps: list[Step]) -> dict[str, str]:
    """agent_id -> the agent_id of its caller, as the call's own answer tells."""
    calls = [body for _, body in hooks(steps, "PostToolUse") if body["tool_name"] == "Agent"]
    return {body["tool_response"]["agentId"]: body.get("agent_id", "main") for body in calls}


def test_agents_call_agents_and_each_call_tells_which_it_became(steps: list[Step]) -> None:
    tree = parents(steps)
    assert tree.keys() == {body["agent_id"] for _, body in hooks(steps, "SubagentStart")}
    assert Counter(parent != "main" for parent in tree.values())[True] == 2
    types = [
        body["tool_input"]["subagent_type"] for _, body in hooks(steps, "PreToolUse") if body["tool_name"] == "Agent"
    ]
    assert sorted(types) == sorted(body["agent_type"] for _, body in hooks(steps, "SubagentStart"))


def test_agents_of_one_caller_run_at_the_same_time(steps: list[Step]) -> None:
    tree = parents(steps)
    starts = {body["agent_id"]: at for at, body in hooks(steps, "SubagentStart")}
    stops = {body["agent_id"]: at for at, body in hooks(steps, "SubagentStop")}
    session = {body["agent_id"]: body["session_id"] for _, body in hooks(steps, "SubagentStart")}
    together = [
        (one, other)
        for one, other in combinations(tree, 2)
        if (session[one], tree[one]) == (session[other], tree[other])
        and max(starts[one], starts[other]) < min(stops[one], stops[other])
    ]
    assert len(together) >= 5
    assert any(tree[one] != "main" for one, _ in together)


def test_one_agent_goes_on_in_the_background(steps: list[Step]) -> None:
    launched = {
        body["tool_response"]["agentId"]: at
        for at, body in hooks(steps, "PostToolUse")
        if body["tool_name"] == "Agent" and body["tool_response"]["status"] == "async_launched"
    }
    [(agent, answered)] = launched.items()
    [stopped] = [at for at, body in hooks(steps, "SubagentStop") if body["agent_id"] == agent]
    assert stopped > answered + 1


def test_two_agents_edit_one_file_within_a_minute(steps: list[Step]) -> None:
    edits = defaultdict(list)
    for at, body in hooks(steps, "PostToolUse"):
        if body["tool_name"] == "Edit":
            edits[body["tool_input"]["file_path"]].append((at, body["session_id"], body.get("agent_id", "main")))
    conflicts = {
        (file, one[1] == other[1])
        for file, found in edits.items()
        for one, other in combinations(found, 2)
        if one[1:] != other[1:] and abs(one[0] - other[0]) < 60
    }
    assert ("/home/dev/webshop/src/cart/pricing.py", False) in conflicts
    assert ("/home/dev/webshop/tests/conftest.py", True) in conflicts


def test_a_context_window_fills_past_95_percent_and_is_compacted(steps: list[Step]) -> None:
    [(compacted, body)] = hooks(steps, "PostCompact")
    share = [
        (at, line["context_window"]["used_percentage"] / 100)
        for at, line in status_lines(steps)
        if line["session_id"] == body["session_id"]
    ]
    before = [each for at, each in share if at < compacted]
    assert max(before) > 0.95
    assert before == sorted(before)
    assert next(each for at, each in share if at > compacted) < 0.25
    assert all(0 < each <= 1 for _, each in share)


def test_the_kinds_of_tokens_in_a_status_line_add_up(steps: list[Step]) -> None:
    for _, line in status_lines(steps):
        window = line["context_window"]
        usage = window["current_usage"]
        kinds = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
        assert sum(usage[kind] for kind in kinds) == window["total_input_tokens"]
        assert round(window["total_input_tokens"] * 100 / window["context_window_size"]) == window["used_percentage"]


def test_leave_is_waited_for_half_a_minute_in_silence_and_then_given(steps: list[Step]) -> None:
    asked, body = hooks(steps, "PermissionRequest")[0]
    mine = [step for step in steps if step.body.get("session_id") == body["session_id"] and step.at > asked]
    notified, answered = mine[0], mine[1]
    assert notified.body["notification_type"] == "permission_prompt"
    assert answered.body["hook_event_name"] == "PostToolUse"
    assert answered.body["tool_input"] == body["tool_input"]
    assert 30 <= answered.at - asked <= 40


def test_one_session_ends_and_one_still_waits_at_the_end(steps: list[Step]) -> None:
    [(_, ended)] = hooks(steps, "SessionEnd")
    assert steps[-1].body["hook_event_name"] == "Notification"
    assert steps[-1].body["session_id"] != ended["session_id"]
    asked, waiting = hooks(steps, "PermissionRequest")[-1]
    assert waiting["session_id"] == steps[-1].body["session_id"]
    assert asked < steps[-1].at


def test_tools_fail_are_denied_and_belong_to_servers_of_their_own(steps: list[Step]) -> None:
    failures = hooks(steps, "PostToolUseFailure")
    assert len({body["tool_name"] for _, body in failures}) >= 3
    assert all(body["error"] for _, body in failures)
    assert len(hooks(steps, "PermissionDenied")) == 1
    servers = {body["tool_name"].split("__")[1] for _, body in hooks(steps, "PreToolUse") if "__" in body["tool_name"]}
    assert servers == {"github", "postgres", "browser"}
    tools = {body["tool_name"] for _, body in hooks(steps, "PreToolUse")}
    assert tools >= {"Read", "Write", "Edit", "Bash", "Glob", "Grep", "WebFetch", "TodoWrite", "Agent"}


def test_claude_mpm_speaks_of_its_agents_in_pairs_and_names_no_session_once_a_turn(steps: list[Step]) -> None:
    told = [step.body["data"] for step in steps if step.path == EVENTS]
    count = Counter(event["subtype"] for event in told)
    assert count["subagent_start"] == count["subagent_stop"] == 5
    assert count["pre_tool"] == count["post_tool"]
    assert count["command_acknowledged"] == len([event for event in told if "session_id" not in event]) == 2


def test_claude_mpm_bodies_say_when_they_are_sent_and_hooks_stay_as_they_are() -> None:
    steps = script(0)
    hook = next(step for step in steps if step.path == HOOKS)
    mpm = next(step for step in steps if step.path == EVENTS)
    assert json.loads(request_body(hook, NOON)) == hook.body
    sent = json.loads(request_body(mpm, NOON))["data"]
    assert sent["timestamp"] == sent["data"]["timestamp"] == "2026-11-24T12:00:00+00:00"
    assert "timestamp" not in mpm.body["data"]


def test_a_play_sends_every_step_in_order_and_tells_how_far_it_is(
    door: FrontDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = script(3)
    assert play(steps, door.url, speed=1e6) == 0
    assert [request.path for request in door.requests] == [step.path for step in steps]
    assert [r.json for r in door.requests if r.path == HOOKS] == [step.body for step in steps if step.path == HOOKS]
    assert "x-lookout-project" not in door.requests[0].headers
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[-1] == f"{len(steps)}/{len(steps)}"


def test_a_play_keeps_to_its_time(door: FrontDoor) -> None:
    steps = [Step(at, HOOKS, {}) for at in (0.0, 2.0, 4.0)]
    began = datetime.now(UTC)
    play(steps, door.url, speed=10)
    assert 0.4 <= (datetime.now(UTC) - began).total_seconds() < 4


def test_a_play_can_go_into_one_project(door: FrontDoor) -> None:
    play(script(0)[:3], door.url, speed=1e6, headers={"X-Lookout-Project": "demo"})
    assert {request.headers["x-lookout-project"] for request in door.requests} == {"demo"}


def test_a_busy_lookout_gets_the_same_body_again(door: FrontDoor) -> None:
    door.replies = [Reply(204), Reply(503, {"detail": "later"}, {"Retry-After": "0"})]
    mpm = [step for step in script(0) if step.path == EVENTS][:3]
    play(mpm, door.url, speed=1e6)
    assert len(door.requests) == 4
    assert door.requests[1].body == door.requests[2].body


def test_a_refusal_or_nobody_there_ends_the_play(door: FrontDoor) -> None:
    door.default = Reply(400, {"detail": "No hook."})
    with pytest.raises(EmitError, match="No hook"):
        play(script(0), door.url, speed=1e6)
    assert len(door.requests) == 1
    with pytest.raises(NotRunning):
        play(script(0), f"http://127.0.0.1:{free_ports(1)[0]}", speed=1e6)
