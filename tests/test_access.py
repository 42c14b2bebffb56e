"""Who sends a request, and what they may do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from services.access import (
    ALLOWS,
    COOKIE,
    IDLE,
    LOCAL,
    LONGEST,
    Access,
    Action,
    Grant,
    Identity,
    Key,
    Record,
    Role,
    Seen,
    Session,
    User,
    cookie,
)
from services.keys import hashed, new_key

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ACTIONS: tuple[Action, ...] = ("ingest", "read", "operate", "administer")


def known(**records: dict[str, Record]) -> Access:
    access = Access()
    for kind, named in records.items():
        for name, record in named.items():
            access.apply(kind, name, msgspec.json.encode(record))
    return access


def user(name: str = "ada", role: Role = "viewer", since: datetime | None = None) -> User:
    return User(name, (Grant(role),), NOW, since=since)


def signed_in(seen: Seen | None = None) -> Access:
    used: dict[str, Record] = {hashed("token"): seen} if seen else {}
    return known(user={"ada": user()}, session={hashed("token"): Session("ada", NOW)}, seen=used)


def of_cookie(access: Access, at: datetime = NOW) -> Identity | None:
    return access.identify("", f"{COOKIE}=token", at)


@pytest.mark.parametrize("role", ALLOWS)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_role_in_one_project_allows_nothing_in_another(role: Role, action: Action) -> None:
    identity = Identity("user", "ada", (Grant(role, "shop"),))
    assert identity.may(action, "shop") == identity.may(action) == (action in ALLOWS[role])
    assert not identity.may(action, "bank")


def test_grants_add_up_and_one_for_every_project_covers_all() -> None:
    both = Identity("user", "ada", (Grant("viewer", "shop"), Grant("operator", "bank")))
    assert (both.projects("read"), both.projects("operate")) == (frozenset({"shop", "bank"}), frozenset({"bank"}))
    assert Identity("user", "ada", (Grant("viewer", "shop"), Grant("viewer"))).projects("read") is None
    assert all(LOCAL.may(action, "any") for action in ACTIONS)


def test_a_machine_key_is_known_until_it_expires_or_is_revoked() -> None:
    new = new_key("ingester")
    key = Key(new.id, Grant("ingester", "shop"), "laptop", NOW, "ada", NOW + MINUTE)
    access = known(key={new.hash: key})
    found = access.identify(f"Bearer {new.text}", "", NOW)
    assert found == Identity("key", new.id, (key.grant,), key.expires, new.hash)
    assert access.still(found, NOW) == found
    assert access.identify(f"Bearer {new.text}", "", NOW + MINUTE) is None
    assert access.still(found, NOW + MINUTE) is None
    access.apply("key", new.hash, b"")
    assert access.still(found, NOW) is None


@pytest.mark.parametrize("authorization", ["Bearer", "Basic dTpw", "Bearer lk_ing_short", "bearer x y", "lk_ing_x"])
def test_a_wrong_key_is_not_made_good_by_a_cookie(authorization: str) -> None:
    assert signed_in().identify(authorization, f"{COOKIE}=token", NOW) is None


def test_a_session_ends_when_idle_and_at_last_in_any_case() -> None:
    assert of_cookie(signed_in(), NOW + IDLE - MINUTE) is not None
    assert of_cookie(signed_in(), NOW + IDLE) is None
    assert of_cookie(signed_in(seen=Seen(NOW + IDLE - MINUTE)), NOW + IDLE) is not None
    assert of_cookie(signed_in(seen=Seen(NOW + LONGEST)), NOW + LONGEST) is None


def test_a_session_ends_with_its_user_with_a_new_password_and_with_its_record() -> None:
    access = signed_in()
    identity = of_cookie(access)
    assert identity is not None
    access.apply("user", "ada", msgspec.json.encode(user(since=NOW + MINUTE)))
    assert access.still(identity, NOW) is None
    access.apply("user", "ada", msgspec.json.encode(user(role="admin")))
    changed = access.still(identity, NOW)
    assert changed is not None
    assert changed.may("administer")
    access.apply("user", "ada", b"")
    assert of_cookie(access) is None
    access = signed_in()
    access.apply("session", hashed("token"), b"")
    assert of_cookie(access) is None


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (f"{COOKIE}=a", "a"),
        (f"x=1; {COOKIE}=a; y=2", "a"),
        (f"bad[]=1; {COOKIE}=a", "a"),
        (f"{COOKIE}=a; {COOKIE}=b", "a"),
        ("lookout=a", ""),
        (f"x{COOKIE}=a", ""),
        (f"\xa0{COOKIE}=evil; {COOKIE}=a", "a"),
        ("", ""),
    ],
)
def test_the_cookie_is_found_among_others(header: str, token: str) -> None:
    assert cookie(header) == token


def test_a_kind_of_record_of_a_later_version_is_left_alone() -> None:
    Access().apply("passkey", "x", b"{}")
