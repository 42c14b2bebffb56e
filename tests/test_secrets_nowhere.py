"""Secrets through every way into a running Lookout: none is found on the disk, in a log, in an answer or in a frame."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import httpx
import pytest
import re2
from websockets.asyncio.client import connect

from tests.contents import contents
from tests.secret_corpus import Sample, harmless, needles_of, secrets
from tests.stack import Stack, running_stack

SESSION = {"session_id": "s5", "cwd": "/home/dev/shop"}


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    # Everything that is logged at all is looked at.
    with running_stack(LOOKOUT_LOG_LEVEL="debug") as running:
        yield running


def hooks(text: str) -> Iterator[dict[str, Any]]:
    """Every place in Claude Code's hooks where a text of an agent or a tool may stand."""
    bash = {"tool_name": "Bash", "tool_use_id": "t", "tool_input": {"command": text, "description": text}}
    yield SESSION | bash | {"hook_event_name": "PreToolUse"}
    yield SESSION | bash | {"hook_event_name": "PostToolUse", "tool_response": {"stdout": text, "stderr": text}}
    yield SESSION | bash | {"hook_event_name": "PostToolUseFailure", "error": text}
    yield SESSION | bash | {"hook_event_name": "PermissionRequest"}
    yield SESSION | {"hook_event_name": "Notification", "notification_type": "idle_prompt", "message": text}
    yield SESSION | {"hook_event_name": "UserPromptSubmit", "prompt": text}
    yield SESSION | {"hook_event_name": "SessionEnd", "reason": text}
    yield SESSION | {
        "hook_event_name": "SubagentStop",
        "agent_id": text,
        "agent_type": text,
        "last_assistant_message": text,
    }
    yield SESSION | {"hook_event_name": "SomethingNew", "text": text, "deep": {"text": text}, text: 1}
    mcp = {"tool_name": "mcp__vault__read", "tool_use_id": "u", "tool_input": {"path": text, "token": text}}
    yield SESSION | mcp | {"hook_event_name": "PreToolUse"}


def mpm(text: str) -> Iterator[dict[str, Any]]:
    parameters = {"tool_name": "Bash", "tool_parameters": {"command": text}, "operation_type": "execute"}
    for subtype, facts in (
        ("pre_tool", parameters),
        ("post_tool", parameters | {"exit_code": 1, "output": text, "error": text}),
        ("user_prompt", {"prompt_text": text, "prompt_preview": text}),
        ("subagent_stop", {"agent_type": text, "reason": text}),
        ("something_new", {"text": text}),
    ):
        inner = {"type": "hook", "subtype": subtype, "session_id": "s5", "data": SESSION | facts}
        yield {"namespace": "hook", "event": "claude_event", "data": inner}


def one_of(needles: set[str]) -> Any:
    options = re2.Options()
    options.max_mem = 1 << 30
    return re2.compile("|".join(re2.escape(each) for each in sorted(needles)), options)


def found(needles: Any, text: str) -> str | None:
    match = needles.search(text)
    return text[max(0, match.start() - 60) : match.end() + 60] if match else None


