"""A WebSocket server that speaks as the stream service does, each connection by a script of the test's own."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.server import ServerConnection, serve

Script = Callable[["Relay", ServerConnection], None]


def event(seq: int, type: str = "deploy", **data: Any) -> dict[str, Any]:  # noqa: A002
    return {
        "event": type,
        "seq": seq,
        "stored": "2026-11-24T12:00:00.5Z",
        "specversion": "1.0",
        "id": f"e{seq}",
        "source": "api",
        "type": type,
        "time": "2026-11-24T12:00:00Z",
        "project": "shop",
        "session": "3f2b9c10",
        "data": data,
    }


class Relay:
    """A WebSocket server that does what one script after the other says, a connection each."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts = list(scripts)
        self.heard: list[dict[str, Any]] = []
        self.url = ""

    def __call__(self, socket: ServerConnection) -> None:
        self.scripts.pop(0)(self, socket)

    def greet(
        self,
        socket: ServerConnection,
        epoch: str = "one",
        start: int = 10,
        recovered: bool = True,
        heartbeat: float = 25,
    ) -> None:
        self.send(socket, {"event": "hello", "data": {"epoch": epoch, "seq": 10, "heartbeat": heartbeat}})
        self.heard.append(json.loads(socket.recv()))
        answer = {"recovered": recovered, "epoch": epoch, "from": start, "to": 10}
        self.send(socket, {"event": "subscribed", "data": answer})

    def send(self, socket: ServerConnection, *frames: dict[str, Any]) -> None:
        for frame in frames:
            socket.send(json.dumps(frame))


@contextmanager
def relay(*scripts: Script, process_request: Any = None) -> Iterator[Relay]:
    handler = Relay(*scripts)
    with serve(handler, "127.0.0.1", 0, process_request=process_request) as server:
        handler.url = f"http://127.0.0.1:{server.socket.getsockname()[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield handler
        server.shutdown()
        thread.join()
