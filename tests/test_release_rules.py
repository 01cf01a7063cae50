"""What is not what it says it is is not published: nothing of it is left, and who tried is told why."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud import release_rules
from cloud.releases import Releases
from cloud.verbs import NotPossible
from firmware import manifest, signatures
from tests.given import ADM
from tests.release_side import Keys, Release
from tests.rollout_side import FILES, Desk, desk, unsigned
from tools import build

KEYS = Keys()
GOOD = Release(KEYS, 2, FILES)


def why_not(release: Release, keys: Keys = KEYS, above: int = 1, **how: bytes) -> str | None:
    parts = {"signed": release.signed, "bundle": release.bundle} | how
    try:
        release_rules.check_release(**parts, keys=keys.signed, above=above)
    except release_rules.Refused as refused:
        return str(refused)
    return None


def test_a_good_release_is_taken() -> None:
    found = release_rules.check_release(GOOD.signed, GOOD.bundle, KEYS.signed, 1)

    assert (found.counter, release_rules.version_of(found)) == (2, "1.0.2")


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"product": "toaster"}, "toaster"),
        ({"wire": 9}, "wire version 9"),
        ({"key_set": 2}, "key set 2"),
        ({"digest": bytes(32)}, "bundle is not the one"),
        ({"packed": 7}, "bundle is not the one"),
        ({"bundle": build.bundle(FILES | {"main.mpy": b"other"})}, "does not unpack"),
        ({"bundle": build.bundle({name: data[::-1] for name, data in FILES.items()})}, "main.mpy in the bundle"),
        ({"bundle": b"no such thing"}, "cannot be unpacked"),
        ({"bundle": build.bundle(FILES) + b"more"}, "does not unpack"),
        ({"bundle": build.bundle(FILES)[:-5]}, "does not unpack"),
        ({"bundle": build.bundle(FILES | {"zzz.mpy": b"more"})}, "does not unpack"),
    ],
)
def test_a_signed_release_that_units_could_not_use_is_refused(how: dict[str, object], why: str) -> None:
    assert why in (why_not(Release(KEYS, 2, FILES, **how)) or "taken")


def test_a_counter_only_rises() -> None:
    assert "a counter only rises" in (why_not(GOOD, above=2) or "taken")
    assert "a counter only rises" in (why_not(GOOD, above=99) or "taken")


def test_other_keys_too_few_and_none_are_refused() -> None:
    two = Keys(1, count=3, threshold=2)
    release = Release(two, 2, FILES)
    one_of_two = (
        signatures.packed_signatures(two.signatures(signatures.RELEASE_WORDS, release.body, [1])) + release.body
    )

    assert why_not(release, two) is None
    assert "too few" in (why_not(release, two, signed=one_of_two) or "taken")
    assert "too few" in (why_not(GOOD, signed=unsigned(GOOD)) or "taken")
    assert "is wrong" in (why_not(GOOD, Keys()) or "taken")
    by_keys = signatures.packed_signatures(KEYS.signatures(signatures.KEYS_WORDS, GOOD.body)) + GOOD.body
    assert "is wrong" in (why_not(GOOD, signed=by_keys) or "taken"), "signed as something else"
    with pytest.raises(release_rules.Refused, match="no release keys"):
        release_rules.check_release(GOOD.signed, GOOD.bundle, None, 1)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(GOOD.signed) * 8 - 1))
def test_no_bit_of_it_may_be_another(bit: int) -> None:
    flipped = bytearray(GOOD.signed)
    flipped[bit // 8] ^= 1 << bit % 8

    assert why_not(GOOD, signed=bytes(flipped)) is not None


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.binary(max_size=100))
def test_whatever_is_sent_is_refused_and_nothing_breaks(signed: bytes, bundle: bytes) -> None:
    assert why_not(GOOD, signed=signed, bundle=bundle) is not None
    with pytest.raises(release_rules.Refused):
        release_rules.check_keys(signed, None, demo=True)


def test_a_bundle_that_would_unpack_to_a_great_deal_is_given_up_early() -> None:
    bomb = Release(KEYS, 2, {"main.mpy": bytes(1000)}, bundle=build.bundle({"main.mpy": bytes(50_000_000)}))

    assert "does not unpack" in (why_not(bomb) or "taken")
    assert manifest.read_release(bomb.body).unpacked == 1000


# -- key sets


def refused(signed: bytes, newest: Keys | None, *, demo: bool = False) -> str | None:
    try:
        release_rules.check_keys(signed, newest.signed if newest else None, demo=demo)
    except release_rules.Refused as why:
        return str(why)
    return None


def test_a_set_is_followed_only_by_the_next_that_both_have_signed() -> None:
    first = Keys(1, 3, 2)
    second = Keys(2, 2, 2, before=first)

    assert refused(first.signed, None) is None
    assert refused(second.signed, first) is None
    assert "has number 2" in (refused(Keys(3, before=first).signed, first) or "taken")
    assert "has number 2" in (refused(first.signed, first) or "taken")
    assert "too few" in (refused(Keys(2).signed, first) or "taken"), "the old one has not signed it"
    assert "is wrong" in (refused(Keys(2, 3, 2, before=Keys(1, 3, 2)).signed, first) or "taken")
    new_unsigned = signatures.packed_signatures(first.signatures(signatures.KEYS_WORDS, second.body))
    assert "too few" in (refused(new_unsigned + signatures.packed_signatures([]) + second.body, first) or "taken")


def as_demo(number: int, before: Keys | None = None) -> Keys:
    keys = Keys(number, before=before)
    body = signatures.packed_keys(number, signatures.DEMO, 1, [keys.secrets[0].public_key().public_bytes_raw()])
    by_old = before.signatures(signatures.KEYS_WORDS, body) if before else []
    keys.body = body
    keys.signed = b"".join(
        (
            signatures.packed_signatures(by_old),
            signatures.packed_signatures(keys.signatures(signatures.KEYS_WORDS, body)),
            body,
        )
    )
    return keys


def test_keys_that_everybody_knows_are_for_demos_only() -> None:
    demo = as_demo(1)

    assert "known to everybody" in (refused(demo.signed, None) or "taken")
    assert refused(demo.signed, None, demo=True) is None
    assert refused(as_demo(2, demo).signed, demo, demo=True) is None
    assert "does not follow" in (refused(as_demo(2, KEYS).signed, KEYS, demo=True) or "taken")


# -- as they are published


@pytest.fixture
async def it(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as it:
        yield it


async def test_what_is_refused_leaves_nothing(it: Desk) -> None:
    before = it.told_here()
    for signed, bundle in (
        (it.release.signed, b"another"),
        (unsigned(it.release), it.release.bundle),
        (Release(Keys(), 200, FILES).signed, it.release.bundle),
        (Release(it.keys, 50, FILES).signed, it.release.bundle),
    ):
        with pytest.raises(NotPossible):
            await it.releases.publish(signed, bundle, ADM)
    with pytest.raises(NotPossible):
        await it.releases.add_key_set(Keys(2).signed, ADM)

    assert [row.counter for row in it.releases.published] == [it.release.counter]
    assert list(await it.releases.store.key_sets()) == [1]
    assert it.told_here() == before


async def test_the_same_once_more_is_no_news_and_rotated_keys_sign_the_next(it: Desk) -> None:
    before = it.told_here()
    again = await it.releases.publish(it.release.signed, it.release.bundle, ADM)
    assert (again.counter, it.told_here()) == (it.release.counter, before)

    second = Keys(2, 2, 2, before=it.keys)
    assert await it.releases.add_key_set(second.signed, ADM) == 2
    old_hand, new_hand = Release(it.keys, 200, FILES), Release(second, 200, FILES)
    with pytest.raises(NotPossible, match="signed by key set 1; units trust 2"):
        await it.releases.publish(old_hand.signed, old_hand.bundle, ADM)
    assert (await it.releases.publish(new_hand.signed, new_hand.bundle, ADM)).counter == 200


async def test_a_service_for_real_doors_does_not_begin_with_a_demos_keys(it: Desk) -> None:
    it.releases.refuse_demo()
    releases = Releases(it.world.store, it.world.time, demo=True)
    releases.key_sets = {1: as_demo(1).signed}
    releases.refuse_demo()
    real = Releases(it.world.store, it.world.time)
    real.key_sets = releases.key_sets

    with pytest.raises(RuntimeError, match="a demo's"):
        real.refuse_demo()
