from __future__ import annotations

import json
import threading
from itertools import islice
from typing import Any

import pytest
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection

from services.emit import EmitError, NotRunning
from services.query import parse
from services.tail import Follower, Printer, newest, pause, types
from tests.freeports import free_ports
from tests.frontdoor import Reply, front_door
from tests.scriptedrelay import Relay, event, relay


def impatient(url: str, names: list[str], since: int | None = None) -> Follower:
    return Follower(url, names, since, pause=lambda attempts: 0.0)


def seqs(follower: Follower, count: int) -> list[int]:
    return [json.loads(each)["seq"] for each in islice(follower.events(), count)]


def test_it_starts_after_the_head_with_every_event() -> None:
    def script(relay: Relay, socket: ServerConnection) -> None:
        relay.greet(socket)
        relay.send(socket, event(11), event(12))

    with relay(script) as server:
        assert seqs(impatient(server.url, ["*"]), 2) == [11, 12]
    assert server.heard == [{"event": "subscribe", "data": {"events": ["*"], "batch": True}}]


def test_it_starts_where_it_is_told_to() -> None:
    def script(relay: Relay, socket: ServerConnection) -> None:
        relay.greet(socket, start=4)
        relay.send(socket, event(5))

    with relay(script) as server:
        assert seqs(impatient(server.url, ["*"], 4), 1) == [5]
    assert server.heard[0]["data"]["since"] == {"epoch": "one", "seq": 4}


def test_a_batch_is_its_events() -> None:
    def script(relay: Relay, socket: ServerConnection) -> None:
        relay.greet(socket)
        relay.send(socket, {"event": "batch", "seq": 14, "data": [event(11), event(13)]}, event(15))

    with relay(script) as server:
        assert seqs(impatient(server.url, ["*"]), 3) == [11, 13, 15]


def test_what_was_erased_is_no_event() -> None:
    def script(relay: Relay, socket: ServerConnection) -> None:
        relay.greet(socket)
        gone = {"event": "erased", "seq": 12, "data": {"from": 12, "to": 12, "project": "p", "session": "s"}}
        relay.send(socket, {"event": "batch", "seq": 13, "data": [event(11), gone, event(13)]}, gone, event(15))

    with relay(script) as server:
        assert seqs(impatient(server.url, ["*"]), 3) == [11, 13, 15]


def test_after_a_lost_connection_it_resumes_behind_the_last_event(capsys: pytest.CaptureFixture[str]) -> None:
    def first(relay: Relay, socket: ServerConnection) -> None:
        relay.greet(socket)
        relay.send(socket, event(11))
        socket.close(1012, "Lookout restarts: connect again and resume.")

    def second(relay: Relay, socket: ServerConnection) -> None:
        relay.greet(socket, start=11)
        relay.send(socket, event(12))

    with relay(first, second) as server:
        assert seqs(impatient(server.url, ["*"]), 2) == [11, 12]
    assert server.heard[1]["data"]["since"] == {"epoch": "one", "seq": 11}
    said = capsys.readouterr().err.splitlines()
    assert "is lost (1012: Lookout restarts: connect again and resume.): trying again in 0.0 s." in said[0]
    assert said[1:] == ["lookout: Connected again, and going on after 11."]


def test_it_resumes_behind_the_last_ping_and_answers_it() -> None:
    def first(relay: Relay, socket: ServerConnection) -> None:
        relay.greet(socket)
        relay.send(socket, {"event": "ping", "data": {}, "seq": 900})
        relay.heard.append(json.loads(socket.recv()))

    def second(relay: Relay, socket: ServerConnection) -> None:
        relay.greet(socket, start=900)
        relay.send(socket, event(901))

    with relay(first, second) as server:
        assert seqs(impatient(server.url, ["alert"]), 1) == [901]
    assert server.heard[1]["event"] == "pong"
    assert server.heard[2]["data"] == {"events": ["alert"], "batch": True, "since": {"epoch": "one", "seq": 900}}


def test_a_log_that_cannot_resume_is_told_and_followed_from_where_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    def first(relay: Relay, socket: ServerConnection) -> None:
        relay.greet(socket)
        relay.send(socket, event(11))

    def second(relay: Relay, socket: ServerConnection) -> None:
        relay.greet(socket, epoch="two", start=3, recovered=False)
        relay.send(socket, event(4))

    def third(relay: Relay, socket: ServerConnection) -> None:
        relay.greet(socket, epoch="two", start=4)
        relay.send(socket, event(5))

    with relay(first, second, third) as server:
        assert seqs(impatient(server.url, ["*"]), 3) == [11, 4, 5]
    assert [heard["data"].get("since") for heard in server.heard] == [
        None,
        {"epoch": "one", "seq": 11},
        {"epoch": "two", "seq": 4},
    ]
    assert (
        "has not all that follows 11 (it was trimmed, or is another one): going on after 3." in capsys.readouterr().err
    )


def test_a_silent_connection_is_given_up() -> None:
    done = threading.Event()

    def silent(relay: Relay, socket: ServerConnection) -> None:
        relay.greet(socket, heartbeat=0.1)
        done.wait(10)

    def second(relay: Relay, socket: ServerConnection) -> None:
        relay.greet(socket)
        relay.send(socket, event(11))
        done.set()

    with relay(silent, second) as server:
        assert seqs(impatient(server.url, ["*"]), 1) == [11]


