"""Signing in and out: the gate's question, the login page, one-time links, and who one is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple
from urllib.parse import parse_qs, quote

from msgspec import Struct
from quart import Blueprint, Response, current_app, render_template, request
from quart_schema import document_response, hide

from services.access import ADDRESS, COOKIE, LONGEST, Access, Grant
from services.accounts import Accounts, Unknown
from services.api.answers import answer
from services.api.asking import asker
from services.audit import Fact, audit
from services.events import now
from services.keys import hashed
from services.limits import ByAddress, seconds
from services.log import EventLog, Unavailable, message
from services.password import LEAST, Crowded, Passwords, trouble
from services.problem import Problem

blueprint = Blueprint("login", __name__, template_folder="pages")

FAILURES_AT_ONCE = 10
SECONDS_A_FAILURE = 6.0
"""An address may fail so often at once, and once more every so many seconds."""

CROWDED = "Too many people sign in at this moment: try again."
CROWDED_SECONDS = 2.0

WRONG = "The user name or the password is wrong."
FORM_BYTES = 8192


class Door(NamedTuple):
    """What signing in needs; only in team mode. `provider` is the name of the OpenID provider, if there is one."""

    accounts: Accounts
    passwords: Passwords
    failures: ByAddress
    """By address: wrong passwords and links."""
    log: EventLog
    provider: str = ""

    async def note(self, what: str, who: str, on: str = "", **facts: Fact) -> None:
        """Records what is about to be done; raises Problem 503 where it cannot be, since then it shall not be done.

        Before and not after: what is told and then fails misleads less than what was done and is told nowhere.
        """
        try:
            await self.log.append(message(audit(what, who=who, on=on, address=address(), **facts)))
        except Unavailable as error:
            raise Problem(503, f"This cannot be recorded now: {error}.", retry_after=5) from error


def door_of(accounts: Accounts, log: EventLog, provider: str = "") -> Door:
    return Door(accounts, Passwords(), ByAddress(1 / SECONDS_A_FAILURE, FAILURES_AT_ONCE), log, provider)


def address() -> str:
    """Where the request comes from, as the guard says."""
    scope: Mapping[str, object] = request.scope
    return str(scope[ADDRESS])


def door() -> Door:
    """Of the app that answers; raises Problem 404 in local mode."""
    found: Door | None = current_app.extensions["door"]
    if found is None:
        raise Problem(404, "There is no login here: Lookout serves this machine only.")
    return found


class MeAnswer(Struct):
    """kind: local, user or key. projects: by action, null for all of them."""

    kind: str
    id: str
    grants: list[Grant]
    projects: dict[str, list[str] | None]
    login: bool


@blueprint.get("/me")
@document_response(MeAnswer)
async def get_me() -> Response:
    """Who asks, and what they may do"""
    who = asker()
    if who is None:
        raise Problem(401, "Sign in, or send a machine key as `Authorization: Bearer lk_...`.")
    projects: dict[str, list[str] | None] = {}
    for action in ("ingest", "read", "operate", "administer"):
        allowed = who.projects(action)
        projects[action] = None if allowed is None else sorted(allowed)
    return answer(MeAnswer(who.kind, who.id, list(who.grants), projects, who.kind != "local"))


@blueprint.get("/verify")
@hide
async def get_verify() -> Response:
    """What the gateway asks of each request (Caddy's `forward_auth`): let it through, or answer so."""
    who = asker()
    if who is not None and who.may("read"):
        return Response(status=204)
    if who is None and _shows_a_page():
        wanted = request.headers.get("X-Forwarded-Uri", "/")
        return to(f"/login?next={quote(onward(wanted), safe='')}")
    if who is None:
        raise Problem(401, "Sign in, or send a machine key as `Authorization: Bearer lk_...`.")
    raise Problem(403, f"{who.id} may not read here: ask an admin for another role.")


def to(path: str) -> Response:
    return Response(status=303, headers={"Location": path})


def _shows_a_page() -> bool:
    get = request.headers.get
    return get("X-Forwarded-Method", "GET") == "GET" and "text/html" in get("Accept", "")


def onward(wanted: str) -> str:
    """Where to go after signing in: a path of this site, or else its page (no open redirect)."""
    own = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted and wanted.isprintable()
    return wanted if own and not wanted.startswith(("/login", "/logout", "/link")) else "/"


@blueprint.get("/login")
@hide
async def get_login() -> Response:
    wanted = onward(request.args.get("next", "/"))
    if asker() is not None:
        return to(wanted)
    return await _login_page(wanted)


async def _login_page(wanted: str, sentence: str = "", user: str = "", status: int = 200) -> Response:
    page = await render_template(
        "login.html", next=wanted, trouble=sentence, user=user, passwords=True, provider=door().provider
    )
    return Response(page, status=status, content_type="text/html; charset=utf-8")


async def refused_page(sentence: str, status: int) -> Response:
    """The login page with what went wrong at the provider."""
    return await _login_page("/", sentence, status=status)


async def form() -> dict[str, str]:
    """The fields of a form; read by hand, since Quart's parser takes files too."""
    if request.mimetype != "application/x-www-form-urlencoded" or (request.content_length or 0) > FORM_BYTES:
        raise Problem(400, "This takes a form of the login page.")
    try:
        text = str(await request.get_data(as_text=True))
        fields = parse_qs(text[:FORM_BYTES], keep_blank_values=True, max_num_fields=10)
    except ValueError as error:
        raise Problem(400, "This takes a form of the login page.") from error
    return {name: values[0] for name, values in fields.items()}


@blueprint.post("/login")
@hide
async def post_login() -> Response:
    fields, known, client = await form(), door(), address()
    await look_again()
    wanted, user_name = onward(fields.get("next", "/")), fields.get("username", "").strip()
    # Taken before the password is looked at, so that many at once are not more than one after the other.
    wait = known.failures.take(client, time.monotonic())
    if wait:
        sentence = "Too many wrong passwords from here: wait a little."
        return after(wait, await _login_page(wanted, sentence, user_name, 429))
    began, user = now(), known.accounts.access.users.get(user_name)
    try:
        fits = await known.passwords.fits(user.password if user else "", fields.get("password", ""), client)
    except Crowded:
        known.failures.give(client, time.monotonic())
        return after(CROWDED_SECONDS, await _login_page(wanted, CROWDED, user_name, 429))
    if not fits:
        # Many a password was typed in the place of the name.
        await known.note("login_failed", user_name if user else "unknown")
        return await _login_page(wanted, WRONG, user_name, 401)
    known.failures.give(client, time.monotonic())
    return await signed_in(user_name, wanted, began)


def after(wait: float, page: Response) -> Response:
    page.headers["Retry-After"] = str(seconds(wait))
    return page


async def signed_in(user_name: str, wanted: str, at: datetime) -> Response:
    """A new session, whatever cookie the browser brought: one that was put there by another is worth nothing.

    It is as old as the look at the password: a password that was changed meanwhile ends it.
    """
    known = door()
    await known.note("login", user_name)
    token = await known.accounts.sign_in(user_name, at, address(), request.headers.get("User-Agent", ""))
    response = to(wanted)
    set_cookie(response, token, int(LONGEST.total_seconds()))
    return response


def set_cookie(response: Response, token: str, seconds: int, name: str = COOKIE) -> None:
    # Not Strict: a link that a colleague sent would ask who has signed in to sign in again. What changes anything is a
    # POST, which the guard takes from the site's own pages only.
    response.set_cookie(name, token, max_age=seconds, path="/", secure=True, httponly=True, samesite="Lax")
    response.headers["Cache-Control"] = "no-store"


@blueprint.post("/logout")
@hide
async def post_logout() -> Response:
    return await _sign_out(everywhere=False)


@blueprint.post("/logout/everywhere")
@hide
async def post_logout_everywhere() -> Response:
    return await _sign_out(everywhere=True)


async def _sign_out(everywhere: bool) -> Response:
    who, known = asker(), door()
    if who is not None and who.kind == "user":
        await known.note("logout_everywhere" if everywhere else "logout", who.id)
        if everywhere:
            await known.accounts.sign_out_everywhere(who.id, now())
        await known.accounts.sign_out(who.credential)
    response = to("/login")
    set_cookie(response, "", 0)
    return response


@blueprint.get("/link")
@hide
async def get_link() -> Response:
    """Shows the form and uses nothing up: mail scanners open links."""
    return await _link_page(request.args.get("token", ""))


async def _link_page(token: str, sentence: str = "", status: int = 200) -> Response:
    await look_again()
    user_name = _link_user(door().accounts.access, token)
    if not user_name:
        sentence, status = "This link was used already or is too old: ask an admin for a new one.", 410
    page = await render_template("link.html", token=token, user=user_name, trouble=sentence, least=LEAST)
    return Response(page, status=status, content_type="text/html; charset=utf-8", headers={"Cache-Control": "no-store"})


async def look_again() -> None:
    """A link that was printed just now shall work at once."""
    with suppress(Unavailable):
        await door().accounts.load()


def _link_user(access: Access, token: str) -> str:
    link = access.links.get(hashed(token))
    return link.user if link is not None and link.expires > now() and link.user in access.users else ""


@blueprint.post("/link")
@hide
async def post_link() -> Response:
    fields, known = await form(), door()
    token, password = fields.get("token", ""), fields.get("password", "")
    await look_again()
    user_name = _link_user(known.accounts.access, token)
    sentence = trouble(password, user_name) if user_name else ""
    if user_name and not sentence and password != fields.get("again", ""):
        sentence = "The two are not the same."
    if sentence or not user_name:
        return await _link_page(token, sentence, 400)
    try:
        encoded = await known.passwords.encoded(password, address())
    except Crowded:
        return after(CROWDED_SECONDS, await _link_page(token, CROWDED, 429))
    await known.note("password_changed", user_name)
    try:
        await known.accounts.use_link(token, now())
    except Unknown:
        return await _link_page(token)
    await known.accounts.set_password(user_name, encoded, now())
    return await signed_in(user_name, "/", now())
