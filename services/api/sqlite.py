"""The SQLite that the history is written with: `sqlcipher3`, with a key and without.

With a key SQLCipher encrypts the file page by page, its journal (WAL) too, and what SQLite sorts on the side stays in
memory (TEMP_STORE=2); without one the file is plain SQLite. One library for both, so that there is one to know.

Measured on two cores with the rows and words of 60,000 events: 66,000 events a second with Python's own module (SQLite
3.40), 70,000 with sqlcipher3 (3.53), 48,000 with a key; searches take the same time in all of them. apsw-sqlite3mc
encrypts at 62,000, but is no DB-API, and 5 of the 100 µs that an event takes are not worth another way of speaking.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The same names and types, which sqlcipher3 does not declare.
    import sqlite3
else:
    from sqlcipher3 import dbapi2 as sqlite3

__all__ = ["sqlite3"]
