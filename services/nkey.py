"""NATS's own key pairs: the seed is the secret, and the server knows the public key alone.

Both are Ed25519 in base32 with a prefix that says what they are, and a checksum (ADR-14 of NATS).
"""

from __future__ import annotations

from base64 import b32encode
from binascii import crc_hqx
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_SEED = 18 << 3
_USER = 20 << 3


class Nkey(NamedTuple):
    """seed: `SU...`, for who signs in. public: `U...`, for the server."""

    seed: str
    public: str


def new_nkey() -> Nkey:
    return _pair(Ed25519PrivateKey.generate())


def _pair(key: Ed25519PrivateKey) -> Nkey:
    seed = bytes([_SEED | _USER >> 5, _USER << 3 & 0xFF]) + key.private_bytes_raw()
    public = bytes([_USER]) + key.public_key().public_bytes_raw()
    return Nkey(_encoded(seed), _encoded(public))


def _encoded(raw: bytes) -> str:
    # CRC-16/XMODEM, which is binascii's.
    return b32encode(raw + crc_hqx(raw, 0).to_bytes(2, "little")).decode().rstrip("=")
