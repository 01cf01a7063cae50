"""The cloud's certificate authority and what it signs: the broker, the cloud itself, units. EC P-256 throughout.

Lifetimes: the authority and the units' certificates last as long as a unit hangs on a wall; the broker's renews
itself. `now` is an argument everywhere.
"""

import datetime
import ipaddress
import os
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)
AUTHORITY_LIFE = 14_600 * DAY  # 40 years: longer than any unit's
UNIT_LIFE = 10_950 * DAY  # 30 years: nobody climbs a ladder to renew it; it is revoked when it must go
SERVER_LIFE = 90 * DAY
RENEW_BEFORE = 30 * DAY
BACKDATE = DAY  # a unit whose clock is an hour behind must not find the certificate in the future


class Issued(msgspec.Struct, frozen=True):
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def key_pem(self) -> bytes:
        return self._key(serialization.Encoding.PEM)

    def key_der(self) -> bytes:
        return self._key(serialization.Encoding.DER)

    def _key(self, encoding: serialization.Encoding) -> bytes:
        plain = serialization.NoEncryption()
        return self.key.private_bytes(encoding, serialization.PrivateFormat.TraditionalOpenSSL, plain)


class Authority:
    """Signs for one installation."""

    def __init__(self, issued: Issued) -> None:
        self.issued = issued

    @classmethod
    def made(cls, now: datetime.datetime) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        # The name carries a piece of the key: two installations' authorities are never mistaken for each other.
        number = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest.hex()[:8]
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"iomando authority {number}")])
        builder = _builder(name, name, key, now, AUTHORITY_LIFE)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(sign=True), critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        return cls(Issued(builder.sign(key, hashes.SHA256()), key))

    @classmethod
    def kept(cls, folder: Path, now: datetime.datetime) -> "Authority":
        """The authority in this folder, made at first start; the key is 0600 and never leaves the folder."""
        certificate, key = folder / "authority.crt", folder / "authority.key"
        if not certificate.exists():
            made = cls.made(now).issued
            write_private(key, made.key_pem())
            write_private(certificate, made.pem())
        loaded = serialization.load_pem_private_key(key.read_bytes(), password=None)
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{key} is not an EC key")
        return cls(Issued(x509.load_pem_x509_certificate(certificate.read_bytes()), loaded))

    def server(
        self,
        names: list[str],
        now: datetime.datetime,
        life: datetime.timedelta = SERVER_LIFE,
    ) -> Issued:
        alternatives = [_alternative(name) for name in names]
        return self._sign(names[0], now, life, ExtendedKeyUsageOID.SERVER_AUTH, alternatives)

    def client(self, name: str, now: datetime.datetime, life: datetime.timedelta = UNIT_LIFE) -> Issued:
        """A unit's certificate (`name` is the unit id), or the cloud's own."""
        return self._sign(name, now, life, ExtendedKeyUsageOID.CLIENT_AUTH, [])

    def _sign(
        self,
        name: str,
        now: datetime.datetime,
        life: datetime.timedelta,
        purpose: x509.ObjectIdentifier,
        alternatives: list[x509.GeneralName],
    ) -> Issued:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = _builder(subject, self.issued.certificate.subject, key, now, life)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(sign=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.issued.key.public_key())
        builder = builder.add_extension(issuer, critical=False)
        if alternatives:
            builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        return Issued(builder.sign(self.issued.key, hashes.SHA256()), key)


def needs_renewal(certificate: x509.Certificate, names: list[str], now: datetime.datetime) -> bool:
    """Expired, about to, not yet valid, or for other names than these."""
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - RENEW_BEFORE:
        return True
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return set(found) != {_alternative(name) for name in names}


def write_private(path: Path, content: bytes) -> None:
    """0600 from its first byte on, whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        os.fsync(file.fileno())
    partial.rename(path)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime.datetime,
    life: datetime.timedelta,
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - BACKDATE).not_valid_after(now + life)


def _usage(*, sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=sign,
        crl_sign=sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
