"""What the API's description allows, and what no description allows: never an answer of 5xx, never another shape."""

from __future__ import annotations

import asyncio
import http.client
import os
import random
import socket
from collections import Counter
from contextlib import suppress
from typing import Any

import hypothesis
import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.adapters.bodies import PATHS, bodies
from tests.faults.abuse import masked
from tests.faults.fault import Run, scene
from tests.stack import Stack

CASES = int(os.environ.get("CASES", "60"))
"""For each operation; `make faults CASES=1000` for a thorough look."""
CHECKS = [not_a_server_error, response_schema_conformance, status_code_conformance, content_type_conformance]
LEFT_OUT = {"/demo"}
"""It plays for half a minute."""
QUIET = hypothesis.settings(
    deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck), print_blob=False
)


async def conformance(run: Run) -> None:
    """S6: schemathesis on the API, hypothesis on what is posted and on what WebSockets are sent."""
    async with scene(run, per_second=50, hooks=0.2) as here:
        await here.flows(50)
        stack = here.stack
        pids = {name: stack.pid(name) for name in ("ingest", "stream", "api")}
        operations, troubles = await asyncio.to_thread(_operations, run, stack)
        statuses = await asyncio.to_thread(_posted, run, stack)
        connections = await asyncio.to_thread(_framed, run, stack)
        await here.settle()
        run.least("operations of the API", operations, 10)
        run.most(f"of which {CASES} questions each brought a 5xx or another shape", len(troubles), 0)
        run.least("bodies posted", sum(statuses.values()), 100)
        run.most("answered by 5xx", sum(count for status, count in statuses.items() if status >= 500), 0)
        run.least("connections that were sent noise", connections, 50)
        run.most("services that ended", sum(stack.pid(name) != pid for name, pid in pids.items()), 0)
        run.most("tracebacks in logs", sum(stack.log(name).count("Traceback") for name in pids), 0)


def _operations(run: Run, stack: Stack) -> tuple[int, list[str]]:
    """How many operations there are, and what was wrong with any of them."""
    schema = schemathesis.openapi.from_url(f"{stack.url}/openapi.json")
    session = requests.Session()
    count, troubles = 0, []
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]
        if operation.path in LEFT_OUT:
            continue
        count += 1
        try:
            _ask(run.seed, operation, session, stack.url)
        except (AssertionError, ExceptionGroup, FailureGroup) as error:
            sentence = " ".join(f"{operation.method} {operation.path}: {error}".split())
            run.say(sentence[:600])
            troubles.append(sentence)
    session.close()
    return count, troubles


def _ask(seed: int, operation: Any, session: requests.Session, url: str) -> None:
    @hypothesis.seed(seed)
    @hypothesis.settings(QUIET, max_examples=CASES)
    @hypothesis.given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        case.validate_response(case.call(base_url=url, session=session), checks=CHECKS)

    ask()


def _posted(run: Run, stack: Stack) -> Counter[int]:
    """How often each status was answered."""
    statuses: Counter[int] = Counter()
    connection = http.client.HTTPConnection("localhost", stack.port, timeout=20)

    @hypothesis.seed(run.seed)
    @hypothesis.settings(QUIET, max_examples=CASES * 5)
    @hypothesis.given(path=st.sampled_from(sorted(PATHS)), body=bodies(), kind=st.sampled_from(KINDS))
    def post(path: str, body: bytes, kind: str) -> None:
        try:
            connection.request("POST", path, body, {"Content-Type": kind})
            answer = connection.getresponse()
            answer.read()
        except http.client.HTTPException:
            connection.close()
            raise
        statuses[answer.status] += 1

    post()
    connection.close()
    return statuses


KINDS = (
    "application/json",
    "application/x-ndjson",
    "application/cloudevents+json",
    "application/cloudevents-batch+json",
    "text/plain",
    "application/x-www-form-urlencoded",
)


def _framed(run: Run, stack: Stack) -> int:
    """How many connections were sent what is hardly a WebSocket's."""
    chance = random.Random(run.seed)
    for _ in range(CASES):
        with socket.create_connection(("127.0.0.1", stack.port), timeout=5) as client:
            client.sendall(
                b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            with suppress(OSError):
                for _ in range(chance.randrange(1, 6)):
                    client.sendall(_noise(chance))
                client.settimeout(0.02)
                while client.recv(1 << 16):
                    pass
    return CASES


def _noise(chance: random.Random) -> bytes:
    match chance.randrange(4):
        case 0:
            return chance.randbytes(chance.randrange(1, 200))
        case 1:
            payload = chance.randbytes(chance.randrange(200))
            return masked(payload, chance.randrange(16), chance.random() < 0.7, chance.choice([0, 0, 0x40, 0x70]))
        case 2:
            names = chance.choice(['["*"]', '["state","x"]', "[]", "7", '["' + "n" * 300 + '"]'])
            return masked(f'{{"event":"subscribe","data":{{"events":{names},"since":{{"seq":-1}}}}}}'.encode())
        case _:
            text = b'{"event":"subscribe","data":{"events":["*"],"batch":true}}'
            cut = chance.randrange(len(text))
            return masked(text[:cut] + chance.randbytes(1) + text[cut:])
