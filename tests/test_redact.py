"""Secrets are made up here from halves, so that no scanner takes this file for a leak."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events import Envelope, SessionUpdate, ToolUse, encode, random_id
from services.keys import SCOPES, new_key
from services.redact import TRIGGERS, _triggered, looks_random, redacted, scrub, scrub_all

LETTERS = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7aC0eF"
HEX = sha256(b"lookout").hexdigest()
DIGITS = "123456789012345678"


def event(data: Any, event_type: str = "custom", **names: str) -> Envelope[Any]:
    return Envelope(
        id=random_id(),
        source=names.get("source", "api"),
        type=event_type,
        time=datetime(2026, 11, 24, tzinfo=UTC),
        project=names.get("project", "p"),
        session=names.get("session", ""),
        agent=names.get("agent", ""),
        data=data,
    )


def command(summary: str) -> Envelope[Any]:
    return event(ToolUse(tool="Bash", phase="started", summary=summary), "tool_use")


KNOWN_BY_FORM = {
    "anthropic": "sk-" + "ant-api03-" + LETTERS + "_" + LETTERS + "-" + LETTERS + "AA",
    "openai": "sk-" + "proj-" + LETTERS + "T3Blbk" + LETTERS,
    "openai, the older": "sk-" + LETTERS + LETTERS[:16],
    "openrouter": "sk-" + "or-v1-" + HEX,
    "github, classic": "ghp_" + LETTERS + "abcd",
    "github, oauth": "gho_" + LETTERS + "abcd",
    "github, server": "ghs_" + LETTERS + "abcd",
    "github, fine-grained": "github_" + "pat_" + LETTERS[:22] + "_" + LETTERS + LETTERS[:27],
    "gitlab": "glpat-" + LETTERS[:20],
    "gitlab, routable": "glpat-" + LETTERS[:27] + ".01." + LETTERS[:9],
    "aws": "AKIA" + "IOSFODNN7" + "EXAMPLE",
    "aws, temporary": "ASIA" + "IOSFODNN7" + "EXAMPLE",
    "aws, both": "AKIA" + "IOSFODNN7EXAMPLE" + "," + "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY",
    "jwt": "eyJ" + "hbGciOiJIUzI1NiJ9." + "eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0." + LETTERS + "_-x",
    "slack": "xoxb-" + DIGITS[:12] + "-" + DIGITS[:13] + "-" + LETTERS[:24],
    "slack, user": "xoxp-" + DIGITS[:12] + "-" + DIGITS[:12] + "-" + HEX[:32],
    "slack, app": "xapp-1-" + "A012345-" + DIGITS[:13] + "-" + HEX,
    "google": "AIza" + "SyD" + LETTERS,
    "google, oauth": "ya29." + "a0Af" + LETTERS * 3,
    "google, client": "GOCSPX-" + LETTERS[:28],
    "npm": "npm_" + LETTERS + "abcd",
    "pypi": "pypi-" + "AgEIcHlwaS5vcmc" + LETTERS * 3,
    "stripe": "sk_" + "live_" + LETTERS[:24],
    "stripe, restricted": "rk_" + "live_" + LETTERS[:24],
    "stripe, webhook": "whsec_" + LETTERS,
    "huggingface": "hf_" + LETTERS + "ab",
    "digitalocean": "dop_v1_" + HEX,
    "sendgrid": "SG." + LETTERS[:22] + "." + LETTERS + LETTERS[:11],
    "shopify": "shpat_" + HEX[:32],
    "docker": "dckr_" + "pat_" + LETTERS[:27],
    "groq": "gsk_" + LETTERS + LETTERS[:20],
    "grafana": "glsa_" + LETTERS + "_" + HEX[:8],
    "vault": "hvs." + "CAESI" + LETTERS * 2,
    "tailscale": "tskey-" + "auth-" + LETTERS[:12] + "CNTRL-" + LETTERS,
    "telegram": DIGITS[:10] + ":AA" + LETTERS + "_a",
    "notion": "ntn_" + DIGITS[:11] + LETTERS,
    "age": "AGE-SECRET-" + "KEY-1" + (HEX[:58]).upper(),
    "pem": "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEpAIBAAKCAQEA" + LETTERS + "\n-----END RSA " + "PRIVATE KEY-----",
    "pem, cut": "-----BEGIN " + "PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0" + LETTERS,
    "pem, in JSON": "-----BEGIN OPENSSH " + "PRIVATE KEY-----\\nb3BlbnNzaC1r\\n-----END OPENSSH " + "PRIVATE KEY-----",
}

NAMED = {
    # what is written, and what of it is the secret
    "export API_KEY=hunter2pass": "hunter2pass",
    "GITHUB_TOKEN=abc123 gh pr list": "abc123",
    "PGPASSWORD=s3cr3t psql -h db": "s3cr3t",
    "MYSQL_PWD=s3cr3t mysqldump app": "s3cr3t",
    "DB_PASS='two words' make": "two words",
    'export SECRET_KEY="a b; c"': "a b; c",
    "./deploy --password hunter2 --host x": "hunter2",
    "./deploy --password=hunter2 --host x": "hunter2",
    "gh auth login --with-token --token abc12345": "abc12345",
    "vault login -token=abc12345": "abc12345",
    "http :8000 X-Api-Key:abc12345def67890": "abc12345def67890",
    "curl -H 'X-Api-Key: 1234' x": "1234",
    "curl -H 'Authorization: Bearer abcdefgh' x": "abcdefgh",
    "curl -H 'Authorization: Basic dXNlcjpwYXNz' x": "dXNlcjpwYXNz",
    "curl -H 'authorization: token abcdefgh' x": "abcdefgh",
    "curl -H 'PRIVATE-TOKEN: abc123def456' x": "abc123def456",
    "curl -H 'Cookie: sid=abc; csrf=def' x": "sid=abc; csrf=def",
    "curl -u admin:hunter2 https://x": "hunter2",
    "curl --user admin:hunter2 https://x": "hunter2",
    "curl 'https://x/y?access_token=abc123&z=1'": "abc123",
    "curl 'https://x/y?sig=Qw12Er34Ty56Ui78&z=1'": "Qw12Er34Ty56Ui78",
    "git clone https://bob:hunter2@example.com/x.git": "hunter2",
    "psql postgres://app:p@ss@db:5432/app": "p@ss",
    "redis://:hunter2@cache:6379/0": "hunter2",
    f"git clone https://{HEX[:40]}@example.com/x.git": HEX[:40],
    "mysql -u root -phunter2 app": "hunter2",
    "sshpass -p hunter2 ssh x": "hunter2",
    "redis-cli -h x -a hunter2 ping": "hunter2",
    "docker login -u bob -p hunter2 example.com": "hunter2",
    "openssl rsa -passin pass:hunter2 -in k": "hunter2",
    "aws configure set aws_secret_access_key wJalrXUtnFEMI/K7MDENG/bPxRfiCY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCY",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG": "wJalrXUtnFEMI/K7MDENG",
    'curl -d \'{"password": "hunter2", "user": "bob"}\'': "hunter2",
    'curl -d "{\\"password\\": \\"hunter2\\", \\"user\\": 1}"': "hunter2",
    "connect(host='x', password='hunter2')": "hunter2",
    "Server=db;User Id=app;Password=hunter2;Encrypt=yes": "hunter2",
    "the token is set: token: 550e8400-e29b-41d4-a716-446655440000": "550e8400-e29b-41d4-a716-446655440000",
    "fly secrets set: my-secret => hunter2": "hunter2",
    "echo _authToken=abc123def >> .npmrc": "abc123def",
    "curl https://hooks.slack.com/services/" + "T0123/B0123/abcDEF123": "T0123/B0123/abcDEF123",
}

INNOCENT = [
    "npm test -- --watch=false",
    "git show 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "git checkout feature/auth-token-refresh",
    "src/auth/token.py",
    "/home/dev/proj/services/authorization/handler2.py",
    "grep -rn password src/ | head -20",
    "rg 'max_tokens=4096|total_tokens: 12' config",
    "pytest tests/test_passwords.py -k 'not secret' --tokens=5",
    "max_tokens=4096 context_tokens=12000 token_usage: 45000",
    "toolu_01ABCdefGHIjklMNOpqrSTUv",
    "5f1c0a8e-0d7e-4c1b-9a57-2f6f0a8c1d11",
    "session 5f1c0a8e-0d7e-4c1b-9a57-2f6f0a8c1d11 of agent-abc123",
    "sha256:" + HEX,
    "docker run -u 1000:1000 -p 8080:80 nginx",
    "mkdir -p build/assets/css",
    "https://example.com:8080/a/b?x=1#y",
    "git@github.com:example/project.git",
    "https://user@example.com/path",
    "PASSWORD=$DB_PASSWORD ./run",
    'TOKEN="${TOKEN}" ./run',
    "TOKEN=$(gh auth token) ./run",
    "export API_KEY=<your key>",
    "--password ${PASSWORD} --token $TOKEN",
    "task-001 disk-usage risk-assessment-2024-report",
    "sk-learn is scikit-learn",
    "npm_config_registry npm_lifecycle_event npm_package_name",
    "author=Bob authored: 2024 tokenizer=fast oauth2",
    "primary_key=id foreign_key=user_id cache_key=abc sort_key=name public_key=x",
    "if (token == null) return; assert password != other; a::token::b",
    "def login(user: str, password: str) -> None",
    "basic authentication and bearer authentication are explained",
    "the pass rate: 12 of 14 pass; compass: north",
    "PWD=/home/dev/proj OLDPWD=/home/dev",
    "Claude needs your permission to use Bash",
    "[redacted:github:0123abcd]",
    "password=[redacted:secret:0123abcd]",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAf",
    "",
]


@pytest.mark.parametrize("kind", KNOWN_BY_FORM)
def test_a_credential_is_known_by_its_form_wherever_it_stands(kind: str) -> None:
    secret = KNOWN_BY_FORM[kind]
    for text in (secret, f"echo {secret} | pbcopy", f'x = "{secret}"', f"https://example.com/?q={secret}&b=1"):
        clean = redacted(text)
        assert "[redacted:" in clean
        assert not any(secret[at : at + 12] in clean for at in range(8, len(secret) - 12, 4)), clean


@pytest.mark.parametrize(("text", "secret"), NAMED.items())
def test_what_a_secret_name_names_is_hidden_and_nothing_else(text: str, secret: str) -> None:
    before, after = text.split(secret, 1)
    clean = redacted(text)
    assert clean.startswith(before + "[redacted:")
    assert clean.endswith("]" + after)
    assert clean.count("[redacted:") == 1


@pytest.mark.parametrize("text", INNOCENT)
def test_an_innocent_text_stays_as_it_is(text: str) -> None:
    assert redacted(text) == text
    innocent = command(text)
    assert scrub(innocent) is innocent


def test_the_marker_names_the_kind_and_tells_equal_secrets_from_others() -> None:
    secret = KNOWN_BY_FORM["github, classic"]
    assert redacted(secret) == f"[redacted:github:{sha256(secret.encode()).hexdigest()[:8]}]"
    assert redacted(secret + " " + secret).split()[0] == redacted(secret)


def test_several_secrets_of_one_text_are_all_hidden() -> None:
    text = " ".join(KNOWN_BY_FORM.values()) + "\n" + "\n".join(NAMED)
    clean = redacted(text)
    assert not any(secret in clean for secret in [*KNOWN_BY_FORM.values(), *NAMED.values()] if len(secret) > 12)


def test_values_of_secret_keys_are_hidden_at_any_depth_and_their_neighbours_are_not() -> None:
    data = {
        "user": "bob",
        "password": "hunter2",
        "pin": {"apiKey": "k", "max_tokens": 5},
        "list": [{"clientSecret": "s", "n": 1}],
        "credentials": {"user": "bob", "parts": ["a", 1, None]},
        "cookie": "a=b",
        "accessToken": "abc",
        "passcode": 1234,
    }
    clean = scrub(event(data)).data
    assert clean["user"] == "bob"
    assert clean["pin"]["max_tokens"] == 5
    assert clean["list"][0]["n"] == 1
    hidden = [
        clean["password"],
        clean["pin"]["apiKey"],
        clean["list"][0]["clientSecret"],
        clean["credentials"]["user"],
        *clean["credentials"]["parts"][:2],
        clean["cookie"],
        clean["accessToken"],
        clean["passcode"],
    ]
    assert all(each.startswith("[redacted:secret:") for each in hidden)
    assert clean["credentials"]["parts"][2] is None


@pytest.mark.parametrize(
    "data",
    [
        {"token_usage": 45000, "tokens": {"input": 5}, "input_tokens": 3, "context_tokens": 7, "token": 12},
        {"author": "Bob", "authored": "x", "password_set": True, "secret": None, "api_key": ""},
        {"tokenizer": "fast", "secretary": "Bob", "keyboard": "qwerty", "key": "value", "public_key": "x"},
        {"password": "[redacted:secret:0123abcd]", "token": "none", "auth": "${AUTH}"},
        {"pass": 12, "fail": 3, "cookies": 4},
    ],
)
def test_innocent_keys_stay_as_they_are(data: dict[str, Any]) -> None:
    innocent = event(data)
    assert scrub(innocent) is innocent


def test_secrets_in_keys_and_in_names_of_the_envelope_are_hidden() -> None:
    secret = KNOWN_BY_FORM["github, classic"]
    clean = scrub(event({secret: 1}, project=f"x-{secret}", session=secret, agent=f"a {secret}", source=secret))
    assert secret.encode() not in encode(clean)


def test_data_of_a_known_type_keeps_its_class_and_its_other_fields() -> None:
    clean = scrub(command("PASSWORD=hunter2 make"))
    assert isinstance(clean.data, ToolUse)
    assert clean.data.summary.startswith("PASSWORD=[redacted:secret:")
    assert (clean.data.tool, clean.data.phase) == ("Bash", "started")


def test_token_counts_of_a_session_are_no_tokens() -> None:
    update = event(SessionUpdate(session_id="s", token_usage=5, title="token budget"), "session_update")
    assert scrub(update) is update


def test_generated_tokens_look_random_and_words_paths_and_names_do_not() -> None:
    assert all(map(looks_random, [HEX, LETTERS, "550e8400-e29b-41d4-a716-446655440000", "wJalrXUtnFEMI/K7MDENG/bPx"]))
    assert not any(
        map(looks_random, ["python-engineer", "src/auth/handler2.py", "1234567890123456", "internationalization"])
    )


HOSTILE = [
    *sorted({trigger for trigger, _ in TRIGGERS}),
    "password=",
    "password=$(",
    'password="',
    "password='\\",
    "token: ",
    "token:",
    "token:a",
    "eyJabcdefgh.",
    "eyJabcdefgh",
    "a_password",
    "-----BEGIN PRIVATE KEY-----",
    "://a:",
    "://",
    "x:",
    " login -p",
    " login x",
    " -p",
    "bearer ",
    "authorization: bearer ",
    "a",
    "_",
    "-",
    '\\"',
    " ",
]


HOSTILE += [
    *("echo a:", "| sudo ", "machine password", "7z ", "zip x", "ldapx -", "smb -U a%", "http -a x", "curl -b 'a="),
    *("pgpass a:1:b:c:", "a:1:", "@tcp(a:", "identified by '", "with password '", "A/", "A+", "abc1Q~", "patA", "SK0"),
    *(
        "<password>",
        "password,",
        '","',
        '--password","',
        '\\\\"',
        "password is ",
        "${{",
        "a(",
        "a.b[",
        "2/1/",
        "A3-AAAAAA-",
    ),
]
PROGRAMS = "mysql curl sshpass http smb 7z zip ldap sqlcmd machine pgpass chpasswd sudo @tcp( +ast azdo "
"""With them every rule is looked at."""

SECONDS = 3.0
"""Of work for 64 KiB; the slowest takes an eighth of one, and quadratic time would be minutes."""


@pytest.mark.parametrize("seed", HOSTILE)
def test_a_hostile_text_takes_linear_time(seed: str) -> None:
    size = 64 * 1024
    for text in (seed * (size // len(seed)), (seed.upper() + "x1") * (size // (len(seed) + 2))):
        began = time.process_time()
        assert len(redacted(PROGRAMS + text)) > 0
        assert time.process_time() - began < SECONDS


TEXTS = st.text(alphabet=st.sampled_from("aB1=:'\"\\ \n-_/.@$&;{}<>,"), max_size=12)
PIECES = st.one_of(TEXTS, st.sampled_from([*KNOWN_BY_FORM.values(), *NAMED, *(t for t, _ in TRIGGERS)]))


@given(st.lists(PIECES, max_size=8).map(" ".join))
def test_redacting_twice_equals_once(text: str) -> None:
    once = redacted(text)
    assert redacted(once) == once


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | PIECES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PIECES, inner, max_size=3),
        max_leaves=8,
    )
)
def test_any_data_can_be_scrubbed_and_needs_it_only_once(value: Any) -> None:
    clean = scrub(event({"value": value}))
    assert scrub(clean) is clean


@given(st.lists(st.sampled_from([*(trigger for trigger, _ in TRIGGERS), " ", "x", "É", "\0", "\n", "_"]), max_size=30))
def test_every_rule_is_tried_whose_trigger_stands_in_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    expected = [rule for trigger, rule in TRIGGERS if trigger in text.lower()]
    assert _triggered(text.upper()) == list(dict.fromkeys(expected))


@given(st.lists(st.tuples(PIECES | st.sampled_from(["\u212aey=" + HEX, "é\nkey=" + HEX]), PIECES), max_size=6))
def test_many_events_are_scrubbed_as_each_of_them_is(pieces: list[tuple[str, str]]) -> None:
    events = [
        each for text, name in pieces for each in (command(text), event({name: [text]}), event({}, agent=name + text))
    ]
    scrubbed = scrub_all(events)
    assert scrubbed == [scrub(each) for each in events]
    assert [one is other for one, other in zip(scrubbed, events, strict=True)] == [
        scrub(each) is each for each in events
    ]


@pytest.mark.parametrize("role", SCOPES)
@pytest.mark.parametrize("text", ["{}", "export LOOKOUT_KEY={}", "the key is {}.", '{{"key": "{}"}}'])
def test_the_keys_of_lookout_itself_are_hidden(role: str, text: str) -> None:
    key = new_key(role).text
    assert key not in redacted(text.format(key))


def test_the_cookie_of_lookout_itself_is_hidden() -> None:
    assert "abcdefghij0123456789abcdefghij" not in redacted("__Host-lookout=abcdefghij0123456789abcdefghij")