def test_a_close_that_coming_back_would_repeat_is_the_end() -> None:
    def script(relay: Relay, socket: ServerConnection) -> None:
        relay.greet(socket)
        socket.close(4401, "Log in\x1b first.")

    with relay(script) as server, pytest.raises(EmitError, match=r"\(4401\): Log in\\x1b first\."):
        seqs(impatient(server.url, ["*"]), 1)


def test_an_error_is_shown_and_the_connection_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    def script(relay: Relay, socket: ServerConnection) -> None:
        relay.greet(socket)
        relay.send(socket, {"event": "error", "data": {"message": "The API does not answer."}}, event(11))

    with relay(script) as server:
        assert seqs(impatient(server.url, ["*"]), 1) == [11]
    assert capsys.readouterr().err == "lookout: The API does not answer.\n"


def test_where_nothing_listens_it_does_not_try_again() -> None:
    [port] = free_ports(1)
    with pytest.raises(NotRunning, match="start it with `lookout up`"):
        seqs(impatient(f"http://127.0.0.1:{port}", ["*"]), 1)


def test_what_is_no_websocket_is_told() -> None:
    with front_door() as door:
        with pytest.raises(EmitError, match="/ws is no WebSocket of Lookout"):
            seqs(impatient(door.url, ["*"]), 1)
        assert len(door.requests) == 1


@pytest.mark.parametrize("status", [403, 404])
def test_a_refused_handshake_is_the_end(status: int) -> None:
    tried: list[int] = []

    def refuse(socket: ServerConnection, request: Request) -> Response | None:
        tried.append(status)
        return socket.respond(status, "no")

    with relay(process_request=refuse) as server, pytest.raises(EmitError, match=str(status)):
        seqs(impatient(server.url, ["*"]), 1)
    assert tried == [status]


def test_a_relay_that_is_not_there_yet_is_waited_for() -> None:
    statuses = [502, 503]

    def busy(socket: ServerConnection, request: Request) -> Response | None:
        return socket.respond(statuses.pop(), "later") if statuses else None

    def script(relay: Relay, socket: ServerConnection) -> None:
        relay.greet(socket)
        relay.send(socket, event(11))

    with relay(script, process_request=busy) as server:
        assert seqs(impatient(server.url, ["*"]), 1) == [11]


def test_pauses_grow_up_to_a_bound_and_are_spread() -> None:
    longest = [max(pause(attempts) for _ in range(400)) for attempts in (0, 1, 3, 9, 10_000)]
    for seconds, bound in zip(longest, [0.5, 1, 4, 20, 20], strict=True):
        assert bound * 0.9 < seconds <= bound
    assert min(pause(9) for _ in range(400)) < 2


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ["*"]),
        ("agent:qa", ["*"]),
        ("type:tool_use", ["tool_use"]),
        ("type:tool_use,file_operation agent:qa", ["tool_use", "file_operation"]),
        ("-type:tool_use", ["*"]),
        ("type:tool*", ["*"]),
        ("type:deploy", ["*"]),
        ("type:deploy,tool_use", ["*"]),
    ],
)
def test_known_types_are_all_that_is_subscribed_to(text: str, names: list[str]) -> None:
    assert types(parse(text)) == names


def taken(capsys: pytest.CaptureFixture[str], text: str, as_json: bool, *events: dict[str, Any]) -> list[str]:
    printer = Printer(parse(text), as_json)
    for each in events:
        printer.take(json.dumps(each).encode())
    return capsys.readouterr().out.splitlines()


def test_only_what_matches_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    failed = event(2, "tool_use", tool="Bash", phase="failed", error="Exit code 1")
    finished = event(3, "tool_use", tool="Bash", phase="finished")
    [line] = taken(capsys, "is:error", False, event(1), failed, finished)
    assert line.endswith("tool_use           Bash  failed  Exit code 1")


def test_json_is_one_ascii_object_a_line_with_the_name_first(capsys: pytest.CaptureFixture[str]) -> None:
    live = event(1, text="a\x9b31m\n", price=0.1)
    past = {name: value for name, value in live.items() if name != "event"}
    first, second = taken(capsys, "", True, live, past)
    assert first == second
    assert first.startswith('{"event":"deploy","')
    assert first.isascii()
    assert first.isprintable()
    assert json.loads(first) == live


def test_an_event_of_a_newer_lookout_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    [line] = taken(capsys, "", False, event(1, "tool_use", tool=5))
    assert line.endswith('{"tool":5}')


def test_the_newest_events_are_asked_for_with_the_filters() -> None:
    with front_door() as door:
        door.default = Reply(200, {"events": [event(9), event(8)], "seq": 12, "next": 8})
        page = newest(door.url, 'type:deploy "a b"', 2)
        assert door.requests[0].path == "/events?q=type%3Adeploy+%22a+b%22&limit=2"
    assert [json.loads(bytes(each))["seq"] for each in page.events] == [9, 8]
    assert page.seq == 12


def test_a_search_that_ran_out_of_time_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with front_door() as door:
        door.default = Reply(200, {"events": [event(9)], "seq": 12, "complete": False, "scanned": 5, "next": 4})
        newest(door.url, "rare", 2)
    assert capsys.readouterr().err == "lookout: The search took too long: there may be more than these 1 of the 2.\n"


def test_a_history_that_does_not_answer_is_an_error() -> None:
    with front_door() as door:
        door.default = Reply(503, {"detail": "The history is being made."})
        with pytest.raises(EmitError, match=r"gives no history \(503\).*is being made"):
            newest(door.url, "", 2)
