"""The commands of a machine that has a key, against a team's Lookout over TLS."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from services.emit import EmitError, credential
from tests.conftest import BIN
from tests.stack import Stack, team_stack


@pytest.fixture(scope="module")
def team() -> Iterator[Stack]:
    with team_stack() as stack:
        yield stack


class Machine:
    """Another machine: it knows the address, the root certificate and a key, and has no data folder."""

    def __init__(self, team: Stack, folder: Path, *role: str) -> None:
        made = team.cli("key", "create", *role)
        self.key = made.stdout.strip()
        own = {name: value for name, value in os.environ.items() if not name.startswith("LOOKOUT_")}
        self.environment = own | {"LOOKOUT_URL": team.url, "LOOKOUT_KEY": self.key, "SSL_CERT_FILE": str(team.root)}
        self.folder = folder

    def start(self, *arguments: str, **changes: str) -> subprocess.Popen[str]:
        environment = {name: value for name, value in (self.environment | changes).items() if value}
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [BIN / "lookout", *arguments], cwd=self.folder, env=environment, stdout=pipe, stderr=pipe, text=True
        )

    def run(self, *arguments: str, **changes: str) -> tuple[int, str, str]:
        process = self.start(*arguments, **changes)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err


@pytest.fixture(scope="module")
def sender(team: Stack, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(team, tmp_path_factory.mktemp("sender"), "--ingest", "--project", "shop")


@pytest.fixture(scope="module")
def reader(team: Stack, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(team, tmp_path_factory.mktemp("reader"), "--read")


def test_emit_sends_and_tail_and_status_read_with_the_key(sender: Machine, reader: Machine) -> None:
    code, seq, err = sender.run("emit", "deploy", "-d", '{"to": "production"}')
    assert (code, err) == (0, "")
    following = reader.start("tail", "--json", "--since", str(int(seq) - 1), "type:deploy")
    assert following.stdout is not None
    event: dict[str, Any] = json.loads(following.stdout.readline())
    following.send_signal(signal.SIGINT)
    following.communicate(timeout=10)
    assert (event["seq"], event["project"], event["data"]) == (int(seq), "shop", {"to": "production"})
    code, out, _ = reader.run("status")
    assert code == 0
    assert "is healthy" in out


@pytest.mark.parametrize("command", [["emit", "x"], ["status"], ["tail"], ["tail", "-n", "1"]])
def test_without_a_key_or_with_one_that_may_not_a_sentence_says_so(
    sender: Machine, reader: Machine, command: list[str]
) -> None:
    code, _, err = sender.run(*command, LOOKOUT_KEY="")
    assert code == 1
    assert err.count("\n") == 1
    assert "(401)" in err
    assert "set LOOKOUT_KEY to a machine key" in err
    wrong = reader if command[0] == "emit" else sender
    code, _, err = wrong.run(*command)
    assert code == 1
    assert "(403)" in err
    assert "ask an admin for another role" in err


@pytest.mark.parametrize("command", [["emit", "x"], ["status"], ["tail"]])
def test_a_certificate_that_is_not_trusted_is_named_with_what_to_set(reader: Machine, command: list[str]) -> None:
    code, _, err = reader.run(*command, SSL_CERT_FILE="")
    assert code == 1
    assert "is not trusted" in err
    assert "set SSL_CERT_FILE to the root certificate" in err


def test_the_demo_is_played_by_a_key_that_is_gone_afterwards(team: Stack, reader: Machine) -> None:
    made = team.cli("key", "create", "--operate").stdout.strip()
    operator = {"authorization": f"Bearer {made}"}
    first, second = (team.request("POST", "/demo", b"", operator) for _ in range(2))
    assert (first.status, second.status) == (202, 409)
    assert "demo" in team.cli("key", "list").stdout
    team.until("/health", lambda _: len(team.request("GET", "/agents", None, operator).json["agents"]) > 3)
    # However it ends.
    [playing] = psutil.Process(team.pid("api")).children()
    playing.terminate()
    team.until("/health", lambda _: "demo" not in team.cli("key", "list").stdout, 60)
    assert "Traceback" not in team.log("api")


def test_a_key_is_never_sent_where_everyone_on_the_way_could_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKOUT_KEY", "lk_read_x")
    for scheme, host in (("https", "monitor.example.com"), ("http", "127.0.0.1"), ("http", "localhost")):
        assert credential(scheme, host) == {"Authorization": "Bearer lk_read_x"}
    with pytest.raises(EmitError, match="is not sent to monitor"):
        credential("http", "monitor.example.com")
    monkeypatch.setenv("LOOKOUT_KEY", "lk_read_x\r\nX-Evil: 1")
    with pytest.raises(EmitError, match="is no machine key"):
        credential("https", "monitor.example.com")
    monkeypatch.delenv("LOOKOUT_KEY")
    assert credential("http", "monitor.example.com") == {}
