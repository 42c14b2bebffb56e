"""`lookout redact`: has a session erased, and waits until it is gone from the disk."""

from __future__ import annotations

import json
import sys
import time
from typing import Any
from urllib.parse import quote, urlencode

from services.emit import deliver

SECONDS = 30.0
"""That a request has; it is sent again while Lookout is busy."""

LOOK = 1.0
SAID_EVERY = 10
"""Looks between two words of how far it is."""


def erase(url: str, session: str, project: str) -> str:
    """Erases the session, and says what was erased, once nothing of it is left in the log.

    Raises EmitError where it is refused: no such session, or several of that name.
    """
    query = f"?{urlencode({'project': project})}" if project else ""
    asked = f"{url}/sessions/{quote(session, safe='')}/redact{query}"
    first = answer = _ask(asked)
    looks = 0
    while answer["left"]:
        if looks % SAID_EVERY == 0:
            print(f"lookout: {answer['left']} events are left to delete from the log.", file=sys.stderr, flush=True)
        looks += 1
        time.sleep(LOOK)
        answer = _ask(asked)
    count = f"{first['events']} events" if first["seq"] else "nothing was left"
    return f"Erased the session {first['session']} of the project {first['project']}: {count}."


def _ask(url: str) -> Any:
    return json.loads(deliver(url, b"", SECONDS))
