"""What somebody's passkeys are to her: seen, named, removed, and told in the log."""

import logging

import pytest

from cloud.chain import Draft
from cloud.passkeys import NAME_CHARS, PASSKEYS, BadPasskey, Passkeys
from cloud.store import Store
from tests.authenticator import SESSION, Authenticator, added, signed_in, text
from tests.given import ASKED
from tests.identity_side import entries


async def test_a_removed_passkey_signs_nobody_in(passkeys: Passkeys, store: Store) -> None:
    first, second = Authenticator(), Authenticator()
    kept, removed = await added(passkeys, first), await added(passkeys, second)

    assert not await passkeys.remove("pau", removed.id, [Draft("home", ASKED, "change")])
    assert await entries(store) == []
    assert await passkeys.remove("ana", removed.id, [Draft("home", ASKED, "change")])

    assert len(await entries(store)) == 1
    assert await signed_in(passkeys, second) is None
    assert await signed_in(passkeys, first) == "ana"
    assert [one.id for one in await passkeys.of("ana")] == [kept.id]
    assert await passkeys.remove_all("ana") == 1
    assert await signed_in(passkeys, first) is None


async def test_one_removed_while_it_answers_signs_nobody_in(
    passkeys: Passkeys, device: Authenticator, monkeypatch, caplog
) -> None:
    mine = await added(passkeys, device)
    found = passkeys._store.passkey

    async def removed_meanwhile(id_: bytes):
        row = await found(id_)
        await passkeys.remove("ana", mine.id)
        return row

    monkeypatch.setattr(passkeys._store, "passkey", removed_meanwhile)

    assert await signed_in(passkeys, device) is None
    assert "counter" not in caplog.text


async def test_nobody_adds_somebody_elses_passkey(passkeys: Passkeys, device: Authenticator) -> None:
    await added(passkeys, device)

    with pytest.raises(BadPasskey, match="known already"):
        await added(passkeys, device, "pau")

    assert await passkeys.of("pau") == []
    assert await signed_in(passkeys, device, user=b"ana") == "ana"


async def test_one_has_no_more_than_twenty(passkeys: Passkeys) -> None:
    options = await passkeys.begin_adding("ana", "second window", "Ana")
    for _ in range(PASSKEYS):
        await added(passkeys, Authenticator())

    with pytest.raises(BadPasskey, match="remove one"):
        await added(passkeys, Authenticator())
    with pytest.raises(BadPasskey, match="too many"):
        await passkeys.add("ana", "second window", Authenticator().create(options), "x")
    assert len(await passkeys.of("ana")) == PASSKEYS


@pytest.mark.parametrize(
    ("name", "kept"),
    [("  her \n phone ", "her phone"), ("", "passkey"), ("\0\u202e", "passkey"), ("x" * 5000, "x" * NAME_CHARS)],
)
async def test_whatever_it_is_called_the_name_is_one_line(
    passkeys: Passkeys, device: Authenticator, name: str, kept: str
) -> None:
    mine = await added(passkeys, device, name=name)
    assert mine.name == kept

    assert await passkeys.rename("ana", mine.id, f"new {name}")
    assert not await passkeys.rename("pau", mine.id, "his")
    for wrong in ("", "%%%", "\ud800", mine.id + "AAAA"):
        assert not await passkeys.rename("ana", wrong, "x")
        assert not await passkeys.remove("ana", wrong)
    assert (await passkeys.of("ana"))[0].name.startswith("new")


async def test_adding_stands_in_the_log(passkeys: Passkeys, device: Authenticator, store: Store) -> None:
    options = await passkeys.begin_adding("ana", SESSION, "Ana")
    await passkeys.add("ana", SESSION, device.create(options), "x", [Draft("home", ASKED, "change", "ana")])

    assert [(e.place, e.kind, e.who) for e in await entries(store)] == [("home", "change", "ana")]


async def test_the_log_lines_name_no_passkey_and_no_challenge(
    passkeys: Passkeys, device: Authenticator, caplog
) -> None:
    caplog.set_level(logging.DEBUG)
    await added(passkeys, device)
    ticket, options = await passkeys.begin_sign_in()
    await passkeys.sign_in(ticket, device.get(options, origin="https://evil.com"))
    assert await signed_in(passkeys, device) == "ana"
    assert await signed_in(passkeys, device, count=0) is None

    ours = [str(vars(r)) for r in caplog.records if r.name.startswith("iomando")]
    assert len(ours) == 3
    assert not any(secret in line for line in ours for secret in (ticket, options["challenge"], text(device.id)))
