"""Posts to a webhook when a session passes 85 % of its context window. Needs Python 3.11, `pip install nats-py nkeys`.

    lookout subscriber add alerts --project shop > alerts.nk        # where Lookout runs
    python context_webhook.py --server tls://monitor.example.com:4222 --ca lookout-nats.pem \
        --name alerts --key alerts.nk --webhook https://chat.example.com/hooks/T0/B0

It takes events from its consumer on the log and acknowledges each when it is done with it, so what happens while it is
away, or while the webhook does not answer, comes when both are there again. Each passing is posted once; only a crash
right between the answer of the webhook and the note of it in the state file posts it twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import urllib.request
from pathlib import Path
from typing import Any

import nats
import nats.errors
import nats.js.errors
from nats.aio.msg import Msg

THRESHOLD = 0.85
AGAIN = 5.0
REMEMBERED = 10_000


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Posts to a webhook when a session passes 85 % of its context window.")
    parser.add_argument("--server", required=True, help="tls://monitor.example.com:4222")
    parser.add_argument("--ca", help="the certificate to trust, where it is not a public one")
    parser.add_argument("--name", required=True, help="of the subscriber")
    parser.add_argument("--key", required=True, help="the file with its key")
    parser.add_argument("--webhook", required=True)
    parser.add_argument("--state", default="context_webhook.json", help="notes which sessions are above")
    return parser.parse_args()


class Alerts:
    """Which sessions are above the threshold, and where on the log each last changed side.

    An event that was not acknowledged comes again, maybe after later ones: what is older than the last change of its
    session says nothing new.
    """

    def __init__(self, webhook: str, state: Path) -> None:
        self._webhook = webhook
        self._state = state
        self._sessions: dict[str, list[Any]] = json.loads(state.read_text()) if state.exists() else {}

    async def take(self, message: Msg) -> None:
        """Returns when the event needs nothing more."""
        event = json.loads(message.data)
        share = event.get("data", {}).get("context_percentage")
        if event["type"] != "session_update" or not isinstance(share, int | float):
            return
        session = f"{event['project']}/{event['session']}"
        position = [message.metadata.timestamp.timestamp(), message.metadata.sequence.stream]
        was_above, last = self._sessions.get(session, [False, [0.0, 0]])
        if position <= last or (share >= THRESHOLD) == was_above:
            return
        if share >= THRESHOLD:
            while not await asyncio.to_thread(self._posted, event, share):
                # Not to be given again meanwhile.
                await message.in_progress()
                await asyncio.sleep(AGAIN)
        self._sessions.pop(session, None)
        self._sessions[session] = [share >= THRESHOLD, position]
        self._note()

    def _posted(self, event: dict[str, Any], share: float) -> bool:
        text = f"Session {event['session']} of {event['project']} has used {share:.0%} of its context window."
        body = json.dumps({"text": text, "project": event["project"], "session": event["session"], "context": share})
        request = urllib.request.Request(self._webhook, body.encode(), {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=10):
                return True
        except OSError as error:
            print(f"The webhook did not take it ({error}); trying again.", flush=True)
            return False

    def _note(self) -> None:
        self._sessions = dict(list(self._sessions.items())[-REMEMBERED:])
        beside = self._state.with_suffix(".new")
        beside.write_text(json.dumps(self._sessions))
        beside.replace(self._state)


async def main() -> None:
    options = arguments()
    client = await nats.connect(
        options.server,
        nkeys_seed=options.key,
        tls=ssl.create_default_context(cafile=options.ca) if options.server.startswith("tls://") else None,
        inbox_prefix=f"_INBOX.{options.name}".encode(),
        max_reconnect_attempts=-1,
    )
    consumer = await client.jetstream().pull_subscribe_bind(consumer=options.name, stream="EVENTS")
    alerts = Alerts(options.webhook, Path(options.state))
    print(f"Listening as {options.name}.", flush=True)
    while True:
        try:
            # What was asked of a broker that is gone is not answered by the next one.
            messages = await consumer.fetch(100, timeout=5)
        except TimeoutError:
            continue
        except (nats.errors.Error, nats.js.errors.Error) as error:
            print(f"The log does not answer ({error}); trying again.", flush=True)
            await asyncio.sleep(1)
            continue
        for message in messages:
            await alerts.take(message)
            await message.ack()


if __name__ == "__main__":
    asyncio.run(main())
