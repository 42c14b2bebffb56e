"""Where Lookout listens, and what is in the way there."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress

import psutil

from services.settings import INTERNAL_PORTS, Settings


class PortError(Exception):
    """Why Lookout cannot listen, in one sentence that says what to do."""


def _public(settings: Settings) -> Iterator[tuple[socket.AddressFamily, str, int]]:
    """Where the gateway listens."""
    if settings.is_team:
        yield socket.AF_INET, "0.0.0.0", settings.team.https_port
        yield socket.AF_INET, "0.0.0.0", settings.team.http_port
        return
    yield socket.AF_INET, "127.0.0.1", settings.port
    if has_ipv6_loopback():
        yield socket.AF_INET6, "::1", settings.port


def _internal(settings: Settings) -> Iterator[tuple[socket.AddressFamily, str, int]]:
    for name in INTERNAL_PORTS:
        yield socket.AF_INET, "127.0.0.1", settings.internal_port(name)


def check_ports(settings: Settings) -> None:
    """Raises PortError for the first port that another holds, or that this user may not have."""
    if settings.nats.listen:
        _check_listen(settings.nats.listen)
    for family, host, port in [*_public(settings), *_internal(settings)]:
        try:
            _bind(family, host, port)
        except PermissionError as error:
            raise PortError(
                f"Port {port} needs rights that this user does not have: choose others with LOOKOUT_HTTPS_PORT "
                "and LOOKOUT_HTTP_PORT, or allow it with `sysctl net.ipv4.ip_unprivileged_port_start=80`."
            ) from error
        except OSError as error:
            last = settings.port + len(INTERNAL_PORTS)
            raise PortError(
                f"Port {port} is taken by {_listener(port)}: stop it, or choose another port, as in "
                f"`make up PORT={_free_port(settings.port)}` (Lookout uses {settings.port} to {last})."
            ) from error


def _check_listen(address: str) -> None:
    host, _, port = address.rpartition(":")
    try:
        _bind(socket.AF_INET6 if ":" in host else socket.AF_INET, host.strip("[]"), int(port))
    except OSError as error:
        raise PortError(
            f"nats.listen is {address}, where Lookout cannot listen ({error.strerror}): "
            "give an address of this machine and a port that is free, as in 0.0.0.0:4222."
        ) from error


def _bind(family: socket.AddressFamily, host: str, port: int) -> None:
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


def _listener(port: int) -> str:
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return "another process"
    for connection in connections:
        listening = connection.status == psutil.CONN_LISTEN and connection.laddr
        if listening and listening.port == port and connection.pid:
            return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    return "another process"


def _free_port(port: int) -> int:
    """The next multiple of ten that is free here with the ports above it."""
    for candidate in range(port // 10 * 10 + 10, 65000, 10):
        if all(is_free(candidate + each) for each in range(1 + len(INTERNAL_PORTS))):
            return candidate
    return port + 10


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    with suppress(OSError), socket.create_connection((host, port), timeout=2):
        return False
    return True


def has_ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
