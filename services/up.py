"""`lookout up`: one Lookout in the foreground, from the settings to a page that answers."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TextIO

from services import broker, encryption
from services.configuration import configuration_file
from services.encryption import EncryptionError, Keys
from services.gateway import ask, team_variables
from services.pem import certificate
from services.ports import PortError, check_ports, has_ipv6_loopback, is_free
from services.running import end, processes_of
from services.settings import INTERNAL_PORTS, ROOT, Settings
from services.welcome import welcome

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
READY_SECONDS = 60.0
SOCKET_PATH = 100
"""Bytes that the path of a Unix socket may have (108 on Linux, 104 on macOS, less a reserve)."""


class UpError(Exception):
    """Why Lookout cannot start, in one sentence that says what to do."""


def up(settings: Settings) -> int:
    """Runs Lookout until it is told to stop; returns the exit code."""
    if not settings.monitoring.enabled:
        print("monitoring.enabled is false, so nothing was started.", file=sys.stderr)
        return 0
    data = settings.data_dir
    # For its owner alone, also where the data folder was there before and is open to others.
    os.umask(0o077)
    for folder in (data, data / "run", data / "log"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with held(data, settings) as lock:
            _check_bind(settings)
            _check_paths(data)
            if processes_of(data):
                print("Ending what a Lookout that was killed has left running.", file=sys.stderr)
                end(data)
            check_ports(settings)
            keys = encryption.admit(settings, os.environ)
            # Held back until the supervisor takes them: an exception that a signal raises may come where it is lost.
            signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
            broker.write_configuration(settings, keys is not None)
            write_hooks(settings)
            sys.stdout.flush()
            supervisor = os.getpid()
            if os.fork():
                _become_the_supervisor(settings, keys, lock)
            lock.close()
            _tell_when_it_answers(settings, supervisor)
            return 0
    except (UpError, PortError, EncryptionError) as error:
        print(error, file=sys.stderr)
        return 1


@contextmanager
def held(data: Path, settings: Settings) -> Iterator[TextIO]:
    """The data folder for this Lookout alone: two that write one log would tear it apart."""
    with (data / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "another process"
            raise UpError(
                f"Lookout already runs on {data} ({holder}): use that one, stop it with Ctrl-C where it runs, "
                "or name another data folder with LOOKOUT_DATA and another port with PORT."
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, {settings.url}\n")
        lock.flush()
        yield lock


def _check_bind(settings: Settings) -> None:
    bind = settings.internal.bind
    if bind != "127.0.0.1":
        raise UpError(
            f"internal.bind is {bind}, but `lookout up` keeps its services to this machine: what others reach is the "
            "gateway, with TLS and login, once LOOKOUT_SITE is set."
        )


def _check_paths(data: Path) -> None:
    if len(os.fsencode(data / "run" / "supervisor.sock")) > SOCKET_PATH:
        raise UpError(
            f"The path of the data folder is too long for a Unix socket: {data}; set LOOKOUT_DATA to a shorter."
        )
    if not (ROOT / "web" / "dist" / "index.html").exists():
        raise UpError("The page has not been built: run `make web` first.")


def write_hooks(settings: Settings) -> None:
    """The settings of Claude Code's hooks for this port."""
    template = (ROOT / "deploy" / "claude-code.json").read_text()
    (settings.data_dir / "claude-code.json").write_text(template.replace("http://localhost:5000", settings.url))


def environment(settings: Settings, keys: Keys | None, inherited: Mapping[str, str]) -> dict[str, str]:
    """What the processes of deploy/supervisord.conf, nats.conf and gateway/Caddyfile take from outside."""
    data = settings.data_dir
    address = {name: f"127.0.0.1:{settings.internal_port(name)}" for name in INTERNAL_PORTS}
    variables = {
        "LOOKOUT_PORT": str(settings.port),
        "LOOKOUT_DATA": str(data),
        "LOOKOUT_CONFIG": str(configuration_file(inherited).resolve()),
        "STACK_BIN": str(Path(sys.executable).parent),
        "STACK_ROOT": str(ROOT),
        "STACK_RUN": str(data / "run"),
        "STACK_LOGS": str(data / "log"),
        "NATS_CONFIGURATION": str(broker.configuration_path(data)),
        "GATEWAY_PORT": str(settings.port),
        "GATEWAY_BIND": "127.0.0.1 ::1" if has_ipv6_loopback() else "127.0.0.1",
        "GATEWAY_PAGE": str(ROOT / "web" / "dist"),
        "GATEWAY_INGEST": address["ingest"],
        "GATEWAY_STREAM": address["stream"],
        "GATEWAY_API": address["api"],
        "GATEWAY_CONFIG": str(ROOT / "gateway" / ("team.Caddyfile" if settings.is_team else "Caddyfile")),
        "XDG_DATA_HOME": str(data / "caddy"),
        "XDG_CONFIG_HOME": str(data / "caddy"),
    }
    if settings.is_team:
        variables |= team_variables(settings)
    # A key and an address to send to are for the shell that they were set in.
    kept = {name: value for name, value in inherited.items() if name not in ("LOOKOUT_KEY", "LOOKOUT_URL")}
    # Never in a file of the data folder, which it would open.
    return {**kept, **variables, **({"STORE_KEY": keys.log} if keys else {})}


def _become_the_supervisor(settings: Settings, keys: Keys | None, lock: TextIO) -> NoReturn:
    """This process goes on as services/supervise.py: what was needed up to here takes 20 MiB that nobody needs then."""
    os.set_inheritable(lock.fileno(), True)
    host, port = settings.nats_address
    told = [str(ROOT / "deploy" / "supervisord.conf"), str(settings.data_dir), host, str(port)]
    if settings.nats.listen:
        told.append(str(certificate(settings).certificate))
    command = [sys.executable, "-P", "-m", "services.supervise", *told]
    os.execve(sys.executable, command, environment(settings, keys, os.environ))


def _tell_when_it_answers(settings: Settings, supervisor: int) -> None:
    """For a process of its own, which has nothing to tell where the supervisor has ended meanwhile."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(settings):
        if time.monotonic() > deadline:
            print(_diagnosis(settings), file=sys.stderr, flush=True)
            os.kill(supervisor, signal.SIGUSR1)
            return
        time.sleep(0.05)
        if os.getppid() != supervisor:
            return
    print(welcome(settings), flush=True)


def _answers(settings: Settings) -> bool:
    """The whole path: Caddy, the page, the API, and through its heartbeats every other service."""
    try:
        ask(settings, "/login" if settings.is_team else "/")
        return bool(json.loads(ask(settings, "/health"))["status"] == "healthy")
    except OSError:
        return False


def _diagnosis(settings: Settings) -> str:
    silent = [name for name in ("ingest", "stream", "api") if is_free(settings.internal_port(name))]
    host, port = settings.nats_address
    if is_free(port, host.strip("[]")):
        silent.insert(0, "nats")
    if is_free(settings.team.https_port if settings.is_team else settings.port):
        silent.append("gateway")
    name = silent[0] if silent else "api"
    log = settings.data_dir / "log" / f"{name}.log"
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    last = f", whose last word is: {lines[-1]}" if lines else ""
    what = f"{', '.join(silent)} did not answer" if silent else "not every service became healthy"
    return f"Lookout did not come up within {READY_SECONDS:.0f} s: {what}; see {log}{last}"
