"""S6 of `make faults` in short: what is described, and what no client should send."""

from __future__ import annotations

from pathlib import Path

from tests.faults import noise, schema
from tests.faults.fault import Run
from tests.forward.process import forwarding
from tests.stack import running_stack

SEED = 20261124


def test_nothing_that_is_sent_brings_an_answer_of_5xx_or_another_shape_than_described(tmp_path: Path) -> None:
    with running_stack() as stack, forwarding(tmp_path, stack.url, "lk_none") as forwarder:
        pids = [stack.pid(name) for name in ("ingest", "stream", "api")]
        operations, troubles = schema.asked(Run("schema", SEED), stack, forwarder, 5)
        statuses = noise.posted(SEED, stack.port, 50).statuses + noise.posted(SEED, forwarder.port, 30).statuses
        assert operations >= 30
        assert not troubles
        assert statuses.keys() >= {202, 204, 400}
        assert all(status < 500 for status in statuses)
        assert noise.framed(SEED, stack.port, 20) >= 20
        assert forwarder.until("waiting=0")["forwarder"]["refused"] == 0
        assert [stack.pid(name) for name in ("ingest", "stream", "api")] == pids


def test_a_question_of_any_length_that_the_gateway_takes_is_answered_by_a_problem() -> None:
    with running_stack() as stack:
        for length in (10_000, 17_000, 24_000, 31_000):
            answer = stack.request("GET", f"/state?at={'x' * length}")
            assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
