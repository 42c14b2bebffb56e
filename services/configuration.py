"""Settings are read once: `configuration.yaml`, then `LOOKOUT_*` variables, then the command line."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

import msgspec
from msgspec.structs import fields

from services.settings import INTERNAL_PORTS, LOOPBACK, Nats, Settings, SettingsError, is_address, is_confidential

ENVIRONMENT = {
    "LOOKOUT_HOST": "monitoring.host",
    "LOOKOUT_PORT": "monitoring.port",
    "LOOKOUT_SITE": "team.site",
    "LOOKOUT_BIND": "team.bind",
    "LOOKOUT_HTTPS_PORT": "team.https_port",
    "LOOKOUT_HTTP_PORT": "team.http_port",
    "LOOKOUT_INTERNAL_BIND": "internal.bind",
    "LOOKOUT_INTERNAL_NATS": "internal.nats",
    "LOOKOUT_INTERNAL_INGEST": "internal.ingest",
    "LOOKOUT_OIDC_ISSUER": "oidc.issuer",
    "LOOKOUT_OIDC_CLIENT_ID": "oidc.client_id",
    "LOOKOUT_OIDC_NAME": "oidc.name",
    "LOOKOUT_OIDC_ROLE": "oidc.role",
    "LOOKOUT_DATA": "data",
    "LOOKOUT_EVENTS_PER_SECOND": "limits.events_per_second",
    "LOOKOUT_BYTES_PER_SECOND": "limits.bytes_per_second",
    "LOOKOUT_NATS_LISTEN": "nats.listen",
    "LOOKOUT_NATS_CERTIFICATE": "nats.certificate",
    "LOOKOUT_NATS_KEY": "nats.key",
    "LOOKOUT_ENCRYPTION_KEY_FILE": "encryption.key_file",
    "LOOKOUT_MAX_CONNECTIONS": "monitoring.websocket.max_connections",
    "LOOKOUT_METRICS_INTERVAL": "monitoring.metrics.interval",
    "LOOKOUT_LOG_LEVEL": "monitoring.logging.level",
    "LOOKOUT_LOG_MAX_AGE_DAYS": "log.max_age_days",
    "LOOKOUT_LOG_MAX_BYTES": "log.max_bytes",
    "LOOKOUT_FORWARD_TO": "forward.to",
    "LOOKOUT_FORWARD_KEY_FILE": "forward.key_file",
    "LOOKOUT_FORWARD_CA": "forward.ca",
    "LOOKOUT_FORWARD_LISTEN": "forward.listen",
    "LOOKOUT_FORWARD_SPOOL": "forward.spool",
    "LOOKOUT_FORWARD_MAX_BYTES": "forward.max_bytes",
}
NOT_SETTINGS = {
    "LOOKOUT_CONFIG",
    "LOOKOUT_URL",
    "LOOKOUT_KEY",
    "LOOKOUT_ENCRYPTION_KEY",
    "LOOKOUT_OIDC_CLIENT_SECRET",
}
"""Which file to read, where `services/emit.py` sends to, and secrets, which `lookout config show` must not show."""

SITE = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


class Effective(NamedTuple):
    """The settings in force, and where the value of each dotted key comes from, where it is no default."""

    settings: Settings
    origins: dict[str, str]


def load(environment: Mapping[str, str] | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """The settings in force. `overrides` are dotted keys of the command line: {"monitoring.port": 5001}.

    Raises SettingsError naming the file or variable, the key and what is wrong with it.
    """
    return explain(environment, overrides).settings


def explain(environment: Mapping[str, str] | None = None, overrides: Mapping[str, Any] | None = None) -> Effective:
    """As `load`, with the origin of each value: the path of a file, the name of a variable or of a flag."""
    env = os.environ if environment is None else environment
    file = configuration_file(env)
    tree = _read_file(file)
    settings = _convert(tree, str(file))
    origins = dict.fromkeys(flatten(tree), str(file))
    for origin, key, value in [*_variables(env), *_flags(overrides or {})]:
        _put(tree, key, value)
        settings = _convert(tree, origin, strict=False)
        origins[key] = origin
    _check(settings)
    return Effective(settings, origins)


def flatten(tree: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """The values of a tree by their dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        flat |= flatten(value, f"{above}{key}.") if isinstance(value, dict) else {f"{above}{key}": value}
    return flat


def configuration_file(env: Mapping[str, str]) -> Path:
    return Path(env.get("LOOKOUT_CONFIG", "configuration.yaml"))


def _variables(env: Mapping[str, str]) -> list[tuple[str, str, Any]]:
    unknown = sorted(name for name in env if name.startswith("LOOKOUT_") and name not in {*ENVIRONMENT, *NOT_SETTINGS})
    if unknown:
        raise SettingsError(f"{unknown[0]} is no setting of Lookout; it knows {', '.join(ENVIRONMENT)}.")
    return [(name, key, env[name]) for name, key in ENVIRONMENT.items() if name in env]


