"""Shelves of sessions, and room made by dropping the silent."""

from __future__ import annotations

from msgspec import Struct

from services.api.projections.shape import ENDED_SESSIONS, LIVE_SESSIONS, Shelf, drop_silent


class Thing(Struct):
    seq: int


def shelf_of(count: int) -> Shelf[Thing]:
    shelf: Shelf[Thing] = Shelf()
    for seq in range(1, count + 1):
        shelf.add(f"s{seq}", Thing(seq), seq)
    return shelf


def test_a_twentieth_goes_at_once_the_longest_silent_first() -> None:
    things = {f"k{number}": Thing(1000 - number) for number in range(101)}
    assert not drop_silent(things, 101)
    assert drop_silent(things, 100)
    assert len(things) == 96
    assert "k100" not in things
    assert "k0" in things


def test_live_sessions_never_push_ended_ones_out() -> None:
    shelf = shelf_of(3)
    shelf.end("s2", 4)
    assert (list(shelf.live), list(shelf.ended), shelf.removed) == (["s1", "s3"], ["s2"], 0)
    for seq in range(5, LIVE_SESSIONS + 5):
        shelf.add(f"t{seq}", Thing(seq), seq)
    assert len(shelf.live) <= LIVE_SESSIONS
    assert shelf.find("s2") is not None
    assert shelf.find("s1") is None
    assert shelf.removed > 0


def test_sessions_that_ended_go_in_the_order_of_their_end() -> None:
    shelf = shelf_of(ENDED_SESSIONS + 2)
    for seq, session in enumerate(reversed(list(shelf.live)), 1000):
        shelf.end(session, seq)
    assert len(shelf.ended) == ENDED_SESSIONS
    assert f"s{ENDED_SESSIONS + 2}" not in shelf.ended
    assert "s1" in shelf.ended


def test_a_session_that_goes_on_is_live_again() -> None:
    shelf = shelf_of(2)
    shelf.end("s1", 3)
    shelf.reopen("s1", 4)
    assert (list(shelf.live), list(shelf.ended)) == (["s2", "s1"], [])


def test_a_session_that_goes_on_is_not_the_one_that_makes_room() -> None:
    shelf = shelf_of(1)
    shelf.end("s1", 2)
    for seq in range(3, LIVE_SESSIONS + 3):
        shelf.add(f"t{seq}", Thing(seq), seq)
    shelf.reopen("s1", LIVE_SESSIONS + 3)
    assert "s1" in shelf.live
    assert "t3" not in shelf.live


def test_what_changed_is_found_among_live_and_ended() -> None:
    shelf = shelf_of(4)
    shelf.end("s4", 4)
    assert [session for session, _ in shelf.changed(2)] == ["s3", "s4"]
    assert len(list(shelf.changed(-1))) == 4
