"""One client: what it says changes what it wants, and one task sends it that, from its position on."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Coroutine

from services.access import Identity
from services.log import Broken
from services.stream import protocol
from services.stream.protocol import Close, GetState, Mistake, Pong, Position, Subscribe, Subscription, Unsubscribe
from services.stream.relay import Relay, Trimmed
from services.stream.states import StateReader, States
from services.stream.wire import Socket, TooBig, text_frame

LAG_BYTES = 1 << 20
"""A client that had reached the head and is so far behind it again while its socket takes nothing is too slow."""

BLOCKED = 2.0
"""Seconds after which a socket is said to take nothing."""

LINGER = 1.0
"""Seconds for the last errors to be written, then for the close, and then for the client to answer it."""

REQUESTS = 64
"""Requests that may wait."""

log = logging.getLogger(__name__)
Clock = Callable[[], float]
Request = Subscribe | Unsubscribe | GetState


class Bucket:
    """A token bucket: so many messages at once, and so many a second in the long run."""

    def __init__(self, now: float) -> None:
        self._level = float(protocol.MESSAGES_AT_ONCE)
        self._at = now

    def take(self, now: float) -> bool:
        refilled = self._level + (now - self._at) * protocol.MESSAGES_PER_SECOND
        self._level, self._at = min(float(protocol.MESSAGES_AT_ONCE), refilled) - 1, now
        return self._level >= 0


class Client:
    """An accepted connection of `identity` until it ends. `tally` counts what all clients were sent, by kind."""

    def __init__(
        self, socket: Socket, relay: Relay, states: States, tally: Counter[str], clock: Clock, identity: Identity
    ) -> None:
        self.identity = identity
        self._socket = socket
        self._relay = relay
        self._tally = tally
        self._clock = clock
        self.closing: Close | None = None
        self._wake = asyncio.Event()
        self._sending: asyncio.Timeout | None = None
        self._receiving: asyncio.Timeout | None = None

        self._requests: deque[Request] = deque()
        self._errors: deque[str] = deque()
        self._mistakes = 0
        self._bucket = Bucket(clock())

        self._subscription: Subscription | None = None
        self._position = 0
        self._live = False
        self._state = StateReader(states, self.wake)

        self._heard = self._pinged = clock()
        self._ping_due = False
        self._writing_since: float | None = None
        self._amid = False

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Serves the client until it is gone, or was told why it must go."""
        try:
            async with asyncio.TaskGroup() as group:
                sender = group.create_task(self._send())
                await self._receive()
                sender.cancel()
        finally:
            self._leave()
            self._socket.release()

    def _leave(self) -> None:
        self._relay.listen(self.wake, None)
        self._state.close()

    def end(self, close: Close) -> None:
        """Has the client told why, whatever it is being sent just now; the first reason counts."""
        if self.closing is None:
            self.closing = close
            self._tally[f"closed_{close.code}"] += 1
            self.wake()
            if self._sending is not None:
                self._sending.reschedule(asyncio.get_running_loop().time())

    def grant(self, identity: Identity) -> None:
        """The same one, who may have other roles now."""
        before, self.identity = self.identity.projects("read"), identity
        projects, held = identity.projects("read"), self._subscription
        if not identity.may("read", held.project if held else None):
            self.end(protocol.FORBIDDEN)
        elif projects != before:
            self._state.limit(projects)
            if held is not None:
                self._change(protocol.limited(held, projects))
            self.wake()

    # What the client says.

    async def _receive(self) -> None:
        try:
            async with asyncio.timeout(None) as self._receiving:
                try:
                    while await self._receive_one():
                        pass
                finally:
                    self._receiving = None
        except TimeoutError:
            log.debug("a client does not answer the close")

    async def _receive_one(self) -> bool:
        try:
            message = await self._socket.receive()
        except TooBig:
            self.end(protocol.TOO_BIG)
            return True
        if message is not None and self.closing is None:
            self._hear(message)
        return message is not None

    def _hear(self, message: str) -> None:
        self._heard = self._clock()
        if not self._bucket.take(self._heard) or len(self._requests) >= REQUESTS:
            self.end(protocol.HASTY)
            return
        try:
            frame = protocol.decode(message)
        except Mistake as mistake:
            self._correct(mistake)
            return
        if not isinstance(frame, Pong):
            self._requests.append(frame)
            self.wake()

    def _correct(self, mistake: Mistake) -> None:
        self._mistakes += 1
        self._errors.append(str(mistake))
        self.wake()
        if self._mistakes >= protocol.MISTAKES:
            self.end(protocol.MISTAKEN)

    def check(self) -> None:
        """Called about once a second: is a ping due, is the client still there, does it keep up?"""
        now = self._clock()
        if self.closing is not None:
            return
        if self._heard < self._pinged <= now - protocol.PATIENCE:
            self.end(protocol.SILENT)
        elif now - self._pinged >= protocol.HEARTBEAT:
            self._ping_due = True
            self.wake()
        if self._writing_since is not None and self._is_slow(now - self._writing_since):
            self.end(protocol.SLOW)

    def _is_slow(self, blocked: float) -> bool:
        if blocked >= protocol.PATIENCE:
            return True
        if blocked < BLOCKED or not self._live or self._subscription is None:
            return False
        return self._relay.lag(self._subscription.selection, self._position) > LAG_BYTES

    # What it is sent.

    async def _send(self) -> None:
        try:
            async with asyncio.timeout(None) as self._sending:
                try:
                    await self._talk()
                finally:
                    self._sending = None
        except TimeoutError:
            log.debug("what a client was being sent ends with its connection")
        except Trimmed:
            self.end(protocol.TRIMMED)
        except Broken as broken:
            self._relay.fail(broken)
            self.end(protocol.RESTART)
        await self._say_goodbye()

    async def _talk(self) -> None:
        if self.closing is None:
            await self._say(protocol.hello(self._relay.epoch, self._relay.head, LAG_BYTES))
        while self.closing is None:
            self._wake.clear()
            if not await self._step():
                await self._wake.wait()

    async def _step(self) -> bool:
        """Does the next thing for the client; False where there is nothing to do."""
        if self._errors:
            await self._say(protocol.error(self._errors.popleft()))
        elif self._requests:
            await self._answer(self._requests.popleft())
        elif self._ping_due:
            await self._ping()
        else:
            return await self._send_state() or await self._send_events()
        return True

    async def _say_goodbye(self) -> None:
        """A socket that takes nothing does not hold this up, and gets the close if ever it takes something again."""
        close = self.closing or protocol.RESTART
        if close is not protocol.RESTART:
            self._errors.append(close.sentence)
        await _briefly(self._say_errors())
        await _briefly(self._socket.close(close.code, close.sentence))
        if self._receiving is not None:
            self._receiving.reschedule(asyncio.get_running_loop().time() + LINGER)

    async def _say_errors(self) -> None:
        while self._errors and not self._amid and self._writing_since is None:
            await self._say(protocol.error(self._errors.popleft()))

    async def _write(self, data: bytes) -> None:
        self._writing_since = self._clock()
        await self._socket.write(data)
        self._writing_since = None
        self._tally["writes"] += 1
        self._tally["bytes"] += len(data)

    async def _say(self, frame: bytes) -> None:
        await self._write(text_frame(frame))

    async def _ping(self) -> None:
        self._ping_due = False
        self._pinged = self._clock()
        await self._say(protocol.ping(self._reached))

    @property
    def _reached(self) -> int:
        """All that this client subscribed to up to here has been sent."""
        if self._subscription is None or self._subscription.selection.is_empty:
            return self._relay.head
        return self._position

    async def _answer(self, request: Request) -> None:
        try:
            match request:
                case Subscribe(wishes):
                    await self._subscribe(wishes)
                case Unsubscribe(removal):
                    await self._unsubscribe(removal)
                case GetState(wish):
                    self._check(wish.project)
                    self._state.get(wish.project, self.identity.projects("read"))
        except Mistake as mistake:
            self._errors.append(str(mistake))

    def _check(self, project: str | None) -> None:
        """Raises Mistake."""
        if not self.identity.may("read", project):
            raise Mistake(f"{self.identity} may not read the project {project}: ask an admin for it.")

    async def _subscribe(self, wishes: protocol.Wishes) -> None:
        self._check(wishes.project)
        if wishes.since is None and self._subscription is not None:
            position = Position(True, self._reached, self._relay.head)
        else:
            position = await self._relay.locate(wishes.since)
            self._live = False
        self._position = position.start
        await self._say(protocol.subscribed(self._relay.epoch, position, wishes.id))
        self._change(protocol.subscription(wishes, self.identity.projects("read")))
        # Its roles may have become others while it was told.
        self.grant(self.identity)

    async def _unsubscribe(self, removal: protocol.Removal) -> None:
        left = protocol.without(self._subscription, removal) if self._subscription else None
        await self._say(protocol.unsubscribed(left, self._reached, removal.id))
        self._change(left and protocol.limited(left, self.identity.projects("read")))

    def _change(self, subscription: Subscription | None) -> None:
        self._subscription = subscription
        self._relay.listen(self.wake, subscription.selection if subscription else None)
        if subscription is not None and subscription.state:
            self._state.watch(subscription.project, subscription.projects)
        else:
            self._state.unwatch()

    async def _send_state(self) -> bool:
        """One message; amid its parts only a close may be said."""
        frames = self._state.next()
        for number, frame in enumerate(frames, 1):
            self._amid = number < len(frames)
            await self._write(frame)
        return bool(frames)

    async def _send_events(self) -> bool:
        if self._subscription is None:
            return False
        chunk = await self._relay.next(self._subscription.selection, self._position)
        if chunk is None:
            self._live = True
            return False
        if chunk.events:
            await self._write(chunk.data)
            self._tally["deliveries"] += chunk.events
        self._position = chunk.seq
        # A fast socket and a long history would keep everyone else waiting.
        await asyncio.sleep(0)
        return True


async def _briefly(saying: Coroutine[None, None, None]) -> None:
    try:
        await asyncio.wait_for(saying, LINGER)
    except TimeoutError:
        log.debug("a client does not take what it is told at the end")
