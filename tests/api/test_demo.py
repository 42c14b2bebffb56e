"""The demo that the page can start, on a running Lookout."""

from __future__ import annotations

from tests.stack import running_stack


def test_the_demo_plays_a_team_into_this_lookout_once_at_a_time() -> None:
    with running_stack() as stack:
        first, second = (stack.request("POST", "/demo", b"") for _ in range(2))
        assert (first.status, second.status) == (202, 409)
        stack.until("/agents", lambda answer: len(answer["agents"]) > 3)
        assert stack.request("POST", "/demo", b"", {"origin": "https://evil.example"}).status == 403
