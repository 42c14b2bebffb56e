"""Machine keys: their form, and what can be told of one without looking it up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.keys import ALPHABET, SCOPES, hashed, is_whole, key_id, new_key


@pytest.mark.parametrize(("role", "scope"), SCOPES.items())
def test_a_key_says_what_it_is_for_and_is_whole(role: str, scope: str) -> None:
    key = new_key(role)
    assert key.text.startswith(f"lk_{scope}_")
    assert is_whole(key.text)
    assert (key.id, key.hash) == (key_id(key.text), hashed(key.text))
    assert new_key(role).text != key.text


def test_the_id_and_the_hash_give_nothing_of_the_key_away() -> None:
    key = new_key("viewer")
    secret = key.text.rpartition("_")[2]
    assert secret[:8] not in key.id + key.hash


@given(st.data())
def test_a_key_with_one_letter_changed_cut_or_added_is_not_whole(data: st.DataObject) -> None:
    text = new_key("ingester").text
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from(ALPHABET + "_- ").filter(lambda each: each != text[place]))
    assert not is_whole(text[:place] + letter + text[place + 1 :])
    assert not is_whole(text[:place] + text[place + 1 :])
    assert not is_whole(text[:place] + letter + text[place:])


@given(st.text())
def test_any_other_text_is_no_key(text: str) -> None:
    assert not is_whole(text)
