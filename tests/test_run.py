from __future__ import annotations

import logging
import re
import sys

from services.run import OneLine


def written(message: str, error: BaseException | None = None) -> str:
    fault = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("services.ingest", logging.WARNING, __file__, 1, message, (), fault)
    return OneLine().format(record)


def test_a_line_has_its_time_in_utc_its_level_and_where_it_comes_from() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING services\.ingest hello", written("hello"))


def test_a_message_cannot_forge_a_line_of_its_own() -> None:
    line = written("hello\n2026-11-24T00:00:00.000Z INFO forged\x1b[2J")
    assert "\n" not in line
    assert line.isprintable()


def test_a_fault_has_its_traceback_below() -> None:
    try:
        sys.exit("reason")
    except SystemExit as error:
        first, *below = written("the service ends", error).splitlines()
    assert first.endswith("the service ends")
    assert below[0].startswith("Traceback")
    assert below[-1] == "SystemExit: reason"
