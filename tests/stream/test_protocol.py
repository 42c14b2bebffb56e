from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.stream import protocol
from services.stream.protocol import (
    GetState,
    Mistake,
    Pong,
    Position,
    Removal,
    Since,
    Subscribe,
    Subscription,
    Unsubscribe,
    Wishes,
)
from services.subjects import event_subject, token, tokens


def said(event: str, **data: Any) -> str:
    return msgspec.json.encode({"event": event, "data": data}).decode()


def subscribed_to(*events: str, **more: Any) -> Subscription:
    return protocol.subscription(Wishes(events, **more), None)


def test_the_promised_client_frames_are_understood() -> None:
    frame = protocol.decode('{"event":"subscribe","data":{"events":["agent_activity","file_operation"]}}')
    assert frame == Subscribe(Wishes(("agent_activity", "file_operation")))
    assert protocol.decode('{"event":"get_state","data":{}}') == GetState()


def test_every_key_of_a_subscription_is_understood() -> None:
    data = {
        "events": ["*", "state"],
        "project": "shop",
        "session": "s1",
        "agent": "qa",
        "since": {"epoch": "e", "seq": 7},
        "batch": True,
        "slim": True,
        "id": "mine",
    }
    assert protocol.decode(said("subscribe", **data)) == Subscribe(
        Wishes(("*", "state"), "shop", "s1", "qa", Since("e", 7), True, True, "mine")
    )


def test_data_may_be_left_out_where_it_says_nothing() -> None:
    assert protocol.decode('{"event":"get_state"}') == GetState()
    assert protocol.decode('{"event":"unsubscribe"}') == Unsubscribe()
    assert protocol.decode('{"event":"pong","data":{"any":"thing"}}') == Pong()


@pytest.mark.parametrize(
    ("message", "trouble"),
    [
        ("", "truncated"),
        ("nonsense", "malformed"),
        ("[1]", "object"),
        ("{}", "event"),
        ('{"event":"jump"}', "jump"),
        ('{"event":3}', "str"),
        ('{"event":"subscribe"}', "data"),
        (said("subscribe"), "events"),
        (said("subscribe", events=[]), "events"),
        (said("subscribe", events=["a"] * 129), "events"),
        (said("subscribe", events=[1]), "events"),
        (said("subscribe", events=["*"], since={"epoch": "e", "seq": -1}), "since.seq"),
        (said("subscribe", events=["*"], since={"seq": 1}), "epoch"),
        (said("subscribe", events=["*"], batch="yes"), "batch"),
        (said("get_state", project=7), "project"),
        ('{"event":"pong","x":' + "[" * 8000 + "]" * 8000 + "}", "nested"),
    ],
)
def test_a_message_that_makes_no_sense_is_answered_with_what_is_wrong(message: str, trouble: str) -> None:
    with pytest.raises(Mistake, match=trouble):
        protocol.decode(message)


@given(
    st.text()
    | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(lambda v: msgspec.json.encode(str(v)).decode())
)
def test_no_text_at_all_raises_anything_but_a_mistake(text: str) -> None:
    with pytest.raises(Mistake):
        protocol.decode(text)


@pytest.mark.parametrize(
    ("wishes", "taken"),
    [
        (Wishes(("*",)), True),
        (Wishes(("tool_use",)), True),
        (Wishes(("prompt",)), False),
        (Wishes(("state",)), False),
        (Wishes(("*",), project="my.shop"), True),
        (Wishes(("*",), project="shop"), False),
        (Wishes(("*",), session="s 1"), True),
        (Wishes(("*",), session="s"), False),
        (Wishes(("*",), session=""), False),
        (Wishes(("tool_use", "prompt"), project="my.shop", session="s 1"), True),
    ],
)
def test_a_filter_compares_the_names_with_the_subject(wishes: Wishes, taken: bool) -> None:
    subject = tokens(event_subject("my.shop", "s 1", "tool_use"))
    assert protocol.subscription(wishes, None).selection.takes(subject) is taken


@given(st.sets(st.text(max_size=20), min_size=1), st.text(max_size=20))
def test_a_filter_takes_a_type_where_it_names_it(names: set[str], type_name: str) -> None:
    wanted = type_name in names - {"state"} or "*" in names
    takes = subscribed_to(*names).selection.takes(tokens(event_subject("p", "s", type_name)))
    assert takes is wanted


def test_equal_subscriptions_share_what_is_made_for_them() -> None:
    one, other = subscribed_to("prompt", "tool_use", "state"), subscribed_to("tool_use", "prompt")
    assert hash(one.selection) == hash(other.selection)
    assert one.selection == other.selection
    assert one.state
    assert not other.state


def test_names_are_taken_away_and_the_filters_stay() -> None:
    left = protocol.without(subscribed_to("prompt", "tool_use", "state", project="p", batch=True), Removal(("prompt",)))
    assert left is not None
    assert left.names == {"tool_use", "state"}
    assert left.selection == protocol.Selection(frozenset({"tool_use"}), project="p", batch=True)
    assert left.project == "p"


@pytest.mark.parametrize("removal", [Removal(), Removal(("prompt", "state")), Removal(("prompt", "state", "other"))])
def test_without_all_its_names_a_subscription_is_gone(removal: Removal) -> None:
    assert protocol.without(subscribed_to("prompt", "state"), removal) is None


def test_the_wildcard_goes_whole_or_not_at_all() -> None:
    everything = subscribed_to("*", "state")
    left = protocol.without(everything, Removal(("*",)))
    assert left is not None
    assert left.names == {"state"}
    assert left.selection.is_empty
    left = protocol.without(everything, Removal(("state",)))
    assert left is not None
    assert left.selection.types is None
    with pytest.raises(Mistake, match="prompt cannot be taken away"):
        protocol.without(everything, Removal(("prompt",)))


def test_the_frames_of_the_server_have_the_promised_keys() -> None:
    hello = msgspec.json.decode(protocol.hello("e1", 7, 1 << 20))
    assert hello["event"] == "hello"
    assert hello["data"].keys() == {"epoch", "seq", "limits", "heartbeat"}
    assert msgspec.json.decode(protocol.subscribed("e1", Position(True, 3, 7), "mine")) == {
        "event": "subscribed",
        "data": {"recovered": True, "epoch": "e1", "from": 3, "to": 7, "id": "mine"},
    }
    assert msgspec.json.decode(protocol.ping(7)) == {"event": "ping", "data": {}, "seq": 7}
    assert msgspec.json.decode(protocol.error('"quoted"')) == {"event": "error", "data": {"message": '"quoted"'}}
    assert protocol.spliced("state", b'{"seq":1}') == b'{"event":"state","data":{"seq":1}}'


def test_an_unsubscribed_client_is_told_what_is_left() -> None:
    left = msgspec.json.decode(protocol.unsubscribed(subscribed_to("b", "a"), 4, 9))
    assert left == {"event": "unsubscribed", "data": {"events": ["a", "b"], "seq": 4, "id": 9}}
    assert msgspec.json.decode(protocol.unsubscribed(None, 4, None))["data"] == {"events": [], "seq": 4}


def test_close_reasons_fit_into_a_close_frame() -> None:
    closes = [value for value in vars(protocol).values() if isinstance(value, protocol.Close)]
    assert len({close.code for close in closes}) == len(closes) >= 8
    assert all(len(close.sentence.encode()) <= 123 for close in closes)


def test_tokens_of_filters_are_those_of_subjects() -> None:
    selection = subscribed_to("a.b", project="%", session="_").selection
    assert selection.types == frozenset({token("a.b")})
    assert (selection.project, selection.session) == (token("%"), token("_"))
