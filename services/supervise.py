"""Supervisor, which acts at once: by itself it starts, and does what a signal tells it, only when a second is over."""

from __future__ import annotations

import os
import signal
import sys

from supervisor import supervisord
from supervisor.medusa import asyncore_25


class Wakeup:
    """What supervisor's loop waits for beside its sockets: signals, and once more after them.

    For that a process has ended is seen in one round of the loop, and acted on in the next.
    """

    def __init__(self) -> None:
        # Made before everything else they are 3 and 4, which stay open when supervisor reads its file again.
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)
        os.set_blocking(self.writer, False)
        signal.set_wakeup_fd(self.writer, warn_on_full_buffer=False)
        self._once_more()

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def handle_read_event(self) -> None:
        # The bytes are the numbers of signals, or the nought of another round.
        if any(os.read(self.reader, 4096)):
            self._once_more()

    def handle_error(self) -> None:
        raise

    def _once_more(self) -> None:
        os.write(self.writer, b"\0")


def main() -> None:
    wakeup = Wakeup()
    asyncore_25.socket_map[wakeup.reader] = wakeup
    supervisord.main(["-c", sys.argv[1]])


if __name__ == "__main__":
    main()
