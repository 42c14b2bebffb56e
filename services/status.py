"""`lookout status`: what runs, and how well."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import msgspec
from msgspec import Raw, Struct

from services.emit import EmitError, Unanswered, detail, exchange
from services.line import escape

HEALTHY, UNHEALTHY = 0, 4
"""Exit codes; what is degraded is not healthy."""


class Health(Struct):
    """What of `/health` is shown."""

    status: str
    uptime: float
    connections: int


class Beat(Struct):
    """What of a heartbeat is shown."""

    service: str
    pid: int
    uptime: float
    cpu: float
    memory: int


class Instance(Struct):
    alive: bool
    beat: Beat


class Log(Struct):
    first: int
    last: int


class Status(Struct):
    """What of `/status` is shown."""

    agents: str
    mcp_gateway: str
    websocket: str
    metrics: dict[str, int | float]
    services: dict[str, str] = {}
    instances: list[Instance] = []
    log: Log | None = None


def report(url: str, as_json: bool) -> int:
    """Prints what `/health` and `/status` answer; returns the exit code. Raises NotRunning."""
    try:
        bodies = {name: Raw(_told(f"{url}/{name}")) for name in ("health", "status")}
        health = msgspec.json.decode(bodies["health"], type=Health)
        status = msgspec.json.decode(bodies["status"], type=Status)
    except Unanswered as unanswered:
        return _not_well(str(unanswered))
    except msgspec.DecodeError:
        return _not_well(f"{url} does not tell its health: look at the logs in Lookout's data folder.")
    print(msgspec.json.encode(bodies).decode() if as_json else "\n".join(map(escape, _lines(url, health, status))))
    return HEALTHY if health.status == "healthy" else UNHEALTHY


def _told(url: str) -> bytes:
    answer = exchange("GET", url)
    if answer.status in (401, 403, 429):
        raise EmitError(f"{url} is not told ({answer.status}): {detail(answer.status, answer.body)}")
    return answer.body


def _not_well(sentence: str) -> int:
    print(f"lookout: {sentence}", file=sys.stderr)
    return UNHEALTHY


def _lines(url: str, health: Health, status: Status) -> Iterator[str]:
    yield f"Lookout at {url} is {health.status}, up {duration(health.uptime)}, {health.connections} connected."
    yield ""
    words = {"agents": status.agents, "mcp_gateway": status.mcp_gateway, "websocket": status.websocket}
    yield from columns([[name, word] for name, word in (words | status.services).items()])
    if status.instances:
        yield ""
        rows = [_process(each) for each in status.instances]
        yield from columns([["SERVICE", "PID", "UP", "CPU", "MEMORY", ""], *rows])
    yield ""
    extent = {"log": f"{status.log.first} to {status.log.last}"} if status.log else {}
    yield from columns([[name, str(figure)] for name, figure in (status.metrics | extent).items()])


def _process(instance: Instance) -> list[str]:
    beat = instance.beat
    memory = f"{beat.memory / 2**20:.0f} MB"
    return [
        beat.service,
        str(beat.pid),
        duration(beat.uptime),
        f"{beat.cpu:.0%}",
        memory,
        "" if instance.alive else "no heartbeat",
    ]


def columns(rows: list[list[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def duration(seconds: float) -> str:
    """The two largest units: 59 s, 1 min 5 s, 2 h 0 min, 3 d 4 h."""
    whole = int(seconds)
    for unit, size, smaller, part in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // part} {smaller}"
    return f"{whole} s"
