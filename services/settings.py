"""Settings: `configuration.yaml`, then `LOOKOUT_*` variables, then the command line, read once into one Struct."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

ROOT = Path(__file__).resolve().parent.parent
"""The folder of the checkout: gateway/, deploy/ and web/dist/ are found from here."""

Port = Annotated[int, Meta(ge=1, le=65535)]
Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]

INTERNAL_PORTS = ("ingest", "stream", "api", "nats", "nats_monitor")
"""They follow the public port, one by one."""


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


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    monitoring: Monitoring = field(default_factory=Monitoring)
    log: Log = field(default_factory=Log)
    sessions: Sessions = field(default_factory=Sessions)
    data: str = "var"
    """The data folder, relative to the working directory."""

    @property
    def data_dir(self) -> Path:
        return Path(self.data).expanduser().resolve()

    @property
    def port(self) -> int:
        return self.monitoring.port

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def internal_port(self, name: str) -> int:
        """The port of one of `INTERNAL_PORTS`, on 127.0.0.1 alone."""
        return self.port + 1 + INTERNAL_PORTS.index(name)


ENVIRONMENT: dict[str, tuple[str, ...]] = {
    "LOOKOUT_HOST": ("monitoring", "host"),
    "LOOKOUT_PORT": ("monitoring", "port"),
    "LOOKOUT_DATA": ("data",),
    "LOOKOUT_MAX_CONNECTIONS": ("monitoring", "websocket", "max_connections"),
    "LOOKOUT_METRICS_INTERVAL": ("monitoring", "metrics", "interval"),
    "LOOKOUT_LOG_LEVEL": ("monitoring", "logging", "level"),
    "LOOKOUT_LOG_MAX_AGE_DAYS": ("log", "max_age_days"),
    "LOOKOUT_LOG_MAX_BYTES": ("log", "max_bytes"),
}
NOT_SETTINGS = {"LOOKOUT_CONFIG", "LOOKOUT_URL"}
"""Which file to read, and where `services/emit.py` sends to: no part of the stack's settings."""

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def load(environment: Mapping[str, str] | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """The settings in force. `overrides` are dotted keys of the command line: {"monitoring.port": 5001}.

    Raises SettingsError naming the file or variable, the key and what is wrong with it.
    """
    env = os.environ if environment is None else environment
    origin = configuration_file(env)
    tree = _read_file(origin)
    settings = _convert(tree, str(origin))
    for variable, path in _variables(env):
        _put(tree, path, env[variable])
        settings = _convert(tree, variable, strict=False)
    for key, value in (overrides or {}).items():
        if value is not None:
            _put(tree, tuple(key.split(".")), value)
            settings = _convert(tree, f"--{key.rsplit('.', 1)[-1]}", strict=False)
    _check(settings)
    return settings


def configuration_file(env: Mapping[str, str]) -> Path:
    return Path(env.get("LOOKOUT_CONFIG", "configuration.yaml"))


def _variables(env: Mapping[str, str]) -> list[tuple[str, tuple[str, ...]]]:
    unknown = sorted(
        name for name in env if name.startswith("LOOKOUT_") and name not in ENVIRONMENT | dict.fromkeys(NOT_SETTINGS)
    )
    if unknown:
        raise SettingsError(f"{unknown[0]} is no setting of Lookout; it knows {', '.join(ENVIRONMENT)}.")
    return [(name, path) for name, path in ENVIRONMENT.items() if name in env]


def _read_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    import yaml

    try:
        tree = yaml.safe_load(path.read_text()) or {}
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(tree, dict):
        raise SettingsError(f"{path} holds no keys; it should look like `monitoring:` and below it `port: 5000`.")
    return tree


def _put(tree: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
    tree[path[-1]] = value


def _convert(tree: dict[str, Any], origin: str, strict: bool = True) -> Settings:
    try:
        return msgspec.convert(tree, Settings, strict=strict)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{origin}: {str(error).replace('`', '').replace('$.', '')}.") from error


def _check(settings: Settings) -> None:
    if settings.monitoring.host not in LOOPBACK:
        raise SettingsError(
            f"monitoring.host is {settings.monitoring.host}, but without login Lookout listens on this machine only: "
            "set it to localhost."
        )
    if settings.port + len(INTERNAL_PORTS) > 65535:
        raise SettingsError(f"monitoring.port is {settings.port}, but the five ports above it are needed too.")
