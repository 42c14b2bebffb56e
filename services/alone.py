"""nats-server on its own over the data folder of a Lookout that is stopped, for one who may do everything.

For what cannot be done while others use the log: restoring a backup, and changing the key that it is kept under.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.broker import ACCOUNT, FREE
from services.encryption import Keys
from services.eventlog import Connection, connect
from services.private import write_private
from services.settings import Settings

OWNER = "owner"


@asynccontextmanager
async def alone(settings: Settings, keys: Keys | None, previous: Keys | None = None) -> AsyncIterator[Connection]:
    """A connection with every right. Who calls this holds the data folder (`up.held`).

    previous: the keys of what is to be opened, where it is to go over to `keys`.
    """
    data = settings.data_dir
    port, password = _free_port(), "p" + secrets.token_urlsafe(32)
    file = data / "nats" / "alone.conf"
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(file, _configuration(settings, port, keys, previous))
    environment = {"OWNER_PASSWORD": password, "STORE_KEY": keys.log if keys else ""}
    environment["PREVIOUS_STORE_KEY"] = previous.log if previous else ""
    with (data / "nats" / "alone.log").open("ab") as log:
        server = await asyncio.create_subprocess_exec(
            Path(sys.executable).parent / "nats-server", "-c", file, env=os.environ | environment, stderr=log
        )
    try:
        async with connect(f"nats://127.0.0.1:{port}", OWNER, password) as connection:
            yield connection
    finally:
        server.terminate()
        await server.wait()
        file.unlink()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _configuration(settings: Settings, port: int, keys: Keys | None, previous: Keys | None) -> str:
    key = "cipher: chachapoly, key: $STORE_KEY" if keys else ""
    before = "prev_encryption_key: $PREVIOUS_STORE_KEY" if previous else ""
    return f"""listen: "127.0.0.1:{port}"
max_payload: 32MB
jetstream {{
  store_dir: {json.dumps(str(settings.data_dir / "jetstream"))}
  sync_interval: always
  max_mem: 64MB
  max_file: {settings.log.max_bytes + FREE}
  {key}
  {before}
}}
accounts {{ {ACCOUNT} {{ jetstream: enabled, users: [ {{ user: {OWNER}, password: $OWNER_PASSWORD }} ] }} }}
"""
