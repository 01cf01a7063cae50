"""A cloud in an attacker's hands: it has every secret of the cloud, the unit's command key too, and no release key.
Nothing that it can send runs on the unit, and the doors go on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from firmware import signatures, wire
from firmware import update_words as words
from sim import flash
from sim.board import Board
from sim.net import Net
from tests.far_side import DOOR, UNIT, Certificates, Cloud, FarSide, image
from tests.release_side import Keys, Release, Shelf, firmware

PORT = 8883
STRIKE = {**DOOR, "drive": "open", "closed_contact": None, "open_contact": None}
SCALE = 1
ANSWER_S = 60  # of the host: bounds a failure
TRUE_RELEASE = 9
SMALL = {"main.mpy": b"M\x06" + bytes(3000), "wire.mpy": b"M\x06" + bytes(range(256)) * 9}
OWN = {"main.mpy": b"M\x06" + bytes(range(256)) * 12, "wire.mpy": b"M\x06" + bytes(2000)}

Attack = Callable[[Keys, Keys], tuple[Shelf, dict[str, Any]]]


def signed_set(mine: Keys, by_old: list[tuple[int, bytes]], flags: int = 0) -> bytes:
    """The attacker's key set 2, with these signatures of the set before."""
    publics = [secret.public_key().public_bytes_raw() for secret in mine.secrets]
    body = signatures.packed_keys(2, flags, 1, publics)
    by_new = mine.signatures(signatures.KEYS_WORDS, body)
    return signatures.packed_signatures(by_old) + signatures.packed_signatures(by_new) + body


def own_program(true: Keys, mine: Keys) -> tuple[Shelf, dict[str, Any]]:
    """Signed by a key of the attacker, said to be of the set that the unit trusts."""
    mine.number = 1
    return Shelf(Release(mine, 5, OWN), true), {}


def unsigned(true: Keys, _: Keys) -> tuple[Shelf, dict[str, Any]]:
    release = Release(true, 5, OWN)
    release.signed = signatures.packed_signatures([]) + release.body
    return Shelf(release, true), {}


def one_signature_over_another_body(true: Keys, _: Keys) -> tuple[Shelf, dict[str, Any]]:
    good, bad = Release(true, 5, SMALL), Release(true, 6, OWN)
    at = signatures.read_signatures(good.signed)[1]
    bad.signed = good.signed[:at] + bad.body
    return Shelf(bad, true), {}


def a_signature_of_a_key_set_over_a_release(true: Keys, _: Keys) -> tuple[Shelf, dict[str, Any]]:
    release = Release(true, 5, OWN)
    release.signed = signatures.packed_signatures(true.signatures(signatures.KEYS_WORDS, release.body)) + release.body
    return Shelf(release, true), {}


def an_old_release(true: Keys, _: Keys) -> tuple[Shelf, dict[str, Any]]:
    return Shelf(Release(true, 1, SMALL, replaces=0), true), {}


def an_old_release_offered_as_a_new_one(true: Keys, _: Keys) -> tuple[Shelf, dict[str, Any]]:
    shelf = Shelf(Release(true, 1, SMALL, replaces=0), true)
    shelf.parts |= {(part, 7): whole for (part, of), whole in shelf.parts.items() if of == 1 and part != wire.KEY_SET}
    return shelf, {"release": 7}


def one_for_another_board(true: Keys, _: Keys) -> tuple[Shelf, dict[str, Any]]:
    return Shelf(Release(true, 5, SMALL, boards=["T-A7670"]), true), {}


def one_for_another_product(true: Keys, _: Keys) -> tuple[Shelf, dict[str, Any]]:
    return Shelf(Release(true, 5, SMALL, product="iomando-gate"), true), {}


def a_good_manifest_with_another_bundle(true: Keys, mine: Keys) -> tuple[Shelf, dict[str, Any]]:
    release = Release(true, 5, SMALL)
    other = Release(mine, 5, OWN).bundle
    release.bundle = (other + bytes(len(release.bundle)))[: len(release.bundle)]
    return Shelf(release, true), {}


def a_good_manifest_with_a_longer_bundle(true: Keys, _: Keys) -> tuple[Shelf, dict[str, Any]]:
    release = Release(true, 5, SMALL)
    release.bundle += bytes(64)
    return Shelf(release, true), {}


def keys_of_its_own(true: Keys, mine: Keys) -> tuple[Shelf, dict[str, Any]]:
    """A set 2 that no holder of set 1 has signed."""
    shelf = Shelf(Release(mine, 5, OWN), true)
    shelf.parts[wire.KEY_SET, 2] = signed_set(mine, [])
    return shelf, {}


