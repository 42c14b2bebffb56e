"""What can be set: one Struct, which `services/configuration.py` reads."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct, field

ROOT = Path(__file__).resolve().parent.parent
"""The folder of the checkout: gateway/, deploy/ and web/dist/ are found from here."""

Port = Annotated[int, Meta(ge=1, le=65535)]
Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]

INTERNAL_PORTS = ("ingest", "stream", "api", "nats")
"""They follow the public port, one by one."""

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
PRIVATE_ENDINGS = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test", ".example", ".intranet", ".corp")


class SettingsError(Exception):
    """A user's mistake in one sentence: what, where and what to do."""


class WebSocket(Struct, frozen=True, forbid_unknown_fields=True):
    enabled: bool = True
    max_connections: Count = 1000


class Metrics(Struct, frozen=True, forbid_unknown_fields=True):
    enabled: bool = True
    interval: Positive = 5.0
    """Seconds between two heartbeats of a service."""


class Logging(Struct, frozen=True, forbid_unknown_fields=True):
    level: Literal["debug", "info", "warning", "error"] = "info"


class Monitoring(Struct, frozen=True, forbid_unknown_fields=True):
    enabled: bool = True
    port: Port = 5000
    host: str = "localhost"
    websocket: WebSocket = field(default_factory=WebSocket)
    metrics: Metrics = field(default_factory=Metrics)
    logging: Logging = field(default_factory=Logging)


class Log(Struct, frozen=True, forbid_unknown_fields=True):
    """How much the log keeps; the oldest goes first."""

    max_age_days: Positive = 30.0
    max_bytes: Annotated[int, Meta(ge=16 << 20)] = 8 << 30


class Sessions(Struct, frozen=True, forbid_unknown_fields=True):
    """When a silent session is called idle, a silent tool call stalled, and a session lost."""

    idle_after_seconds: Positive = 120.0
    stalled_after_seconds: Positive = 600.0
    lost_after_seconds: Positive = 1800.0
    context_thresholds: tuple[float, float, float] = (0.70, 0.85, 0.95)


class Team(Struct, frozen=True, forbid_unknown_fields=True):
    """Remote access with TLS and login, in force where `site` is set."""

    site: str = ""
    """The name or address by which the team reaches Lookout: monitor.example.com."""
    bind: str = ""
    """The address that the gateway listens on; all where it is empty."""
    https_port: Port = 443
    http_port: Port = 80
    """Answers with a redirect to HTTPS."""


class Forward(Struct, frozen=True, forbid_unknown_fields=True):
    """`lookout forward` on an agent's machine; paths are relative to the working directory."""

    to: str = ""
    """The address of the team's Lookout: https://monitor.example.com."""
    key_file: str = ""
    ca: str = ""
    """A file of certificates to trust beside the system's: the root of a private authority."""
    listen: str = "127.0.0.1:8765"
    spool: str = "~/.local/state/lookout/spool"
    """The folder where events wait for the server."""
    max_bytes: Annotated[int, Meta(ge=4 << 20)] = 1 << 30


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """What one key or user may take in team mode; of what is by the second, ten times as much at once."""

    events_per_second: Positive = 2000.0
    bytes_per_second: Positive = float(8 << 20)
    connections: Count = 100
    """WebSockets."""


class Nats(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the subscribers of other machines reach the log. Without `listen` only those of this machine do."""

    listen: str = ""
    """Address and port, as in 0.0.0.0:4222; it takes TLS alone."""
    certificate: str = ""
    key: str = ""
    """PEM files, both or none: without them Lookout makes its own, which subscribers then have to trust."""


class Encryption(Struct, frozen=True, forbid_unknown_fields=True):
    """Encryption of what is kept on disk. LOOKOUT_ENCRYPTION_KEY is the other way to give the key."""

    key_file: str = ""


class Internal(Struct, frozen=True, forbid_unknown_fields=True):
    """Where Lookout's own processes find each other, where each has a machine (a container) to itself."""

    bind: str = "127.0.0.1"
    """What services and nats-server listen on; anything else is for a network that nobody else is on."""
    nats: str = "127.0.0.1"
    """The host of nats-server."""
    ingest: str = "127.0.0.1"
    """The host of ingest, to which the API sends the demo."""


class Oidc(Struct, frozen=True, forbid_unknown_fields=True):
    """The team's OpenID provider, where there is one; LOOKOUT_OIDC_CLIENT_SECRET is the client's secret."""

    issuer: str = ""
    """As the provider names itself: https://login.example.com."""
    client_id: str = ""
    name: str = "your provider"
    """What stands on the button."""
    role: Literal["", "viewer", "operator"] = ""
    """Of whom the provider knows, by a verified address, and nobody has added; where it is empty they stay out."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    monitoring: Monitoring = field(default_factory=Monitoring)
    log: Log = field(default_factory=Log)
    sessions: Sessions = field(default_factory=Sessions)
    data: str = "var"
    """The data folder, relative to the working directory."""
    team: Team = field(default_factory=Team)
    forward: Forward = field(default_factory=Forward)
    limits: Limits = field(default_factory=Limits)
    nats: Nats = field(default_factory=Nats)
    encryption: Encryption = field(default_factory=Encryption)
    oidc: Oidc = field(default_factory=Oidc)
    internal: Internal = field(default_factory=Internal)

    @property
    def data_dir(self) -> Path:
        return Path(self.data).expanduser().resolve()

    @property
    def is_team(self) -> bool:
        return bool(self.team.site)

    @property
    def has_public_name(self) -> bool:
        """Whether a public authority can give the site a certificate; else Caddy's own signs one."""
        name = self.team.site
        return "." in name and not is_address(name) and not name.endswith(PRIVATE_ENDINGS)

    @property
    def port(self) -> int:
        return self.monitoring.port

    @property
    def url(self) -> str:
        """Where people and agents reach it; in team mode also the only origin whose pages may send."""
        if not self.is_team:
            return f"http://localhost:{self.port}"
        site = self.team.site
        host = f"[{site}]" if ":" in site else site
        return f"https://{host}" + ("" if self.team.https_port == 443 else f":{self.team.https_port}")

    @property
    def nats_address(self) -> tuple[str, int]:
        """Where the services reach the log."""
        if not self.nats.listen:
            return self.internal.nats, self.internal_port("nats")
        host, _, port = self.nats.listen.rpartition(":")
        own = self.internal.nats
        return {"0.0.0.0": own, "[::]": "[::1]" if own == "127.0.0.1" else own}.get(host, host), int(port)

    def internal_port(self, name: str) -> int:
        """The port of one of `INTERNAL_PORTS`, on 127.0.0.1 alone."""
        return self.port + 1 + INTERNAL_PORTS.index(name)


def is_confidential(url: str) -> bool:
    """Whether nobody on the way reads what goes there: by TLS, or to this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
