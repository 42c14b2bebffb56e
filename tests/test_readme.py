"""Every command and every frame of the README, run as it stands there; only ports and folders are others."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from websockets.sync.client import connect

from services.settings import ROOT
from tests.freeports import free_block
from tests.stack import Stack, running_stack

README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines() if line]


def here(stack: Stack, text: str) -> str:
    return text.replace("localhost:5000", f"localhost:{stack.port}").replace("var/", f"{stack.data}/")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack() as stack:
        yield stack


def run(stack: Stack, command: str) -> str:
    done = subprocess.run(
        ["bash", "-c", here(stack, command)],
        cwd=ROOT,
        env=os.environ | {"LOOKOUT_PORT": str(stack.port), "LOOKOUT_DATA": str(stack.data)},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    return done.stdout


def test_every_command_is_run_by_a_test_of_this_file() -> None:
    known = {
        "make up",
        "make demo",
        "make test",
        "make faults",
        "make bench",
        "make needed",
        "claude --settings var/claude-code.json",
        "export CLAUDE_MPM_SERVER_PORT=5000 CLAUDE_MPM_SOCKETIO_PORT=5000",
    }
    others = [each for each in commands() if each.partition("    #")[0].rstrip() not in known]
    assert all(each.startswith(("curl ", ".venv/bin/lookout tail ")) for each in others), others


def test_make_up_starts_lookout_and_ctrl_c_stops_it(tmp_path: Path) -> None:
    port = free_block()
    up = subprocess.Popen(
        ["make", "up", f"PORT={port}"],
        cwd=ROOT,
        env=os.environ | {"LOOKOUT_DATA": str(tmp_path / "d")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    said = ""
    assert up.stdout is not None
    for line in up.stdout:
        said += line
        if "anything else" in line:
            break
    assert f"Lookout runs at http://localhost:{port}" in said
    os.killpg(up.pid, signal.SIGINT)
    rest = up.stdout.read()
    up.wait(60)
    up.stdout.close()
    assert "Stopping Lookout." in rest
    assert "Traceback" not in rest


def test_make_demo_plays_into_the_running_lookout(stack: Stack) -> None:
    run(stack, "make demo SPEED=60")
    assert len(stack.get("/agents")["agents"]) > 10


def test_make_test_is_what_ci_runs() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text()
    planned = subprocess.run(["make", "-n", "test"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "pytest" in planned


@pytest.mark.parametrize(
    ("target", "module", "test"),
    [
        ("faults", "tests.faults", "faults/test_kill.py"),
        ("bench", "tests.bench", "bench/test_short.py"),
        ("needed", "tests.faults.needed", "faults/test_needed.py"),
    ],
)
def test_what_proves_is_run_in_part_by_every_test_run(target: str, module: str, test: str) -> None:
    planned = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert module in planned
    assert (ROOT / "tests" / test).exists()


def test_what_the_readme_links_to_is_there() -> None:
    linked = re.findall(r"\]\(([^)]+)\)", README)
    assert "tests/bench/RESULTS.md" in linked
    assert all((ROOT / link).exists() for link in linked)


def test_make_help_lists_every_target_that_the_readme_names() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = {line.split()[0] for line in listed.splitlines()}
    assert targets >= {"up", "run-dashboard", "demo", "test", "check", "clean"}
    assert targets >= {"soak", "budgets"}
    assert targets >= {command.split()[1] for command in commands() if command.startswith("make ")}


def test_the_hooks_of_claude_code_reach_lookout(stack: Stack) -> None:
    assert "claude --settings var/claude-code.json" in commands()
    hooks = json.loads((stack.data / "claude-code.json").read_text())["hooks"]
    said = json.dumps({"hook_event_name": "SessionStart", "session_id": "from-hook", "cwd": "/x/hooked"})
    start = hooks["SessionStart"][0]["hooks"][0]["command"]
    answer = subprocess.run(["bash", "-c", start], input=said, capture_output=True, text=True, check=True)
    assert answer.stdout == ""
    assert hooks["Stop"][0]["hooks"][0]["url"] == f"{stack.url}/hooks/claude-code"
    stack.until("/sessions", lambda answer: any(each["session_id"] == "from-hook" for each in answer["sessions"]))


def test_a_status_line_that_tees_reaches_lookout(stack: Stack) -> None:
    [tee] = re.findall(r"`(tee .*)`", README)
    said = {"session_id": "from-status", "model": {"id": "m"}, "context_window": {"context_window_size": 100}}
    run(stack, f"echo {shlex.quote(json.dumps(said))} | {tee} >/dev/null; sleep 0.5")
    stack.until("/sessions", lambda answer: any(each["session_id"] == "from-status" for each in answer["sessions"]))


def test_the_variables_of_claude_mpm_are_those_that_lookout_up_prints(stack: Stack) -> None:
    [line] = [each for each in commands() if each.startswith("export ")]
    assert line.replace("5000", str(stack.port)) in stack.said


def test_every_curl_command_is_answered(stack: Stack) -> None:
    for command in commands():
        if command.startswith("curl "):
            answer = json.loads(run(stack, command.partition("    #")[0].replace("curl ", "curl -sSf ", 1)))
            assert answer


def test_the_promised_answers_have_their_keys_and_kinds(stack: Stack) -> None:
    health, status, agents = (stack.get(path) for path in ("/health", "/status", "/agents"))
    assert (type(health["status"]), type(health["uptime"]), type(health["connections"])) == (str, int, int)
    words = {"healthy", "degraded", "unhealthy", "unknown"}
    assert {status["agents"], status["mcp_gateway"], status["websocket"]} <= words
    assert type(status["metrics"]["active_agents"]) is int
    assert type(status["metrics"]["total_requests"]) is int
    for agent in agents["agents"]:
        assert (type(agent["name"]), type(agent["status"]), type(agent["invocations"])) == (str, str, int)


def test_emit_from_python_stores_an_event(stack: Stack) -> None:
    [block] = blocks("python")
    subprocess.run(
        [sys.executable, "-c", block], cwd=ROOT, env=os.environ | {"LOOKOUT_URL": stack.url}, check=True, timeout=30
    )
    stack.until("/events?q=type:custom_event", lambda answer: answer["events"][0]["data"] == {"message": "Custom data"})


def test_tail_prints_what_matches(stack: Stack) -> None:
    [command] = [each for each in commands() if each.startswith(".venv/bin/lookout tail ")]
    event = {
        "type": "tool_use",
        "agent": "engineer-7",
        "data": {"tool": "Bash", "phase": "failed"},
        "project": "tailed",
    }
    assert stack.post("/events", event).status == 202
    stack.until("/events?q=project:tailed", lambda answer: len(answer["events"]) == 1)
    printed = run(stack, f"timeout 3 {command} -n 5 || [ $? = 124 ]")
    assert "engineer-7" in printed


@pytest.mark.parametrize("path", ["/ws", "/socket.io"])
def test_the_websocket_speaks_the_frames_that_were_promised(stack: Stack, path: str) -> None:
    asked, told = (block.splitlines() for block in blocks("json"))
    with connect(f"ws://localhost:{stack.port}{path}") as socket:
        for frame in asked:
            socket.send(frame)
        heard = [json.loads(socket.recv(10)) for _ in range(3)]
        assert {"hello", "subscribed", "state"} == {each["event"] for each in heard}
        socket.send('{"event": "subscribe", "data": {"events": ["*"], "project": "promised"}}')
        assert json.loads(socket.recv(10))["event"] == "subscribed"
        for frame in map(json.loads, told):
            event = {"type": frame["event"], "data": frame["data"], "project": "promised"}
            assert stack.post("/events", event).status == 202
            received = json.loads(socket.recv(10))
            assert received["event"] == frame["event"]
            assert received["seq"] > 0
            assert frame["data"].items() <= received["data"].items()


def test_a_client_resumes_as_the_readme_says(stack: Stack) -> None:
    with connect(stack.websocket) as socket:
        hello = json.loads(socket.recv(10))["data"]
    for number in range(3):
        stack.post("/events", {"type": "missed", "data": {"n": number}, "project": "resumed"})
    with connect(stack.websocket) as socket:
        socket.recv(10)
        since = {"epoch": hello["epoch"], "seq": hello["seq"]}
        socket.send(json.dumps({"event": "subscribe", "data": {"events": ["missed"], "since": since}}))
        assert json.loads(socket.recv(10))["data"]["recovered"] is True
        assert [json.loads(socket.recv(10))["data"]["n"] for _ in range(3)] == [0, 1, 2]


def test_the_settings_of_the_readme_are_valid(stack: Stack, tmp_path: Path) -> None:
    for number, block in enumerate(blocks("yaml")):
        file = tmp_path / f"{number}.yaml"
        file.write_text(block)
        assert yaml.safe_load(block)
        assert stack.cli("config", "validate", str(file)).returncode == 0


def test_it_is_at_most_150_lines() -> None:
    assert len(README.splitlines()) <= 150


def test_the_pictures_that_it_shows_are_there() -> None:
    pictures = re.findall(r"!\[.+\]\((.+)\)", README)
    assert len(pictures) == 2
    for picture in pictures:
        assert (ROOT / picture).stat().st_size < 200_000
