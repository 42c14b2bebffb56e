"""Where the certificate of the NATS listener is, and how the services trust it.

Apart from `certificate.py`, which makes one: what it does that with takes 8 MB of memory in each service.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from services.settings import Settings

END = "-----END CERTIFICATE-----"


class Files(NamedTuple):
    """PEM files."""

    certificate: Path
    key: Path


def certificate(settings: Settings) -> Files:
    """What the NATS listener shows: the files of the settings, or the own ones."""
    if settings.nats.certificate:
        return Files(Path(settings.nats.certificate).resolve(), Path(settings.nats.key).resolve())
    folder = settings.data_dir / "nats"
    return Files(folder / "certificate.pem", folder / "certificate.key")


def pinned(file: Path) -> ssl.SSLContext:
    """Trusts this one certificate, whatever name it was reached by: the services' way to a listener of their own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    text = file.read_text()
    first = text[text.index("-----BEGIN CERTIFICATE-----") : text.index(END) + len(END)]
    context.load_verify_locations(cadata=ssl.PEM_cert_to_DER_cert(first))
    return context
