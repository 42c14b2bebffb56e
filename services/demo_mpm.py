"""An actor of the recorded session that speaks as claude-mpm's hook handler does: normalised events, without ids.

Its bodies carry the time twice; `services/demo.py` sets it when they are sent.
"""

from __future__ import annotations

from typing import Any

from services.demo_recording import Recording, todo_list

EVENTS = "/api/events"
OPERATIONS = {"Read": "read", "Edit": "write", "Write": "write", "Bash": "execute", "Task": "delegation"}


class MpmSession:
    """One run of claude-mpm, whose PM delegates to one agent after the other."""

    def __init__(self, recording: Recording, cwd: str, at: float) -> None:
        self.recording = recording
        self.cwd = cwd
        self.id = recording.uuid()
        self.clock = at

    def event(self, subtype: str, anonymous: bool = False, **data: Any) -> None:
        """`anonymous`: claude-mpm names no session in some of its events."""
        outer = {"event": "mpm_event", "source": "hook", "type": "hook", "subtype": subtype}
        if not anonymous:
            data |= {"session_id": self.id, "working_directory": self.cwd, "git_branch": "main"}
            outer |= {"session_id": self.id, "cwd": self.cwd}
        if "correlation_id" in data:
            outer["correlation_id"] = data["correlation_id"]
        self.recording.add(
            self.clock, EVENTS, {"namespace": "", "event": "claude_event", "data": outer | {"data": data}}
        )

    def thinks(self, seconds: float) -> None:
        self.clock += self.recording.about(seconds)

    def starts(self) -> None:
        self.event("session_start", hook_event_name="SessionStart", has_pending_tasks=False, pending_task_count=0)
        self.thinks(2)

    def prompted(self, prompt: str) -> None:
        preview: dict[str, Any] = {"prompt_preview": prompt[:200]}
        self.event(
            "command_acknowledged", anonymous=True, **preview, status="received", project=self.cwd.split("/")[-1]
        )
        self.event("user_prompt", **preview, prompt_text=prompt, prompt_length=len(prompt), is_command=False)
        self.thinks(3)

    def tool(self, name: str, seconds: float, ok: bool = True, **parameters: Any) -> None:
        tie = self._before(name, parameters)
        self.thinks(seconds)
        self._after(name, tie, ok)
        self.thinks(1.5)

    def edit(self, file: str, size: int) -> None:
        self.tool("Edit", 0.5, file_path=f"{self.cwd}/{file}", content_length=size, is_create=False, is_edit=True)

    def read(self, *files: str) -> None:
        for file in files:
            self.tool("Read", 0.3, file_path=f"{self.cwd}/{file}", content_length=0, is_create=False, is_edit=False)

    def run(self, command: str, seconds: float, ok: bool = True) -> None:
        self.tool("Bash", seconds, ok, command=command, command_length=len(command))

    def delegates(self, agent: str, description: str) -> str:
        """The PM calls an agent; what follows until `returns` is its work."""
        words: dict[str, Any] = {"prompt": description, "description": description}
        self.event("subagent_start", agent_type=agent, agent_id=f"{agent}_{self.id}", **words)
        return self._before(
            "Task", {"subagent_type": agent, **words}, delegation_details={"agent_type": agent, **words}
        )

    def returns(self, agent: str, tie: str) -> None:
        self.event(
            "subagent_stop",
            agent_type=agent,
            agent_type_inferred=False,
            agent_id=f"{agent}_{self.id}",
            reason="completed",
            is_successful_completion=True,
            hook_event_name="SubagentStop",
        )
        self._after("Task", tie, ok=True)
        self.thinks(2)

    def todo(self, done: int, *items: str) -> None:
        self.event("todo_updated", todos=todo_list(done, items), total_count=len(items))
        self.thinks(1)

    def stops(self, tokens: int) -> None:
        usage: dict[str, Any] = {"input_tokens": 900, "output_tokens": tokens // 20}
        self.event("token_usage_updated", **usage, cache_read_tokens=tokens, total_tokens=tokens + tokens // 20 + 900)
        self.event(
            "stop", reason="completed", stop_type="normal", is_completion_stop=True, has_output=True, usage=usage
        )

    def _before(self, name: str, parameters: dict[str, Any], **more: Any) -> str:
        tie = self.recording.uuid()
        described = {"input_type": "dict", "param_keys": list(parameters), **parameters}
        about: dict[str, Any] = {
            "operation_type": OPERATIONS[name],
            "is_delegation": name == "Task",
            "security_risk": "low",
        }
        self.event("pre_tool", tool_name=name, tool_parameters=described, correlation_id=tie, **about, **more)
        return tie

    def _after(self, name: str, tie: str, ok: bool) -> None:
        outcome: dict[str, Any] = {"exit_code": 0 if ok else 1, "success": ok, "status": "success" if ok else "error"}
        self.event("post_tool", tool_name=name, correlation_id=tie, **outcome, duration_ms=None, has_error=not ok)
