"""Passwords of people."""

from __future__ import annotations

import pytest

from services.password import LEAST, Passwords, trouble


async def test_a_password_fits_its_own_hash_and_no_other() -> None:
    passwords = Passwords()
    encoded = await passwords.encoded("correct horse battery")
    assert encoded.startswith("$argon2id$")
    assert await passwords.fits(encoded, "correct horse battery")
    assert not await passwords.fits(encoded, "correct horse batter")
    assert not await passwords.fits("no hash", "correct horse battery")


async def test_nobody_has_a_password_and_it_takes_as_long_to_say_so() -> None:
    passwords = Passwords()
    assert not await passwords.fits("", "nobody has this password")
    assert not await passwords.fits("", "")


@pytest.mark.parametrize("password", ["short", "a" * LEAST, "ada-is-my-name", "x" * 2000])
def test_what_is_easy_to_guess_is_refused_with_the_reason(password: str) -> None:
    assert trouble(password, "ada").endswith(".")


def test_any_kind_of_letters_will_do() -> None:
    assert trouble("correct horse battery", "ada") == ""
