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
