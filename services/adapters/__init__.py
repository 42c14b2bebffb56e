"""The table of adapters: a path, and what becomes of a body that is posted to it.

A new adapter is one module with a `translate` and one line here.
"""

from services.adapters import claude_code, claude_mpm, forwarded, native
from services.adapters.adapter import MIB, Adapter, Refused, Translate

__all__ = ["ADAPTERS", "Adapter", "Refused", "Translate"]

ADAPTERS: dict[str, Adapter] = {
    "/events": Adapter(native.translate, max_bytes=MIB, answers_positions=True),
    # What hooks carry of files and outputs is dropped, but must be read.
    "/hooks/claude-code": Adapter(claude_code.translate, max_bytes=16 * MIB, answers_positions=False),
    "/api/events": Adapter(claude_mpm.translate, max_bytes=16 * MIB, answers_positions=False),
    "/forward": Adapter(forwarded.translate, max_bytes=MIB, answers_positions=True, is_forwarded=True),
}
