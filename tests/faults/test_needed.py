"""`make needed` can switch off what it is to switch off, without which it would show nothing."""

from __future__ import annotations

import pytest

from services.settings import ROOT
from tests.faults.needed import MECHANISMS, Mechanism


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=lambda each: each.short)
def test_the_sources_hold_what_is_switched_off(mechanism: Mechanism) -> None:
    text = (ROOT / mechanism.file).read_text()
    assert all(before in text for before, _ in mechanism.edits)
