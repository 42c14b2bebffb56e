"""Reading a client's JSON: what is there in the kind it should be, and nothing where it is not.

Clients add fields and change their kinds between releases, so an odd field is passed over and never refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import Any

import msgspec

from services.adapters.adapter import Refused
from services.events import LARGEST_COUNT
from services.redact import redacted

Payload = Mapping[str, Any]

NOTHING: Payload = {}
LONGEST_NAME = 256
LONGEST_PATH = 1024
LONGEST_SUMMARY = 200
DEEPEST = 64
"""Levels of nesting; beyond it Python's own limit comes near, which depends on who asks."""

LARGE = 256 * 1024
"""Bytes of a body from which on it is looked at before it is read."""

MOST_CONTAINERS = 100_000
MOST_KEYS = 200_000
"""What reads 16 MiB of text in a tenth of a second takes seven seconds for 16 MiB of empty objects, and everybody else
who sends waits meanwhile."""

MOST_SCALARS = 50
CONTENTS = frozenset(
    "body command_args compact_summary content contents custom_instructions delta diff error_preview "
    "last_assistant_message message message_preview output output_preview prompt prompt_preview prompt_text "
    "response response_text result stderr stdout summary task_description task_preview text thinking todos "
    "tool_calls tool_input tool_input_preview tool_parameters tool_response transcript".split()
)
"""Keys under which clients send what people, models, files and tools said."""


def read_json(body: bytes) -> Any:
    """Raises Refused in a sentence that says what is wrong with the body."""
    if not body.strip():
        raise Refused("The body is empty; send a JSON object.")
    if len(body) >= LARGE and _is_crowded(body):
        raise Refused(f"The body has more than {MOST_CONTAINERS} arrays and objects, or {MOST_KEYS} keys.")
    try:
        value = _decoded(body.removeprefix(b"\xef\xbb\xbf"))
    except UnicodeDecodeError as error:
        raise Refused("The body is not UTF-8.") from error
    except msgspec.MsgspecError as error:
        raise Refused(f"The body is not JSON: {str(error).removeprefix('JSON is malformed: ')}.") from error
    except RecursionError as error:
        raise Refused(f"The body is nested deeper than {DEEPEST} levels.") from error
    if body.count(b"{") + body.count(b"[") > DEEPEST and _is_deep(value):
        raise Refused(f"The body is nested deeper than {DEEPEST} levels.")
    return value


def read_object(body: bytes) -> Payload:
    value = read_json(body)
    if not isinstance(value, dict):
        raise Refused(f"The body is {kind_of(value)}; send a JSON object.")
    return value


def kind_of(value: Any) -> str:
    kinds = {
        str: "a string",
        bool: "a boolean",
        int: "a number",
        float: "a number",
        list: "an array",
        dict: "an object",
    }
    return kinds.get(type(value), "null")


def _is_crowded(body: bytes) -> bool:
    """As told by its punctuation; what stands in a string, as in the text of a program, does not count."""
    if not _has_much_punctuation(body):
        return False
    bare = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    return _has_much_punctuation(b"".join(bare.split(b'"')[::2]))


def _has_much_punctuation(text: bytes) -> bool:
    return text.count(b"{") + text.count(b"[") > MOST_CONTAINERS or text.count(b":") > MOST_KEYS


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        # JavaScript cuts texts between the halves of a surrogate pair and sends the half as \ud83d, which
        # msgspec refuses; the event must not be lost for it.
        if re.search(rb"\\u[dD][89a-fA-F]", body) is None:
            raise
        return msgspec.json.decode(_without_half_surrogates(body))


def _without_half_surrogates(body: bytes) -> bytes:
    try:
        value = json.loads(body)
    except ValueError:
        return body
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [child for child in children if isinstance(child, dict | list)]


def text(payload: Payload, key: str, longest: int = LONGEST_NAME) -> str:
    value = payload.get(key)
    return value[:longest] if isinstance(value, str) else ""


def number(payload: Payload, key: str) -> float | None:
    value = payload.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LARGEST_COUNT:
        return None
    return float(value)


def whole(payload: Payload, key: str) -> int | None:
    """A count: no fraction, not below zero."""
    value = number(payload, key)
    return int(payload[key]) if value is not None and value >= 0 and value.is_integer() else None


def inner(payload: Payload, key: str) -> Payload:
    value = payload.get(key)
    return value if isinstance(value, dict) else NOTHING


def objects(payload: Payload, key: str) -> list[Payload]:
    value = payload.get(key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def moment(payload: Payload, key: str) -> datetime | None:
    """In UTC. A time without an offset is local to a machine that we know nothing of, so it is none."""
    try:
        value = msgspec.convert(payload.get(key), datetime)
        return value.astimezone(UTC) if value.tzinfo else None
    except (msgspec.ValidationError, OverflowError):
        return None


def size_of(value: Any) -> int:
    """In bytes: of a text itself, of anything else as JSON."""
    if value is None:
        return 0
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode())
    return len(msgspec.json.encode(value))


def hash_of(value: Any) -> str:
    """Equal for equal JSON."""
    return sha256(msgspec.json.encode(value, order="sorted")).hexdigest()[:16]


def described(value: Any) -> str:
    """The first line of a text, at most 200 characters: what follows may be the contents of a file.

    Secrets go before it is cut: half a secret has no form that could be recognised.
    """
    if not isinstance(value, str):
        return ""
    line, _, rest = value[: LONGEST_SUMMARY * 10].strip().partition("\n")
    line = redacted(line.rstrip()) + (" …" if rest.strip() else "")
    return line if len(line) <= LONGEST_SUMMARY else line[: LONGEST_SUMMARY - 1] + "…"


def scalars(payload: Payload) -> dict[str, Any]:
    """What a custom event keeps of a payload: short values as they are, of everything else its size in bytes."""
    kept: dict[str, Any] = {}
    for key, value in islice(payload.items(), MOST_SCALARS):
        if _is_short(key, value):
            kept[key[:LONGEST_NAME]] = value
        elif value is not None:
            kept[f"{key[:LONGEST_NAME]}_bytes"] = size_of(value)
    return kept


def _is_short(key: str, value: Any) -> bool:
    if isinstance(value, str):
        return key not in CONTENTS and len(value) <= LONGEST_SUMMARY and "\n" not in value
    return isinstance(value, bool | int | float)
