"""What a forwarder may be told to do, and what it makes of an answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.forward.server import (
    KEY_SECONDS,
    LONGEST_WAIT,
    Answer,
    Key,
    Later,
    Refused,
    Stored,
    TooLarge,
    check,
    meaning,
    trust,
)
from services.settings import Forward, SettingsError

URL = "https://monitor.example.com/forward"
SECRET = "lk_ingest_0123456789abcdef"


def answer(status: int, body: Any = b"", headers: Mapping[str, str] | None = None, sent: int = 2) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return meaning(URL, httpx.Response(status, content=content, headers=dict(headers or {})), sent)


def trouble(told: Answer) -> str:
    assert isinstance(told, Later)
    return told.trouble


STORED = {"events": [{"id": "a", "seq": 1}, {"id": "b", "seq": 2}]}


def test_events_are_stored_where_lookout_says_so_of_each() -> None:
    assert answer(202, STORED) == Stored()
    assert answer(202, {"events": []}, sent=0) == Stored()


@pytest.mark.parametrize(
    "told",
    [
        answer(200, b"<html>Sign in to the network</html>"),
        answer(200, STORED),
        answer(202, {"events": [{"id": "a"}]}),
        answer(202, b""),
        answer(204),
        answer(302, headers={"location": "https://login.example.com"}),
        answer(400, b"<html>Bad gateway</html>"),
        answer(400, {"detail": "The header stands twice.", "items": []}),
        answer(400, {"items": [{"index": 7, "detail": "no"}]}),
        answer(401, {"detail": "Sign in."}),
        answer(403, {"detail": "Not here."}),
        answer(404, {"detail": "Nothing."}),
        answer(429, {"detail": "Too many."}),
        answer(500),
        answer(503, {"detail": "The log does not answer."}),
        answer(413, {"detail": "The body is too large."}, sent=0),
        answer(777),
    ],
)
def test_whatever_else_is_answered_makes_no_event_go_away(told: Answer) -> None:
    assert trouble(told).startswith(URL)
    assert trouble(told).endswith(".")


def test_what_lookout_refuses_is_known_by_index() -> None:
    told = answer(400, {"detail": "1 of 2", "items": [{"index": 1, "detail": "type is not there."}]})
    assert told == Refused({1: "type is not there."})


def test_a_body_that_is_too_large_is_told_from_other_refusals() -> None:
    assert answer(413, {"detail": "Too large."}) == TooLarge("Too large.")
    assert answer(413, b"nginx") == TooLarge("Request Entity Too Large.")


def test_a_refused_key_is_tried_again_after_a_minute() -> None:
    told = answer(401, {"detail": "Sign in, or send a machine key."})
    assert told == Later(f"{URL} refuses the key (401): Sign in, or send a machine key.", KEY_SECONDS)


def wait(retry_after: str) -> float | None:
    told = answer(503, headers={"retry-after": retry_after})
    assert isinstance(told, Later)
    return told.wait


def test_the_server_says_how_long_to_wait() -> None:
    assert wait("7") == 7
    assert wait("0") == 0
    assert wait("99999999") == LONGEST_WAIT
    assert wait("soon") is wait("-5") is wait("") is wait("1e9999") is None
    later = wait(format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True))
    assert later is not None
    assert 15 < later <= 20
    assert wait("Mon, 01 Jan 2024 00:00:00 GMT") == 0


def mistake(**told: Any) -> str:
    with pytest.raises(SettingsError) as raised:
        check(Forward(**told))
    return str(raised.value)


@pytest.mark.parametrize(
    "to",
    [
        "",
        "monitor.example.com",
        "http://monitor.example.com",
        "http://localhost.example.com",
        "ftp://localhost",
        "https://",
        "https://someone:word@monitor.example.com",
        "https://monitor.example.com/?key=1",
    ],
)
def test_events_go_to_an_https_address_only(to: str) -> None:
    told = mistake(to=to)
    assert told.startswith("forward.to ")
    assert "word@" not in told


@pytest.mark.parametrize("to", ["https://monitor.example.com", "https://10.0.0.7:8443/", "http://127.0.0.1:5000"])
def test_https_anywhere_and_http_on_this_machine_are_taken(to: str) -> None:
    check(Forward(to=to))


@pytest.mark.parametrize(
    "listen", ["0.0.0.0:8765", ":8765", "8765", "[::]:8765", "10.0.0.1:80", "127.0.0.1:0", "127.0.0.1:"]
)
def test_it_listens_to_this_machine_only(listen: str) -> None:
    assert listen in mistake(to="https://monitor.example.com", listen=listen)


def key_file(folder: Path, text: str, mode: int = 0o600) -> str:
    path = folder / "key"
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def test_a_key_is_read_anew_each_time(tmp_path: Path) -> None:
    key = Key(key_file(tmp_path, f"{SECRET}\n"), {"LOOKOUT_KEY": "other"})
    assert key.read() == SECRET
    key_file(tmp_path, "lk_new")
    assert key.read() == "lk_new"
    assert Key("", {"LOOKOUT_KEY": SECRET}).read() == SECRET
    assert Key("", {}).read() == ""


@pytest.mark.parametrize(
    ("text", "mode"),
    [(SECRET, 0o644), (f"{SECRET} {SECRET}", 0o600), (f"{SECRET}\n{SECRET}", 0o600), ("\n", 0o600), ("ключ", 0o600)],
)
def test_a_key_that_cannot_be_used_is_refused_without_being_shown(tmp_path: Path, text: str, mode: int) -> None:
    file = key_file(tmp_path, text, mode)
    with pytest.raises(SettingsError) as raised:
        Key(file, {}).read()
    assert file in str(raised.value)
    assert SECRET not in str(raised.value)


def test_a_missing_key_or_certificate_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        Key(str(tmp_path / "none"), {}).read()
    with pytest.raises(SettingsError, match="No such file"):
        trust(str(tmp_path / "none"))
    (tmp_path / "empty").touch()
    with pytest.raises(SettingsError, match="holds no certificates"):
        trust(str(tmp_path / "empty"))
