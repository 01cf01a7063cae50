# Who must have signed a release before a unit believes a word of it: enough of the keys of the set that it names, which
# the unit trusts or comes to trust, one set after the other. Signatures are stood in for by something quick that is as
# picky about every bit: that real ones are, release_signatures.py shows.
import hashlib

import ed25519
import landing
import manifest
import proving
import signatures
import update_words
from no import No

ONLY_ON_UNIT = True  # it waits as MicroPython does

FILES = [("main.mpy", 300, bytes(32)), ("unit.mpy", 400, bytes(range(32)))]
real = ed25519.verifying
reckoned = [0]  # signatures


def _sign(key, message):
    return hashlib.sha256(b"R" + key + message).digest() + hashlib.sha256(b"S" + key + message).digest()


def _verifying(key, message, signature):
    reckoned[0] += 1
    yield None
    yield signature == _sign(key, message)


def _key(name):
    return hashlib.sha256(name.encode()).digest()


def _body(key_set=1, counter=7):
    head = (manifest.APPLICATION, counter, (1, 2, 3), 1, key_set, 1, (6, 3), (1, 23), (1, 29), 500, bytes(32))
    return manifest.packed_release(*(head + ("iomando-unit", ["ESP32"], FILES, "new")))


def _signed(words, body, *by):
    # by: (place, name of the key)
    message = signatures.message(words, body)
    return signatures.packed_signatures([(place, _sign(_key(name), message)) for place, name in by])


def _release(*by, key_set=1):
    body = _body(key_set)
    return _signed(signatures.RELEASE_WORDS, body, *by) + body


def _set(number, threshold, names, by_old=(), by_new=(), flags=0):
    body = signatures.packed_keys(number, flags, threshold, [_key(name) for name in names])
    return _signed(signatures.KEYS_WORDS, body, *by_old) + _signed(signatures.KEYS_WORDS, body, *by_new) + body


class Store:
    def __init__(self, keys):
        self.keys = keys
        self.kept = []

    def read(self, name):
        assert name == landing.KEYS
        return self.keys

    def keep_keys(self, signed):
        self.keys = signed
        self.kept.append(signatures.read_keys_of(signed).number)


async def _verdict(signed, store, has=None):
    # "taken", or why not; has: key sets of the cloud by number.
    async def next_keys(number):
        if number not in (has or {}):
            raise No(update_words.GONE)
        return has[number]

    ed25519.verifying = _verifying
    try:
        await proving.prove(signed, store, next_keys)
    except No as no:
        return no.args[0]
    except ValueError:
        return update_words.MALFORMED
    finally:
        ed25519.verifying = real
    return "taken"


ONE = ("anna",)
THREE = ("anna", "ben", "carla")


def _one():
    return Store(_set(1, 1, ONE, (), ((0, "anna"),)))


def _two_of_three():
    return Store(_set(1, 2, THREE, (), ((0, "anna"), (1, "ben"))))


