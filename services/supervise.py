"""Supervisor, which `lookout up` becomes once it has looked at everything: one process for as long as Lookout runs.

By itself supervisor starts, and does what a signal tells it, only when a second is over; here it acts at once. It waits
longer before each new try of a process that does not start, and gives up after a few; here that is tried again each
second, so that what was missing may come late. And it watches that nats-server stores.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread
from types import FrameType

from supervisor import events, supervisord
from supervisor.medusa import asyncore_25
from supervisor.options import ServerOptions
from supervisor.states import ProcessStates, SupervisorStates

from services.passwords import nats_password
from services.pem import pinned
from services.system import System
from services.watch import keep_storing

AGAIN = 1.0
"""Seconds between two tries of a process that was given up."""


class Wakeup:
    """What supervisor's loop waits for beside its sockets: signals, and once more after them.

    For that a process has ended is seen in one round of the loop, and acted on in the next.
    """

    def __init__(self) -> None:
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


class Supervisor(supervisord.Supervisor):  # type: ignore[misc]  # it has no types
    """`code` is what the process ends with."""

    def __init__(self, options: ServerOptions) -> None:
        super().__init__(options)
        self.code = 0
        self._at_terminal = sys.stdin.isatty()
        # Under nohup it shall go on.
        self._ignores_hangup = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN

    def runforever(self) -> None:
        events.subscribe(events.SupervisorStoppingEvent, _say_so)
        self._listen()
        # Whoever has asked to stop by now has nothing started: a process takes no signal before it is what it becomes.
        self.handle_signal()
        super().runforever()

    def tick(self, now: float | None = None) -> None:
        """Once in each round of the loop."""
        super().tick(now)
        if self._at_terminal and not sys.stdin.isatty():
            # Closed, but only make was told, which waits for its child.
            self.options.mood = SupervisorStates.SHUTDOWN
        if self.options.mood == SupervisorStates.RUNNING:
            self._start_what_was_given_up()

    def _start_what_was_given_up(self) -> None:
        for group in self.process_groups.values():
            for process in group.processes.values():
                if process.state == ProcessStates.FATAL and time.time() - process.laststart >= AGAIN:
                    process.spawn()

    def _listen(self) -> None:
        """Signals end it, a hangup too; SIGUSR1 says that Lookout has not come up. They were held back until now."""
        receive = self.options.signal_receiver.receive

        def stop(number: int, frame: FrameType | None) -> None:
            self.code = int(number == signal.SIGUSR1)
            receive(signal.SIGTERM, frame)

        signal.signal(signal.SIGUSR1, stop)
        signal.signal(signal.SIGHUP, signal.SIG_IGN if self._ignores_hangup else stop)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _say_so(event: object) -> None:
    # A terminal that was closed takes no more words.
    with suppress(OSError):
        print("Stopping Lookout.", file=sys.stderr, flush=True)


def supervisor(configuration: str) -> Supervisor:
    wakeup = Wakeup()
    asyncore_25.socket_map[wakeup.reader] = wakeup
    options = ServerOptions()
    options.realize(["-c", configuration])
    options.first, options.test = True, False
    return Supervisor(options)


def main() -> int:
    """Takes supervisor's file, the data folder, where nats-server listens, and with TLS its certificate."""
    configuration, folder, host, port, *certificate = sys.argv[1:]
    data, made = Path(folder), supervisor(configuration)
    system = System(
        host, int(port), nats_password(data, "system"), partial(pinned, Path(certificate[0])) if certificate else None
    )
    Thread(target=keep_storing, args=(data, system), name="watch", daemon=True).start()
    try:
        with suppress(asyncore_25.ExitNow):
            made.main()
    finally:
        # Imported now, since that takes 2 MiB.
        from services.running import end

        end(data)
    return made.code


if __name__ == "__main__":
    sys.exit(main())
