"""What stands for Lookout, or for the network before it, leaves nothing behind that a browser began."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.faults.partition import Link
from tests.web.scripted import scripted


@asynccontextmanager
async def port_of(kind: str, files: Path) -> AsyncIterator[int]:
    """To which a browser connects."""
    async with scripted(files, {}) as lookout:
        if kind == "lookout":
            yield lookout.port
            return
        link = Link(lookout.port)
        async with link.open():
            if kind == "cut link":
                link.cut(one_way=False)
            yield link.port


@pytest.mark.parametrize("turns", range(8))
@pytest.mark.parametrize("kind", ["lookout", "link", "cut link"])
async def test_a_connection_that_comes_while_it_ends_is_neither_left_open_nor_waited_for(
    tmp_path: Path, kind: str, turns: int
) -> None:
    """What is left open is said by Python itself, when it is collected."""
    async with asyncio.timeout(5):
        with ExitStack() as clients:
            async with port_of(kind, tmp_path) as port:
                client = clients.enter_context(socket.create_connection(("127.0.0.1", port)))
                for _ in range(turns):
                    await asyncio.sleep(0)
            client.settimeout(5)
            with suppress(ConnectionResetError):
                assert client.recv(1) == b""
    gc.collect()
