"""Secrets out of events, before the log: a log cannot forget.

A secret is replaced by `[redacted:<kind>:<sha8>]`, so that equal secrets stay equal. What counts as one: the value of
a key or an assignment with a secret's name (Sentry's list and its kin), and what has the form of a known credential.

An event that holds no rule's trigger, which nearly none does, is let through after one search for each. As in
`credentials.py`, no pattern and no text can take more than linear time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from math import log2
from typing import Any

import msgspec
import re2
from msgspec import Struct
from msgspec.structs import astuple

from services.credentials import FORMS, Rule, marker
from services.events import Envelope, decode

SECRET_NAME = re.compile(
    r"passw(?:or)?d|passphrase|passcode|sshpass|secrets?(?![a-z])|credentials?(?![a-z])|authorization$"
    r"|(?:api|private|access|account|encryption|signing|master|deploy|service|shared|subscription|ssh)_?keys?(?![a-z])"
    r"|(?<!old)_pwd$|psk$"
)
SECRET_STRING_NAME = re.compile(r"token$|signature$|(?:^|_)(?:auth|bearer|cookies?|pass|jwt|sig)$")
"""Names that are as often innocent: what they name is taken for a secret only where it is a text."""

NAME = re.compile(r"[A-Za-z0-9_. -]{1,128}")


@lru_cache(maxsize=4096)
def _spelled(name: str) -> str:
    """accessToken, ACCESS-TOKEN and access.token are all access_token; what is no name is nothing."""
    if NAME.fullmatch(name) is None:
        return ""
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower())


def _is_secret_name(name: str) -> bool:
    return SECRET_NAME.search(_spelled(name)) is not None


def _is_secret_string_name(name: str) -> bool:
    return SECRET_STRING_NAME.search(_spelled(name)) is not None


NAMED = re.compile(
    r"(?<![A-Za-z0-9_-])(?<!\[redacted:)(?P<flag>--?)?(?P<name>[A-Za-z0-9_][A-Za-z0-9_-]{1,63}+)"
    r"(?P<between>\\{0,7}[\"']?[,;]?\s{0,12}\\{0,7}[\"']?value\\{0,7}[\"']?\s{0,3}[:=]\s{0,3}"
    r"|\\{0,7}[\"']?\s{0,3}(?:=>|:=|=(?![=~>])|:(?!:|//))\s{0,3}|>(?=[^<>\n]{1,512}</)"
    r"|\\{0,7}[\"'],\s{0,3}(?=\\{0,7}[\"'])|\sis:?\s{1,3}|\s{1,3})",
    re.ASCII,
)
VALUE = re.compile(
    r"(?P<scheme>(?:bearer|basic|token|digest|negotiate|apikey)\s{1,3})?"
    r"(?:(?P<list>\[[^\]\n]{1,1000}+\]?|\{[^{}\n]{0,500}+(?:\{[^{}\n]{0,500}+\}?){0,3}+\}{0,4})"
    r"|\\{1,7}[\"'](?P<escaped>[^\"'\\\n]++)|\"(?P<double>(?:[^\"\\\n]|\\.)++)|'(?P<single>[^'\n]++)"
    r"|(?P<bare>[^\s\"'`&;|<>]++))",
    re.ASCII | re.IGNORECASE,
)
NO_SECRET = re.compile(
    r"\$\{?\w+[^}]*\}?|\$\{\{.*|[a-z_.]{1,64}[\[(][\w.,]*[\])]{0,2}|\$\(.*|<[^>]*>|\{\{.*|%\w+%|\[redacted:.*|\*+|\.+|x+|-.*"
    r"|none|null|nil|true|false|undefined|yes|no|str|string|bytes|int|required|optional|bearer|basic",
    re.ASCII | re.IGNORECASE,
)
"""References to a secret, blanks for one and words of a schema."""

LONGEST_WORD = 200
"""A longer value is no word and no reference, whatever it looks like; so values are judged within a bound."""


def _hide_named(text: str) -> str:
    """name=value, name: value, "name": "value", --name value."""
    pieces, done = [], 0
    for found in NAMED.finditer(text):
        if found.start() < done or not (_is_secret_name(found["name"]) or _is_secret_string_name(found["name"])):
            continue
        value = VALUE.match(text, found.end())
        if value is not None and value.lastgroup is not None and _is_secret_value(found, value):
            start, done_now = value.span(value.lastgroup)
            pieces += [text[done:start], marker("secret", text[start:done_now])]
            done = done_now
    return "".join(pieces) + text[done:]


def _is_secret_value(found: re.Match[str], value: re.Match[str]) -> bool:
    secret = value[value.lastgroup or 0]
    if len(secret) > LONGEST_WORD:
        return True
    if NO_SECRET.fullmatch(secret.rstrip("),.]")):
        return False
    if value.lastgroup == "list":
        return _is_secret_name(found["name"]) and ":" in found["between"]
    if "," in found["between"] and "value" not in found["between"]:
        return bool(found["flag"])
    assigned = found["flag"] or any(sign in found["between"] for sign in ":=>")
    if _is_secret_name(found["name"]) or value["scheme"]:
        return bool(assigned) or looks_random(secret)
    if found["flag"] or found["between"] == "=" or (assigned and value["bare"] is None):
        return not secret.isdigit() and secret[0] not in "/~."
    return looks_random(secret)


UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def looks_random(text: str) -> bool:
    """Whether it may be a generated token, and is no word, path or name; said of at most 200 characters."""
    if UUID.fullmatch(text) or any(_is_dense(piece) for piece in re.split(r"[^A-Za-z0-9]+", text)):
        return True
    odd = len(text) >= 24 and text[0] not in "/~." and "[redacted:" not in text
    return odd and _mixes_cases(text) and _entropy(text) > 4.2


def _is_dense(piece: str) -> bool:
    return len(piece) >= 12 and not piece.isalpha() and not piece.isdigit() and _entropy(piece) > 2.5


def _mixes_cases(text: str) -> bool:
    return all(any(map(kind, text)) for kind in (str.isdigit, str.isupper, str.islower))


def _entropy(text: str) -> float:
    """Bits a character."""
    return -sum(count / len(text) * log2(count / len(text)) for count in Counter(text).values())


NAMES = Rule(
    tuple("pass secret credential token auth bearer cookie key pwd jwt sig= signature psk".split()), _hide_named
)
# Names come last: what has been recognised by its form keeps the kind that says more.
RULES = (*FORMS, NAMES)
TRIGGERS = tuple((trigger, rule) for rule in RULES for trigger in rule.triggers)


@cache
def _triggers() -> re2.Set:
    """Looks for all of them at once, in a thirtieth of the time that one after the other takes."""
    triggers = re2.Set.SearchSet()
    for trigger, _ in TRIGGERS:
        triggers.Add(re2.escape(trigger))
    triggers.Compile()
    return triggers


def _triggered(text: str) -> list[Rule]:
    hits = _triggers().Match(text.lower())
    return list(dict.fromkeys(TRIGGERS[number][1] for number in sorted(hits))) if hits else []


def redacted(text: str) -> str:
    """The text without its secrets."""
    return _apply(_triggered(text), text)


def _apply(rules: Iterable[Rule], text: str) -> str:
    for rule in rules:
        text = rule.hide(text)
    return text


def scrub_all(events: Sequence[Envelope[Any]]) -> list[Envelope[Any]]:
    """The events without their secrets: the same objects where there are none."""
    suspects = _suspects(events)
    return [scrub(event) if number in suspects else event for number, event in enumerate(events)]


def _suspects(events: Sequence[Envelope[Any]]) -> set[int]:
    """Which events hold a trigger, in their JSON: one search for all of them costs half of what one for each does."""
    text = _encoder.encode_lines(events).decode().lower().encode()
    trigger = _trigger()
    suspects = set()
    number = start = 0
    while found := trigger.search(text, start):
        number += text.count(b"\n", start, found.start())
        suspects.add(number)
        start = text.index(b"\n", found.end())
    return suspects


_encoder = msgspec.json.Encoder()


@cache
def _trigger() -> re2._Regexp:
    """Any one of them. JSON escapes no character of a trigger: what stands in a text stands in its JSON too."""
    return re2.compile("|".join(re2.escape(trigger) for trigger, _ in TRIGGERS).encode())


def scrub(event: Envelope[Any]) -> Envelope[Any]:
    """The event without its secrets: the same object where there are none."""
    text = _text_of(event)
    rules = _triggered(text)
    if not rules or (isinstance(event.data, Struct) and _apply(rules, text) == text):
        return event
    plain = msgspec.to_builtins(event)
    clean = _clean(rules, plain)
    return event if clean == plain else decode(event.type, msgspec.json.encode(clean))


def _text_of(event: Envelope[Any]) -> str:
    """All that a rule could change, in one text."""
    texts = [event.id, event.source, event.project, event.session, event.agent, event.host]
    values = astuple(event.data) if isinstance(event.data, Struct) else (event.data,)
    for value in values:
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, dict | list | tuple):
            texts.append(msgspec.json.encode(value).decode())
    return "\n".join(texts)


def _clean(rules: list[Rule], value: Any) -> Any:
    if isinstance(value, str):
        return _apply(rules, value)
    if isinstance(value, Mapping):
        names = _named_within(value)
        return {_apply(rules, key): _clean_field(rules, names.get(key) or key, each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return _clean_list(rules, value)
    return value


def _named_within(value: Mapping[str, Any]) -> dict[str, str]:
    """Whose value a field is, where that stands beside it: {"name": "DB_PASSWORD", "value": ...}."""
    for each in ("name", "key", "Name", "Key"):
        told = value.get(each)
        if isinstance(told, str) and " " not in told:
            return dict.fromkeys(("value", "Value", "val"), told)
    return {}


def _clean_list(rules: list[Rule], values: Sequence[Any]) -> list[Any]:
    """What follows an option is its value, and so is what follows a name in a pair."""
    cleaned: list[Any] = []
    before = ""
    for value in values:
        names = before.startswith("-") or (len(values) == 2 and " " not in before)
        is_value = isinstance(value, str) and bool(before) and names
        cleaned.append(_clean_field(rules, before.lstrip("-"), value) if is_value else _clean(rules, value))
        before = value if isinstance(value, str) else ""
    return cleaned


def _clean_field(rules: list[Rule], name: str, value: Any) -> Any:
    if _is_secret_name(name):
        return _hide_all(rules, value, numbers=True)
    return _hide_all(rules, value, numbers=False) if _is_secret_string_name(name) else _clean(rules, value)


def _hide_all(rules: list[Rule], value: Any, numbers: bool) -> Any:
    if isinstance(value, Mapping):
        return {_apply(rules, key): _hide_all(rules, each, numbers) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_hide_all(rules, each, numbers) for each in value]
    if isinstance(value, str):
        return value if not value or NO_SECRET.fullmatch(value[:LONGEST_WORD]) else marker("secret", value)
    return marker("secret", str(value)) if numbers and type(value) in (int, float) else value
