"""`lookout rekey`: takes what is on disk over to another key.

nats-server does that itself for what it stores when it is given both keys, but (2.15) loses the consumers: each is
noted before with what it has acknowledged, and made anew behind that. The history is made anew at the next start.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec

from services import encryption
from services.alone import alone
from services.broker import subscribers
from services.encryption import EncryptionError, Keys
from services.private import write_private
from services.settings import Settings
from services.subjects import STREAM
from services.subscribers import acknowledged, make_consumer


def rekey(settings: Settings, environment: Mapping[str, str], file: Path) -> None:
    """From the key in force to the one in `file`, which is made where there is none; may be begun again.

    Raises EncryptionError, LogError. Who calls this holds the data folder.
    """
    old = encryption.admit(settings, environment)
    if old is None:
        raise EncryptionError("Nothing is encrypted yet: give a key as encryption.key_file, and start Lookout.")
    if not file.exists():
        write_private(file, secrets.token_hex(32) + "\n")
    new = encryption.derived(file.read_text(encoding="utf-8"), str(file))
    noted = settings.data_dir / "nats" / "acknowledged.json"
    if not noted.exists():
        asyncio.run(_note(settings, old, noted))
    asyncio.run(_convert(settings, old, new, msgspec.json.decode(noted.read_bytes(), type=dict[str, int])))
    encryption.set_mark(settings.data_dir, new)
    noted.unlink()
    encryption.own_key_file(settings.data_dir).unlink(missing_ok=True)


async def _note(settings: Settings, old: Keys, noted: Path) -> None:
    names = [each.name for each in subscribers(settings.data_dir)]
    async with alone(settings, old) as connection:
        found = {name: seq for name in names if (seq := await acknowledged(connection.bus, name)) is not None}
        write_private(noted, msgspec.json.encode(found))


async def _convert(settings: Settings, old: Keys, new: Keys, noted: Mapping[str, int]) -> None:
    known = {each.name: each for each in subscribers(settings.data_dir)}
    for consumers in settings.data_dir.glob(f"jetstream/**/streams/{STREAM}/obs"):
        shutil.rmtree(consumers)
    async with alone(settings, new, previous=old) as connection:
        # Not there would mean not opened.
        await connection.log.head()
        for name, seq in noted.items():
            await make_consumer(connection.bus, known[name], after=seq)