async def send_all(stack: Stack, samples: list[Sample]) -> int:
    """By every adapter; returns how many requests were taken."""
    taken = 0
    ways = [cycle(range(10)), cycle(range(5))]
    async with httpx.AsyncClient(base_url=stack.url, timeout=30) as client:

        async def post(path: str, body: bytes, **headers: str) -> None:
            nonlocal taken
            answer = await client.post(path, content=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
            assert answer.status_code in (202, 204), (path, answer.status_code, answer.text[:300], body[:300])
            taken += 1

        plain = [{"type": "s5_native", "session": "s5", "project": "shop", "data": sample.data} for sample in samples]
        for first in range(0, len(plain), 200):
            await post("/events", json.dumps(plain[first : first + 200]).encode())
        clouds = [
            {
                "specversion": "1.0",
                "id": f"c{number}",
                "source": "s5",
                "type": "s5_cloud",
                "data": {"said": sample.said},
            }
            for number, sample in enumerate(samples)
        ]
        for first in range(0, len(clouds), 200):
            body = json.dumps(clouds[first : first + 200]).encode()
            await post("/events", body, content_type="application/cloudevents-batch+json")
        lines = [
            json.dumps(
                each | {"id": f"f{number}", "source": "s5", "time": "2026-11-24T10:00:00Z", "type": "s5_forwarded"}
            )
            for number, each in enumerate(plain)
        ]
        for first in range(0, len(lines), 200):
            await post("/forward", "\n".join(lines[first : first + 200]).encode(), content_type="application/x-ndjson")
        for sample in samples:
            hook = list(hooks(sample.text))[next(ways[0])]
            await post("/hooks/claude-code", json.dumps(hook).encode(), content_type="application/json")
            await post("/api/events", json.dumps(list(mpm(sample.text))[next(ways[1])]).encode())
        for sample in samples[::10]:
            await post(
                "/events",
                json.dumps(sample.data).encode(),
                ce_specversion="1.0",
                ce_type="s5_binary",
                ce_id=sample.name,
                ce_source="s5",
            )
            # Refused, and the refusal says so without it.
            refused = await client.post(
                "/events", json={"type": "tool_use", "data": {"tool": sample.text, "phase": sample.text}}
            )
            assert refused.status_code == 400
    return taken


async def frames(stack: Stack, **more: Any) -> str:
    """All that a client gets of the whole log, and of the state."""
    head = stack.get("/state")
    since = {"epoch": head["epoch"], "seq": 0}
    said: list[str] = []
    async with asyncio.timeout(60), connect(stack.websocket, proxy=None, max_size=None) as client:
        await client.send(
            json.dumps({"event": "subscribe", "data": {"events": ["*", "state"], "since": since, "batch": True} | more})
        )
        done = {"batch": False, "state": False}
        while not all(done.values()):
            said.append(str(await client.recv()))
            frame = json.loads(said[-1])
            done["batch"] |= frame["event"] == "batch" and frame["seq"] >= head["seq"]
            done["state"] |= frame["event"] == "state"
    return "\n".join(said)


def pages(stack: Stack) -> Iterator[str]:
    before = ""
    while True:
        page = stack.get(f"/events?limit=1000{before}")
        yield json.dumps(page, ensure_ascii=False)
        if page.get("next") is None:
            return
        before = f"&before={page['next']}"


def unescaped(text: str) -> str:
    """Also as it reads where JSON stands in JSON."""
    return text + text.replace("\\\\", "\\").replace('\\"', '"').replace("\\/", "/")


async def test_no_secret_is_found_anywhere(stack: Stack) -> None:
    samples = secrets()
    needles = one_of({needle for sample in samples for needle in needles_of(sample)})
    assert found(needles, samples[0].text)
    assert len(samples) >= 300
    taken = await send_all(stack, samples)
    assert taken > 2 * len(samples)
    seq = stack.get("/events?limit=1")["seq"]
    stack.until("/state", lambda state: state["seq"] >= seq)

    answers = {
        path: json.dumps(stack.get(path), ensure_ascii=False)
        for path in ("/state", "/agents", "/sessions", "/files", "/tools", "/status", "/sessions/s5")
    }
    answers |= {f"/events {number}": page for number, page in enumerate(pages(stack))}
    answers["/metrics"] = stack.request("GET", "/metrics").body.decode()
    answers["frames"] = await frames(stack)
    answers["slim frames"] = await frames(stack, slim=True)
    assert sum(text.count("[redacted:") for path, text in answers.items() if path.startswith("/events")) > len(samples)
    leaks = {where: leak for where, text in answers.items() if (leak := found(needles, unescaped(text)))}
    assert not leaks, "\n".join(f"{k}: {v}" for k, v in leaks.items())

    files = contents(stack.data)
    assert {"history.sqlite", "ingest.log", "api.log", "gateway.log", "nats.log"} <= {path.name for path in files}
    assert any(path.suffix == ".blk" for path in files)
    leaks = {path.name: leak for path, text in files.items() if (leak := found(needles, text.decode("latin-1")))}
    assert not leaks, "\n".join(f"{k}: {v}" for k, v in leaks.items())


async def test_what_is_harmless_is_stored_as_it_was_sent(stack: Stack) -> None:
    texts = harmless()
    sent = [{"type": "s5_harmless", "project": "shop", "data": {"text": text, "n": n}} for n, text in enumerate(texts)]
    assert stack.post("/events", sent).status == 202
    for text in texts:
        hook = next(hooks(text.split("\n")[0][:150]))
        assert (
            stack.post("/hooks/claude-code", hook | {"tool_use_id": f"h{hash(text)}", "session_id": "harmless"}).status
            == 204
        )
    kept = stack.until("/events?q=type:s5_harmless&limit=1000", lambda page: len(page["events"]) == len(texts))[
        "events"
    ]
    assert [each["data"]["text"] for each in reversed(kept)] == texts
    calls = stack.until(
        "/events?q=session:harmless%20type:tool_use&limit=1000", lambda page: len(page["events"]) == len(texts)
    )
    assert [each["data"]["summary"] for each in reversed(calls["events"])] == [
        text.split("\n")[0][:150].strip() for text in texts
    ]


SIZE = 15 << 20


@pytest.mark.parametrize(
    "seed", ["password=", "7z ", 'token: "a', "-----BEGIN PRIVATE KEY-----", "eyJabcdefgh.", '\\\\\\"']
)
def test_a_hostile_body_of_16_mib_holds_nobody_up(stack: Stack, seed: str) -> None:
    hook = list(hooks(seed * (SIZE // len(seed) // 8)))
    for body in (hook[0], hook[1], hook[8]):
        began = time.monotonic()
        answer = stack.post("/hooks/claude-code", body)
        assert answer.status == 204
        assert time.monotonic() - began < 5
