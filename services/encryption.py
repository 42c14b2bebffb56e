"""The key under which everything on disk is kept, and the keys made of it for the log and for the history.

It is one text of at least 32 characters, in LOOKOUT_ENCRYPTION_KEY or in a file that `encryption.key_file` names. A
team's Lookout that is given none makes one, `encryption.key` in the data folder; a local one stays plain without.

What begins with a key is never opened with another or without: nats-server would pass over the streams that it cannot
read and let new ones be made in their place. So the data folder keeps a mark of its key, `encryption.mark`, from which
nothing of the key can be learned. A plain log that is given a key is encrypted by nats-server when it starts.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from services.private import write_private
from services.settings import Settings

VARIABLE = "LOOKOUT_ENCRYPTION_KEY"
LEAST = 32


class EncryptionError(Exception):
    """Why what is on disk cannot be opened, in one sentence that says what to do."""


class Keys(NamedTuple):
    """log: as nats-server takes it. history: 64 hexadecimal digits. mark: tells keys apart."""

    log: str
    history: str
    mark: str


def keys(settings: Settings, environment: Mapping[str, str]) -> Keys | None:
    """The keys in force, or None where nothing is encrypted; raises EncryptionError."""
    if given := environment.get(VARIABLE):
        return derived(given, VARIABLE)
    file = settings.encryption.key_file
    if file:
        return derived(_content(Path(file).expanduser()), file)
    own = own_key_file(settings.data_dir)
    return derived(_content(own), str(own)) if own.exists() else None


def own_key_file(data: Path) -> Path:
    return data / "encryption.key"


def derived(text: str, where: str) -> Keys:
    text = text.strip()
    if len(text) < LEAST:
        raise EncryptionError(
            f"The encryption key in {where} has {len(text)} characters, but needs at least {LEAST}: "
            "make one with `openssl rand -hex 32`."
        )
    # nats-server reads an all-digit value as a number: begin with a letter.
    return Keys("k" + _hkdf(text, "log").hex(), _hkdf(text, "history").hex(), _hkdf(text, "mark").hex())


def _hkdf(text: str, purpose: str) -> bytes:
    """HKDF with SHA-256 (RFC 5869), of which 32 bytes are one round. The library's takes 8 MB in each service."""
    key = hmac.digest(bytes(32), text.encode(), "sha256")
    return hmac.digest(key, f"lookout {purpose}".encode() + b"\x01", "sha256")


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EncryptionError(
            f"The encryption key cannot be read from {file}: make the file with "
            f"`(umask 077; openssl rand -hex 32 > {file})`, or name another as encryption.key_file."
        ) from error


def admit(settings: Settings, environment: Mapping[str, str]) -> Keys | None:
    """The keys with which the data folder may be opened, its own key made where a team has none yet.

    Raises EncryptionError where the folder has another key. For before nats-server is started.
    """
    data = settings.data_dir
    found = keys(settings, environment)
    marked = mark(data)
    if found is None and not marked and settings.is_team:
        write_private(own_key_file(data), secrets.token_hex(32) + "\n")
        found = keys(settings, environment)
    if marked and found is None:
        raise EncryptionError(
            f"What is in {data} is encrypted: give its key in {VARIABLE} or as encryption.key_file, "
            "or name another data folder."
        )
    if found is not None:
        _enter(data, found, marked)
    return found


def mark(data: Path) -> str:
    file = data / "encryption.mark"
    return file.read_text().strip() if file.exists() else ""


def set_mark(data: Path, found: Keys) -> None:
    write_private(data / "encryption.mark", found.mark + "\n")


def _enter(data: Path, found: Keys, marked: str) -> None:
    if marked and marked != found.mark:
        raise EncryptionError(
            f"What is in {data} is encrypted with another key than the one given: give that one, "
            "or name another data folder."
        )
    if not marked:
        # nats-server 2.15 encrypts the blocks of a plain log, but not the index, which it makes anew if it is gone.
        for index in data.glob("jetstream/**/msgs/index.db"):
            index.unlink()
        set_mark(data, found)
