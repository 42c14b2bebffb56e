"""The figures of Lookout itself as Prometheus text (exposition format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from services.api.forwarders import ForwarderStatus
from services.api.health import Instance
from services.log import Head

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Sample(NamedTuple):
    name: str
    kind: str
    labels: Mapping[str, str]
    value: float


def text(
    instances: Iterable[Instance],
    events_by_type: Mapping[str, int],
    head: Head | None,
    forwarders: Iterable[ForwarderStatus] = (),
) -> str:
    """One family after the other, each with its type; labels name services, instances, types of events and hosts."""
    families: dict[str, list[Sample]] = {}
    for sample in chain(_samples(instances, events_by_type, head), _of_forwarders(forwarders)):
        families.setdefault(sample.name, []).append(sample)
    lines = []
    for name, samples in families.items():
        lines.append(f"# TYPE {name} {samples[0].kind}")
        lines += [_line(sample) for sample in samples]
    return "\n".join(lines) + "\n"


def _samples(instances: Iterable[Instance], events_by_type: Mapping[str, int], head: Head | None) -> Iterator[Sample]:
    for instance in instances:
        beat = instance.beat
        labels = {"service": beat.service, "instance": beat.instance}
        yield Sample("lookout_up", "gauge", labels, float(instance.alive))
        yield Sample("lookout_uptime_seconds", "gauge", labels, beat.uptime)
        yield Sample("lookout_cpu_cores", "gauge", labels, beat.cpu)
        yield Sample("lookout_resident_memory_bytes", "gauge", labels, beat.memory)
        for name, count in sorted(beat.counters.items()):
            yield Sample(f"lookout_{beat.service}_{name}_total", "counter", labels, count)
        for name, value in sorted(beat.gauges.items()):
            yield Sample(f"lookout_{beat.service}_{name}", "gauge", labels, value)
    for event_type, count in sorted(events_by_type.items()):
        yield Sample("lookout_events_total", "counter", {"type": event_type}, count)
    if head is not None:
        yield Sample("lookout_log_first_seq", "gauge", {}, head.first)
        yield Sample("lookout_log_last_seq", "gauge", {}, head.last)


def _of_forwarders(forwarders: Iterable[ForwarderStatus]) -> Iterator[Sample]:
    for status in forwarders:
        told = status.forwarder
        labels = {"host": told.host, "spool": told.spool, "sender": status.sender}
        yield Sample("lookout_forwarder_silent_seconds", "gauge", labels, status.age)
        yield Sample("lookout_forwarder_waiting_events", "gauge", labels, told.waiting)
        yield Sample("lookout_forwarder_waiting_bytes", "gauge", labels, told.waiting_bytes)
        yield Sample("lookout_forwarder_sent_total", "counter", labels, told.sent)
        yield Sample("lookout_forwarder_refused_total", "counter", labels, told.refused)
        yield Sample("lookout_forwarder_lost_total", "counter", labels, told.lost)


def _line(sample: Sample) -> str:
    labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in sample.labels.items())
    return f"{sample.name}{{{labels}}} {sample.value!r}" if labels else f"{sample.name} {sample.value!r}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
