"""What descriptions allow, and what no description allows: never an answer of 5xx, never another shape."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis
import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.adapters import ADAPTERS
from services.forward.app import TAKEN, Health
from tests.faults.described import Ready, StreamHealth, StreamReady, document
from tests.faults.fault import Run, scene
from tests.faults.noise import QUIET, framed, posted
from tests.forward.process import Process, forwarding
from tests.stack import Stack

CASES = int(os.environ.get("CASES", "60"))
"""For each operation; `make faults CASES=1000` for a thorough look."""
CHECKS = [not_a_server_error, response_schema_conformance, status_code_conformance, content_type_conformance]
LEFT_OUT = {"/demo"}
"""It plays for half a minute."""
INGEST = document(ADAPTERS, {"/readyz": Ready})
STREAM = document({}, {"/health": StreamHealth, "/readyz": StreamReady, "/ws": None, "/socket.io/": None})
FORWARDER = document(TAKEN, {"/health": Health})


async def conformance(run: Run) -> None:
    """S6: schemathesis on what each service and a forwarder answer, hypothesis on what is posted and framed."""
    async with scene(run, per_second=50, hooks=0.2) as here:
        stack = here.stack
        pids = {name: stack.pid(name) for name in ("ingest", "stream", "api")}
        with _forwarder(stack) as forwarder:
            operations, troubles = await asyncio.to_thread(asked, run, stack, forwarder, CASES)
            here_posted = await asyncio.to_thread(posted, run.seed, stack.port, CASES * 5)
            forwarded = await asyncio.to_thread(posted, run.seed, forwarder.port, CASES * 3)
            connections = await asyncio.to_thread(framed, run.seed, stack.port, CASES * 2)
            sent = await asyncio.to_thread(forwarder.until, "waiting=0")
            said = forwarder.said
        log = await here.settle()
        statuses = here_posted.statuses + forwarded.statuses
        lost = here_posted.acknowledged - {(each.event.id, each.seq) for each in log}
        run.least("operations of API, ingest, stream and a forwarder", operations, 30)
        run.most(f"of which {CASES} questions each brought a 5xx or another shape", len(troubles), 0)
        run.least("bodies posted", sum(statuses.values()), 100)
        run.most("answered by 2xx and not stored", len(lost), 0)
        run.most("answered by 5xx", sum(count for status, count in statuses.items() if status >= 500), 0)
        run.most("events of the forwarder that are refused", sent["forwarder"]["refused"], 0)
        run.least("connections that were sent noise", connections, 50)
        run.most("services that ended", sum(stack.pid(name) != pid for name, pid in pids.items()), 0)
        logs = [said, *(stack.log(name) for name in pids)]
        run.most("tracebacks in logs", sum(log.count("Traceback") for log in logs), 0)


@contextmanager
def _forwarder(stack: Stack) -> Iterator[Process]:
    with (
        TemporaryDirectory(prefix="lookout-forward-") as folder,
        forwarding(Path(folder), stack.url, "lk_none") as found,
    ):
        yield found


def asked(run: Run, stack: Stack, forwarder: Process, cases: int) -> tuple[int, list[str]]:
    """How many operations there are, and what was wrong with any of them."""
    found = [
        (stack.url, schemathesis.openapi.from_url(f"{stack.url}/openapi.json")),
        (f"http://127.0.0.1:{stack.port + 1}", schemathesis.openapi.from_dict(INGEST)),
        (f"http://127.0.0.1:{stack.port + 2}", schemathesis.openapi.from_dict(STREAM)),
        (f"http://127.0.0.1:{forwarder.port}", schemathesis.openapi.from_dict(FORWARDER)),
    ]
    session = requests.Session()
    count, troubles = 0, []
    for url, operation in _operations(found):
        count += 1
        try:
            _ask(run.seed, operation, session, url, cases)
        except (AssertionError, ExceptionGroup, FailureGroup) as error:
            sentence = " ".join(f"{operation.method} {operation.path}: {error}".split())
            run.say(sentence[:600])
            troubles.append(sentence)
    session.close()
    return count, troubles


def _operations(found: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    for url, schema in found:
        for each in schema.get_all_operations():
            operation = each.ok()
            if operation.path not in LEFT_OUT:
                yield url, operation


def _ask(seed: int, operation: Any, session: requests.Session, url: str, cases: int) -> None:
    """What the description allows, and what it does not."""
    allowed = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    not_allowed = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @hypothesis.seed(seed)
    @hypothesis.settings(QUIET, max_examples=cases)
    @hypothesis.given(case=st.one_of(allowed, not_allowed))
    def ask(case: Any) -> None:
        answer = case.call(base_url=url, session=session)
        # More than 16 KiB of address and headers HTTP itself refuses, before it is anybody's operation.
        if answer.status_code != 431:
            case.validate_response(answer, checks=CHECKS)

    ask()
