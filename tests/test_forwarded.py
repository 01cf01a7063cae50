"""Behind a proxy a request comes from where the proxy says, and from nobody else's word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud.forwarded import client, networks
from cloud.settings import BadSetting, read

PROXY = networks("10.0.0.1, 192.168.0.0/16, fd00::/8")


@pytest.mark.parametrize(
    ("remote", "headers", "found"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6", "198.51.100.1, 192.168.3.4"], "198.51.100.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, nonsense, 192.168.3.4"], "192.168.3.4"),
        ("10.0.0.1", ["192.168.1.1, 192.168.1.2"], "192.168.1.1"),
        ("::ffff:10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("10.0.0.2", ["198.51.100.1"], "10.0.0.2"),
        (None, ["198.51.100.1"], ""),
    ],
)
def test_the_client_is_the_last_hop_that_is_none_of_ours(remote: str | None, headers: list[str], found: str) -> None:
    assert client(remote, headers, PROXY) == found


@given(st.lists(st.text(max_size=40), max_size=4), st.ip_addresses(v=4, network="203.0.113.0/24"))
def test_nobody_chooses_an_address_by_what_she_writes_in_front(forged: list[str], real: object) -> None:
    assert client(str(real), forged, PROXY) == str(real)
    assert client("10.0.0.1", [*forged, str(real)], PROXY) == str(real)


def test_without_the_setting_the_header_says_nothing() -> None:
    assert client("127.0.0.1", ["198.51.100.1"], read({}).proxies) == "127.0.0.1"


@pytest.mark.parametrize("wrong", ["proxy.example", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.1 10.0.0.2"])
def test_a_proxy_that_is_no_address_is_told_before_anything_starts(wrong: str) -> None:
    with pytest.raises(BadSetting, match="trusted_proxy"):
        read({"IOMANDO_TRUSTED_PROXY": wrong})
