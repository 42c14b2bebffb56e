"""What an admin does on the page: users with their roles, and machine keys."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct
from quart import Blueprint, Response, current_app, request
from quart_schema import document_request, document_response

from services.access import EVERY, NAME, Access, Grant, Key, Role, User
from services.accounts import AGAIN, AlreadyThere, Unknown
from services.api.answers import answer
from services.api.asking import asker, require_everywhere
from services.api.login import door
from services.events import now
from services.keys import NewKey, new_key
from services.problem import Problem
from services.users import MOST_SIGNS, is_name, told

blueprint = Blueprint("admin", __name__)


@blueprint.before_request
async def check_admin() -> None:
    """Raises Problem 403 for who is an admin of some projects only, and could give a role for the others."""
    if current_app.extensions["door"] is not None:
        require_everywhere("administer", "Users and keys are of all projects together")


UserName = Annotated[str, Meta(pattern=f"^{NAME}\\Z", max_length=64)]
Text = Annotated[str, Meta(max_length=128)]


def check_grants(grants: list[Grant]) -> None:
    """Raises ValueError for a role in a project without a name, which would be read as all of them somewhere."""
    if any(not grant.project or len(grant.project) > 128 for grant in grants):
        raise ValueError("a project has 1 to 128 characters")


class NewUser(Struct, forbid_unknown_fields=True):
    name: UserName
    grants: Annotated[list[Grant], Meta(min_length=1, max_length=64)]

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise ValueError(f"a user name has at most {MOST_SIGNS} of the signs . @ +")
        check_grants(self.grants)

    subject: Text = ""


class NewKeyWish(Struct, forbid_unknown_fields=True):
    role: Role
    project: Annotated[str, Meta(min_length=1, max_length=128)] = EVERY
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
    return answer(UsersAnswer(user_rows(door().accounts.access)))


def user_rows(access: Access) -> list[UserRow]:
    rows = []
    for user in sorted(access.users.values(), key=lambda each: each.name):
        held = [name for name, session in access.sessions.items() if session.user == user.name]
        seen = [access.seen[name].at for name in held if name in access.seen]
        can = bool(user.password or user.subject)
        rows.append(UserRow(user.name, list(user.grants), user.created, can, len(held), max(seen, default=None)))
    return rows


@blueprint.post("/users")
@document_request(NewUser)
@document_response(LinkAnswer, 201)
async def post_users() -> Response:
    """A new user, who chooses a password by the link in the answer"""
    wish = await _wish(NewUser)
    return _created(LinkAnswer(wish.name, await add_user(wish)))


async def add_user(wish: NewUser) -> str:
    """The link of the new user; raises Problem 409."""
    known = door()
    try:
        known.accounts.check_new(wish.name)
    except AlreadyThere as error:
        raise Problem(409, str(error)) from error
    await known.note("user_added", _who(), wish.name, grants=told(wish.grants))
    await known.accounts.add_user(User(wish.name, tuple(wish.grants), now(), subject=wish.subject))
    return await _link(wish.name)


@blueprint.put("/users/<name>/grants")
@document_response(UsersAnswer)
async def put_grants(name: str) -> Response:
    """Other roles for a user"""
    grants, known = await _wish(list[Grant]), door()
    user = _user(name)
    try:
        check_grants(grants)
    except ValueError as error:
        raise Problem(400, f"The body is not understood: {error}.") from error
    if not grants:
        raise Problem(400, "A user without any role may do nothing: delete the user instead.")
    await known.note("user_changed", _who(), name, grants=told(grants))
    await known.accounts.change_user(msgspec.structs.replace(user, grants=tuple(grants)))
    return await get_users()


@blueprint.post("/users/<name>/link")
@document_response(LinkAnswer, 201)
async def post_link(name: str) -> Response:
    """A one-time link by which a user chooses a new password"""
    return _created(LinkAnswer(name, await new_link(name)))


async def new_link(name: str) -> str:
    """Raises Problem 404."""
    _user(name)
    await door().note("link_created", _who(), name)
    return await _link(name)


async def _link(name: str) -> str:
    return f"/link?token={await door().accounts.new_link(name, now())}"


def _created(body: LinkAnswer | KeyAnswer) -> Response:
    """Told once, and to be kept by nobody on the way."""
    response = answer(body)
    response.status_code = 201
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.delete("/users/<name>")
@document_response(UsersAnswer)
async def delete_user(name: str) -> Response:
    """Ends a user's sessions too, within a second"""
    await remove_user(name)
    return await get_users()


async def remove_user(name: str) -> None:
    """Raises Problem 404 or 409."""
    _user(name)
    if name == _who():
        raise Problem(409, "You cannot remove yourself: ask another admin.")
    await door().note("user_removed", _who(), name)
    await door().accounts.remove_user(name)


def _user(name: str) -> User:
    try:
        return door().accounts.user(name)
    except Unknown as error:
        raise Problem(404, str(error)) from error


@blueprint.get("/keys")
@document_response(KeysAnswer)
async def get_keys() -> Response:
    """The machine keys, without their secrets"""
    return answer(KeysAnswer(key_rows(door().accounts.access)))


def key_rows(access: Access) -> list[KeyRow]:
    """The newest first."""
    rows = [_row(key, access.seen[name].at if name in access.seen else None) for name, key in access.keys.items()]
    return sorted(rows, key=lambda row: row.created, reverse=True)


def _row(key: Key, seen: datetime | None) -> KeyRow:
    grant = key.grant
    return KeyRow(key.id, grant.role, grant.project, key.label, key.created, key.created_by, key.expires, seen)


@blueprint.post("/keys")
@document_request(NewKeyWish)
@document_response(KeyAnswer, 201)
async def post_keys() -> Response:
    """A new machine key; the answer is the only place where it is told"""
    key = await create_key(await _wish(NewKeyWish))
    return _created(KeyAnswer(key.id, key.text))


async def create_key(wish: NewKeyWish) -> NewKey:
    known = door()
    expires = None if wish.expires_days is None else now() + timedelta(days=wish.expires_days)
    key = new_key(wish.role)
    await known.note("key_created", _who(), key.id, role=wish.role, on_project=wish.project, label=wish.label)
    record = Key(key.id, Grant(wish.role, wish.project), wish.label, now(), _who(), expires)
    await known.accounts.add_key(key.hash, record)
    # Until every service has looked again: a key that is shown works.
    await asyncio.sleep(1.5 * AGAIN)
    return key


@blueprint.delete("/keys/<key_id>")
@document_response(KeysAnswer)
async def delete_key(key_id: str) -> Response:
    """Revokes a key, within a second"""
    await revoke_key(key_id)
    return await get_keys()


async def revoke_key(key_id: str) -> None:
    """Raises Problem 404."""
    try:
        door().accounts.key(key_id)
    except Unknown as error:
        raise Problem(404, str(error)) from error
    await door().note("key_revoked", _who(), key_id)
    await door().accounts.revoke_key(key_id)


def _who() -> str:
    who = asker()
    return who.id if who else ""


Wish = TypeVar("Wish")


async def _wish(kind: type[Wish]) -> Wish:
    try:
        return msgspec.json.decode(await request.get_data(), type=kind)
    except msgspec.DecodeError as error:
        raise Problem(400, f"The body is not understood: {str(error).replace('`', '')}.") from error
