"""The account page: signing out, and for admins users and machine keys. Forms alone, so that it works without scripts.

The same as the JSON routes of `admin.py`; each form is a POST, which the guard takes from the site's own pages only.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from quart import Blueprint, Response, render_template, request
from quart_schema import hide

from services.access import ALLOWS, EVERY
from services.api import admin
from services.api.admin import NewKeyWish, NewUser
from services.api.asking import asker
from services.api.login import door, form, to
from services.problem import Problem
from services.users import told

blueprint = Blueprint("account", __name__, template_folder="pages")


@blueprint.before_request
async def _check_admin() -> None:
    if request.method == "POST":
        await admin.check_admin()


@blueprint.get("/account")
@hide
async def get_account() -> Response:
    return await _page()


async def _page(sentence: str = "", shown_once: str = "", status: int = 200) -> Response:
    who = asker()
    if who is None or who.kind != "user":
        return to("/login?next=%2Faccount")
    administers = who.projects("administer") is None
    page = await render_template(
        "account.html",
        who=who.id,
        roles=told(who.grants),
        users=admin.user_rows(door().accounts.access) if administers else None,
        keys=admin.key_rows(door().accounts.access) if administers else None,
        told=told,
        day=_day,
        trouble=sentence,
        once=shown_once,
        all_roles=list(ALLOWS),
    )
    headers = {"Cache-Control": "no-store"}
    return Response(page, status=status, content_type="text/html; charset=utf-8", headers=headers)


def _day(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"


@blueprint.post("/account/users")
@hide
async def post_user() -> Response:
    fields = await form()
    wish = {"name": fields.get("name", "").strip(), "grants": [_grant(fields)]}
    try:
        link = await admin.add_user(msgspec.convert(wish, NewUser))
    except (msgspec.ValidationError, Problem) as error:
        return await _page(_words(error), status=400)
    return await _page(shown_once=f"Give {wish['name']} this link, which works once and for two days: {link}")


@blueprint.post("/account/users/<name>/link")
@hide
async def post_user_link(name: str) -> Response:
    link = await admin.new_link(name)
    return await _page(shown_once=f"Give {name} this link, which works once and for two days: {link}")


@blueprint.post("/account/users/<name>/remove")
@hide
async def post_user_remove(name: str) -> Response:
    try:
        await admin.remove_user(name)
    except Problem as error:
        return await _page(_words(error), status=error.status)
    return to("/account")


@blueprint.post("/account/keys")
@hide
async def post_key() -> Response:
    fields = await form()
    grant = _grant(fields)
    wish = {"role": grant["role"], "project": grant["project"], "label": fields.get("label", "")}
    days = fields.get("days", "").strip()
    try:
        made = await admin.create_key(
            msgspec.convert(wish | ({"expires_days": float(days)} if days else {}), NewKeyWish)
        )
    except (ValueError, Problem) as error:
        return await _page(_words(error), status=400)
    return await _page(shown_once=f"This is the key {made.id}; keep it now, it is not shown again: {made.text}")


@blueprint.post("/account/keys/<key_id>/revoke")
@hide
async def post_key_revoke(key_id: str) -> Response:
    await admin.revoke_key(key_id)
    return to("/account")


def _grant(fields: dict[str, str]) -> dict[str, str]:
    return {"role": fields.get("role", ""), "project": fields.get("project", "").strip() or EVERY}


def _words(error: Exception) -> str:
    return error.detail if isinstance(error, Problem) else f"That is not understood: {str(error).replace('`', '')}."
