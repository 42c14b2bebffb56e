"""The forms of known credentials.

No pattern can take more than linear time: each starts at a fixed string or at the edge of the run it reads, and reads
on possessively or within a bound.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from hashlib import sha256
from typing import NamedTuple


class Rule(NamedTuple):
    """`triggers` are lower-case strings one of which stands in every text, in lower case, that `hide` changes."""

    triggers: tuple[str, ...]
    hide: Callable[[str], str]


def marker(kind: str, secret: str) -> str:
    return f"[redacted:{kind}:{sha256(secret.encode()).hexdigest()[:8]}]"


def _hide_pattern(kind: str, pattern: re.Pattern[str], text: str) -> str:
    def hidden(found: re.Match[str]) -> str:
        before, after = found.start("secret") - found.start(), found.end("secret") - found.start()
        return found[0][:before] + marker(kind, found["secret"]) + found[0][after:]

    return pattern.sub(hidden, text)


def _rule(kind: str, triggers: str, pattern: str, flags: re.RegexFlag = re.ASCII) -> Rule:
    return Rule(tuple(triggers.split()), partial(_hide_pattern, kind, re.compile(pattern, flags)))


WORD = "A-Za-z0-9_"
DASHED = "A-Za-z0-9_-"
PREFIXES: tuple[tuple[str, str, str, int], ...] = (
    ("anthropic", "sk-ant-", DASHED, 10),
    ("github", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", WORD, 20),
    ("gitlab", "glpat- gldt- glrt- glptt- glcbt- glsoat- glft- glagent-", f".{DASHED}", 16),
    ("npm", "npm_", "A-Za-z0-9", 30),
    ("pypi", "pypi-", DASHED, 32),
    ("slack", "xapp-", DASHED, 16),
    ("google", "AIza", DASHED, 30),
    ("google", "ya29. GOCSPX-", f".{DASHED}", 16),
    ("stripe", "sk_live_ rk_live_ sk_test_ rk_test_ whsec_", f"{WORD}+/=", 10),
    ("huggingface", "hf_", "A-Za-z0-9", 30),
    ("digitalocean", "dop_v1_ doo_v1_", "a-f0-9", 32),
    ("sendgrid", "SG.", f".{DASHED}", 40),
    ("shopify", "shpat_ shpss_ shpca_", "A-Za-z0-9", 20),
    ("docker", "dckr_pat_", DASHED, 20),
    ("groq", "gsk_", "A-Za-z0-9", 30),
    ("xai", "xai-", WORD, 40),
    ("replicate", "r8_", "A-Za-z0-9", 30),
    ("grafana", "glsa_ glc_", f"{WORD}=", 20),
    ("vault", "hvs. hvb.", DASHED, 20),
    ("tailscale", "tskey-", DASHED, 16),
    ("linear", "lin_api_", "A-Za-z0-9", 20),
    ("sentry", "sntrys_ sntryu_", f"{WORD}+/=", 30),
    ("nvidia", "nvapi-", DASHED, 30),
    ("notion", "ntn_", "A-Za-z0-9", 30),
    ("atlassian", "ATATT3", f"={DASHED}", 40),
    ("age", "AGE-SECRET-KEY-1", "A-Z0-9", 40),
)
"""Kind, prefixes, characters that follow and how many at least."""


def _prefix_rules() -> Iterable[Rule]:
    for kind, prefixes, characters, least in PREFIXES:
        either = "|".join(map(re.escape, prefixes.split()))
        pattern = rf"(?<![A-Za-z0-9])(?P<secret>(?:{either})[{characters}]{{{least},}}+)"
        yield _rule(kind, prefixes.lower(), pattern)


SHAPES = (
    _rule(
        "private-key",
        "private",
        r"(?P<secret>-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:(?!-----)[\s\S])*+(?:-----END [A-Z0-9 ]{0,60}-----)?)",
    ),
    _rule("openai", "sk-", r"(?<![A-Za-z0-9_-])(?P<secret>sk-(?=[A-Za-z_-]{0,64}[0-9])[A-Za-z0-9_-]{20,}+)"),
    _rule(
        "aws",
        "akia asia abia acca",
        r"(?<![A-Za-z0-9])(?P<secret>A(?:KI|SI|BI|CC)A[A-Z0-9]{16}(?![A-Za-z0-9])"
        r"(?:[\s,:;\"'=]{1,5}[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+]))?)",
    ),
    _rule(
        "aws",
        "secret_access_key",
        r"secret_access_key[\"']?[\s:=,]{1,5}[\"']?(?P<secret>[A-Za-z0-9/+=]{30,}+)",
        re.ASCII | re.IGNORECASE,
    ),
    _rule("jwt", "eyj", r"(?<![A-Za-z0-9_-])(?P<secret>eyJ[\w-]{6,}+\.[\w-]{6,}+(?:\.[\w-]*+){0,3})"),
    _rule("slack", "xox", r"(?<![A-Za-z0-9])(?P<secret>xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,}+)"),
    _rule("slack", "hooks.slack.com", r"hooks\.slack\.com/[a-z]{1,12}/(?P<secret>[A-Za-z0-9/_-]{16,}+)"),
    _rule("telegram", ":aa", r"(?<![A-Za-z0-9])(?P<secret>[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}+)"),
    _rule(
        "url-password",
        "://",
        r"://(?!\[redacted:)[^\s/:@\"'<>]{0,128}+:(?!\d{1,5}[/?#]|\$|\[redacted:)(?P<secret>[^\s/\"'<>]{1,512})@",
    ),
    _rule("url-token", "://", r"://(?=[A-Za-z_-]{0,64}[0-9])(?P<secret>[A-Za-z0-9_-]{24,}+)@"),
    _rule(
        "bearer",
        "bearer basic",
        r"(?<![A-Za-z])(?:bearer|basic)\s{1,3}(?P<secret>(?=[A-Za-z._~+/=-]{0,64}[0-9])[A-Za-z0-9._~+/=-]{16,}+)",
        re.ASCII | re.IGNORECASE,
    ),
    _rule(
        "cookie",
        "cookie:",
        r"(?<!\[redacted:)cookie:\s{0,3}(?!\[redacted:)(?P<secret>[^\s\"'][^\n\"']{3,}+)",
        re.ASCII | re.IGNORECASE,
    ),
    _rule("password", "mysql", r"mysql(?:(?!\s-p)[^|;&\n]){0,200}+\s-p(?!\[redacted:)(?P<secret>[^\s=-][^\s]*+)"),
    _rule("password", "sshpass", r"sshpass\s{1,3}-p\s{0,3}(?!\[redacted:)(?P<secret>[^\s]++)"),
    _rule("password", "redis-cli", r"\s-a\s{1,3}(?!\[redacted:)(?P<secret>[^\s]++)"),
    _rule("password", "login", r"\slogin(?:(?!\s-p\s)[^\n]){0,200}+\s-p\s{1,3}(?!\[redacted:)(?P<secret>[^\s]++)"),
    _rule("password", "pass:", r"-pass(?:in|out)?\s{1,3}pass:(?!\[redacted:)(?P<secret>[^\s]++)"),
    _rule(
        "password",
        "curl",
        r"\s(?:-u|--user|--proxy-user)[ =]{0,3}[\"']?[^\s:\"']{1,64}+:(?!\[redacted:)(?P<secret>[^\s\"']++)",
    ),
)

FORMS = (*_prefix_rules(), *SHAPES)
