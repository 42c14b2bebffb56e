"""The server, as a forwarder sees it: where it is, by what it is trusted, and what an answer of it means."""

from __future__ import annotations

import ipaddress
import ssl
import stat
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import msgspec
from msgspec import Raw, Struct

from services.settings import LOOPBACK, Forward, SettingsError

PATH = "/forward"
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
KEY_SECONDS = 60.0
"""After which a refused key is tried again, since it may have been replaced."""
LONGEST_WAIT = 600.0
"""Of what a server may ask for."""


class Stored(NamedTuple):
    """The server has them on its disk."""


class Refused(NamedTuple):
    """Some are no events to the server, and nothing is stored: why, by their index."""

    items: dict[int, str]


class TooLarge(NamedTuple):
    detail: str


class Later(NamedTuple):
    """Nothing is known to be stored: the same again, after `wait` seconds where the server says when."""

    trouble: str
    wait: float | None = None


Answer = Stored | Refused | TooLarge | Later


class Item(Struct):
    index: int
    detail: str


class Told(Struct):
    """What an answer says, as far as it is looked at: `events` where they are stored, else the members of a problem."""

    events: list[Raw] = []
    detail: str = ""
    items: list[Item] = []


class Key:
    """The machine key, read anew each time, so that a new one needs no restart."""

    def __init__(self, file: str, environment: Mapping[str, str]) -> None:
        self._file = Path(file).expanduser() if file else None
        self._given = environment.get("LOOKOUT_KEY", "")

    def read(self) -> str:
        """Nothing where there is none. Raises SettingsError, which never holds the key."""
        if self._file is None:
            return _whole(self._given, "LOOKOUT_KEY")
        try:
            mode = self._file.stat().st_mode
            text = self._file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise SettingsError(f"The key cannot be read from {self._file}: {why}.") from None
        if stat.S_IMODE(mode) & 0o077:
            raise SettingsError(f"{self._file} can be read by others: run `chmod 600 {self._file}`.")
        return _whole(text, str(self._file))


def _whole(text: str, origin: str) -> str:
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise SettingsError(f"{origin} holds no key: it should be one word that begins with lk_.")
    if not text and origin != "LOOKOUT_KEY":
        raise SettingsError(f"{origin} is empty: put the key into it.")
    return text


def check(settings: Forward) -> None:
    """Raises SettingsError for an address that events may not be sent to, or not be taken at."""
    if not settings.to:
        raise SettingsError(
            "forward.to is not set: give the address of Lookout, as in --to https://monitor.example.com."
        )
    url = urlsplit(settings.to)
    if url.username or url.password or url.query or url.fragment or not url.hostname:
        raise SettingsError("forward.to should be an address alone, such as https://monitor.example.com.")
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.hostname)):
        raise SettingsError(f"forward.to is {settings.to}, but events leave this machine by https:// only.")
    listening_port(settings)


def is_loopback(host: str) -> bool:
    try:
        return host in LOOPBACK or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def listening_port(settings: Forward) -> int:
    """Raises SettingsError for an address that others than this machine could reach."""
    host, _, port = settings.listen.rpartition(":")
    if host not in ("127.0.0.1", "localhost"):
        raise SettingsError(
            f"forward.listen is {settings.listen}, but it takes events of this machine only: 127.0.0.1:PORT."
        )
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise SettingsError(f"forward.listen is {settings.listen}, which names no port: use one as in 127.0.0.1:8765.")
    return int(port)


def trust(ca: str) -> ssl.SSLContext:
    """The system's certificates (or those of SSL_CERT_FILE), and those of a file beside them."""
    context = ssl.create_default_context()
    if ca:
        try:
            context.load_verify_locations(Path(ca).expanduser())
        except OSError as error:
            why = "it holds no certificates" if isinstance(error, ssl.SSLError) else error.strerror
            raise SettingsError(f"forward.ca cannot be read from {ca}: {why}.") from error
    return context


class Server:
    """Takes events over HTTP. Redirects are not followed: a key goes to the address that was given and nowhere else."""

    def __init__(self, settings: Forward, key: Key, trusted: ssl.SSLContext) -> None:
        self.url = settings.to.rstrip("/") + PATH
        self._key = key
        self._client = httpx.AsyncClient(
            verify=trusted,
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            headers={"user-agent": f"lookout-forward/{version('lookout')}", "content-type": "application/x-ndjson"},
            # A proxy of the environment is for the way out of this machine.
            trust_env=not is_loopback(urlsplit(settings.to).hostname or ""),
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def post(self, lines: Sequence[bytes], headers: Mapping[str, str]) -> Answer:
        try:
            key = self._key.read()
            fields = {**headers, "authorization": f"Bearer {key}"} if key else headers
            answer = await self._client.post(self.url, content=b"".join(lines), headers=fields)
        except SettingsError as error:
            return Later(str(error), KEY_SECONDS)
        except httpx.HTTPError as error:
            return Later(f"{self.url} {_why(error)}.")
        return meaning(self.url, answer, len(lines))


def _why(error: httpx.HTTPError) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"shows a certificate that is not trusted ({cause.verify_message}): give its authority's with --ca"
        cause = cause.__cause__ or cause.__context__
    return f"does not answer ({str(error) or type(error).__name__})"


def meaning(url: str, answer: httpx.Response, sent: int) -> Answer:
    """What an answer says of so many events that were sent.

    Only what Lookout itself would say counts as stored or as refused: whatever else answers there (a gateway, a sign-in
    page of a network, another program) must not make events go away.
    """
    status = answer.status_code
    told = _told(answer)
    detail = told.detail or _phrase(status)
    bad = {each.index: each.detail for each in told.items if 0 <= each.index < sent}
    if status == HTTPStatus.ACCEPTED and len(told.events) == sent:
        return Stored()
    if status == HTTPStatus.BAD_REQUEST and bad:
        return Refused(bad)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and sent:
        return TooLarge(detail)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Later(f"{url} refuses the key ({status}): {detail}", KEY_SECONDS)
    if answer.is_redirect:
        return Later(f"{url} says that Lookout is elsewhere ({status}): give --to that address.", KEY_SECONDS)
    if answer.is_success:
        return Later(f"{url} does not answer as Lookout does ({status}): look at --to.", KEY_SECONDS)
    return Later(f"{url} does not take events now ({status}): {detail}", _retry_after(answer))


def _told(answer: httpx.Response) -> Told:
    try:
        return msgspec.json.decode(answer.content, type=Told)
    except msgspec.DecodeError:
        return Told()


def _phrase(status: int) -> str:
    try:
        return f"{HTTPStatus(status).phrase}."
    except ValueError:
        return "without a reason."


def _retry_after(answer: httpx.Response) -> float | None:
    """Seconds, which the header says as such or as a date (RFC 9110, 10.2.3)."""
    text = answer.headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        wait = float(text) if text.isdecimal() else (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(wait, 0.0), LONGEST_WAIT)
