"""Passwords of people: argon2id (RFC 9106), at the library's defaults of 64 MiB, three passes and four lanes."""

from __future__ import annotations

import asyncio

LEAST = 12
"""Letters of a password; longer than most can be guessed, and no rule about their kind (NIST SP 800-63B, 3.1.1)."""
MOST = 1024


class Passwords:
    """Hashes away from the event loop, one at a time: each takes 64 MiB and a core for a moment."""

    def __init__(self) -> None:
        # Here, for where nobody signs in it would only take memory.
        from argon2 import PasswordHasher

        self._hasher = PasswordHasher()
        self._turn = asyncio.Lock()
        self._nobody = self._hasher.hash("nobody has this password")

    async def encoded(self, password: str) -> str:
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def fits(self, encoded: str, password: str) -> bool:
        """Takes as long where there is no such user (or none with a password yet), for whom `encoded` is empty."""
        async with self._turn:
            return await asyncio.to_thread(self._verify, encoded or self._nobody, password) and bool(encoded)

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
