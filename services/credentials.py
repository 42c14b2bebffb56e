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

from services.keys import PREFIX, SCOPES


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


def _option(program: str, option: str, gap: str = r"\s{0,3}") -> Rule:
    """The value of a program's option for a password."""
    before = rf"{program}(?:(?!\s{option})[^|;&\n]){{0,200}}+\s{option}"
    return _rule("password", program, rf"{before}{gap}(?!\[redacted:)(?P<secret>[^\s=-][^\s]*+)")


WORD = "A-Za-z0-9_"
DASHED = "A-Za-z0-9_-"
BASE64 = "A-Za-z0-9+/=_-"
PLAIN = "A-Za-z0-9"
PREFIXES: tuple[tuple[str, str, str, int], ...] = (
    ("lookout", " ".join(f"{PREFIX}_{scope}_" for scope in SCOPES.values()), PLAIN, 24),
    ("anthropic", "sk-ant-", DASHED, 10),
    ("langchain", "lsv2_", WORD, 30),
    ("perplexity", "pplx-", PLAIN, 30),
    ("groq", "gsk_", PLAIN, 30),
    ("xai", "xai-", WORD, 40),
    ("cerebras", "csk-", PLAIN, 30),
    ("together", "tgp_v1_", DASHED, 30),
    ("fireworks", "fw_", PLAIN, 22),
    ("replicate", "r8_", PLAIN, 30),
    ("huggingface", "hf_ api_org_", PLAIN, 30),
    ("voyage", "pa-", DASHED, 40),
    ("pinecone", "pcsk_", WORD, 40),
    ("wandb", "wandb_v1_", WORD, 40),
    ("tavily", "tvly-", DASHED, 24),
    ("e2b", "e2b_", "a-f0-9", 40),
    ("jina", "jina_", WORD, 40),
    ("nvidia", "nvapi-", DASHED, 30),
    ("google", "AIza", DASHED, 30),
    ("google", "ya29. GOCSPX-", f".{DASHED}", 16),
    ("google", "AQ.Ab", DASHED, 30),
    ("google", "1//0", DASHED, 40),
    ("bedrock", "ABSK", BASE64, 80),
    ("databricks", "dapi", "a-f0-9-", 32),
    ("github", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", f".{DASHED}", 20),
    ("gitlab", "glpat- gldt- glrt- glptt- glcbt- glsoat- glft- gloas- glimt- glffct- glagent-", f".{DASHED}", 16),
    ("atlassian", "ATATT3 ATCTT3", f"={DASHED}", 40),
    ("atlassian", "ATBB", PLAIN, 24),
    ("npm", "npm_", PLAIN, 30),
    ("pypi", "pypi-", DASHED, 32),
    ("rubygems", "rubygems_", "a-f0-9", 40),
    ("docker", "dckr_pat_ dckr_oat_", DASHED, 20),
    ("vault", "hvs. hvb. hvr.", DASHED, 20),
    ("pulumi", "pul-", "a-f0-9", 40),
    ("cloudflare", "cfut_ cfat_ cfk_", PLAIN, 40),
    ("vercel", "vcp_ vci_ vca_ vcr_ vck_", PLAIN, 24),
    ("netlify", "nfp_ nfo_ nfb_ nfu_ nfc_", PLAIN, 30),
    ("heroku", "HRKU-", DASHED, 30),
    ("fly", "fm1a_ fm1r_ fm2_", f",{BASE64}", 40),
    ("supabase", "sbp_", "a-f0-9", 40),
    ("supabase", "sb_secret_", DASHED, 20),
    ("neon", "napi_", PLAIN, 40),
    ("planetscale", "pscale_tkn_ pscale_pw_ pscale_oauth_", f".{DASHED}", 30),
    ("render", "rnd_", PLAIN, 28),
    ("digitalocean", "dop_v1_ doo_v1_ dor_v1_", "a-f0-9", 32),
    ("newrelic", "NRAK- NRII- NRRA- NRAA-", DASHED, 24),
    ("grafana", "glsa_ glc_", BASE64, 20),
    ("sentry", "sntrys_ sntryu_ sntrya_", f"{WORD}+/=", 30),
    ("posthog", "phx_", PLAIN, 40),
    ("segment", "sgp_", PLAIN, 40),
    ("honeycomb", "hcaik_ hcxik_ hcamk_ hcxmk_", PLAIN, 40),
    ("slack", "xapp-", DASHED, 16),
    ("sendgrid", "SG.", f".{DASHED}", 40),
    ("brevo", "xkeysib- xsmtpsib-", DASHED, 40),
    ("stripe", "sk_live_ rk_live_ sk_test_ rk_test_ whsec_", f"{WORD}+/=", 10),
    ("square", "EAAA", DASHED, 50),
    ("square", "sq0atp- sq0csp-", DASHED, 20),
    ("paypal", "access_token$production$ access_token$sandbox$", f"${DASHED}", 30),
    ("plaid", "access-production- access-sandbox- access-development-", "a-f0-9-", 30),
    ("shopify", "shpat_ shpss_ shpca_ shppa_", PLAIN, 20),
    ("razorpay", "rzp_live_ rzp_test_", PLAIN, 14),
    ("figma", "figd_ figu_ figo_", DASHED, 30),
    ("notion", "ntn_", PLAIN, 30),
    ("linear", "lin_api_ lin_oauth_", PLAIN, 20),
    ("doppler", "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.", f".{DASHED}", 30),
    ("onepassword", "ops_eyJ", f".{BASE64}", 60),
    ("contentful", "CFPAT-", DASHED, 30),
    ("postman", "PMAK-", DASHED, 40),
    ("readme", "rdme_", PLAIN, 40),
    ("sonar", "squ_ sqp_ sqa_", "a-f0-9", 40),
    ("circleci", "CCIPAT_ CCIPRJ_", WORD, 40),
    ("buildkite", "bkua_ bkct_ bkpt_", PLAIN, 30),
    ("artifactory", "AKCp", PLAIN, 60),
    ("typeform", "tfp_", DASHED, 40),
    ("prefect", "pnu_ pnb_", PLAIN, 30),
    ("tailscale", "tskey-", DASHED, 16),
    ("snyk", "snyk_uat. snyk_sat.", f".{DASHED}", 40),
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
    _rule("secret", "sk_", r"(?<![A-Za-z0-9_])(?P<secret>sk_[a-f0-9]{40,}+)"),
    _rule("notion", "secret_", r"(?<![A-Za-z0-9_])(?P<secret>secret_[A-Za-z0-9]{43}(?![A-Za-z0-9_]))"),
    _rule("cursor", "key_", r"(?<![A-Za-z0-9_])(?P<secret>key_[a-f0-9]{60,}+)"),
    _rule("secret", "fc- key-", r"(?<![A-Za-z0-9-])(?P<secret>(?:fc|key)-[a-f0-9]{32}(?![A-Za-z0-9]))"),
    _rule("resend", "re_", r"(?<![A-Za-z0-9_])(?P<secret>re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}+)"),
    _rule("clickup", "pk_", r"(?<![A-Za-z0-9_])(?P<secret>pk_[0-9]{5,10}_[A-Z0-9]{30,}+)"),
    _rule("airtable", "pat", r"(?<![A-Za-z0-9])(?P<secret>pat[A-Za-z0-9]{14}\.[a-f0-9]{60,}+)"),
    _rule("asana", "1/1 2/1", r"(?<![A-Za-z0-9])(?P<secret>[12]/1[0-9]{12,17}(?:/1?[0-9]{12,17})?:[a-f0-9]{32})"),
    _rule("twilio", "sk", r"(?<![A-Za-z0-9])(?P<secret>SK[a-f0-9]{32}(?![A-Za-z0-9]))"),
    _rule("mailchimp", "-us", r"(?<![A-Za-z0-9])(?P<secret>[a-f0-9]{32}-us[0-9]{1,2})(?![A-Za-z0-9])"),
    _rule("newrelic", "ffffnral", r"(?<![A-Za-z0-9])(?P<secret>[a-f0-9]{36}FFFFNRAL)"),
    _rule("crates", "cio", r"(?<![A-Za-z0-9])(?P<secret>cio[A-Za-z0-9]{32}(?![A-Za-z0-9]))"),
    _rule("nuget", "oy2", r"(?<![A-Za-z0-9])(?P<secret>oy2[a-z0-9]{43}(?![A-Za-z0-9]))"),
    _rule("terraform", ".atlasv1.", r"(?<![A-Za-z0-9])(?P<secret>[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{50,}+)"),
    _rule("dynatrace", "dt0", r"(?<![A-Za-z0-9])(?P<secret>dt0[a-z][0-9]{2}\.[A-Z0-9]{20,30}\.[A-Z0-9]{60,}+)"),
    _rule("azure", "q~", r"(?<![A-Za-z0-9_~.-])(?P<secret>[A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,}+)"),
    _rule("azure", "azdo", r"(?<![A-Za-z0-9])(?P<secret>[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})"),
    _rule("azure", "+ast", r"(?<![A-Za-z0-9+])(?P<secret>[A-Za-z0-9+/]{76}\+ASt[A-Za-z0-9+/]{5,7}={0,2})"),
    _rule("onepassword", "a3-", r"(?<![A-Za-z0-9])(?P<secret>A3-[A-Z0-9]{6}-(?:[A-Z0-9]{5,6}-){4}[A-Z0-9]{5,6})"),
    _rule(
        "launchdarkly",
        "sdk- api-",
        r"(?<![A-Za-z0-9-])(?P<secret>(?:sdk|api)-[a-f0-9]{8}-(?:[a-f0-9]{4}-){3}[a-f0-9]{12})",
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
    _rule("cookie", "__host-lookout", r"__Host-lookout(?:-oidc)?=(?P<secret>[A-Za-z0-9_-]{20,}+)"),
    _rule(
        "cookie",
        "cookie:",
        r"(?<!\[redacted:)cookie:\s{0,3}(?!\[redacted:)(?P<secret>[^\s\"'][^\n\"']{3,}+)",
        re.ASCII | re.IGNORECASE,
    ),
    _option("mysql", "-p", r""),
    _option("sshpass", "-p"),
    _option("login", "-p", r"\s{1,3}"),
    _option("zip", "-P"),
    _option("7z", "-p", r""),
    _option("ldap", "-w"),
    _option("sqlcmd", "-P"),
    _rule("password", "redis-cli", r"\s-a\s{1,3}(?!\[redacted:)(?P<secret>[^\s]++)"),
    _rule("password", "pass:", r"-pass(?:in|out)?\s{1,3}pass:(?!\[redacted:)(?P<secret>[^\s]++)"),
    _rule("password", "smb", r"\s-U\s{0,3}[\"']?[^\s%\"']{1,64}%(?!\[redacted:)(?P<secret>[^\s\"']++)"),
    _rule(
        "password",
        "htpasswd",
        r"htpasswd\s{1,3}-[A-Za-z]{0,6}b[A-Za-z]{0,6}(?:\s{1,3}[^\s]{1,200}){2}\s{1,3}(?P<secret>[^\s]++)",
    ),
    _rule(
        "password",
        "chpasswd",
        r"echo\s{1,3}[\"']?[^\s:\"']{1,64}:(?!\[redacted:)(?P<secret>[^\s\"'|]{1,200})[\"']?\s{0,3}\|\s{0,3}(?:sudo\s{1,3})?chpasswd",
    ),
    _rule(
        "password",
        "sudo",
        r"echo\s{1,3}[\"']?(?!\[redacted:)(?P<secret>[^\s\"'|]{1,200})[\"']?\s{0,3}\|\s{0,3}sudo\s[^\n|]{0,40}?-[A-Za-z]{0,4}S",
    ),
    _rule(
        "password",
        "pgpass",
        r"(?<![A-Za-z0-9.*-])[A-Za-z0-9.*-]{1,128}:(?:[0-9]{1,5}|\*)(?::[A-Za-z0-9_.*-]{1,64}){2}:(?!\[redacted:)(?P<secret>[^\s]++)",
    ),
    _rule(
        "password",
        "@tcp( @unix(",
        r"(?<![A-Za-z0-9_.:-])[A-Za-z0-9_.-]{1,64}:(?!\[redacted:)(?P<secret>[^\s@]{1,200})@(?:tcp|unix)\(",
    ),
    _rule("password", ";pwd=", r";\s{0,3}pwd=(?!\[redacted:)(?P<secret>[^;\s\"']++)", re.ASCII | re.IGNORECASE),
    _rule(
        "password",
        "machine",
        r"machine\s(?:(?!password)[^\n]){0,200}+password\s{1,3}(?!\[redacted:)(?P<secret>[^\s]++)",
    ),
    _rule(
        "password",
        "password",
        r"with\s{1,3}(?:encrypted\s{1,3})?password\s{1,3}'(?!\[redacted:)(?P<secret>[^'\n]++)'",
        re.ASCII | re.IGNORECASE,
    ),
    _rule(
        "password",
        "identified",
        r"identified\s{1,3}by\s{1,3}(?:password\s{1,3})?'(?!\[redacted:)(?P<secret>[^'\n]++)'",
        re.ASCII | re.IGNORECASE,
    ),
    _rule(
        "cookie",
        "curl",
        r"\s(?:-b|--cookie)[ =]{1,3}(?P<quote>[\"'])[A-Za-z0-9_.-]{1,64}="
        r"(?!\[redacted:)(?P<secret>[^\"'\n]++)(?P=quote)",
    ),
    _rule("cookie", "curl", r"\s(?:-b|--cookie)[ =]{1,3}[A-Za-z0-9_.-]{1,64}=(?!\[redacted:)(?P<secret>[^\s\"']++)"),
    _rule(
        "password",
        "http",
        r"\s(?:-a|--auth)[ =]{1,3}[\"']?[^\s:\"']{1,64}:(?!\[redacted:)(?P<secret>[^\s\"']++)",
    ),
    _rule(
        "password",
        "curl",
        r"\s(?:-u|--user|--proxy-user)[ =]{0,3}[\"']?[^\s:\"']{1,64}+:(?!\[redacted:)(?P<secret>[^\s\"']++)",
    ),
)

FORMS = (*_prefix_rules(), *SHAPES)
