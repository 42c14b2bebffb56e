"""Projections: states that the log is folded into, and how they are shown. A new one is a file and a line here."""

from __future__ import annotations

from services.api.projections.activity import ACTIVITY
from services.api.projections.agents import AGENTS
from services.api.projections.files import FILES
from services.api.projections.sessions import SESSIONS
from services.api.projections.shape import Json, Projection, Rows, Rules, State
from services.api.projections.tools import TOOLS

__all__ = ["PROJECTIONS", "Json", "Projection", "Rows", "Rules", "State"]

PROJECTIONS: dict[str, Projection] = {
    "agents": AGENTS,
    "sessions": SESSIONS,
    "files": FILES,
    "tools": TOOLS,
    "activity": ACTIVITY,
}
"""In the order in which they are folded and shown."""
