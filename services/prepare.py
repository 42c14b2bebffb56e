"""What `lookout up` does before anything starts, for where each process has a container to itself (compose.yaml).

It writes what nats-server is started with into one folder, and what Caddy is started with and the page into two others,
since their images know nothing of Lookout. Caddy, which the world reaches, gets no secret but the one by which the
services know it.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from services import broker, encryption
from services.encryption import EncryptionError
from services.gateway import team_variables
from services.private import write_private
from services.settings import INTERNAL_PORTS, ROOT, Settings
from services.up import UpError, write_hooks

HTTPS_INSIDE, HTTP_INSIDE = 8443, 8080
"""Where the gateway listens in its container; who is not root may not listen below 1024 everywhere."""


def prepare(settings: Settings, environment: Mapping[str, str], run: Path, page: Path, gateway: Path) -> None:
    """Raises UpError: one sentence."""
    os.umask(0o077)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    key_file = settings.encryption.key_file
    if key_file and settings.is_team and not Path(key_file).exists():
        write_private(Path(key_file), secrets.token_hex(32) + "\n")
    try:
        keys = encryption.admit(settings, environment)
    except EncryptionError as error:
        raise UpError(str(error)) from error
    # The key is in no environment there, so it stands in the file; that is not in the data folder.
    key = f'STORE_KEY: "{keys.log}"\n' if keys else ""
    write_private(run / "nats.conf", key + broker.configuration(settings, keys is not None, run))
    variables = gateway_variables(settings)
    write_private(gateway / "gateway.env", "".join(f'{name}="{value}"\n' for name, value in variables.items()))
    write_hooks(settings)
    shutil.copytree(ROOT / "web" / "dist", page, dirs_exist_ok=True)


def gateway_variables(settings: Settings) -> dict[str, str]:
    """For Caddy, in a container of its own: each service is a host of its name."""
    hosts = {f"GATEWAY_{name.upper()}": f"{name}:{settings.internal_port(name)}" for name in INTERNAL_PORTS}
    variables = hosts | {"GATEWAY_PORT": str(settings.port), "GATEWAY_BIND": "0.0.0.0", "GATEWAY_PAGE": "/page"}
    if settings.is_team:
        variables = team_variables(settings) | variables
        variables |= {
            "GATEWAY_HTTPS_PORT": str(HTTPS_INSIDE),
            "GATEWAY_HTTP_PORT": str(HTTP_INSIDE),
            "GATEWAY_ADMIN": "/tmp/caddy.sock",
            "GATEWAY_ROOT": "/caddy/caddy/pki/authorities/local",
            "GATEWAY_LOGS": "/tmp",
        }
    return variables
