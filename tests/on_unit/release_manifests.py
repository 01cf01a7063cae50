# Manifests and key sets as somebody writes them who wants the unit to write where it should not, to loop, to take too
# much memory, or to read two things out of the same bytes. Each is refused with a ValueError and with nothing else.
import struct

import manifest
import signatures

SHA = bytes(range(32))
MANY = [("f%02d.mpy" % i, 100) for i in range(manifest.MAX_FILES)]
LOOKS_LIKE = (b"m\xc3\xa0in.mpy", b"\xd0\xbcain.mpy", b"main\xe2\x80\xae.mpy", b"m\xef\xbc\x81.mpy")  # à, Cyrillic м


def _text(raw):
    return bytes([len(raw)]) + raw


def _body(**changes):
    # As packed_release() lays it out, without any of its checks. raw_files: what stands in place of the files.
    it = {
        "format": 1,
        "kind": 1,
        "counter": 7,
        "version": (1, 2, 3),
        "replaces": 1,
        "key_set": 1,
        "wire": 1,
        "mpy": (6, 3),
        "least": (1, 23),
        "most": (1, 29),
        "unpacked": None,
        "packed": 500,
        "product": b"iomando-unit",
        "boards": (b"ESP32",),
        "board_count": None,
        "files": [("main.mpy", 300), ("unit.mpy", 400)],
        "file_count": None,
        "raw_files": None,
        "notes": b"What is new",
        "notes_size": None,
        "behind": b"",
    }
    assert all(name in it for name in changes)
    it.update(changes)
    unpacked = sum(size for _, size in it["files"]) & 0xFFFFFFFF if it["unpacked"] is None else it["unpacked"]
    head = [it["format"], it["kind"], it["counter"]] + list(it["version"]) + [it["replaces"], it["key_set"], it["wire"]]
    head += list(it["mpy"]) + list(it["least"]) + list(it["most"]) + [unpacked, it["packed"], SHA]
    body = struct.pack(manifest.HEAD, *head) + _text(it["product"])
    count = len(it["boards"]) if it["board_count"] is None else it["board_count"]
    body += bytes([count]) + b"".join([_text(board) for board in it["boards"]])
    if it["raw_files"] is None:
        body += bytes([len(it["files"]) if it["file_count"] is None else it["file_count"]])
        for name, size in it["files"]:
            body += _text(name if isinstance(name, bytes) else name.encode()) + struct.pack(">I", size) + SHA
    else:
        body += it["raw_files"]
    size = len(it["notes"]) if it["notes_size"] is None else it["notes_size"]
    return body + struct.pack(">H", size) + it["notes"] + it["behind"]


def _named(name):
    return {"files": [(name, 300)]}


def _of(size):
    return {"files": [("main.mpy", size)]}


