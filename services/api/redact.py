"""POST /sessions/{id}/redact: erases a session for good."""

from __future__ import annotations

import asyncio

from msgspec import Struct
from quart import Blueprint, Response
from quart_schema import document_response, validate_querystring

from services.api.answers import OfProject, answer
from services.api.asking import asker
from services.api.fold import State
from services.api.history_erase import Session
from services.api.login import address
from services.api.projections.session import Sessions
from services.api.sources import Sources, sources
from services.audit import Fact, audit
from services.log import Unavailable, message
from services.problem import Problem

blueprint = Blueprint("redact", __name__)

PROMPT = 20.0
"""Seconds that an answer waits for the states to be without the session."""


class RedactAnswer(Struct):
    """seq: of the event that says so. events: so many were in the log. left: so many still have to be deleted there.

    Nobody is shown any of them any more; ask again until `left` is 0 to know that they are gone from the disk too.
    """

    project: str
    session: str
    seq: int
    events: int
    left: int


@blueprint.post("/sessions/<path:session_id>/redact")
@validate_querystring(OfProject)
@document_response(RedactAnswer)
async def post_redact(session_id: str, query_args: OfProject) -> Response:
    """Erases a session: from the log, the history and every state, now and before; it cannot be undone"""
    known = sources()
    eraser = known.eraser
    try:
        found = await eraser.found(session_id, query_args.project)
        session = _one(known, session_id, set(found), query_args.project)
        seqs = found.get(session.project, [])
        seq = 0 if session in known.history.forgotten.sessions and not seqs else await _erase(known, session, seqs)
    except Unavailable as error:
        raise Problem(503, f"The session may not be erased: {error}. Ask again.", retry_after=2) from error
    await _until_folded(known, seq)
    left = len((await eraser.found(session_id, session.project)).get(session.project, []))
    return answer(RedactAnswer(session.project, session_id, seq, len(seqs), left))


async def _erase(known: Sources, session: Session, seqs: list[int]) -> int:
    who = _operator(session.project)
    if session not in known.history.forgotten.sessions:
        facts: dict[str, Fact] = {"project": session.project, "events": len(seqs)}
        event = audit("session_redacted", who=who, on=session.session, address=address(), **facts)
        await known.log.append(message(event))
    return await known.eraser.tell(session, seqs, who)


async def _until_folded(known: Sources, seq: int) -> None:
    try:
        async with asyncio.timeout(PROMPT):
            await known.projector.until(seq)
    except TimeoutError:
        detail = "The session is being erased, and states that had it are still folded anew: ask again."
        raise Problem(503, detail, retry_after=5) from None


def _may_operate(project: str) -> bool:
    who = asker()
    return who is not None and who.may("operate", project)


def _operator(project: str) -> str:
    """Who asks; raises Problem 403 for one who may not change anything in this project."""
    who = asker()
    if who is None or not who.may("operate", project):
        raise Problem(403, f"{who} may not erase sessions of the project {project}: ask an admin for another role.")
    return who.id or who.kind


def _one(known: Sources, session_id: str, in_log: set[str], project: str | None) -> Session:
    """The session that is meant; raises Problem where there is none, or several of that name."""
    if project is not None:
        _operator(project)
    erased = {each.project for each in known.history.forgotten.sessions if each.session == session_id}
    everywhere = in_log | erased | _showing(known.state, session_id)
    projects = {name for name in everywhere if project in (None, name) and _may_operate(name)}
    if not projects:
        raise Problem(404, f"No session {session_id} is known{f' in the project {project}' if project else ''}.")
    if len(projects) > 1:
        names = sorted(projects)
        raise Problem(409, f"Several projects have a session {session_id}: say which by project=.", projects=names)
    return Session(projects.pop(), session_id)


def _showing(state: State, session_id: str) -> set[str]:
    """The projects whose state knows the session, though the log may have dropped it."""
    shelves = ((name, states["sessions"]) for name, states in state.projects.items())
    return {name for name, each in shelves if isinstance(each, Sessions) and each.sessions.find(session_id)}
