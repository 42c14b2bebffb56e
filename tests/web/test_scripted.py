"""The Lookout that a test conducts leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import socket
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.web.scripted import scripted


@pytest.mark.parametrize("turns", range(5))
async def test_a_connection_that_comes_while_it_ends_is_neither_left_open_nor_waited_for(
    tmp_path: Path, turns: int
) -> None:
    """What is left open is said by Python itself, when it is collected."""
    async with asyncio.timeout(5):
        with ExitStack() as clients:
            async with scripted(tmp_path, {}) as lookout:
                client = clients.enter_context(socket.create_connection(("127.0.0.1", lookout.port)))
                for _ in range(turns):
                    await asyncio.sleep(0)
            client.settimeout(5)
            with suppress(ConnectionResetError):
                assert client.recv(1) == b""
    gc.collect()
