"""A small team at work, as state and as events."""

from __future__ import annotations

from tests.web.scripted import Json, Scripted

STATE: Json = {
    "projects": {
        "shop": {
            "agents": {
                "sess-3f2b/main": {
                    "name": "pm",
                    "status": "active",
                    "session": "sess-3f2b",
                    "agent_id": "main",
                    "doing": "Agent: review the handlers",
                    "invocations": 4,
                    "seq": 40,
                },
                "sess-3f2b/a1": {
                    "name": "engineer",
                    "status": "active",
                    "session": "sess-3f2b",
                    "agent_id": "a1",
                    "parent": "sess-3f2b/main",
                    "doing": "Edit src/services/handlers.py",
                    "invocations": 25,
                    "tool_calls": 25,
                    "seq": 41,
                },
                "sess-3f2b/a2": {
                    "name": "research",
                    "status": "completed",
                    "session": "sess-3f2b",
                    "agent_id": "a2",
                    "parent": "sess-3f2b/a1",
                    "invocations": 3,
                    "seq": 22,
                },
                "sess-91ac/main": {
                    "name": "qa",
                    "status": "waiting",
                    "session": "sess-91ac",
                    "agent_id": "main",
                    "waiting": {"since": "2026-11-24T06:00:00Z", "reason": "permission", "tool": "Bash"},
                    "invocations": 9,
                    "seq": 30,
                },
            },
            "sessions": {
                "sess-3f2b": {
                    "status": "active",
                    "token_usage": 79800,
                    "context_percentage": 0.42,
                    "context_level": "normal",
                    "seq": 41,
                },
                "sess-91ac": {
                    "status": "waiting",
                    "token_usage": 182590,
                    "context_percentage": 0.961,
                    "context_level": "critical",
                    "seq": 30,
                },
                "sess-77d0": {
                    "status": "idle",
                    "token_usage": 143000,
                    "context_percentage": 0.715,
                    "context_level": "elevated",
                    "seq": 12,
                },
            },
            "files": {
                "src/services/handlers.py": {"path": "src/services/handlers.py", "reads": 12, "edits": 3, "seq": 41},
                "tests/test_ws.py": {"path": "tests/test_ws.py", "reads": 4, "writes": 1, "seq": 30},
            },
        }
    }
}

ANSWERS: dict[str, Json] = {
    "/me": {"kind": "local", "id": "", "grants": [], "projects": {}, "login": False},
    "/status": {
        "agents": "healthy",
        "websocket": "healthy",
        "mcp_gateway": "unknown",
        "services": {"ingest": "healthy", "stream": "healthy", "api": "healthy"},
        "metrics": {"active_agents": 2, "total_requests": 812, "events": 1204, "events_stored": 1204, "connections": 1},
        "instances": [
            {
                "alive": True,
                "age": 1.2,
                "beat": {
                    "service": name,
                    "instance": f"{name}-1",
                    "pid": 100,
                    "uptime": 340.0,
                    "interval": 5.0,
                    "cpu": 0.04,
                    "memory": 52_000_000,
                    "counters": {},
                    "gauges": {},
                },
            }
            for name in ("ingest", "stream", "api")
        ],
        "log": {"epoch": "epoch-1", "first": 1, "last": 1204},
        "seq": 41,
    },
    "/tools": {
        "tools": [
            {
                "agent": "engineer",
                "tool": tool,
                "project": "shop",
                "seq": 41,
                "last": "2026-11-24T06:00:00Z",
                "calls": calls,
                "failures": 1,
                "denied": 0,
                "total_ms": 12_000.0,
                "max_ms": 4210.0,
                "p50_ms": 90.0,
                "p95_ms": 1900.0,
            }
            for tool, calls in (("Bash", 12), ("Edit", 30), ("Read", 60))
        ],
        "slowest": [],
        "seq": 41,
    },
    **{
        f"/sessions/{id_}": {
            "session": session | {"session_id": id_, "project": "shop"},
            "agents": [],
            "files": [],
            "tools": [],
            "seq": 41,
        }
        for id_, session in STATE["projects"]["shop"]["sessions"].items()
    },
    "/events": {"events": [], "seq": 41, "complete": True, "scanned": 0},
    "/events/histogram": {
        "after": "2026-11-24T05:00:00Z",
        "before": "2026-11-24T06:00:00Z",
        "counts": [3] * 60,
        "errors": [0] * 60,
        "sampled": 1,
        "seq": 41,
    },
}
"""What the API would say of it."""

ACTS: list[tuple[str, Json]] = [
    ("tool_use", {"tool": "Read", "phase": "finished", "summary": "src/services/handlers.py", "duration_ms": 9.31}),
    ("file_operation", {"file": "src/services/handlers.py", "operation": "read", "size": 18231}),
    ("tool_use", {"tool": "Bash", "phase": "failed", "summary": "pytest -q", "error": "exit 1", "duration_ms": 4210}),
    ("agent_activity", {"agent": "engineer", "action": "invoked", "description": "fix the failing handler"}),
    ("session_update", {"session_id": "sess-3f2b", "token_usage": 79800, "context_percentage": 0.42}),
    ("permission_request", {"tool": "Bash", "summary": "rm -rf build"}),
    ("deploy_finished", {"message": "staging is at 4f1c"}),
]
AGENTS = ["pm", "engineer", "qa", "research"]


def work(lookout: Scripted, events: int) -> list[Json]:
    """Records so many events and returns them."""
    return [
        lookout.record(*ACTS[number % len(ACTS)], agent=AGENTS[number % len(AGENTS)], session="sess-3f2b")
        for number in range(events)
    ]
