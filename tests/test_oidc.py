"""Signing in by a team's own provider: a real one, in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urljoin

import httpx
import pytest

from services.access import Grant, User
from services.accounts import Accounts
from services.api.login import door_of
from services.api.oidc import STARTS, Claims, Provider, ProviderError, admit
from services.events import now
from services.settings import ROOT, Oidc, Settings
from tests.browser import Browser
from tests.conftest import BIN
from tests.freeports import free_block, free_ports
from tests.frontdoor import Reply, front_door
from tests.memorylog import MemoryLog
from tests.memorytable import MemoryTable
from tests.stack import Answer, Stack, team_stack

SECRET = "a-secret-of-the-client"


class Team:
    def __init__(self, stack: Stack, provider: subprocess.Popen[str]) -> None:
        self.stack = stack
        self.provider = provider

    def come_back(self, browser: Browser, login: str, start: str = "/oidc/start") -> str:
        """Signs in at the provider; the path by which it sends the browser back."""
        sent = browser.get(start)
        assert sent.status == 303, sent.body
        with httpx.Client() as there:
            answer = there.get(sent.headers["location"])
            for _ in range(10):
                if answer.is_redirect:
                    onward = urljoin(str(answer.url), answer.headers["location"])
                    if onward.startswith(self.stack.url):
                        return onward.removeprefix(self.stack.url)
                    answer = there.get(onward)
                    continue
                form = re.search(r'action="([^"]+)"', answer.text)
                prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
                assert form is not None, answer.text
                assert prompt is not None, answer.text
                fields = {"prompt": prompt[1], "login": login, "password": "any"}
                answer = there.post(urljoin(str(answer.url), form[1]), data=fields)
        raise AssertionError(f"the provider does not send back: {answer.text}")

    def sign_in(self, login: str, start: str = "/oidc/start") -> tuple[Browser, Answer]:
        browser = Browser(self.stack)
        return browser, browser.get(self.come_back(browser, login, start))


def end(provider: subprocess.Popen[str]) -> None:
    """The whole group: the `node` of the requirements is a program that starts another."""
    with suppress(ProcessLookupError):
        os.killpg(provider.pid, signal.SIGTERM)
    provider.wait()


@pytest.fixture(scope="module")
def team() -> Iterator[Team]:
    [port] = free_ports(1)
    block = free_block()
    environment = os.environ | {
        "PORT": str(port),
        "SECRET": SECRET,
        "REDIRECT": f"https://localhost:{block + 5}/oidc/callback",
        "PATH": f"{BIN}:{os.environ['PATH']}",
    }
    provider = subprocess.Popen(
        ["node", "test/provider.mjs"],
        cwd=ROOT / "web",
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert provider.stdout is not None
    try:
        assert any("ready" in line for line in provider.stdout)
        with team_stack(
            block,
            LOOKOUT_OIDC_ISSUER=f"http://localhost:{port}",
            LOOKOUT_OIDC_CLIENT_ID="lookout",
            LOOKOUT_OIDC_CLIENT_SECRET=SECRET,
            LOOKOUT_OIDC_NAME="Example",
        ) as stack:
            yield Team(stack, provider)
    finally:
        end(provider)
        provider.stdout.close()


def test_a_user_whose_address_the_provider_has_verified_signs_in(team: Team) -> None:
    assert b"Sign in with Example" in Browser(team.stack).get("/login").body
    team.stack.cli("user", "add", "ada@example.com")
    browser, answer = team.sign_in("ada@example.com", "/oidc/start?next=%2F%3Fview%3Dagents")
    assert (answer.status, answer.headers.get("location")) == (303, "/?view=agents"), answer.body
    assert browser.get("/me", "*/*").json["id"] == "ada@example.com"
    assert "provider" in team.stack.cli("user", "list").stdout
    again, _ = team.sign_in("ada@example.com")
    assert again.get("/me", "*/*").status == 200


def test_whom_nobody_has_added_and_whose_address_is_not_verified_stays_out(team: Team) -> None:
    team.stack.cli("user", "add", "grace@example.com")
    for login in ("eve@example.com", "unverified-grace@example.com"):
        browser, answer = team.sign_in(login)
        assert answer.status == 403
        assert b"ask an admin to add you" in answer.body
        assert browser.token == ""


def test_what_comes_back_counts_once_and_only_in_the_browser_that_went(team: Team) -> None:
    team.stack.cli("user", "add", "linus@example.com")
    browser, other = Browser(team.stack), Browser(team.stack)
    back = team.come_back(browser, "linus@example.com")
    stolen = other.get(back)
    assert (stolen.status, b"begun in another browser" in stolen.body, other.token) == (403, True, "")
    assert browser.get(back).status == 303
    assert browser.get(back).status == 403


@pytest.mark.parametrize("query", ["", "?state=x&code=y", "?error=access_denied", "?state=&code="])
def test_what_no_provider_has_sent_is_refused(team: Team, query: str) -> None:
    answer = Browser(team.stack).get(f"/oidc/callback{query}")
    assert answer.status == 403
    assert b"Sign" in answer.body


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
async def test_a_provider_that_sends_elsewhere_without_tls_is_not_followed(name: str) -> None:
    with front_door() as door:
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        about = dict.fromkeys(names, f"{door.url}/jwks") | {name: f"{door.url}/jwks".replace("127.0.0.1", "x.test")}
        door.paths["/.well-known/openid-configuration"] = Reply(200, {"issuer": door.url, **about})
        door.paths["/jwks"] = Reply(200, {"keys": []})
        provider = Provider(Settings(oidc=Oidc(issuer=door.url, client_id="lookout")), SECRET)
        with pytest.raises(ProviderError, match="names addresses without https://"):
            await provider.send("/", "192.0.2.1")
        assert {each.path for each in door.requests} == {"/.well-known/openid-configuration"}


async def test_an_address_that_only_is_a_users_when_it_is_made_small_is_another() -> None:
    address = "\u212aate@example.com"
    assert address.lower() == "kate@example.com"
    accounts = Accounts(MemoryTable())
    await accounts.add_user(User("kate@example.com", (Grant("viewer"),), now()))
    settings = Settings(oidc=Oidc(issuer="https://login.example.com", client_id="lookout"))
    with pytest.raises(ProviderError, match="ask an admin to add you"):
        await admit(door_of(accounts, MemoryLog()), settings, Claims("sub", address, True))


def test_a_provider_that_is_away_is_told_in_words(team: Team) -> None:
    """It ends the provider."""
    browser = Browser(team.stack)
    back = team.come_back(browser, "ada@example.com")
    end(team.provider)
    answer = browser.get(back)
    assert answer.status == 403
    assert b"did not confirm who you are" in answer.body
    assert b"does not answer" in Browser(team.stack).get("/oidc/start").body


def test_one_address_is_sent_there_so_often_and_then_waits(team: Team) -> None:
    """The last one."""
    browser = Browser(team.stack)
    answers = [browser.get("/oidc/start") for _ in range(STARTS[1] + 2)]
    assert answers[-1].status == 429
    assert b"Too many sign in from this address" in answers[-1].body
    assert 0 < int(answers[-1].headers["retry-after"]) <= 6