HOSTILE = (
    # -- names that lead somewhere else, or look like another
    [_named(name) for name in LOOKS_LIKE]
    + [_named(name) for name in ("../boot.mpy", "/boot.mpy", "a/main.mpy", "..mpy/x.mpy", "./main.mpy", "..\\x.mpy")]
    + [_named(name) for name in ("boot.py", "main.py", "unit.json", "active", "files", "release.keys", "floor.0")]
    + [_named(name) for name in (".mpy", "", "main", "main.mpy.mpy.py", "main.MPY", "Main.mpy", "main.mpy ")]
    + [_named(name) for name in (b"main\x00.mpy", b"\x00", b"main.mpy\n", b"ma in.mpy", b"main.mpy\xff", b"\x80.mpy")]
    + [_named("a" * 37 + ".mpy"), _named("%s.mpy"), _named("a:b.mpy"), _named("~.mpy"), _named("a-b.mpy")]
    # -- files that are there twice, too often, in another order, not at all
    + [
        {"files": [("main.mpy", 1), ("main.mpy", 1)]},
        {"files": [("unit.mpy", 1), ("main.mpy", 1)]},
        {"files": [("a.mpy", 1), ("c.mpy", 1), ("b.mpy", 1)]},
        {"files": []},
        {"files": MANY + [("z.mpy", 1)]},
        {"files": MANY, "file_count": 95},
        {"file_count": 0},
        {"file_count": 1},
        {"file_count": 3},
        {"file_count": 255},
        {"raw_files": b""},
        {"raw_files": b"\x01"},
        {"raw_files": b"\x01\x08main.mpy"},
        {"raw_files": b"\x01\xff" + b"a" * 40},
    ]
    # -- sizes that lie
    + [
        {"unpacked": 699},
        {"unpacked": 701},
        {"unpacked": 0},
        {"unpacked": 0xFFFFFFFF},
        _of(0),
        _of(manifest.MAX_UNPACKED + 1),
        _of(0xFFFFFFFF),
        _of(0x80000000),
        {"files": [("a.mpy", 0xFFFFFFFF), ("b.mpy", 0x2BD)]},  # 700 when they are added in 32 bits
        {"files": [("a.mpy", manifest.MAX_UNPACKED), ("b.mpy", 1)]},
        {"packed": 0},
        {"packed": manifest.MAX_UNPACKED + 1},
        {"packed": 0xFFFFFFFF},
        {"notes_size": 10},
        {"notes_size": 12},
        {"notes_size": 0xFFFF},
        {"notes_size": 0},
        {"notes": b"n" * 1001},
        {"notes": b"\xff\xfe"},
        {"notes": b"\xc3"},
    ]
    # -- something behind it, another format, another kind
    + [
        {"behind": b"\x00"},
        {"behind": bytes(64)},
        {"behind": bytes(manifest.MAX_BYTES)},
        {"format": 0},
        {"format": 2},
        {"format": 0xFF},
        {"kind": 0},
        {"kind": 3},
        {"kind": 0xFF},
        {"kind": manifest.IMAGE},
        {"kind": manifest.IMAGE, "files": [("micropython.bin", 9), ("micropython.bin", 9)]},
        {"kind": manifest.IMAGE, "files": [("micropython.bin", manifest.MAX_IMAGE + 1)]},
        {"files": [("micropython.bin", 300)]},
    ]
    # -- numbers that cannot be
    + [
        {"counter": 0, "replaces": 0},
        {"counter": 0xFFFFFFFF},
        {"replaces": 7},
        {"replaces": 8},
        {"replaces": 0xFFFFFFFF},
        {"key_set": 0},
    ]
    # -- texts
    + [
        {"product": b""},
        {"product": b"p" * 41},
        {"product": b"iomando unit"},
        {"product": b"iomando-unit\x00"},
        {"product": b"iomand\xd0\xbe-unit"},
        {"boards": (b"",)},
        {"boards": (b"ESP 32",)},
        {"boards": (b"b" * 41,)},
        {"boards": (b"\xce\x95SP32",)},
        {"boards": (b"b",) * 17},
        {"board_count": 0},
        {"board_count": 2},
        {"board_count": 255},
    ]
)


def _refused(body):
    try:
        manifest.read_release(body)
    except ValueError:
        return True
    return False


def test_what_the_hostile_ones_are_made_of_is_itself_good():
    release = manifest.read_release(_body())
    assert (release.counter, release.version, release.product, release.boards) == (
        7,
        (1, 2, 3),
        "iomando-unit",
        ["ESP32"],
    )
    assert list(release.files()) == [("main.mpy", 300, SHA), ("unit.mpy", 400, SHA)]
    assert (release.notes, release.unpacked, release.packed, release.blocks) == ("What is new", 700, 500, 3)
    assert len(manifest.read_release(_body(files=MANY, boards=(b"b" * 40,) * 16, notes=b"n" * 1000)).boards) == 16
    assert manifest.read_release(_body(kind=manifest.IMAGE, files=[("micropython.bin", 9)])).kind == manifest.IMAGE
    assert manifest.read_release(_body(files=[("main.mpy", 9), ("other.mpy", 0)])).unpacked == 9


def test_every_hostile_manifest_is_refused():
    assert len(HOSTILE) >= 60
    for changes in HOSTILE:
        assert _refused(_body(**changes)), changes


def test_every_manifest_that_is_cut_or_has_something_behind_it_is_refused():
    body = _body()
    for count in range(len(body)):
        assert _refused(body[:count]), count
        assert manifest.key_set_of(body[:count]) == (1 if count >= manifest.HEAD_BYTES else 0)
    for count in range(1, 65):
        assert _refused(body + bytes(count)) and _refused(body + b"\xff" * count)


def test_a_manifest_can_be_read_where_it_lies():
    # The unit reads it inside a longer buffer, without a copy.
    body = _body()
    release = manifest.read_release(memoryview(b"before" + body)[6:])
    assert list(release.files()) == list(manifest.read_release(body).files())
    assert _refused(memoryview(body)[:-1])


