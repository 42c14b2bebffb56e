"""Actors of the recorded session that speak as Claude Code does: its hooks, and the object for its status line.

Each agent has a clock of its own, in seconds of the session, so agents work side by side; `awaits` is where they meet.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

from services.demo_recording import Recording, todo_list

HOOKS = "/hooks/claude-code"
WINDOW = 200_000
"""Tokens in the context window of every session."""
CODE = "    total += line.price * line.quantity - discounts.of(line)\n"
LAST_WORDS: dict[str, Any] = {
    "last_assistant_message": "Done.",
    "stop_hook_active": False,
    "background_tasks": [],
    "session_crons": [],
}


class Session:
    """One run of Claude Code."""

    def __init__(self, recording: Recording, cwd: str, model: str, at: float) -> None:
        self.recording = recording
        self.cwd = cwd
        self.model = model
        self.id = recording.uuid()
        self.prompt_id = ""
        self.tokens = 0
        self.cost_usd = 0.0
        self.lines_added = self.lines_removed = 0
        self.main = Agent(self, at)

    def hook(self, at: float, event: str, **fields: Any) -> None:
        body = {
            "session_id": self.id,
            "transcript_path": f"{self.cwd}/.claude/{self.id}.jsonl",
            "cwd": self.cwd,
            "permission_mode": "default",
            "hook_event_name": event,
        }
        if self.prompt_id:
            body["prompt_id"] = self.prompt_id
        self.recording.add(at, HOOKS, body | fields)

    def status_line(self, at: float, tokens: int) -> None:
        """The only word about the context window, of which `tokens` are in use now."""
        self.cost_usd += abs(tokens - self.tokens) * 15e-6 + 0.004
        self.tokens = tokens
        used = round(tokens * 100 / WINDOW)
        context = {
            "total_input_tokens": tokens,
            "total_output_tokens": tokens // 12,
            "context_window_size": WINDOW,
            "used_percentage": used,
            "remaining_percentage": 100 - used,
            "current_usage": _usage(tokens),
        }
        cost = {
            "total_cost_usd": round(self.cost_usd, 4),
            "total_duration_ms": round(at * 1000),
            "total_lines_added": self.lines_added,
            "total_lines_removed": self.lines_removed,
        }
        line = {
            "session_id": self.id,
            "cwd": self.cwd,
            "model": {"id": self.model, "display_name": self.model.split("-")[1].title()},
            "workspace": {"current_dir": self.cwd, "project_dir": self.cwd},
            "version": "2.1.90",
            "cost": cost,
            "context_window": context,
            "exceeds_200k_tokens": False,
        }
        self.recording.add(at, HOOKS, line)


class Agent:
    """The session's own agent, or, with an id and a kind, one that another has called."""

    def __init__(self, session: Session, at: float, kind: str = "") -> None:
        self.session = session
        self.clock = self.began = at
        self.kind = kind
        self.id = f"a{session.recording.hex(16)}" if kind else ""
        self.called_by = ""
        """The tool_use_id of the call that it answers, and its input."""
        self.called_with: dict[str, Any] = {}

    def hook(self, event: str, after: float = 0.0, **fields: Any) -> None:
        who = {"agent_id": self.id, "agent_type": self.kind} if self.id else {}
        self.session.hook(self.clock + after, event, **who, **fields)

    def thinks(self, seconds: float) -> None:
        self.clock += self.session.recording.about(seconds)

    def until(self, at: float) -> None:
        """Thinks until `at`, where it is not so late yet."""
        self.clock = max(self.clock, at)

    # Tools

    def tool(self, name: str, given: dict[str, Any], response: Any, seconds: float, error: str = "") -> None:
        """One call from start to end; with `error` it fails."""
        self.finish(self.start(name, given), name, given, response, seconds, error)

    def start(self, name: str, given: dict[str, Any]) -> str:
        use = f"toolu_{self.session.recording.hex(24)}"
        self.hook("PreToolUse", tool_name=name, tool_input=given, tool_use_id=use)
        return use

    def finish(
        self, use: str, name: str, given: dict[str, Any], response: Any, seconds: float, error: str = ""
    ) -> None:
        took = self.session.recording.about(seconds)
        self.clock += took
        call: dict[str, Any] = {"tool_name": name, "tool_input": given, "tool_use_id": use}
        call["duration_ms"] = round(took * 1000)
        if error:
            self.hook("PostToolUseFailure", **call, error=error, is_interrupt=False)
        else:
            self.hook("PostToolUse", **call, tool_response=response)
        self.speaks()
        self.thinks(1.5)

    def speaks(self) -> None:
        """After a message of the session's own agent its status line is drawn anew."""
        if not self.id:
            more = self.session.recording.random.randint(300, 900)
            self.session.status_line(self.clock + 0.2, self.session.tokens + more)

    def read(self, *files: str) -> None:
        for file in files:
            lines = 30 + crc32(file.encode()) % 200
            path = self._path(file)
            content = {"filePath": path, "content": CODE * lines, "startLine": 1, "numLines": lines}
            answer = {"type": "text", "file": content | {"totalLines": lines}}
            self.tool("Read", {"file_path": path}, answer, 0.3)

    def find(self, pattern: str, *hits: str) -> None:
        found = [self._path(hit) for hit in hits]
        self.tool("Glob", {"pattern": pattern}, {"filenames": found, "numFiles": len(found), "durationMs": 40}, 0.2)

    def grep(self, pattern: str, *hits: str) -> None:
        found = [self._path(hit) for hit in hits]
        answer = {"mode": "files_with_matches", "filenames": found, "numFiles": len(found)}
        self.tool("Grep", {"pattern": pattern, "path": self.session.cwd}, answer, 0.4)

    def edit(self, file: str, added: int, removed: int = 1) -> None:
        path, old, new = self._path(file), CODE * removed, CODE * added
        lines = [f"-{CODE[:-1]}"] * removed + [f"+{CODE[:-1]}"] * added
        patch = {"oldStart": 12, "oldLines": removed, "newStart": 12, "newLines": added, "lines": lines}
        answer = {"filePath": path, "oldString": old, "newString": new, "structuredPatch": [patch]}
        self._changes(added, removed)
        self.tool("Edit", {"file_path": path, "old_string": old, "new_string": new}, answer, 0.5)

    def write(self, file: str, lines: int) -> None:
        path = self._path(file)
        answer = {"type": "create", "filePath": path, "content": CODE * lines, "structuredPatch": []}
        self._changes(lines, 0)
        self.tool("Write", {"file_path": path, "content": CODE * lines}, answer, 0.5)

    def run(self, command: str, seconds: float, output: str = "", error: str = "") -> None:
        self.tool("Bash", {"command": command, "description": command}, _shell(output), seconds, error)

    def mcp(self, server: str, tool: str, given: dict[str, Any], seconds: float, error: str = "") -> None:
        self.tool(f"mcp__{server}__{tool}", given, [{"type": "text", "text": "{}"}], seconds, error)

    def fetch(self, url: str, seconds: float) -> None:
        answer = {"bytes": 48_213, "code": 200, "codeText": "OK", "result": "A page.", "durationMs": 900, "url": url}
        self.tool("WebFetch", {"url": url, "prompt": "What does it say about rounding?"}, answer, seconds)

    def todo(self, done: int, *items: str) -> None:
        """Writes the whole list: `done` of it are completed, the next is in progress."""
        todos = todo_list(done, items)
        self.tool("TodoWrite", {"todos": todos}, {"oldTodos": [], "newTodos": todos}, 0.1)

    # Humans

    def prompted(self, prompt: str) -> None:
        self.session.prompt_id = self.session.recording.uuid()
        self.hook("UserPromptSubmit", prompt=prompt)
        self.thinks(2.5)
        self.speaks()

    def asks(self, command: str, waits: float | None = None, seconds: float = 3.0) -> None:
        """A command that needs a human's leave, which comes after `waits` seconds, or not at all."""
        given = {"command": command, "description": command}
        use = self.start("Bash", given)
        self.clock += 0.3
        rule = {"type": "addRules", "rules": [{"toolName": "Bash", "ruleContent": command}], "behavior": "allow"}
        self.hook("PermissionRequest", tool_name="Bash", tool_input=given, permission_suggestions=[rule])
        words = "Claude needs your permission to use Bash"
        self.hook("Notification", after=5.7, notification_type="permission_prompt", message=words)
        if waits is not None:
            self.clock += waits
            self.finish(use, "Bash", given, _shell(""), seconds)

    def denied(self, command: str, reason: str) -> None:
        """A command that the client itself forbids."""
        given = {"command": command, "description": command}
        use = self.start("Bash", given)
        self.clock += 0.3
        self.hook("PermissionDenied", tool_name="Bash", tool_input=given, tool_use_id=use, reason=reason)
        self.thinks(2)

    # Other agents

    def delegates(self, kind: str, description: str, background: bool = False) -> Agent:
        """Calls an agent; unless it goes on in the background, it has to be awaited."""
        called = Agent(self.session, self.clock + self.session.recording.about(0.6), kind)
        called.called_with = {"description": description, "prompt": description, "subagent_type": kind}
        if background:
            called.called_with["run_in_background"] = True
        called.called_by = self.start("Agent", called.called_with)
        called.hook("SubagentStart")
        called.thinks(1.5)
        self.clock += 0.2
        if background:
            self._answered(called, called.began + 0.1, {"status": "async_launched", "agentId": called.id})
            self.thinks(1.5)
        return called

    def awaits(self, *agents: Agent) -> None:
        for agent in agents:
            agent.ends()
            took = agent.clock - agent.began
            tokens = 9_000 + round(took * 400)
            answer = {"status": "completed", "agentId": agent.id, "agentType": agent.kind, "content": []}
            figures = {"totalDurationMs": round(took * 1000), "totalTokens": tokens, "usage": _usage(tokens)}
            self._answered(agent, agent.clock + 0.2, answer | figures)
        self.speaks()
        self.thinks(1.5)

    def ends(self) -> None:
        """Its work is done."""
        self.hook("SubagentStop", **LAST_WORDS)

    def _answered(self, agent: Agent, at: float, answer: dict[str, Any]) -> None:
        self.until(at)
        took = round((at - agent.began) * 1000)
        call: dict[str, Any] = {"tool_name": "Agent", "tool_input": agent.called_with, "tool_use_id": agent.called_by}
        self.hook("PostToolUse", **call, tool_response=answer, duration_ms=took)

    # The session

    def starts(self, source: str, percent: float) -> None:
        """The session begins, or goes on after a compaction, with so much of its context window in use."""
        self.hook("SessionStart", source=source, model=self.session.model)
        self.fills(percent)

    def fills(self, percent: float) -> None:
        """The context window is full to `percent`."""
        self.clock += 0.5
        self.session.status_line(self.clock, round(WINDOW * percent / 100))

    def compacts(self, percent: float) -> None:
        self.hook("PreCompact", trigger="auto", custom_instructions="")
        self.thinks(9)
        self.hook("PostCompact", trigger="auto", compact_summary="The cause is found, the fix is under review.")
        self.starts("compact", percent)

    def task(self, event: str, number: int, subject: str, teammate: str) -> None:
        """`TaskCreated` or `TaskCompleted`."""
        self.hook(event, task_id=f"task-{number:03}", task_subject=subject, teammate_name=teammate)
        self.thinks(0.4)

    def stops(self) -> None:
        """The turn is over."""
        self.hook("Stop", **LAST_WORDS)

    def leaves(self) -> None:
        self.thinks(4)
        self.hook("SessionEnd", reason="prompt_input_exit")

    def _path(self, file: str) -> str:
        return f"{self.session.cwd}/{file}"

    def _changes(self, added: int, removed: int) -> None:
        self.session.lines_added += added
        self.session.lines_removed += removed


def _shell(output: str) -> dict[str, Any]:
    return {"stdout": output, "stderr": "", "interrupted": False, "isImage": False}


def _usage(tokens: int) -> dict[str, int]:
    """The tokens of the last request by kind; output is not in the context window."""
    created = tokens // 20
    read = tokens - 12 - created
    return {
        "input_tokens": 12,
        "output_tokens": 480,
        "cache_creation_input_tokens": created,
        "cache_read_input_tokens": read,
    }
