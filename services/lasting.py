"""A NATS client that goes on when its connection ends at a bad moment, where nats-py (2.16) does not."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from nats.aio.client import Client
from nats.aio.transport import TcpTransport


class LastingClient(Client):
    def __init__(self) -> None:
        super().__init__()
        self._transport = _Transport()  # type: ignore[no-untyped-call]

    async def _process_pong(self) -> None:
        """The answer to a ping that nobody waits for any more ends nats-py's reading, until it misses others (15 s)."""
        if self._pongs and self._pongs[0].done():
            self._pongs[0] = asyncio.get_running_loop().create_future()
        await super()._process_pong()

    async def close(self) -> None:
        """nats-py would write what still waits to a connection that has ended, and raise what comes of it."""
        if not self.is_connected:
            self._pending, self._pending_data_size = [], 0
        await super().close()


class _Transport(TcpTransport):
    """A connection that ends as asyncio's do: uvloop raises a RuntimeError from each write to one that has ended.

    nats-py lets that pass to whoever publishes, in the moment before it reads the end itself.
    """

    def __bool__(self) -> bool:
        """Not made yet it counts too, else nats-py makes one of its own."""
        return True

    def write(self, payload: bytes) -> None:
        """Written to a connection that has ended it is gone; `drain` says so."""
        with suppress(RuntimeError):
            super().write(payload)  # type: ignore[no-untyped-call]

    def writelines(self, payload: list[bytes]) -> None:
        """Raises ConnectionResetError, upon which nats-py connects anew, and sends there what was to be written."""
        try:
            super().writelines(payload)  # type: ignore[no-untyped-call]
        except RuntimeError as error:
            raise ConnectionResetError(str(error)) from error
