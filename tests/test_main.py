from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from websockets.sync.server import ServerConnection

from services.settings import ROOT
from tests.conftest import BIN
from tests.freeports import free_ports
from tests.frontdoor import FrontDoor, Reply, front_door
from tests.scriptedrelay import Relay, event, relay

HEAVY = {"asyncio", "msgspec", "nats", "psutil", "quart", "ssl", "websockets", "yaml"}


class Shell:
    """Runs `lookout` in a folder of its own, without any setting of the one who runs the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("LOOKOUT_")}

    def __call__(self, *arguments: str, input: str = "", **variables: str) -> subprocess.CompletedProcess[str]:  # noqa: A002
        return subprocess.run(
            [BIN / "lookout", *arguments],
            cwd=self.folder,
            env=self.environment | variables,
            input=input,
            capture_output=True,
            text=True,
            timeout=30,
        )

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [BIN / "lookout", *arguments],
            cwd=self.folder,
            env=self.environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def lookout(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    with front_door() as door:
        yield door


def loaded(*arguments: str) -> set[str]:
    """The modules that are loaded when a command has run."""
    source = f"""
import json, sys
from services.__main__ import main
sys.argv = {["lookout", *arguments]!r}
main()
print(json.dumps([name for name in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [["--help"], ["tail", "--help"], ["emit", "tick", "-d", "no JSON"]])
def test_help_and_emit_load_nothing_heavy(arguments: list[str]) -> None:
    assert not loaded(*arguments) & HEAVY


def test_help_shows_examples_first_and_not_what_is_ours_alone(lookout: Shell) -> None:
    told = lookout("--help")
    assert told.returncode == 0
    assert told.stdout.index("Examples:") < told.stdout.index("Options:") < told.stdout.index("Commands:")
    commands = told.stdout.split("Commands:\n")[1].splitlines()
    names = "backup config demo emit forward key redact rekey restore status subscriber tail up user"
    assert [line.split()[0] for line in commands] == names.split()


COMMANDS = "up status tail emit demo forward config redact rekey backup restore subscriber"


@pytest.mark.parametrize("command", COMMANDS.split())
def test_every_command_has_examples(lookout: Shell, command: str) -> None:
    told = lookout(command, "--help").stdout
    assert told.index("Examples:") < told.index("Options:")
    assert f"lookout {command}" in told.split("Examples:")[1]


def test_wrong_use_is_one_line_with_where_to_look_and_exit_code_2(lookout: Shell) -> None:
    done = lookout("emit", "--foo")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "lookout: No such option '--foo'. See `lookout emit --help`.\n"
    assert lookout("dance").returncode == 2
    assert lookout("tail", "--since", "5", "-n", "5").returncode == 2
    assert lookout("demo", "--speed", "0").returncode == 2
    assert lookout("demo", "--project", "größe").returncode == 2


def test_without_a_command_help_is_shown_on_stderr(lookout: Shell) -> None:
    done = lookout()
    assert (done.returncode, done.stdout) == (2, "")
    assert "Examples:" in done.stderr


STORED = Reply(202, {"events": [{"id": "x", "seq": 42}]})


@pytest.mark.parametrize("data", ['{"n": 1}', "-", "@data.json"])
def test_emit_takes_data_as_an_argument_from_stdin_or_a_file_and_prints_the_position(
    lookout: Shell, door: FrontDoor, data: str
) -> None:
    door.default = STORED
    (lookout.folder / "data.json").write_text('{"n": 1}')
    done = lookout("emit", "tick", "-d", data, "--project", "shop", input='{"n": 1}', LOOKOUT_URL=door.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "42\n", "")
    [request] = door.requests
    assert (request.json["type"], request.json["data"], request.json["project"]) == ("tick", {"n": 1}, "shop")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [("[1]", "no JSON object"), ("{", "not JSON"), ("@missing.json", "missing.json cannot be read: No such file")],
)
def test_emit_names_data_that_is_wrong(lookout: Shell, data: str, sentence: str) -> None:
    done = lookout("emit", "tick", "-d", data)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_emit_tells_a_refusal_from_nobody_there(lookout: Shell, door: FrontDoor) -> None:
    door.default = Reply(400, {"detail": "state is the name of a control frame."})
    refused = lookout("emit", "state", LOOKOUT_URL=door.url)
    assert refused.returncode == 1
    assert refused.stderr.endswith("refused it (400): state is the name of a control frame.\n")
    alone = lookout("emit", "tick", LOOKOUT_PORT=str(free_ports(1)[0]))
    assert alone.returncode == 3
    assert "start it with `lookout up`" in alone.stderr


def test_the_port_of_the_file_is_where_commands_go(lookout: Shell, door: FrontDoor) -> None:
    door.default = STORED
    port = door.url.rsplit(":", 1)[1]
    (lookout.folder / "configuration.yaml").write_text(f"monitoring: {{port: {port}}}")
    assert lookout("emit", "tick").stdout == "42\n"


def test_a_wrong_setting_is_one_line_and_exit_code_2(lookout: Shell) -> None:
    (lookout.folder / "configuration.yaml").write_text("monitoring: {prt: 1}")
    for command in (["up"], ["status"], ["emit", "tick"], ["config", "show"], ["config", "validate"], ["run", "api"]):
        done = lookout(*command)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("lookout: configuration.yaml: monitoring.prt is no setting; ")
        assert len(done.stderr.splitlines()) == 1


def test_config_show_is_yaml_that_says_where_each_value_comes_from(lookout: Shell) -> None:
    (lookout.folder / "configuration.yaml").write_text("log: {max_age_days: 7}\nmonitoring: {port: 5001}")
    shown = lookout("config", "show", "--port", "5002", LOOKOUT_DATA="elsewhere").stdout
    settings = yaml.safe_load(shown)
    assert (settings["monitoring"]["port"], settings["log"]["max_age_days"], settings["data"]) == (
        5002,
        7.0,
        "elsewhere",
    )
    origins = {line.split(":")[0].strip(): line.split("# ")[1] for line in shown.splitlines() if "#" in line}
    assert origins["port"] == "--port"
    assert origins["max_age_days"] == "configuration.yaml"
    assert origins["data"] == "LOOKOUT_DATA"
    assert origins["host"] == "default"


def test_what_config_show_prints_is_a_valid_file(lookout: Shell) -> None:
    (lookout.folder / "shown.yaml").write_text(lookout("config", "show").stdout)
    done = lookout("config", "validate", "shown.yaml")
    assert (done.returncode, done.stdout) == (0, "shown.yaml: ok\n")


def test_config_validate_says_what_it_checked(lookout: Shell) -> None:
    assert lookout("config", "validate").stdout == "ok, with defaults: there is no configuration.yaml\n"
    assert lookout("config", "validate", "missing.yaml").returncode == 2
    assert lookout("config", "validate", LOOKOUT_PORT="x").returncode == 2


def test_status_ends_with_3_where_nothing_runs(lookout: Shell) -> None:
    done = lookout("status", LOOKOUT_PORT=str(free_ports(1)[0]))
    assert (done.returncode, done.stdout) == (3, "")


def test_status_ends_with_4_where_it_is_not_healthy(lookout: Shell, door: FrontDoor) -> None:
    metrics = {"active_agents": 5, "total_requests": 150}
    words = {"agents": "healthy", "mcp_gateway": "unknown", "websocket": "healthy"}
    door.paths = {
        "/health": Reply(200, {"status": "unhealthy", "uptime": 1, "connections": 0}),
        "/status": Reply(200, words | {"metrics": metrics}),
    }
    done = lookout("status", "--json", LOOKOUT_URL=door.url)
    assert done.returncode == 4
    assert json.loads(done.stdout)["status"]["metrics"] == metrics


def endless(server: Relay, socket: ServerConnection) -> None:
    server.greet(socket)
    for seq in range(11, 100_000):
        server.send(socket, event(seq, text="x" * 1000))


def test_tail_ends_in_peace_when_its_reader_has_seen_enough(lookout: Shell) -> None:
    with relay(endless) as server, lookout.start("tail", "--json", LOOKOUT_URL=server.url) as tail:
        assert tail.stdout
        assert tail.stderr
        assert json.loads(tail.stdout.readline())["seq"] == 11
        tail.stdout.close()
        assert tail.wait(20) == 0
        assert tail.stderr.read() == ""


def test_an_interrupted_tail_ends_with_130(lookout: Shell) -> None:
    def script(server: Relay, socket: ServerConnection) -> None:
        server.greet(socket)
        server.send(socket, event(11))
        socket.recv()

    with relay(script) as server, lookout.start("tail", LOOKOUT_URL=server.url) as tail:
        assert tail.stdout
        assert tail.stderr
        assert tail.stdout.readline().endswith(" deploy             {}\n")
        # As a person does who sees nothing happen: a signal within a destructor is lost (Python says it ignores it).
        while tail.poll() is None:
            tail.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                tail.wait(2)
        assert tail.returncode == 130
        assert "Traceback" not in tail.stderr.read()


def test_tail_filters_and_begins_with_the_newest(lookout: Shell) -> None:
    answered: dict[str, Any] = {"events": [event(9, n=2), event(7, n=1)], "seq": 10}

    def history(socket: ServerConnection, request: Any) -> Any:
        if request.path.startswith("/events?q=agent%3Aqa+-is%3Aerror&limit=2"):
            return socket.respond(200, json.dumps(answered))
        return None

    def script(server: Relay, socket: ServerConnection) -> None:
        server.greet(socket)
        server.send(socket, event(11, n=3), event(12, n=4, level="error"))
        socket.close(4400, "enough")

    arguments = ("tail", "-n", "2", "--json", "agent:qa", "-is:error")
    for each in answered["events"]:
        each["agent"] = "qa"
    with relay(script, process_request=history) as server:
        done = lookout(*arguments, LOOKOUT_URL=server.url)
    assert done.returncode == 1
    assert [json.loads(line)["data"]["n"] for line in done.stdout.splitlines()] == [1, 2]
    assert done.stderr.endswith("(4400): enough\n")
    assert server.heard[0]["data"]["since"] == {"epoch": "one", "seq": 10}


def test_tail_shows_what_is_wrong_with_a_filter(lookout: Shell) -> None:
    done = lookout("tail", "colour:red")
    assert done.returncode == 2
    assert done.stderr.startswith("lookout: There is no field colour; ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "query", "count"),
    [
        (["-n", "3", "-session:3f", "-pending"], "-session%3A3f+-pending", 3),
        (["-agent:qa", "type:alert", "-n3"], "type%3Aalert+-agent%3Aqa", 3),
        (["-n", "3", "--", "-n"], "-n", 3),
    ],
)
def test_tail_takes_terms_that_are_turned_round(
    lookout: Shell, door: FrontDoor, arguments: list[str], query: str, count: int
) -> None:
    lookout("tail", *arguments, LOOKOUT_URL=door.url)
    assert door.requests[0].path == f"/events?q={query}&limit={count}"


def test_demo_plays_into_one_project_and_talks_on_stderr_only(lookout: Shell, door: FrontDoor) -> None:
    done = lookout("demo", "--speed", "100000", "--project", "demo", LOOKOUT_URL=door.url)
    assert (done.returncode, done.stdout) == (0, "")
    assert len(door.requests) > 400
    assert {request.headers["x-lookout-project"] for request in door.requests} == {"demo"}
    assert lookout("demo", LOOKOUT_PORT=str(free_ports(1)[0])).returncode == 3


def test_two_demos_are_of_different_sessions(lookout: Shell, door: FrontDoor) -> None:
    for _ in range(2):
        lookout("demo", "--speed", "100000", LOOKOUT_URL=door.url)
    bodies = [request.json for request in door.requests]
    assert len({body["session_id"] for body in bodies if "session_id" in body}) == 4


def test_a_service_that_cannot_begin_has_a_traceback_in_its_log_and_exit_code_1(lookout: Shell) -> None:
    done = lookout("run", "ingest", LOOKOUT_DATA=str(lookout.folder / "missing"))
    assert (done.returncode, done.stderr) == (1, "")
    assert "Traceback" in done.stdout
