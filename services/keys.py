"""Machine keys: `lk_<scope>_<secret><check>`, told once, known afterwards by their hash.

The prefix is for secret scanners and people, the check finds a key that was cut short before anyone looks it up. The
secret has 256 bits of chance, so that one SHA-256 is as good as a slow hash.
"""

from __future__ import annotations

import re
import secrets
import string
import zlib
from hashlib import sha256
from typing import NamedTuple

PREFIX = "lk"
SCOPES = {"ingester": "ing", "viewer": "read", "operator": "op", "admin": "adm"}
"""What stands in a key for its role."""

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
SECRET_LETTERS = 43
"""62^43 is a little more than 2^256."""
CHECK_LETTERS = 6

FORM = re.compile(rf"{PREFIX}_(?:{'|'.join(SCOPES.values())})_[0-9A-Za-z]{{{SECRET_LETTERS + CHECK_LETTERS}}}")


class NewKey(NamedTuple):
    text: str
    """To be shown once."""
    id: str
    hash: str


def new_key(role: str) -> NewKey:
    secret = "".join(secrets.choice(ALPHABET) for _ in range(SECRET_LETTERS))
    begin = f"{PREFIX}_{SCOPES[role]}_{secret}"
    text = begin + _check(begin)
    return NewKey(text, key_id(text), hashed(text))


def is_whole(text: str) -> bool:
    """Whether it has the form of a key, and its check is right."""
    return FORM.fullmatch(text) is not None and _check(text[:-CHECK_LETTERS]) == text[-CHECK_LETTERS:]


def hashed(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def key_id(text: str) -> str:
    """What a key is called in lists and in the audit; it gives nothing of the key away."""
    return f"k_{hashed(text)[:12]}"


def _check(begin: str) -> str:
    number = zlib.crc32(begin.encode())
    letters = []
    for _ in range(CHECK_LETTERS):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(letters)
