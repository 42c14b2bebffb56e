"""The corpus by itself: no secret survives, nothing harmless changes. `test_secrets_nowhere.py` takes it through all of
Lookout."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from services.events import Envelope, ToolUse, now
from services.redact import scrub
from tests.secret_corpus import harmless, needles_of, secrets


def event(data: Any, event_type: str = "custom") -> Envelope[Any]:
    return Envelope(id="x", source="api", type=event_type, time=now(), project="p", data=data)


def test_the_corpus_is_as_large_as_it_should_be() -> None:
    samples = secrets()
    assert len(samples) >= 300
    assert len({sample.secret.form for sample in samples}) >= 100
    assert [sample.name for sample in samples if not any(each in sample.text for each in needles_of(sample))] == []
    assert len(set(harmless())) >= 150


@pytest.mark.parametrize("seed", range(8))
def test_no_secret_survives_wherever_it_stands(seed: int) -> None:
    leaks = []
    for sample in secrets(seed):
        said = msgspec.json.encode(scrub(event(sample.data))).decode()
        if any(needle in said for needle in needles_of(sample)):
            leaks.append((sample.name, said))
    assert leaks == []


def test_no_secret_survives_in_the_summary_of_a_call() -> None:
    for sample in secrets():
        if isinstance(sample.said, str):
            said = msgspec.json.encode(
                scrub(event(ToolUse(tool="Bash", phase="started", summary=sample.said), "tool_use"))
            )
            assert not any(needle in said.decode() for needle in needles_of(sample)), (sample.name, said)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_harmless_is_left_as_it_is(seed: int) -> None:
    changed = []
    for text in harmless(seed):
        for data in ({"output": text}, {"list": [text, text]}, {"name": text, "value": text}):
            if scrub(event(data)).data != data:
                changed.append(text)
        call = ToolUse(tool="Bash", phase="started", summary=text)
        if scrub(event(call, "tool_use")).data != call:
            changed.append(text)
    assert changed == []
