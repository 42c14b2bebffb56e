"""Passwords of people: argon2id (RFC 9106), at the library's defaults of 64 MiB, three passes and four lanes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

LEAST = 12
"""Letters of a password; longer than most can be guessed, and no rule about their kind (NIST SP 800-63B, 3.1.1)."""
MOST = 1024


MOST_WAITING = 16
MOST_WAITING_OF_ONE = 4
"""Passwords that may wait to be looked at, in all and from one address: a second or two of work, and not all of it
somebody's who guesses."""


class Crowded(Exception):
    """Too many passwords wait to be looked at; this one was not."""


class Passwords:
    """Hashes away from the event loop, one at a time: each takes 64 MiB and a core for a moment.

    What is asked `by` (an address) waits its turn; raises Crowded where too many wait.
    """

    def __init__(self) -> None:
        # Here, for where nobody signs in it would only take memory.
        from argon2 import PasswordHasher

        self._hasher = PasswordHasher()
        # A thread of its own, and no lock: a client that leaves would let go of a lock while its hash is still made.
        self._thread = ThreadPoolExecutor(1, "password")
        self._waiting: Counter[str] = Counter()
        self._nobody = self._hasher.hash("nobody has this password")

    async def encoded(self, password: str, by: str) -> str:
        return await self._in_turn(by, self._hasher.hash, password)

    async def fits(self, encoded: str, password: str, by: str) -> bool:
        """Takes as long where there is no such user (or none with a password yet), for whom `encoded` is empty."""
        return await self._in_turn(by, self._verify, encoded or self._nobody, password) and bool(encoded)

    async def _in_turn(self, by: str, work: Callable[..., T], *arguments: str) -> T:
        if self._waiting.total() >= MOST_WAITING or self._waiting[by] >= MOST_WAITING_OF_ONE:
            raise Crowded
        self._waiting[by] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)
        finally:
            self._waiting -= Counter({by: 1})

    def _verify(self, encoded: str, password: str) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            return self._hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False


def trouble(password: str, user_name: str) -> str:
    """Why this may not be a password, as a sentence; empty where it may."""
    if not LEAST <= len(password) <= MOST:
        return f"A password has at least {LEAST} letters (and at most {MOST})."
    if len(set(password)) < 5 or user_name.lower() in password.lower():
        return "This password is too easy to guess: it must not hold the user name, nor few letters over and over."
    return ""
