"""The certificate of the NATS listener where the settings name none: made here, signed by itself.

Whoever subscribes from another machine is given this one certificate to trust; there is no authority whose key could
make more of them. It holds for ten years, and is made anew when a name is missing in it.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from services.pem import Files, certificate
from services.private import write_private
from services.settings import Settings, SettingsError

YEARS = timedelta(days=3650)


def ensure_certificate(settings: Settings) -> Files:
    """Makes the own one where it is missing or lacks a name; raises SettingsError for files that are not there."""
    files = certificate(settings)
    if settings.nats.certificate:
        for key, file in zip(("certificate", "key"), files, strict=True):
            if not file.is_file():
                raise SettingsError(f"nats.{key} is {file}, where there is no file: name the PEM file.")
        return files
    names = _names(settings)
    if not (files.certificate.exists() and files.key.exists() and set(names) <= _names_in(files.certificate)):
        _make(files, names)
    return files


def _names(settings: Settings) -> list[str]:
    host = settings.nats.listen.rpartition(":")[0].strip("[]")
    every = ["localhost", "127.0.0.1", "::1", socket.gethostname(), settings.team.site, host]
    return [each for each in dict.fromkeys(every) if each not in ("", "0.0.0.0", "::")]


def _names_in(file: Path) -> set[str]:
    found = x509.load_pem_x509_certificate(file.read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _make(files: Files, names: Sequence[str]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Lookout NATS")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + YEARS)
        .add_extension(x509.SubjectAlternativeName([_alternative(each) for each in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_private(files.key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    write_private(files.certificate, made.public_bytes(Encoding.PEM))
