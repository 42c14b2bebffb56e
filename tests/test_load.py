"""The short form of `make load`: a steady load leaves nothing behind and loses nothing."""

from __future__ import annotations

from tests.load import load
from tests.stack import running_stack


async def test_a_steady_load_is_carried_without_a_loss_or_a_queue() -> None:
    with running_stack() as stack:
        report = await load(stack, seconds=5, per_second=200, connections=16, clients=20, batch=True)
        assert report.events > 500
        # The last heartbeat may be from amid the load.
        stack.until(
            "/status", lambda status: 0 in [each["beat"]["gauges"].get("bytes_waiting") for each in status["instances"]]
        )
        assert len(report.delays_ms) == report.events * 20
        for process in ("ingest", "stream", "api"):
            assert "Traceback" not in stack.log(process)
