from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.stream.chain import PATCHES, Chain, Held, Update


def whole(version: int) -> tuple[bytes, ...]:
    return (f"whole {version}".encode(),)


def patch(version: int) -> tuple[bytes, ...]:
    return (f"patch {version}".encode(),)


def held(update: Update | None) -> Held:
    assert update is not None
    return Held(None, update.line, update.number)


def frames(update: Update | None) -> tuple[bytes, ...]:
    assert update is not None
    return update.frames


def test_a_new_client_gets_the_whole_state_and_then_its_patches() -> None:
    chain = Chain()
    chain.take_whole("one", 5, whole(1))
    chain.take_patch("one", 5, 7, patch(2))
    first = chain.after(None)
    assert frames(first) == whole(1)
    second = chain.after(held(first))
    assert frames(second) == patch(2)
    assert chain.after(held(second)) is None


def test_several_patches_may_leave_at_one_position() -> None:
    chain = Chain()
    chain.take_whole("one", 5, whole(1))
    at = held(chain.after(None))
    for version in (2, 3):
        chain.take_patch("one", 5, 5, patch(version))
        update = chain.after(at)
        assert frames(update) == patch(version)
        at = held(update)
    assert chain.after(at) is None


def test_patches_that_came_before_the_whole_state_are_kept() -> None:
    chain = Chain()
    chain.take_patch("one", 5, 6, patch(1))
    chain.take_patch("one", 6, 8, patch(2))
    chain.take_whole("one", 6, whole(1))
    first = chain.after(None)
    assert frames(first) == whole(1)
    assert frames(chain.after(held(first))) == patch(2)


def test_the_same_state_again_is_nothing_new() -> None:
    chain = Chain()
    chain.take_whole("one", 5, whole(1))
    at = held(chain.after(None))
    chain.take_whole("one", 5, whole(1))
    assert chain.after(at) is None


def test_a_missing_patch_asks_for_the_whole_state() -> None:
    chain = Chain()
    chain.take_whole("one", 5, whole(1))
    at = held(chain.after(None))
    chain.take_patch("one", 6, 7, patch(3))
    with pytest.raises(LookupError):
        chain.after(at)
    chain.take_whole("one", 7, whole(3))
    assert frames(chain.after(at)) == whole(3)


def test_patches_of_another_instance_are_left_alone() -> None:
    chain = Chain()
    chain.take_whole("one", 5, whole(1))
    at = held(chain.after(None))
    chain.take_patch("two", 5, 6, patch(2))
    assert chain.after(at) is None
    chain.take_whole("two", 6, whole(2))
    assert frames(chain.after(at)) == whole(2)


def test_only_so_many_patches_are_kept() -> None:
    chain = Chain()
    chain.take_whole("one", 0, whole(0))
    start = held(chain.after(None))
    for seq in range(PATCHES):
        chain.take_patch("one", seq, seq + 1, patch(seq + 1))
    assert frames(chain.after(start)) == patch(1)
    chain.take_patch("one", PATCHES, PATCHES + 1, patch(PATCHES + 1))
    with pytest.raises(LookupError):
        chain.after(start)


class Model:
    """An API whose state is its version; with every patch it grows by one, at the same seq or a later one."""

    def __init__(self) -> None:
        self.chain = Chain()
        self.instance = 0
        self.seq = 0
        self.version = 0
        self.at: Held | None = None
        self.known = -1
        """The version that the client has."""

    def step(self, name: str) -> None:
        match name:
            case "patch" | "patch of time" | "lost patch":
                start, self.seq = self.seq, self.seq + (name != "patch of time")
                self.version += 1
                if name != "lost patch":
                    self.chain.take_patch(str(self.instance), start, self.seq, patch(self.version))
            case "answer":
                self.chain.take_whole(str(self.instance), self.seq, whole(self.version))
            case "reconnect":
                self.version += 1
                self.chain.forget()
            case "restart":
                self.instance += 1
            case _:
                self.read()

    def read(self) -> None:
        while True:
            try:
                update = self.chain.after(self.at)
            except LookupError:
                return
            if update is None:
                return
            kind, version = update.frames[0].split()
            assert kind == b"whole" or int(version) <= self.known + 1, "a patch was passed over"
            self.known = int(version)
            self.at = held(update)


names = ["patch", "patch of time", "lost patch", "answer", "reconnect", "restart", "read"]


@given(st.lists(st.sampled_from(names), max_size=80))
@settings(max_examples=400)
def test_a_client_passes_over_nothing_and_has_the_newest_at_last(steps: list[str]) -> None:
    model = Model()
    for step in [*steps, "answer", "read"]:
        model.step(step)
    assert model.known == model.version
