from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from threading import Thread

import pytest

from services.emit import EmitError, NotRunning, Unanswered, default_url, emit, exchange
from tests.freeports import free_ports
from tests.frontdoor import FrontDoor, Reply, front_door

STORED = Reply(202, {"events": [{"id": "x", "seq": 42}]})


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    with front_door() as door:
        door.default = STORED
        yield door


def test_an_event_is_posted_in_the_native_form_and_its_position_comes_back(door: FrontDoor) -> None:
    seq = emit("custom_event", {"message": "Custom data"}, project="shop", session="s-1", agent="pm", url=door.url)
    [request] = door.requests
    assert seq == 42
    assert (request.method, request.path, request.headers["content-type"]) == ("POST", "/events", "application/json")
    assert len(request.json["id"]) == 32
    assert request.json == {
        "type": "custom_event",
        "data": {"message": "Custom data"},
        "project": "shop",
        "session": "s-1",
        "agent": "pm",
        "id": request.json["id"],
    }


def test_what_is_not_named_is_not_sent_and_every_event_has_an_id_of_its_own(door: FrontDoor) -> None:
    emit("tick", url=door.url)
    emit("tick", url=door.url)
    first, second = (request.json for request in door.requests)
    assert first.keys() == {"type", "data", "id"}
    assert first["id"] != second["id"]


@pytest.mark.parametrize("busy", [502, 503, 504])
def test_a_busy_lookout_gets_the_same_event_again(door: FrontDoor, busy: int) -> None:
    door.replies = [Reply(busy, headers={"Retry-After": "0"})]
    assert emit("tick", {"n": 1}, url=door.url) == 42
    first, second = door.requests
    assert first.body == second.body


def test_it_waits_as_long_as_it_is_told_to(door: FrontDoor) -> None:
    door.replies = [Reply(503, headers={"Retry-After": "1"})]
    started = time.monotonic()
    emit("tick", url=door.url)
    assert time.monotonic() - started >= 1


def test_a_lookout_that_stays_busy_is_an_error_in_time(door: FrontDoor) -> None:
    door.default = Reply(503, {"detail": "Nothing was stored: the log has no room."}, {"Retry-After": "10"})
    with pytest.raises(EmitError, match=r"503.*Nothing was stored: the log has no room"):
        emit("tick", url=door.url, timeout=0.3)
    assert len(door.requests) == 1


def test_a_refusal_says_why_and_is_not_repeated(door: FrontDoor) -> None:
    door.default = Reply(400, {"title": "Bad Request", "detail": "state is the name of a control frame."})
    with pytest.raises(EmitError, match="refused it \\(400\\): state is the name of a control frame") as raised:
        emit("state", url=door.url)
    assert not isinstance(raised.value, NotRunning | Unanswered)
    assert len(door.requests) == 1


def test_a_refusal_by_something_else_than_lookout_is_quoted(door: FrontDoor) -> None:
    door.default = Reply(404, "no such page")
    with pytest.raises(EmitError, match=r"404.*no such page"):
        emit("tick", url=door.url)


def test_where_nothing_listens_it_says_what_to_do() -> None:
    [port] = free_ports(1)
    with pytest.raises(NotRunning, match=f"localhost:{port} .*start it with `lookout up`"):
        emit("tick", url=f"http://localhost:{port}")


def test_an_answer_cut_short_is_no_answer(door: FrontDoor) -> None:
    door.default = Reply(202, {"events": []}, length=1000)
    with pytest.raises(Unanswered, match="closed in the middle"):
        exchange("POST", f"{door.url}/events")


def test_a_listener_that_hangs_up_or_stays_silent_is_unanswered() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/events"
        with pytest.raises(Unanswered, match="timed out"):
            exchange("GET", url, timeout=0.1)
        listener.accept()[0].close()

        def hang_up() -> None:
            connection, _ = listener.accept()
            connection.recv(65536)
            connection.close()

        thread = Thread(target=hang_up)
        thread.start()
        with pytest.raises(Unanswered, match="closed before it"):
            exchange("GET", url)
        thread.join()


@pytest.mark.parametrize("url", ["localhost:5000", "ftp://localhost", "http://", "http://localhost:port"])
def test_a_wrong_address_is_named(url: str) -> None:
    with pytest.raises(EmitError, match=f"{url}/events is no address of Lookout") as raised:
        emit("tick", url=url)
    assert not isinstance(raised.value, NotRunning)


def test_an_address_in_brackets_is_understood() -> None:
    [port] = free_ports(1)
    with pytest.raises(NotRunning, match=f"http://\\[::1\\]:{port}"):
        exchange("GET", f"http://[::1]:{port}/health")


def test_the_address_is_lookout_url_or_this_machine_at_lookout_port(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOOKOUT_URL", "LOOKOUT_PORT"):
        monkeypatch.delenv(name, raising=False)
    assert default_url() == "http://localhost:5000"
    monkeypatch.setenv("LOOKOUT_PORT", "5001")
    assert default_url() == "http://localhost:5001"
    monkeypatch.setenv("LOOKOUT_URL", "https://lookout.example/")
    assert default_url() == "https://lookout.example"


def test_it_needs_the_standard_library_alone() -> None:
    # -S: without site-packages, -E: without the environment.
    subprocess.run([sys.executable, "-S", "-E", "-c", "import services.emit"], check=True)