def keys_of_its_own_with_a_forged_signature_of_the_old(true: Keys, mine: Keys) -> tuple[Shelf, dict[str, Any]]:
    shelf = Shelf(Release(mine, 5, OWN), true)
    shelf.parts[wire.KEY_SET, 2] = signed_set(mine, mine.signatures(signatures.KEYS_WORDS, mine.body))
    return shelf, {}


def a_demo_set_after_a_real_one(true: Keys, mine: Keys) -> tuple[Shelf, dict[str, Any]]:
    """Even signed by the old keys, by mistake: its secrets are known to everybody."""
    shelf = Shelf(Release(mine, 5, OWN), true)
    publics = [secret.public_key().public_bytes_raw() for secret in mine.secrets]
    body = signatures.packed_keys(2, signatures.DEMO, 1, publics)
    shelf.parts[wire.KEY_SET, 2] = signed_set(mine, true.signatures(signatures.KEYS_WORDS, body), signatures.DEMO)
    return shelf, {}


REASONS: dict[Attack, set[int]] = {
    own_program: {words.SIGNATURE},
    unsigned: {words.SIGNATURE},
    one_signature_over_another_body: {words.SIGNATURE},
    a_signature_of_a_key_set_over_a_release: {words.SIGNATURE},
    an_old_release: {words.OLD},
    an_old_release_offered_as_a_new_one: {words.OLD, words.MALFORMED},
    one_for_another_board: {words.BOARD},
    one_for_another_product: {words.PRODUCT},
    a_good_manifest_with_another_bundle: {words.CONTENT},
    a_good_manifest_with_a_longer_bundle: {words.CONTENT, words.MALFORMED},
    keys_of_its_own: {words.SIGNATURE},
    keys_of_its_own_with_a_forged_signature_of_the_old: {words.SIGNATURE},
    a_demo_set_after_a_real_one: {words.SIGNATURE},
}


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[tuple[Board, FarSide, Keys]]:
    certificates, net, true = Certificates(), await Net().start(), Keys()
    async with FarSide(certificates.broker()) as far:
        net.tcp[PORT] = ("127.0.0.1", far.port)
        files = {**certificates.unit_files(port=PORT, doors=[STRIKE]), "/release.keys": true.signed}
        board = Board(image(tmp_path / "flash", files), UNIT, [STRIKE], net=net, scale=SCALE)
        try:
            await board.start(60)
            yield board, far, true
        except BaseException as error:
            error.add_note("\n".join(board.console[-30:]))
            raise
        finally:
            await board.stop()
            await net.stop()


async def test_nothing_that_it_can_send_runs_and_what_is_truly_signed_still_does(
    bench: tuple[Board, FarSide, Keys],
) -> None:
    board, far, true = bench
    before = flash.read(board.image)
    cloud = await Cloud(await far.session(1, ANSWER_S)).adopt()
    answers: list[int] = []
    unit_s, adopted = cloud.unit_s, asyncio.get_running_loop().time()
    for attack, reasons in REASONS.items():
        shelf, lies = attack(true, Keys(2))
        shelf.offer(cloud, **lies)
        state, reason = await shelf.serve(cloud, ANSWER_S)
        assert state == words.REFUSED, attack.__name__
        assert reason in reasons, (attack.__name__, reason)
        answers.append(await pressed(cloud, unit_s, adopted))

    assert set(answers) <= {wire.DONE, wire.BUSY}, "busy: the coil pauses from the press before"
    assert answers.count(wire.DONE) >= len(answers) // 3
    assert board.resets == [1]
    after = flash.read(board.image)
    kept = [name for name in before if name.startswith("/a/") or name in ("/release.keys", "/main.py")]
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after["/active"][:3] in (b"a", b"a k"), "kept, and not on trial"
    assert not any(name.startswith(("/b/", "/floor")) and name != "/b/" for name in after)

    shelf = Shelf(Release(true, TRUE_RELEASE, firmware(TRUE_RELEASE)), true)
    shelf.offer(cloud)
    assert await shelf.serve(cloud, ANSWER_S) == (words.WRITTEN, 0)
    await board.reset_seen(2, ANSWER_S)
    await board.console_line(f"release {TRUE_RELEASE} is on trial", ANSWER_S)


async def pressed(cloud: Cloud, unit_s: int, adopted: float) -> int:
    """At unit time `unit_s` it was adopted: it answers one ASK a second, and that is not waited for."""
    cloud.unit_s = unit_s + int((asyncio.get_running_loop().time() - adopted) * SCALE)
    press = cloud.command(wire.OPEN)
    cloud.session.frame(press)
    return await cloud.answer_to(press, ANSWER_S)
