"""What the gateway is told in team mode, and whether it answers."""

from __future__ import annotations

import http.client
import socket
import ssl
from hashlib import sha256
from pathlib import Path

from services.passwords import gateway_secret
from services.settings import Settings


def team_variables(settings: Settings) -> dict[str, str]:
    """What gateway/team.Caddyfile takes beside what local mode takes."""
    team, data = settings.team, settings.data_dir
    return {
        "GATEWAY_SITE": f"[{team.site}]" if ":" in team.site else team.site,
        "GATEWAY_ORIGIN": settings.url,
        "GATEWAY_BIND": team.bind or "0.0.0.0 ::",
        "GATEWAY_HTTPS_PORT": str(team.https_port),
        "GATEWAY_HTTP_PORT": str(team.http_port),
        "GATEWAY_AUTHORITY": "public" if settings.has_public_name else "private",
        "GATEWAY_ADMIN": str(data / "run" / "caddy.sock"),
        "GATEWAY_ROOT": str(root_certificate(data).parent),
        "GATEWAY_LOGS": str(data / "log"),
        "GATEWAY_SECRET": gateway_secret(data),
    }


def root_certificate(data: Path) -> Path:
    """Of Caddy's own authority, made at the first start in team mode with a private name."""
    return data / "caddy" / "caddy" / "pki" / "authorities" / "local" / "root.crt"


def fingerprint(certificate: Path) -> str:
    """SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` prints it."""
    digest = sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text())).hexdigest().upper()
    return ":".join(digest[place : place + 2] for place in range(0, len(digest), 2))


def ask(settings: Settings, path: str) -> bytes:
    """The body of an answer of this machine's gateway; raises OSError where it does not answer with 200."""
    connection = _connection(settings)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()
    if answer.status != 200:
        raise OSError(f"{path}: {answer.status}")
    return body


class _Here(http.client.HTTPSConnection):
    """To this machine, whatever the name of the site leads to elsewhere.

    Whether it answers is all that is asked, and nothing secret is sent: so any certificate will do.
    """

    def __init__(self, settings: Settings) -> None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        super().__init__(settings.team.site, settings.team.https_port, timeout=2, context=context)
        self._address = settings.team.bind or "127.0.0.1"
        self._context = context

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)


def _connection(settings: Settings) -> http.client.HTTPConnection:
    if settings.is_team:
        return _Here(settings)
    return http.client.HTTPConnection("localhost", settings.port, timeout=2)
