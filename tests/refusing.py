"""How a server of the tests ends without leaving a connection open."""

from __future__ import annotations

import asyncio
import socket


async def accept_no_more(listener: socket.socket) -> None:
    """What a server has accepted becomes connections first, and no other does: asyncio closes neither the ones nor the
    others if its server closes meanwhile, and Python says so in whichever test runs when they are collected."""
    asyncio.get_running_loop().remove_reader(listener.fileno())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
