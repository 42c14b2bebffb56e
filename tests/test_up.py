"""`lookout up` as a person meets it: it says what it does, refuses clearly, and leaves nothing behind."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import subprocess
import termios
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from services.configuration import load
from services.running import processes_of
from services.up import environment
from tests.freeports import free_block
from tests.stack import BIN, PROCESSES, Stack, running_stack


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack() as stack:
        yield stack


def up(**variables: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LOOKOUT_")}
    return subprocess.run(
        [BIN / "lookout", "up"], env=inherited | variables, capture_output=True, text=True, timeout=60, check=False
    )


def test_it_says_where_the_page_is_and_how_to_connect_an_agent(stack: Stack) -> None:
    assert f"Lookout runs at {stack.url}" in stack.said
    assert f"claude --settings {stack.data}/claude-code.json" in stack.said
    assert f"export CLAUDE_MPM_SERVER_PORT={stack.port}" in stack.said
    assert f"curl {stack.url}/events" in stack.said


def test_the_hooks_that_it_writes_are_for_its_port(stack: Stack) -> None:
    hooks = json.loads((stack.data / "claude-code.json").read_text())["hooks"]
    assert hooks["PreToolUse"][0]["hooks"][0]["url"] == f"{stack.url}/hooks/claude-code"
    # Claude Code does not send these two over http.
    for event in ("SessionStart", "Setup"):
        assert hooks[event][0]["hooks"][0]["type"] == "command"
        assert f"{stack.url}/hooks/claude-code" in hooks[event][0]["hooks"][0]["command"]
    # A hook there would have to create the worktree.
    assert "WorktreeCreate" not in hooks


def test_a_second_one_on_the_same_data_is_refused(stack: Stack) -> None:
    refused = up(LOOKOUT_DATA=str(stack.data), LOOKOUT_PORT=str(free_block()))
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert refused.stderr.startswith(f"Lookout already runs on {stack.data} (process ")
    assert stack.url in refused.stderr


def test_a_port_that_is_taken_is_named_with_who_holds_it_and_what_to_do(stack: Stack, tmp_path: Path) -> None:
    refused = up(LOOKOUT_DATA=str(tmp_path / "data"), LOOKOUT_PORT=str(stack.port))
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Port {stack.port} is taken by caddy (process {stack.pid('gateway')})")
    assert "make up PORT=" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_another_address_than_this_machine_is_refused(tmp_path: Path) -> None:
    refused = up(LOOKOUT_DATA=str(tmp_path / "data"), LOOKOUT_HOST="0.0.0.0")
    assert refused.returncode == 2
    assert "0.0.0.0" in refused.stderr
    assert "localhost" in refused.stderr


def test_nothing_is_started_where_monitoring_is_switched_off(tmp_path: Path) -> None:
    configuration = tmp_path / "configuration.yaml"
    configuration.write_text("monitoring:\n  enabled: false\n")
    answer = up(LOOKOUT_DATA=str(tmp_path / "data"), LOOKOUT_CONFIG=str(configuration))
    assert (answer.returncode, answer.stderr) == (0, "monitoring.enabled is false, so nothing was started.\n")
    assert not (tmp_path / "data").exists()


def test_two_stacks_run_side_by_side(stack: Stack) -> None:
    with running_stack() as other:
        assert other.post("/events", {"type": "only_here"}).status == 202
        other.until("/events?q=type:only_here", lambda answer: len(answer["events"]) == 1)
        assert stack.get("/events?q=type:only_here")["events"] == []


def test_every_port_is_on_this_machine_alone(stack: Stack) -> None:
    pids = {stack.pid(process) for process in PROCESSES}
    addresses = {
        connection.laddr.ip  # type: ignore[union-attr]
        for connection in psutil.net_connections("tcp")
        if connection.pid in pids and connection.status == psutil.CONN_LISTEN
    }
    assert "127.0.0.1" in addresses
    assert addresses <= {"127.0.0.1", "::1"}


def test_a_page_of_the_web_does_not_get_past_the_gateway_by_a_services_own_port(stack: Stack) -> None:
    for service in ("ingest", "stream", "api"):
        address = f"http://127.0.0.1:{load({'LOOKOUT_PORT': str(stack.port)}).internal_port(service)}/events"
        assert httpx.post(address, json={"type": "evil"}, headers={"origin": "http://evil.example"}).status_code == 403
        assert httpx.get(address, headers={"host": "evil.example"}).status_code == 403


def test_what_shows_events_yields_the_processor_to_what_takes_them_in(stack: Stack) -> None:
    assert psutil.Process(stack.pid("api")).nice() > psutil.Process(stack.pid("ingest")).nice()


def test_what_is_secret_is_for_its_owner_alone_and_in_no_log(stack: Stack) -> None:
    assert stack.data.stat().st_mode & 0o077 == 0
    assert (stack.data / "secrets.json").stat().st_mode & 0o777 == 0o600
    secrets = json.loads((stack.data / "secrets.json").read_text()).values()
    for log in (stack.data / "log").iterdir():
        text = log.read_text(errors="replace")
        assert not any(secret in text for secret in secrets), log


def test_everything_stops_with_ctrl_c_and_is_still_there_after_a_start(tmp_path: Path) -> None:
    with running_stack() as stack:
        position = stack.post("/events", {"type": "kept", "data": {"n": 1}}).json["events"][0]["seq"]
        stack.until("/health", lambda health: health["seq"] >= position)
        before = stack.get(f"/state?at={position}")
        pids = [stack.pid(process) for process in PROCESSES]
        assert stack.stop() == 0
        assert not any(psutil.pid_exists(pid) for pid in pids)
        assert all(port not in _listening() for port in range(stack.port, stack.port + 5))
        stack.start()
        assert stack.get(f"/events/{position}")["data"] == {"n": 1}
        assert stack.get(f"/state?at={position}") == before


def test_a_data_folder_that_is_open_to_others_is_filled_for_its_owner_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    stack = Stack(data, free_block(), {})
    stack.start()
    stack.stop()
    assert [path for path in data.rglob("*") if path.stat().st_mode & 0o077] == []


def test_whoever_asks_twice_leaves_nothing_behind_either(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "data", free_block(), {})
    started = stack.start()
    for number in (signal.SIGINT, signal.SIGINT, signal.SIGHUP):
        started.send_signal(number)
    assert stack.stop() == 0
    assert processes_of(stack.data) == {}


def test_whoever_stops_it_while_it_starts_leaves_nothing_behind(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "data", free_block(), {})
    for number in (signal.SIGINT, signal.SIGTERM):
        started = subprocess.Popen([BIN / "lookout", "up"], env=stack.environment, stderr=subprocess.DEVNULL)
        while not (stack.data / "claude-code.json").exists():
            assert started.poll() is None
        started.send_signal(number)
        started.wait(60)
        assert processes_of(stack.data) == {}
        (stack.data / "claude-code.json").unlink()


def test_it_fails_where_it_is_said_not_to_answer(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "data", free_block(), {})
    stack.start().send_signal(signal.SIGUSR1)
    assert stack.stop() == 1
    assert processes_of(stack.data) == {}


@pytest.mark.parametrize("command", [["make", "--silent", "up"], [str(BIN / "lookout"), "up"]], ids=["make", "lookout"])
def test_a_terminal_that_is_closed_takes_everything_with_it(tmp_path: Path, command: list[str]) -> None:
    port = free_block()
    terminal, inside = pty.openpty()
    started = subprocess.Popen(
        command,
        env=os.environ | {"LOOKOUT_DATA": str(tmp_path), "LOOKOUT_PORT": str(port)},
        stdin=inside,
        stdout=inside,
        stderr=inside,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(inside)
    said = b""
    while b"anything else" not in said:
        said += os.read(terminal, 4096)
    assert len(processes_of(tmp_path)) == 1 + len(PROCESSES)
    os.close(terminal)
    started.wait(60)
    assert processes_of(tmp_path) == {}


def test_what_a_killed_lookout_has_left_running_is_ended_by_the_next_one(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "data", free_block(), {})
    started = stack.start()
    position = stack.post("/events", {"type": "kept"}).json["events"][0]["seq"]
    started.kill()
    stack.stop()
    assert len(processes_of(stack.data)) == len(PROCESSES)
    stack.start()
    assert "Ending what a Lookout that was killed has left running." in stack.said
    assert stack.get(f"/events/{position}")["event"] == "kept"
    assert stack.stop() == 0
    assert processes_of(stack.data) == {}


def test_a_process_that_is_told_to_end_is_started_again(stack: Stack) -> None:
    for process in PROCESSES:
        stack.kill(process, signal.SIGTERM)
    stack.until("/health", lambda health: health["status"] == "healthy")


def _listening() -> set[int]:
    return {
        connection.laddr.port  # type: ignore[union-attr]
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }


def test_internal_ports_follow_the_public_one(tmp_path: Path) -> None:
    variables = environment(load({"LOOKOUT_PORT": "6000", "LOOKOUT_DATA": str(tmp_path)}), None, {})
    assert variables["GATEWAY_PORT"] == "6000"
    assert variables["GATEWAY_INGEST"] == "127.0.0.1:6001"