def _flags(overrides: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    return [
        (f"--{key.rsplit('.', 1)[-1].replace('_', '-')}", key, value)
        for key, value in overrides.items()
        if value is not None
    ]


def _read_file(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    import yaml

    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SettingsError(f"{path}{line} is not YAML: {error.problem}.") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path} cannot be read: {' '.join(str(error).split())}.") from error
    if not isinstance(tree, dict):
        raise SettingsError(f"{path} holds no keys; it should look like `monitoring:` and below it `port: 5000`.")
    return _without_empty_sections(tree)


def _without_empty_sections(tree: dict[str, Any]) -> dict[str, Any]:
    """A section whose keys are all commented out reads as null, and means the defaults."""
    return {
        key: _without_empty_sections(value) if isinstance(value, dict) else value
        for key, value in tree.items()
        if value is not None
    }


def _put(tree: dict[str, Any], key: str, value: Any) -> None:
    *sections, last = key.split(".")
    for section in sections:
        tree = tree.setdefault(section, {})
    tree[last] = value


def _convert(tree: dict[str, Any], origin: str, strict: bool = True) -> Settings:
    try:
        return msgspec.convert(tree, Settings, strict=strict)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{origin}: {_mistake(tree, str(error))}.") from error


def _mistake(tree: dict[str, Any], message: str) -> str:
    """msgspec's message in a person's words; its forms are `Expected ...`, `Invalid enum value`, `unknown field`."""
    unknown = re.search(r"unknown field `(.*?)`", message)
    where = re.search(r" - at `\$\.?([^`]*)`$", message)
    key = where[1] if where else ""
    if unknown:
        names = ", ".join(each.name for each in fields(_type(key)))
        return f"{f'{key}.{unknown[1]}'.lstrip('.')} is no setting; {key or 'Lookout'} knows {names}"
    if not key:
        return message.replace("`", "").replace("$.", "").replace("$", "the file")
    choices = get_args(_type(key)) if message.startswith("Invalid enum") else ()
    return f"{key} is {_value(tree, key)!r}, but must be {_one_of(choices) if choices else _expected(message)}"


def _type(key: str) -> Any:
    found: Any = Settings
    for step in filter(None, key.split(".")):
        found = next(each.type for each in fields(found) if each.name == step)
    return found


def _value(tree: Any, key: str) -> Any:
    for step in re.findall(r"[^.\[\]]+", key):
        tree = tree[int(step)] if isinstance(tree, list) else tree[step]
    return tree


def _one_of(choices: Sequence[str]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}"


def _expected(message: str) -> str:
    kind, limit = re.findall(r"Expected `(\w+)`(.*?)(?:, got.*)? - at", message)[0]
    for sign, words in _LIMITS.items():
        limit = limit.replace(sign, words)
    return f"{_KINDS[kind]}{limit}"


_LIMITS = {" >= ": " of at least ", " <= ": " of at most ", " > ": " above "}
_KINDS = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "object": "a section with keys of its own",
    "str": "text",
}


def _check(settings: Settings) -> None:
    site = settings.team.site
    if settings.monitoring.host not in LOOPBACK:
        raise SettingsError(
            f"monitoring.host is {settings.monitoring.host}, but without login Lookout listens on this machine only: "
            "set it to localhost, or LOOKOUT_SITE to the name by which your team reaches this machine, which brings "
            "TLS and login."
        )
    if site and not (SITE.fullmatch(site) or is_address(site)):
        raise SettingsError(
            f"team.site is {site}, but must be a name like monitor.example.com or an address like 10.0.0.5, in lower "
            "case, without https:// and without a port (that is team.https_port)."
        )
    _check_nats(settings.nats)
    if bool(settings.oidc.issuer) != bool(settings.oidc.client_id):
        raise SettingsError("oidc.issuer and oidc.client_id belong together: set both, or neither.")
    if settings.oidc.issuer and not is_confidential(settings.oidc.issuer):
        raise SettingsError(
            f"oidc.issuer is {settings.oidc.issuer}, but who signs in is only believed by https://, as in "
            "https://login.example.com."
        )
    if settings.port + len(INTERNAL_PORTS) > 65535:
        raise SettingsError(f"monitoring.port is {settings.port}, but the four ports above it are needed too.")


def _check_nats(nats: Nats) -> None:
    host, _, port = nats.listen.rpartition(":")
    if nats.listen and not (host and port.isdigit() and 0 < int(port) <= 65535):
        raise SettingsError(f"nats.listen is {nats.listen!r}, but must be an address and a port, as in 0.0.0.0:4222.")
    if bool(nats.certificate) != bool(nats.key):
        raise SettingsError("nats.certificate and nats.key belong together: name both files, or neither.")
