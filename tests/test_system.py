"""nats-server asked and told things by its own protocol."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from services import system
from services.system import Silent, System
from tests.conftest import PASSWORD, Nats


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Nats]:
    made = Nats(tmp_path / "store")
    made.start()
    yield made
    made.kill()


def test_a_server_that_stores_has_no_trouble_and_reads_its_configuration_again(nats: Nats) -> None:
    with closing(System("127.0.0.1", nats.port, PASSWORD)) as asked:
        assert asked.trouble() == ""
        assert asked.read_again() == ""


def test_one_that_ends_is_silent_and_one_that_comes_back_is_asked_anew(nats: Nats) -> None:
    with closing(System("127.0.0.1", nats.port, PASSWORD)) as asked:
        assert asked.ask("PING")["server"]["name"] == "lookout"
        nats.kill()
        for _ in range(2):
            with pytest.raises(Silent, match="does not answer"):
                asked.ask("PING")
        assert asked.trouble() == ""
        nats.start()
        assert asked.ask("PING")["server"]["name"] == "lookout"


def test_a_wrong_password_is_told(nats: Nats) -> None:
    with closing(System("127.0.0.1", nats.port, "wrong")) as asked, pytest.raises(Silent, match="Authorization"):
        asked.ask("PING")


def test_two_that_ask_at_once_have_each_their_own_answers(nats: Nats) -> None:
    with (
        closing(System("127.0.0.1", nats.port, PASSWORD)) as one,
        closing(System("127.0.0.1", nats.port, PASSWORD)) as two,
    ):
        for _ in range(3):
            assert "data" not in one.ask("PING")
            assert two.ask("PING.HEALTHZ")["data"]["status"] == "ok"


class Scripted:
    """A server that answers what is published, and then what it is ponged, with what the script says next."""

    def __init__(self, *script: bytes) -> None:
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.heard: list[bytes] = []
        self._thread = Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        connection, _ = self._listener.accept()
        with self._listener, connection, connection.makefile("rwb", buffering=0) as wire:
            wire.write(b"INFO {}\r\n")
            for answer in self._script:
                while not self._hear(wire).startswith((b"PUB", b"PONG")):
                    pass
                inbox = next(line.split()[2] for line in self.heard if line.startswith(b"PUB"))
                wire.write(answer.replace(b"INBOX", inbox))
            while self._hear(wire):
                pass

    def _hear(self, wire: socket.SocketIO) -> bytes:
        self.heard.append(wire.readline())
        return self.heard[-1]

    def join(self) -> list[bytes]:
        self._thread.join(10)
        return self.heard


def test_a_ping_is_answered_and_an_answer_to_another_question_is_passed_over() -> None:
    server = Scripted(b'PING\r\nMSG INBOX0 1 7\r\n{"n":7}\r\n', b'MSG INBOX 1 7\r\n{"n":1}\r\n')
    with closing(System("127.0.0.1", server.port, PASSWORD)) as asked:
        assert asked.ask("PING") == {"n": 1}
    heard = server.join()
    assert heard[0].startswith(b"CONNECT ")
    assert b"PONG\r\n" in heard


@pytest.mark.parametrize("nonsense", [b"", b"MSG x\r\n", b"MSG INBOX 1 3\r\n{{{\r\n", b"MSG x y z\r\n"])
def test_a_server_that_says_nothing_or_nonsense_is_silent(nonsense: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "SECONDS", 0.2)
    server = Scripted(nonsense)
    with closing(System("127.0.0.1", server.port, PASSWORD)) as asked, pytest.raises(Silent):
        asked.ask("PING")
    server.join()
