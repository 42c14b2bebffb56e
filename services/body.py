"""Request bodies, read whole within bounds of bytes and time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from services.asgi import Receive
from services.problem import Problem

SECONDS = 15.0
"""The time that a body has to arrive."""
DISCARDED = 32 << 20
"""Bytes beyond the limit that are still taken from the wire: a client that is cut off while it sends sees no answer.
So are those of a body that there is no room for.
"""
HELD = 128 << 20
"""Bytes of all bodies that are being read, above which new ones are turned away."""


class Bodies:
    def __init__(self) -> None:
        self._held = 0

    async def read(self, limit: int, receive: Receive) -> bytes:
        """Raises Problem 413 for more than `limit` bytes, 408 for a slow body, 400 for half a one, 503 for too many."""
        chunks: list[bytes] = []
        size = 0
        trouble: Problem | None = None
        try:
            async with asyncio.timeout(SECONDS), aclosing(_chunks(receive)) as arriving:
                async for chunk in arriving:
                    size += len(chunk)
                    trouble = trouble or self._trouble(size, limit, len(chunk))
                    if size > limit + DISCARDED:
                        break
                    if trouble is None:
                        self._held += len(chunk)
                        chunks.append(chunk)
                    else:
                        self._release(chunks)
        except TimeoutError:
            raise Problem(408, f"The body did not arrive within {SECONDS:.0f} s.") from None
        else:
            if trouble is not None:
                raise trouble
            return b"".join(chunks)
        finally:
            self._release(chunks)

    async def discard(self, receive: Receive) -> None:
        """Takes a body that nobody reads off the wire; an answer before its end would cut off who sends it."""
        with suppress(Problem):
            await self.read(0, receive)

    def _trouble(self, size: int, limit: int, more: int) -> Problem | None:
        """Told when the rest has arrived, so that the sender sees it."""
        if size > limit:
            return Problem(413, f"The body is larger than the {limit} bytes that are taken here.")
        if self._held + more > HELD:
            return Problem(503, "Too many bodies are being read at once; send it again.", retry_after=1)
        return None

    def _release(self, chunks: list[bytes]) -> None:
        self._held -= sum(map(len, chunks))
        chunks.clear()


async def _chunks(receive: Receive) -> AsyncGenerator[bytes, None]:
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Problem(400, "The connection was closed before the whole body had arrived.")
        yield message["body"]
        more = message["more_body"]
