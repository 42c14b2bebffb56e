"""What an admin does on the page: users with their roles, and machine keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct
from quart import Blueprint, Response, request
from quart_schema import document_request, document_response

from services.access import EVERY, NAME, Grant, Key, Role, User
from services.accounts import AlreadyThere, Unknown
from services.api.answers import answer
from services.api.login import door, identity
from services.events import now
from services.problem import Problem
from services.users import told

blueprint = Blueprint("admin", __name__)

UserName = Annotated[str, Meta(pattern=f"^{NAME}$")]
Text = Annotated[str, Meta(max_length=128)]


class NewUser(Struct, forbid_unknown_fields=True):
    name: UserName
    grants: Annotated[list[Grant], Meta(min_length=1, max_length=64)]
    subject: Text = ""


class NewKeyWish(Struct, forbid_unknown_fields=True):
    role: Role
    project: Text = EVERY
    label: Text = ""
    expires_days: Annotated[float, Meta(gt=0, le=3650)] | None = None


class UserRow(Struct):
    name: str
    grants: list[Grant]
    created: datetime
    can_sign_in: bool
    """Whether a password is set, or a provider tells who it is."""
    sessions: int
    seen: datetime | None


class UsersAnswer(Struct):
    users: list[UserRow]


class LinkAnswer(Struct):
    """`link` is the path of a one-time link, told once; it works for two days."""

    name: str
    link: str


class KeyRow(Struct):
    id: str
    role: Role
    project: str
    label: str
    created: datetime
    created_by: str
    expires: datetime | None
    seen: datetime | None


class KeysAnswer(Struct):
    keys: list[KeyRow]


class KeyAnswer(Struct):
    """`key` is told once."""

    id: str
    key: str


@blueprint.get("/users")
@document_response(UsersAnswer)
async def get_users() -> Response:
    """Who may sign in, and with which roles"""
    access = door().accounts.access
    rows = []
    for user in sorted(access.users.values(), key=lambda each: each.name):
        held = [name for name, session in access.sessions.items() if session.user == user.name]
        seen = [access.seen[name].at for name in held if name in access.seen]
        can = bool(user.password or user.subject)
        rows.append(UserRow(user.name, list(user.grants), user.created, can, len(held), max(seen, default=None)))
    return answer(UsersAnswer(rows))


@blueprint.post("/users")
@document_request(NewUser)
@document_response(LinkAnswer, 201)
async def post_users() -> Response:
    """A new user, who chooses a password by the link in the answer"""
    wish, known = await _wish(NewUser), door()
    await known.note("user_added", _who(), wish.name, grants=told(wish.grants))
    try:
        await known.accounts.add_user(User(wish.name, tuple(wish.grants), now(), subject=wish.subject))
    except AlreadyThere as error:
        raise Problem(409, str(error)) from error
    return await _with_link(wish.name)


@blueprint.put("/users/<name>/grants")
@document_response(UsersAnswer)
async def puttold(name: str) -> Response:
    """Other roles for a user"""
    grants, known = await _wish(list[Grant]), door()
    user = _user(name)
    if not grants:
        raise Problem(400, "A user without any role may do nothing: delete the user instead.")
    await known.note("user_changed", _who(), name, grants=told(grants))
    await known.accounts.change_user(msgspec.structs.replace(user, grants=tuple(grants)))
    return await get_users()


@blueprint.post("/users/<name>/link")
@document_response(LinkAnswer, 201)
async def post_link(name: str) -> Response:
    """A one-time link by which a user chooses a new password"""
    _user(name)
    await door().note("link_created", _who(), name)
    return await _with_link(name)


async def _with_link(name: str) -> Response:
    token = await door().accounts.new_link(name, now())
    response = answer(LinkAnswer(name, f"/link?token={token}"))
    response.status_code = 201
    return response


@blueprint.delete("/users/<name>")
@document_response(UsersAnswer)
async def delete_user(name: str) -> Response:
    """Ends a user's sessions too, within a second"""
    _user(name)
    if name == _who():
        raise Problem(409, "You cannot delete yourself: ask another admin.")
    await door().note("user_removed", _who(), name)
    await door().accounts.remove_user(name)
    return await get_users()


def _user(name: str) -> User:
    try:
        return door().accounts.user(name)
    except Unknown as error:
        raise Problem(404, str(error)) from error


@blueprint.get("/keys")
@document_response(KeysAnswer)
async def get_keys() -> Response:
    """The machine keys, without their secrets"""
    access = door().accounts.access
    rows = [_row(key, access.seen[name].at if name in access.seen else None) for name, key in access.keys.items()]
    return answer(KeysAnswer(sorted(rows, key=lambda row: row.created, reverse=True)))


def _row(key: Key, seen: datetime | None) -> KeyRow:
    grant = key.grant
    return KeyRow(key.id, grant.role, grant.project, key.label, key.created, key.created_by, key.expires, seen)


@blueprint.post("/keys")
@document_request(NewKeyWish)
@document_response(KeyAnswer, 201)
async def post_keys() -> Response:
    """A new machine key; the answer is the only place where it is told"""
    wish, known = await _wish(NewKeyWish), door()
    expires = None if wish.expires_days is None else now() + timedelta(days=wish.expires_days)
    grant = Grant(wish.role, wish.project)
    key = await known.accounts.create_key(grant, wish.label, _who(), now(), expires)
    await known.note("key_created", _who(), key.id, role=wish.role, on_project=wish.project, label=wish.label)
    response = answer(KeyAnswer(key.id, key.text))
    response.status_code = 201
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.delete("/keys/<key_id>")
@document_response(KeysAnswer)
async def delete_key(key_id: str) -> Response:
    """Revokes a key, within a second"""
    try:
        await door().accounts.revoke_key(key_id)
    except Unknown as error:
        raise Problem(404, str(error)) from error
    await door().note("key_revoked", _who(), key_id)
    return await get_keys()


def _who() -> str:
    who = identity()
    return who.id if who else ""


Wish = TypeVar("Wish")


async def _wish(kind: type[Wish]) -> Wish:
    try:
        return msgspec.json.decode(await request.get_data(), type=kind)
    except msgspec.DecodeError as error:
        raise Problem(400, f"The body is not understood: {str(error).replace('`', '')}.") from error
