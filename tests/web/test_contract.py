from __future__ import annotations

from web.contract import TARGET, contract


def test_the_page_has_the_shapes_that_the_services_send() -> None:
    assert TARGET.read_text() == contract() + "\n", "run `.venv/bin/python web/contract.py`"
