"""Runs one service in this process, with its log on stdout."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import time

import uvloop

from services.line import escape
from services.settings import Settings


class OneLine(logging.Formatter):
    """Time in UTC, level, logger, message; a message cannot begin a line of its own, only a traceback can."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        return escape(super().formatMessage(record))


NICE = {"api": 5}
"""Services that yield the processor: what takes events in, and what passes them on, comes before what shows them."""


UNUSED = ("pydantic", "pydantic_core")
"""Not imported even where it is there for another's sake: quart-schema would, and take 7 MB more for nothing."""


def run(service: str, settings: Settings) -> None:
    """Runs the service until it is told to stop. A fault is a traceback in its log and exit code 1."""
    os.dup2(1, 2)
    os.nice(NICE.get(service, 0))
    os.umask(0o077)
    log_to_stdout(settings.monitoring.logging.level)
    for name in UNUSED:
        sys.modules[name] = None  # type: ignore[assignment]  # as the documentation of `import` says
    app = importlib.import_module(f"services.{service}.app")
    uvloop.run(app.main(settings))


def log_to_stdout(level: str) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(OneLine())
    logging.basicConfig(level=level.upper(), handlers=[handler])
