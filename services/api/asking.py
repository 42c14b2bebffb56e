"""Who asks, and what they may be answered from."""

from __future__ import annotations

from collections.abc import Mapping

from quart import request

from services.access import IDENTITY, Action, Identity, Projects
from services.problem import Problem


def asker() -> Identity | None:
    """Who sends this request, as the guard says; None only on paths that are open to everyone."""
    scope: Mapping[str, object] = request.scope
    found = scope[IDENTITY]
    assert isinstance(found, Identity | None)
    return found


def readable(project: str | None = None) -> Projects:
    """What to answer from: the project that is asked for, or all that who asks may read. Raises Problem 403."""
    known = asker()
    if known is None or not known.may("read", project):
        raise Problem(403, f"{known} may not read the project {project}: ask an admin for it.")
    return known.projects("read") if project is None else frozenset({project})


def require_everywhere(action: Action, why: str) -> None:
    """Raises Problem 403 for who may not do this in every project, with the reason."""
    known = asker()
    if known is None or known.projects(action) is not None:
        raise Problem(403, f"{why}: {known} needs a role for every project, which an admin can give.")
