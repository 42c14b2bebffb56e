"""`lookout key` where Lookout runs and where it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.freeports import free_block
from tests.stack import Answer, Stack, team_stack


@pytest.fixture(scope="module")
def team() -> Iterator[Stack]:
    with team_stack() as stack:
        yield stack


def created(team: Stack, *options: str) -> str:
    done = team.cli("key", "create", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def asked(team: Stack, method: str, path: str, key: str, body: bytes | None = None) -> Answer:
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    return team.request(method, path, body, headers)


def row(team: Stack, key_id: str) -> list[str]:
    listed = team.cli("key", "list").stdout
    [line] = [line for line in listed.splitlines() if line.startswith(key_id)]
    return re.split(r"  +", line)


def test_a_key_is_shown_once_and_does_what_it_is_for(team: Stack) -> None:
    done = team.cli("key", "create", "--ingest", "--project", "shop", "--label", "build server", "--expires", "90d")
    text = done.stdout.strip()
    found = re.fullmatch(
        r"lookout: (k_\w{12}) has the role ingester in shop, until [\d-]{10} [\d:]{5} UTC; "
        r"keep it now, it is not shown again.\n",
        done.stderr,
    )
    assert found, done.stderr
    assert re.fullmatch(r"lk_ing_\w{49}", text)
    body = b'{"type": "built", "project": "elsewhere"}'
    assert asked(team, "POST", "/events", text, body).status == 202
    assert asked(team, "GET", "/agents", text).status == 403
    listed = row(team, found[1])
    assert listed[1:4] == ["ingester", "shop", "build server"]
    assert text[10:] not in team.cli("key", "list").stdout


def test_what_a_key_of_a_project_sends_is_in_that_project_and_a_reader_sees_its_own(team: Stack) -> None:
    sender, reader = created(team, "--ingest", "--project", "tools"), created(team, "--read", "--project", "tools")
    sent = asked(team, "POST", "/events", sender, b'{"type": "built", "project": "other"}')
    seq = sent.json["events"][0]["seq"]
    team.until("/health", lambda _: asked(team, "GET", f"/events/{seq}", reader).status == 200)
    assert asked(team, "GET", f"/events/{seq}", reader).json["project"] == "tools"
    assert asked(team, "GET", "/agents?project=other", reader).status == 403
    assert asked(team, "POST", "/events", reader, b'{"type": "built"}').status == 403


def test_a_revoked_key_is_none_within_seconds(team: Stack) -> None:
    key = created(team, "--read")
    assert asked(team, "GET", "/agents", key).status == 200
    [key_id] = [line.split()[0] for line in team.cli("key", "list").stdout.splitlines() if " viewer " in line][:1]
    assert team.cli("key", "revoke", key_id).returncode == 0
    team.until(
        "/health", lambda _: team.request("GET", "/agents", None, {"authorization": f"Bearer {key}"}).status > 400
    )
    again = team.cli("key", "revoke", key_id)
    assert (again.returncode, again.stderr) == (1, f"lookout: There is no key {key_id}.\n")


def test_each_change_is_in_the_audit(team: Stack) -> None:
    key = created(team, "--operate", "--label", "audited")
    team.cli("key", "revoke", team.cli("key", "list").stdout.splitlines()[1].split()[0])
    reader = created(team, "--read")

    def told() -> list[dict[str, Any]]:
        found = asked(team, "GET", "/events?q=type:audit.key*%20audited", reader)
        return [event["data"] for event in found.json["events"]]

    def revoked() -> list[dict[str, Any]]:
        events = asked(team, "GET", "/events?q=type:audit.key_revoked", reader).json["events"]
        return [event["data"] for event in events]

    team.until("/health", lambda _: bool(told()))
    [made] = told()
    assert (made["who"], made["role"], made["label"]) == ("cli", "operator", "audited")
    assert made["on"].startswith("k_")
    team.until("/health", lambda _: made["on"] in [each["on"] for each in revoked()])
    assert key not in str(revoked())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["create"], "Say what the key is for: --ingest, --read or --operate."),
        (["create", "--read", "--expires", "soon"], "'soon' should be like 12h, 90d or 4w"),
        (["create", "--read", "--expires", "0d"], "should be like"),
        (["create", "--read", "--project", ""], "A project has 1 to 128 characters"),
        (["revoke"], "Missing argument 'ID'."),
    ],
)
def test_wrong_use_is_told_in_a_sentence(team: Stack, arguments: list[str], sentence: str) -> None:
    done = team.cli("key", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_where_lookout_does_not_run_that_is_said(tmp_path: Path) -> None:
    port = free_block()
    local = Stack(tmp_path, port, {})
    assert (done := local.cli("key", "list")).returncode == 2
    assert "set LOOKOUT_SITE" in done.stderr
    nowhere = Stack(tmp_path / "none", port, {"LOOKOUT_SITE": "localhost"})
    assert (done := nowhere.cli("key", "list")).returncode == 2
    assert done.stderr.startswith(f"lookout: The data folder {tmp_path}/none cannot be used (No such file")
    assert "same LOOKOUT_DATA" in done.stderr
