"""The KV bucket in memory; `tests/test_accounts.py` holds it and the real one to the same."""

from __future__ import annotations

from services.log import Change, Conflict


class MemoryTable:
    def __init__(self) -> None:
        self._seq = 0
        self._newest: dict[str, Change] = {}

    async def changes(self, after: int) -> list[Change]:
        changed = [change for change in self._newest.values() if change.seq > after]
        return sorted(changed, key=lambda change: change.seq)

    async def put(self, key: str, value: bytes, expected: int | None = None) -> int:
        held = self._newest[key].seq if key in self._newest else 0
        if expected is not None and expected != held:
            raise Conflict(f"{key} is at {held}")
        self._seq += 1
        self._newest[key] = Change(self._seq, key, value)
        return self._seq
