"""Team mode as started by `lookout up`: TLS, the first users, signing in and out."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import psutil
import pytest

from tests.browser import Browser, link_of
from tests.stack import PROCESSES, Stack, team_stack

PASSWORD = "correct horse battery"
SECRETS = {"LOOKOUT_ENCRYPTION_KEY": "0123456789abcdef" * 4, "LOOKOUT_OIDC_CLIENT_SECRET": "of the client"}


@pytest.fixture(scope="module")
def team() -> Iterator[Stack]:
    with team_stack(**SECRETS, LOOKOUT_KEY="of the shell") as stack:
        yield stack


def added(team: Stack, name: str, *options: str, password: str = PASSWORD) -> Browser:
    """A user who has chosen a password, and is signed in by that."""
    said = team.cli("user", "add", name, *options)
    assert said.returncode == 0, said.stderr
    browser = Browser(team)
    token = parse_qs(urlsplit(link_of(said.stdout)).query)["token"][0]
    answer = browser.post("/link", token=token, password=password, again=password)
    assert (answer.status, answer.headers.get("location")) == (303, "/"), answer.body
    return browser


def test_the_certificate_is_one_of_the_root_that_up_names(team: Stack) -> None:
    assert f"trust {team.root}" in team.said
    named = re.search(r"SHA-256 ([0-9A-F:]{95})", team.said)
    assert named
    with socket.create_connection(("127.0.0.1", team.port + 5)) as plain:
        assert team.trust is not None
        with team.trust.wrap_socket(plain, server_hostname="localhost") as secured:
            assert secured.version() == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError), socket.create_connection(("127.0.0.1", team.port + 5)) as plain:
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
    assert Browser(team).get("/root.crt").body == team.root.read_bytes()


def test_a_one_time_link_is_printed_to_a_terminal_only(team: Stack) -> None:
    assert "lookout user add NAME --role admin" in team.said
    assert "token" not in team.said


def test_who_has_not_signed_in_is_led_to_the_login_page_and_back(team: Stack) -> None:
    added(team, "ada")
    browser = Browser(team)
    sent = browser.get("/?view=agents&sel=agent:x")
    assert (sent.status, sent.headers["location"]) == (303, "/login?next=%2F%3Fview%3Dagents%26sel%3Dagent%3Ax")
    page = browser.get(sent.headers["location"]).body.decode()
    assert 'value="/?view=agents&amp;sel=agent:x"' in page
    assert browser.get("/agents", accept="*/*").status == 401
    answer = browser.sign_in("ada", PASSWORD, "/?view=agents&sel=agent:x")
    assert (answer.status, answer.headers["location"]) == (303, "/?view=agents&sel=agent:x")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in answer.headers["set-cookie"]
    assert browser.get("/").body.startswith(b"<!doctype html>")
    assert browser.get("/me").json["id"] == "ada"


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "//[", "https://evil.example/", "/\\evil.example", "javascript:x", "/\t/evil.example", "/login"],
)
def test_signing_in_leads_nowhere_else(team: Stack, wanted: str) -> None:
    name = f"u{abs(hash(wanted)) % 10**9}"
    added(team, name)
    assert Browser(team).sign_in(name, PASSWORD, wanted).headers["location"] == "/"


def test_a_link_works_once_and_looking_at_it_uses_nothing_up(team: Stack) -> None:
    link = link_of(team.cli("user", "add", "grace").stdout)
    token = parse_qs(urlsplit(link).query)["token"][0]
    browser = Browser(team)
    assert b"grace" in browser.get(f"/{link}").body
    assert b"at least 12" in browser.post("/link", token=token, password="short", again="short").body
    assert b"not the same" in browser.post("/link", token=token, password=PASSWORD, again=PASSWORD + "x").body
    assert browser.post("/link", token=token, password=PASSWORD, again=PASSWORD).status == 303
    replayed = Browser(team).post("/link", token=token, password="another password", again="another password")
    assert replayed.status == 410
    assert Browser(team).sign_in("grace", "another password").status == 401


def test_signing_in_makes_a_new_session_whatever_cookie_was_there(team: Stack) -> None:
    browser = added(team, "fixed")
    before = browser.token
    assert browser.sign_in("fixed", PASSWORD).status == 303
    assert browser.token != before


def test_signing_out_ends_one_session_or_all(team: Stack) -> None:
    desk, phone, tablet = added(team, "linus"), Browser(team), Browser(team)
    for each in (phone, tablet):
        assert each.sign_in("linus", PASSWORD).status == 303
    held = desk.token
    assert desk.post("/logout").headers["location"] == "/login"
    assert desk.token == ""
    assert team.request("GET", "/me", headers={"cookie": f"__Host-lookout={held}"}).status == 401
    assert phone.get("/me").status == 200
    phone.post("/logout/everywhere")
    assert tablet.get("/me", "*/*").status == 401


def test_a_page_of_another_origin_can_neither_sign_in_nor_out(team: Stack) -> None:
    browser = added(team, "mallory")
    assert browser.post("/logout", origin="https://evil.example").status == 403
    assert browser.post("/login", origin="null", username="mallory", password=PASSWORD).status == 403
    assert browser.get("/me").status == 200


def test_a_user_that_is_removed_is_out_within_seconds(team: Stack) -> None:
    browser = added(team, "gone")
    assert team.cli("user", "remove", "gone").returncode == 0
    team.until("/health", lambda _: browser.get("/me", "*/*").status == 401)
    assert browser.sign_in("gone", PASSWORD).status == 401
    again = team.cli("user", "remove", "gone")
    assert (again.returncode, again.stderr) == (1, "lookout: There is no user gone.\n")


def test_an_admin_manages_users_and_keys_and_a_viewer_does_not(team: Stack) -> None:
    boss, viewer = added(team, "boss", "--role", "admin"), added(team, "intern")
    assert viewer.get("/users", "*/*").status == viewer.get("/keys", "*/*").status == 403
    names = [user["name"] for user in boss.get("/users", "*/*").json["users"]]
    assert {"boss", "intern"} <= set(names)
    listed = team.cli("user", "list").stdout
    assert re.search(r"^boss +admin in \* +password", listed, re.M)


def test_each_process_has_the_secrets_that_it_needs_and_no_other(team: Stack) -> None:
    names = {*SECRETS, "STORE_KEY", "GATEWAY_SECRET", "LOOKOUT_KEY"}
    held = {}
    for process in PROCESSES:
        environment = psutil.Process(team.pid(process)).environ()
        held[process] = {name for name in names if environment.get(name)}
    assert held == {
        "nats": {"STORE_KEY"},
        "api": set(SECRETS),
        "ingest": set(),
        "stream": set(),
        "gateway": {"GATEWAY_SECRET"},
    }


def test_secrets_are_in_no_log(team: Stack) -> None:
    browser = added(team, "discreet")
    browser.get("/?secret=in-the-query")
    logs = "".join(path.read_text(errors="replace") for path in (team.data / "log").iterdir())
    assert "access" in {path.stem for path in (team.data / "log").iterdir()}
    assert browser.token not in logs
    assert "in-the-query" not in logs
    assert PASSWORD not in logs


def test_wrong_passwords_are_answered_alike_and_soon_not_at_all(team: Stack) -> None:
    """The last one: from this address nobody signs in for a while."""
    added(team, "victim")
    answers = [Browser(team).sign_in(name, "wrong password") for name in ["victim", "nobody"] * 8]
    codes = [answer.status for answer in answers]
    refused = codes.index(429)
    assert set(codes[:refused]) == {401}
    assert 429 in codes[11:]
    assert len({answer.body.replace(b"nobody", b"victim") for answer in answers[:refused]}) == 1
    assert int(answers[-1].headers["retry-after"]) <= 6
    # Past the gateway nobody is believed to come from elsewhere, and who does come from elsewhere is not held up.
    forged = {"x-forwarded-for": "203.0.113.7", "x-lookout-gateway": "x"}
    assert signed_in(HTTPConnection("127.0.0.1", team.port + 3), forged)[0] == 429
    elsewhere = HTTPSConnection("localhost", team.port + 5, context=team.trust, source_address=("127.0.0.2", 0))
    status, cookie = signed_in(elsewhere, forged)
    assert status == 303
    asked = {"cookie": cookie.partition(";")[0]}
    logins = "/events?q=type:audit.login&limit=1"

    def told(_: Any) -> bool:
        [login] = team.request("GET", logins, None, asked).json["events"]
        return bool(login["data"]["address"] == "127.0.0.2")

    team.until("/health", told)
    failed = team.request("GET", "/events?q=type:audit.login_failed", None, asked).json["events"]
    named = {each["data"]["who"] for each in failed}
    assert {"victim", "unknown"} <= named
    assert "nobody" not in named


def signed_in(connection: HTTPConnection, headers: dict[str, str]) -> tuple[int, str]:
    """The status, and the cookie that is set."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    fields = urlencode({"username": "victim", "password": PASSWORD})
    connection.request("POST", "/login", fields, form | headers)
    answer = connection.getresponse()
    connection.close()
    return answer.status, answer.headers.get("set-cookie", "")
