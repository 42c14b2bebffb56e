from __future__ import annotations

import time

import pytest

from services.adapters import Refused
from services.adapters.payload import MOST_CONTAINERS, read_json

MIB = 1 << 20


@pytest.mark.parametrize(
    "crowd",
    [
        b"[" + b"{}," * (5 * MIB) + b"{}]",
        b"[" + b"[]," * (5 * MIB) + b"[]]",
        b"{" + b",".join(b'"k%d":1' % number for number in range(1_000_000)) + b"}",
        b'["' + b'\\"' * MIB + b'",' + b"{}," * (4 * MIB) + b"{}]",
        b'["' + b"\\\\" * MIB + b'",' + b"{}," * (4 * MIB) + b"{}]",
    ],
    ids=["objects", "arrays", "keys", "after quotes", "after backslashes"],
)
def test_a_crowd_of_small_things_is_refused_before_it_is_read(crowd: bytes) -> None:
    began = time.process_time()
    with pytest.raises(Refused, match="more than"):
        read_json(crowd)
    assert time.process_time() - began < 1


def test_a_large_file_of_program_text_is_read() -> None:
    text = b"{a[0]: 'b'}\\n\\\"{[:\\\\" * 500_000
    assert len(read_json(b'{"content":"' + text + b'"}')["content"]) > 5 * MIB


def test_what_is_in_bounds_is_read() -> None:
    body = b"[" + b"{}," * (MOST_CONTAINERS - 10) + b'"' + b"x" * MIB + b'"]'
    assert len(read_json(body)) == MOST_CONTAINERS - 9
