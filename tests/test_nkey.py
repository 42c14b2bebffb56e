"""Key pairs as NATS's own library reads them."""

from __future__ import annotations

import nkeys

from services.nkey import new_nkey


def test_the_library_of_nats_reads_the_seed_and_finds_the_same_public_key() -> None:
    for _ in range(20):
        made = new_nkey()
        read = nkeys.from_seed(bytearray(made.seed.encode()))
        assert read.public_key.decode() == made.public
        assert made.public[0] == "U"
        signed = read.sign(b"nonce")
        assert read.verify(b"nonce", signed)


def test_no_two_are_the_same() -> None:
    assert len({new_nkey() for _ in range(50)}) == 50