async def test_of_a_signed_release_every_bit_counts():
    signed = _release((0, "anna"), (2, "carla"))
    store = _two_of_three()
    assert await _verdict(signed, store) == "taken"
    for bit in range(len(signed) * 8):
        flipped = bytearray(signed)
        flipped[bit // 8] ^= 1 << bit % 8
        assert await _verdict(bytes(flipped), store) != "taken", bit
    assert store.kept == []


async def test_every_truncation_of_it_and_whatever_is_behind_it_is_refused():
    signed = _release((0, "anna"))
    store = _one()
    for count in range(len(signed)):
        assert await _verdict(signed[:count], store) != "taken", count
    for count in range(1, 65):
        assert await _verdict(signed + bytes(count), store) != "taken", count
        assert await _verdict(signed + signed[:count], store) != "taken", count
        assert await _verdict(bytes(count) + signed, store) != "taken", count


async def test_as_many_as_are_needed_each_once_and_each_good():
    body = _body()
    message = signatures.message(signatures.RELEASE_WORDS, body)
    anna, ben, mallory = (0, _sign(_key("anna"), message)), (1, _sign(_key("ben"), message)), (2, bytes(64))

    async def verdict(*found):
        return await _verdict(signatures.packed_signatures(list(found)) + body, _two_of_three())

    assert await verdict(anna, ben) == "taken"
    assert await verdict() == update_words.SIGNATURE
    assert await verdict(anna) == update_words.SIGNATURE
    assert await verdict(anna, anna) == update_words.MALFORMED
    assert await verdict(ben, anna) == update_words.MALFORMED
    assert await verdict(anna, (1, anna[1])) == update_words.SIGNATURE  # one key under two places
    assert await verdict(anna, (3, ben[1])) == update_words.SIGNATURE
    assert await verdict(anna, ben, mallory) == update_words.SIGNATURE  # there is no reason for it to be there
    assert await verdict(anna, ben, (2, _sign(_key("carla"), message))) == "taken"


async def test_what_was_signed_for_one_purpose_is_good_for_no_other():
    body = _body()
    for words in (signatures.KEYS_WORDS, b"", b"iomando releasf"):
        assert await _verdict(_signed(words, body, (0, "anna")) + body, _one()) == update_words.SIGNATURE
    # and of another release
    other = _signed(signatures.RELEASE_WORDS, _body(counter=8), (0, "anna"))
    assert await _verdict(other + body, _one()) == update_words.SIGNATURE


async def test_without_enough_signatures_nothing_is_reckoned():
    # The unit's time is not for whoever can send it bytes.
    reckoned[0] = 0
    assert await _verdict(_release((0, "anna")), _two_of_three()) == update_words.SIGNATURE
    assert await _verdict(b"\xff" * 500, _one()) == update_words.MALFORMED
    assert reckoned[0] == 0


async def test_a_unit_asleep_across_two_rotations_follows_them_and_keeps_each():
    second = _set(2, 2, ("ben", "dora"), ((0, "anna"),), ((0, "ben"), (1, "dora")))
    third = _set(3, 1, ("eva",), ((0, "ben"), (1, "dora")), ((0, "eva"),))
    store = _one()
    assert await _verdict(_release((0, "eva"), key_set=3), store, {2: second, 3: third}) == "taken"
    assert store.kept == [2, 3] and store.keys == third

    # from then on what the old keys signed is nothing, whatever set it names
    for key_set in (1, 2):
        assert await _verdict(_release((0, "anna"), (1, "dora"), key_set=key_set), store) == update_words.SIGNATURE
    assert await _verdict(_release((0, "anna"), key_set=3), store) == update_words.SIGNATURE
    # nor what names an old set, by a key that is good still
    for key_set in (1, 2):
        assert await _verdict(_release((0, "eva"), key_set=key_set), store) == update_words.SIGNATURE
    assert store.kept == [2, 3]

    # a hole in the chain
    store = _one()
    assert await _verdict(_release((0, "eva"), key_set=3), store, {3: third}) == update_words.GONE
    assert store.kept == []


async def test_no_set_is_followed_that_the_old_keys_and_its_own_have_not_signed():
    release = _release((0, "dora"), key_set=2)
    old = ((0, "anna"), (1, "ben"))
    own = ((0, "dora"),)
    good = _set(2, 1, ("dora",), old, own)
    hostile = {
        "one of the two old": _set(2, 1, ("dora",), old[:1], own),
        "none of the old": _set(2, 1, ("dora",), (), own),
        "none of its own": _set(2, 1, ("dora",), old, ()),
        "its own in place of the old": _set(2, 1, ("dora",), ((0, "dora"), (1, "dora")), own),
        "the old in place of its own": _set(2, 1, ("dora",), old, ((0, "anna"),)),
        "more of its own are needed": _set(2, 2, ("dora", "eva"), old, own),
        "another number": _set(3, 1, ("dora",), old, own),
        "the number before": _set(1, 1, ("dora",), old, own),
        "for a demo": _set(2, 1, ("dora",), old, own, signatures.DEMO),
        "a release in its place": _release((0, "anna"), (1, "ben")),
        "something behind it": good + b"\x00",
        "cut": good[:-1],
        "nothing": b"",
    }
    for name, signed in hostile.items():
        store = _two_of_three()
        assert await _verdict(release, store, {2: signed}) != "taken", name
        assert store.kept == [], name
    store = _two_of_three()
    assert await _verdict(release, store, {2: good}) == "taken"
    for bit in range(len(good) * 8):
        flipped = bytearray(good)
        flipped[bit // 8] ^= 1 << bit % 8
        store = _two_of_three()
        assert await _verdict(release, store, {2: bytes(flipped)}) != "taken", bit
        assert store.kept == []


async def test_a_demo_set_may_be_followed_by_a_real_one_and_by_a_demo_one():
    demo = _set(1, 1, ONE, (), ((0, "anna"),), signatures.DEMO)
    for flags in (0, signatures.DEMO):
        store = Store(demo)
        following = _set(2, 1, ("ben",), ((0, "anna"),), ((0, "ben"),), flags)
        assert await _verdict(_release((0, "ben"), key_set=2), store, {2: following}) == "taken"


async def test_a_release_of_a_far_set_is_asked_for_one_by_one_and_given_up_at_the_first_that_is_wrong():
    second = _set(2, 1, ("ben",), ((0, "anna"),), ((0, "ben"),))
    store = _one()
    assert await _verdict(_release((0, "anna"), key_set=65535), store, {2: second}) == update_words.GONE
    assert store.kept == [2]  # it was good


async def test_a_unit_without_keys_takes_nothing():
    assert await _verdict(_release((0, "anna")), Store(b"")) == update_words.MALFORMED
    assert await _verdict(_release(), Store(b"")) == update_words.MALFORMED