def test_what_is_made_is_what_is_read_and_no_more_can_be_made():
    release = manifest.read_release(_body())
    fields = [release.kind, release.counter, release.version, release.replaces, release.key_set, release.wire]
    fields += [release.mpy, release.least, release.most, release.packed, SHA, release.product, release.boards]
    files = list(release.files())
    assert manifest.packed_release(*(fields + [files, release.notes])) == _body()
    for bad in ([("../x.mpy", 1, SHA)], files[::-1], [], files * 2):
        try:
            manifest.packed_release(*(fields + [bad, ""]))
        except ValueError:
            continue
        raise AssertionError(bad)


KEYS = [bytes([i]) * 32 for i in range(1, 7)]
HOSTILE_KEYS = (
    b"",
    b"\x01",
    bytes(7),
    (0, 1, 0, 1, 1, KEYS[:1]),  # format
    (2, 1, 0, 1, 1, KEYS[:1]),
    (1, 0, 0, 1, 1, KEYS[:1]),  # number
    (1, 1, 2, 1, 1, KEYS[:1]),  # flags
    (1, 1, 0xFF, 1, 1, KEYS[:1]),
    (1, 1, 0, 0, 1, KEYS[:1]),  # threshold
    (1, 1, 0, 2, 1, KEYS[:1]),
    (1, 1, 0, 0xFF, 1, KEYS[:1]),
    (1, 1, 0, 0, 0, []),  # count
    (1, 1, 0, 1, 0, []),
    (1, 1, 0, 1, 2, KEYS[:1]),
    (1, 1, 0, 1, 1, KEYS[:2]),
    (1, 1, 0, 1, 0xFF, KEYS[:1]),
    (1, 1, 0, 6, 6, KEYS),
    (1, 1, 0, 2, 2, [KEYS[0], KEYS[0]]),  # one key that counts twice
    (1, 1, 0, 1, 3, [KEYS[0], KEYS[1], KEYS[0]]),
)


def test_every_hostile_key_set_is_refused():
    for it in HOSTILE_KEYS:
        bad = struct.pack(signatures.KEYS_HEAD, *it[:5]) + b"".join(it[5]) if isinstance(it, tuple) else it
        try:
            signatures.read_keys(bad)
        except ValueError:
            continue
        raise AssertionError(bad)
    body = signatures.packed_keys(3, 1, 2, KEYS[:3])
    found = signatures.read_keys(body)
    assert (found.number, found.demo, found.threshold, found.keys) == (3, True, 2, KEYS[:3])
    for count in range(len(body)):
        try:
            signatures.read_keys(body[:count])
        except ValueError:
            continue
        raise AssertionError(count)


def test_signatures_that_do_not_fit_are_refused_and_rise_in_their_places():
    good = signatures.packed_signatures([(0, bytes(64)), (2, b"\x01" * 64)])
    assert signatures.read_signatures(good + b"rest") == ([(0, bytes(64)), (2, b"\x01" * 64)], len(good))
    one, two = b"\x00" + bytes(64), b"\x01" + bytes(64)
    hostile = [good[:count] for count in range(len(good))]
    hostile += [b"\x06" + b"".join([bytes([i]) + bytes(64) for i in range(6)]), b"\xff" + bytes(20000)]
    hostile += [b"\x02" + one + one, b"\x02" + two + one, b"\x03" + one + two + two]
    for bad in hostile:
        try:
            signatures.read_signatures(bad)
        except ValueError:
            continue
        raise AssertionError(bad)


def test_one_key_is_counted_once_and_a_key_that_is_not_in_the_set_not_at_all():
    keys = signatures.KeySet(1, 0, 2, KEYS[:3])
    sign = bytes(64)
    assert len(signatures.wanted_checks([(0, sign), (2, sign)], keys)) == 2
    assert (
        len(signatures.wanted_checks([(0, sign), (1, sign), (2, sign)], keys)) == 3
    )  # each that is there has to be good
    for bad in ([], [(0, sign)], [(0, sign), (3, sign)], [(0, sign), (1, sign), (255, sign)]):
        try:
            signatures.wanted_checks(bad, keys)
        except ValueError:
            continue
        raise AssertionError(bad)
