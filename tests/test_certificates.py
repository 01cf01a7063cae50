"""Certificates on both sides of their life, and for nothing but their own purpose."""

import datetime
import ipaddress
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from cloud.certificates import (
    AUTHORITY_LIFE,
    BACKDATE,
    RENEW_BEFORE,
    SERVER_LIFE,
    UNIT_LIFE,
    Authority,
    needs_renewal,
    write_private,
)

NOW = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)
NAMES = ["localhost", "127.0.0.1"]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.made(NOW)


def verifier(authority: Authority, at: datetime.datetime, store: x509.Certificate | None = None):
    trusted = x509.verification.Store([store or authority.issued.certificate])
    return x509.verification.PolicyBuilder().store(trusted).time(at)


# -- both sides of expiry and renewal


@pytest.mark.parametrize(
    ("after", "renews"),
    [
        pytest.param(-BACKDATE - SECOND, True, id="not valid yet"),
        pytest.param(-BACKDATE, False, id="valid from here"),
        pytest.param(SERVER_LIFE - RENEW_BEFORE - SECOND, False, id="a second before renewal is due"),
        pytest.param(SERVER_LIFE - RENEW_BEFORE, True, id="renewal is due"),
        pytest.param(SERVER_LIFE - SECOND, True, id="a second before its end"),
        pytest.param(SERVER_LIFE + SECOND, True, id="over"),
    ],
)
def test_the_brokers_certificate_is_renewed_well_before_its_end(authority: Authority, after, renews: bool) -> None:
    issued = authority.server(NAMES, NOW)

    assert needs_renewal(issued.certificate, NAMES, NOW + after) is renews


def test_a_certificate_for_other_names_is_renewed(authority: Authority) -> None:
    certificate = authority.server(NAMES, NOW).certificate

    assert not needs_renewal(certificate, NAMES[::-1], NOW)
    for names in (["localhost"], [*NAMES, "broker.example"], ["localhost", "127.0.0.2"], ["127.0.0.1", "Localhost."]):
        assert needs_renewal(certificate, names, NOW)


def test_a_unit_outlasts_three_decades_and_its_authority_outlasts_it(authority: Authority) -> None:
    unit = authority.client("3fa2b81c", NOW).certificate

    assert unit.not_valid_after_utc - NOW == UNIT_LIFE >= datetime.timedelta(days=30 * 365)
    assert authority.issued.certificate.not_valid_after_utc - NOW == AUTHORITY_LIFE
    assert unit.not_valid_after_utc < authority.issued.certificate.not_valid_after_utc


def test_a_unit_whose_clock_is_behind_finds_nothing_in_the_future(authority: Authority) -> None:
    for issued in (authority.issued, authority.server(NAMES, NOW), authority.client("3fa2b81c", NOW)):
        assert issued.certificate.not_valid_before_utc == NOW - BACKDATE


@pytest.mark.parametrize(("after", "holds"), [(SERVER_LIFE - SECOND, True), (SERVER_LIFE + SECOND, False)])
def test_the_brokers_certificate_is_believed_until_its_end(authority: Authority, after, holds: bool) -> None:
    leaf = authority.server(NAMES, NOW).certificate
    server = verifier(authority, NOW + after).build_server_verifier(x509.DNSName("localhost"))

    if holds:
        server.verify(leaf, [])
    else:
        with pytest.raises(x509.verification.VerificationError):
            server.verify(leaf, [])


# -- nothing but its purpose


def test_what_one_authority_signed_another_does_not_believe(authority: Authority) -> None:
    leaf = authority.server(NAMES, NOW).certificate
    other = Authority.made(NOW)

    for trusted in (other.issued.certificate,):
        server = verifier(authority, NOW, trusted).build_server_verifier(x509.DNSName("localhost"))
        with pytest.raises(x509.verification.VerificationError):
            server.verify(leaf, [])
    assert other.issued.certificate.subject != authority.issued.certificate.subject


def test_the_brokers_certificate_names_just_its_names(authority: Authority) -> None:
    leaf = authority.server(NAMES, NOW).certificate
    here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    verifier(authority, NOW).build_server_verifier(here).verify(leaf, [])

    with pytest.raises(x509.verification.VerificationError):
        verifier(authority, NOW).build_server_verifier(x509.DNSName("broker.example")).verify(leaf, [])


def test_a_units_certificate_is_no_brokers_and_the_other_way_round(authority: Authority) -> None:
    unit, broker = authority.client("3fa2b81c", NOW).certificate, authority.server(NAMES, NOW).certificate
    purposes = [list(c.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) for c in (unit, broker)]

    assert purposes == [[ExtendedKeyUsageOID.CLIENT_AUTH], [ExtendedKeyUsageOID.SERVER_AUTH]]
    with pytest.raises(x509.verification.VerificationError):
        verifier(authority, NOW).build_server_verifier(x509.DNSName("localhost")).verify(unit, [])


def test_no_leaf_can_sign_another(authority: Authority) -> None:
    for leaf in (authority.server(NAMES, NOW), authority.client("3fa2b81c", NOW)):
        limits = leaf.certificate.extensions.get_extension_for_class(x509.BasicConstraints)
        usage = leaf.certificate.extensions.get_extension_for_class(x509.KeyUsage)
        assert (limits.critical, limits.value.ca) == (True, False)
        assert not usage.value.key_cert_sign
        assert usage.value.digital_signature
    own = authority.issued.certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (own.critical, own.value.ca, own.value.path_length) == (True, True, 0)


def test_the_name_of_a_unit_is_its_id(authority: Authority) -> None:
    assert authority.client("3fa2b81c", NOW).certificate.subject.rfc4514_string() == "CN=3fa2b81c"


def test_every_key_is_its_own_and_on_p256(authority: Authority) -> None:
    keys = [authority.issued, *(authority.client("3fa2b81c", NOW) for _ in range(3))]

    assert all(isinstance(k.key.curve, ec.SECP256R1) for k in keys)
    assert len({k.key_der() for k in keys}) == 4
    assert len({k.certificate.serial_number for k in keys}) == 4


# -- kept


def test_the_authority_is_made_once_and_its_key_is_its_owners_only(tmp_path: Path) -> None:
    made = Authority.kept(tmp_path, NOW)
    again = Authority.kept(tmp_path, NOW + UNIT_LIFE)

    assert again.issued.pem() == made.issued.pem()
    assert again.issued.key_pem() == made.issued.key_pem()
    assert stat.S_IMODE((tmp_path / "authority.key").stat().st_mode) == 0o600


def test_a_first_start_that_was_interrupted_leaves_no_half_authority(tmp_path: Path) -> None:
    (tmp_path / "authority.key").write_bytes(b"from an interrupted start")
    (tmp_path / "authority.crt.partial").write_bytes(b"half")

    kept = Authority.kept(tmp_path, NOW)

    assert kept.issued.certificate.public_key() == kept.issued.key.public_key()


def test_a_private_file_is_whole_private_and_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(b"old")

    write_private(path, b"new")

    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
