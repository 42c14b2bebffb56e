"""The health of Lookout from heartbeats."""

from __future__ import annotations

from services.api.health import FORGOTTEN, Heartbeats
from services.beats import Beat


def beat(service: str, instance: str = "one", requests: int = 0, connections: float = 0) -> Beat:
    return Beat(
        service=service,
        instance=instance,
        pid=1,
        uptime=1,
        interval=5,
        cpu=0,
        memory=1,
        counters={"requests": requests},
        gauges={"connections": connections},
    )


def all_beating(at: float = 0) -> Heartbeats:
    heartbeats = Heartbeats(started=0)
    for service in ("ingest", "stream", "api"):
        heartbeats.heard(beat(service), at)
    return heartbeats


def test_every_service_beating_is_healthy() -> None:
    health = all_beating().health(at=1, interval=5, log_answers=True)
    assert health.status == "healthy"
    assert health.services == {"ingest": "healthy", "stream": "healthy", "api": "healthy", "nats": "healthy"}


def test_a_service_that_has_not_had_time_to_beat_is_unknown() -> None:
    health = Heartbeats(started=0).health(at=1, interval=5, log_answers=True)
    assert health.status == "degraded"
    assert health.services["stream"] == "unknown"


def test_a_silent_stream_degrades_and_a_silent_ingest_or_log_is_unhealthy() -> None:
    heartbeats = all_beating()
    heartbeats.heard(beat("ingest"), 100)
    heartbeats.heard(beat("api"), 100)
    assert heartbeats.health(100, 5, log_answers=True).status == "degraded"
    assert heartbeats.health(100, 5, log_answers=True).services["stream"] == "unhealthy"
    assert heartbeats.health(100, 5, log_answers=False).status == "unhealthy"
    assert all_beating().health(100, 5, log_answers=True).status == "unhealthy"


def test_figures_are_summed_over_the_instances_that_live() -> None:
    heartbeats = Heartbeats(started=0)
    heartbeats.heard(beat("stream", "old", connections=7), 0)
    heartbeats.heard(beat("stream", "a", connections=2), 50)
    heartbeats.heard(beat("stream", "b", connections=3), 50)
    assert heartbeats.gauge(50, "stream", "connections") == 5


def test_an_instance_that_is_long_gone_is_forgotten() -> None:
    heartbeats = Heartbeats(started=0)
    heartbeats.heard(beat("stream", "old"), 0)
    heartbeats.heard(beat("stream", "new"), FORGOTTEN + 1)
    assert [each.beat.instance for each in heartbeats.instances(FORGOTTEN + 1)] == ["new"]
