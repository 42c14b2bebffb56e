"""Passwords of people."""

from __future__ import annotations

import asyncio

import pytest

from services.password import LEAST, MOST_WAITING, MOST_WAITING_OF_ONE, Crowded, Passwords, trouble


async def test_a_password_fits_its_own_hash_and_no_other() -> None:
    passwords = Passwords()
    encoded = await passwords.encoded("correct horse battery", "a")
    assert encoded.startswith("$argon2id$")
    assert await passwords.fits(encoded, "correct horse battery", "a")
    assert not await passwords.fits(encoded, "correct horse batter", "a")
    assert not await passwords.fits("no hash", "correct horse battery", "a")


async def test_nobody_has_a_password_and_it_takes_as_long_to_say_so() -> None:
    passwords = Passwords()
    assert not await passwords.fits("", "nobody has this password", "a")
    assert not await passwords.fits("", "", "a")


async def asked(passwords: Passwords, *addresses: str) -> list[bool | BaseException]:
    """What becomes of wrong passwords that come from there at the same moment."""
    return await asyncio.gather(*(passwords.fits("", "wrong", each) for each in addresses), return_exceptions=True)


async def test_so_many_passwords_wait_to_be_looked_at_and_of_one_address_fewer() -> None:
    passwords = Passwords()
    answers = await asked(passwords, *["a"] * 200, "b")
    assert [each for each in answers if each is False] == [False] * (MOST_WAITING_OF_ONE + 1)
    assert {type(each) for each in answers[MOST_WAITING_OF_ONE:-1]} == {Crowded}
    assert answers[-1] is False
    answers = await asked(passwords, *map(str, range(MOST_WAITING + 1)))
    assert answers.count(False) == MOST_WAITING
    assert isinstance(answers[-1], Crowded)


async def test_who_leaves_makes_no_room_for_a_second_one_at_a_time() -> None:
    passwords = Passwords()
    for _ in range(3):
        leaving = asyncio.create_task(passwords.fits("", "wrong", "a"))
        await asyncio.sleep(0)
        leaving.cancel()
    assert not await passwords.fits("", "wrong", "a")
    assert len(passwords._thread._threads) == 1


@pytest.mark.parametrize("password", ["short", "a" * LEAST, "ada-is-my-name", "x" * 2000])
def test_what_is_easy_to_guess_is_refused_with_the_reason(password: str) -> None:
    assert trouble(password, "ada").endswith(".")


def test_any_kind_of_letters_will_do() -> None:
    assert trouble("correct horse battery", "ada") == ""
