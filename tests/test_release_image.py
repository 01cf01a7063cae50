"""MicroPython itself as a release: what tools/release.py makes of an `.app-bin`, what it refuses, what a unit does with
it, that the service takes one of the largest size, and that its roll-out ends.
"""

import hashlib
import random
import struct
from functools import reduce
from operator import xor
from pathlib import Path

import pytest

from cloud import api, release_rules
from cloud import rollout as rules
from cloud.release_store import Health
from firmware import manifest, update_words, wire
from tests.api_side import ApiSide
from tests.given import ADM
from tests.release_desk import Desk
from tests.release_side import Keys, Release
from tests.rollout_side import OLD, desk, plan
from tools import keys, release_files, release_proof

VERSION = b"3.4.0; MicroPython v1.28.0 on 2026-04-06\0"


def app_bin(size: int = 9000, says: bytes = VERSION, *, hashed: bool = True) -> bytes:
    """As ESP-IDF lays it out: two segments, a checksum, a SHA-256."""
    parts = [says.ljust(64, b"\0"), random.Random(size).randbytes(size - 24 - 16 - 64 - 16 - 32)]
    data = struct.pack("<BBBBIB3sHBHH4sB", 0xE9, len(parts), 2, 0x20, 0x40081234, 0xEE, b"", 0, 0, 0, 399, b"", hashed)
    for part in parts:
        data += struct.pack("<II", 0x3F400020, len(part)) + part
    data += bytes(15 - len(data) % 16) + bytes([reduce(xor, b"".join(parts), 0xEF)])
    return data + hashlib.sha256(data).digest() * hashed


GOOD = app_bin()
IMAGE = ("image", "m.app-bin", "--version", "1.1.0", "--board", "ESP32")
FOLDER = "releases/2-1.1.0"


@pytest.fixture
def maker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    made = Desk(tmp_path)
    made.key_set(1, ["anna"])
    Path("m.app-bin").write_bytes(GOOD)
    return made


def test_an_image_is_made_signed_and_taken_by_a_unit_as_far_as_the_bootloader(maker: Desk) -> None:
    big = app_bin(1_500_000)  # more than the heap of the unit that takes it
    Path("m.app-bin").write_bytes(big)
    maker.do(*IMAGE, "--board", "T-A7670", "--least", "1.27")
    sha = hashlib.sha256(big).hexdigest()
    assert "signed by 0 of the 1" in maker.refused("verify", FOLDER)
    said = maker.do("sign", FOLDER, "anna.key")
    assert "Built elsewhere: compare this SHA-256 with the one of its maker." in said and sha in said
    assert "MicroPython 1.28 for ESP32 " in said and "right" in said
    assert "taken by the unit's own files on MicroPython, as far as naming it" in maker.do("verify", FOLDER)

    it = release_files.read(Path(FOLDER))
    made = it.manifest
    assert (made.kind, made.counter, made.version, made.boards) == (manifest.IMAGE, 2, (1, 1, 0), ["ESP32", "T-A7670"])
    assert (made.mpy, made.least, made.most, made.wire) == ((6, 3), (1, 27), (1, 28), wire.VERSION)
    assert sorted(path.name for path in Path(FOLDER).iterdir()) == ["bundle", "manifest"]
    assert it.bundle == big
    known = keys.Sets(Path("release-keys"))
    assert release_proof.taken(it, known, 1) == {"micropython.bin": big}
    found = release_rules.check_release(it.signed, it.bundle, known.read(1).packed(), 1)
    assert (found.counter, found.kind) == (2, manifest.IMAGE)


def test_the_series_of_applications_goes_on_and_what_has_sources_only_is_refused(maker: Desk) -> None:
    maker.build("1.0.5", "--counter", "7")
    assert "counter 7 is not above 7" in maker.refused(*IMAGE, "--counter", "7")
    assert "1.0.5 is not above 1.0.5" in maker.refused("image", "m.app-bin", "--version", "1.0.5", "--board", "ESP32")
    maker.do(*IMAGE)
    made = "releases/8-1.1.0"
    assert "makes it a newer release" in maker.refused("reissue", made, "--version", "1.2.0")
    assert "nothing here to hold against" in maker.refused("sign", made, "anna.key", "--sources", "small")
    maker.do("image", f"{made}/bundle", "--version", "1.2.0", "--board", "ESP32")
    assert maker.build("1.3.0") == "releases/10-1.3.0"

    Path(made, "sources").mkdir()
    Path(made, "sources", "main.py").write_text("print('harmless')\n")
    assert "an image has no sources here" in maker.refused("sign", made, "anna.key")


TURNED = bytearray(GOOD)
TURNED[5000] ^= 1
RESUMMED = bytearray(GOOD)
RESUMMED[5000] ^= 1
RESUMMED[-33] ^= 1  # the checksum, too: only the hash tells
PLAIN = app_bin(hashed=False)


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (b"", "no image of an ESP32"),
        (b"\x7f" + GOOD[1:], "no image of an ESP32"),
        (GOOD[:1] + b"\x00" + GOOD[2:], "so many segments"),
        (GOOD[:20], "cut short"),
        (GOOD[:5000], "cut short"),
        (GOOD[:-32], "does not have the SHA-256"),
        (GOOD[:-1], "does not have the SHA-256"),
        (bytes(TURNED), "its checksum is another one"),
        (bytes(RESUMMED), "does not have the SHA-256"),
        (PLAIN[:-1], "cut short"),
        (GOOD.ljust(0x7000, b"\xff") + GOOD, "the .bin is for a whole chip"),
        (app_bin(manifest.MAX_IMAGE + 16), "no partition has more than 1,769,472"),
        (app_bin(says=b"none"), "does not say which MicroPython"),
        (app_bin(says=VERSION.replace(b"1.28", b"1.22")), "it is MicroPython 1.22"),
        (app_bin(says=VERSION.replace(b"1.28", b"9.1")), "it is MicroPython 9.1"),
    ],
)
def test_what_a_bootloader_would_not_start_is_no_release(maker: Desk, image: bytes, why: str) -> None:
    Path("m.app-bin").write_bytes(image)
    assert why in maker.refused(*IMAGE)


def test_a_board_is_named_and_what_cannot_be_read_off_an_image_is_said(maker: Desk) -> None:
    assert "say with --board" in maker.refused(*IMAGE[:-2])
    Path("m.app-bin").write_bytes(app_bin(says=b"none", hashed=False))
    said = maker.do(*IMAGE, "--mpy", "6.4", "--most", "1.30")
    assert "MicroPython (it does not say which) for ESP32" in said
    maker.do("sign", FOLDER, "anna.key")
    assert "a unit refuses it: abi" in maker.refused("verify", FOLDER), "what is in its slots would not run"


def test_nobody_signs_another_image_than_the_one_of_the_manifest(maker: Desk) -> None:
    maker.do(*IMAGE)
    Path(FOLDER, "bundle").write_bytes(app_bin(says=VERSION + b"with a door at the back"))
    assert "not the one of the manifest" in maker.refused("sign", FOLDER, "anna.key")


def test_a_unit_that_does_not_get_through_with_an_image_is_told(
    maker: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same unit, whose bootloader takes nothing."""
    maker.do(*IMAGE)
    maker.do("sign", FOLDER, "anna.key")
    shims = tmp_path / "shims"
    shims.mkdir()
    text = (release_proof.SHIMS / "partition.py").read_text()
    (shims / "partition.py").write_text(text.replace("_MAGIC = 0xE9", "_MAGIC = 0xE8"))
    monkeypatch.setattr(release_proof, "SHIMS", shims)
    assert "a unit refuses it: content" in maker.refused("verify", FOLDER)


async def test_the_service_takes_the_largest_image_however_long_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import base64

    def text(data: bytes) -> str:
        return base64.b64encode(data).decode()

    made, image = Keys(), app_bin(manifest.MAX_IMAGE)
    release = Release(
        made, 3, {"micropython.bin": image}, bundle=image, kind=manifest.IMAGE, boards=["ESP32"], notes="é" * 500
    )
    monkeypatch.setattr(api, "BODY_S", 0)
    async with ApiSide(tmp_path) as side:
        side.wired.releases.key_sets[1] = made.signed
        body = {"manifest": text(release.signed), "bundle": text(image)}
        with pytest.warns(ResourceWarning, match="large body"):  # of the test's own client
            published = await side.call("mai", "POST", "releases", body)
        assert published.status == 201, published.body
        assert published.body["packed"] == manifest.MAX_IMAGE == 1_769_472
        assert await side.wired.releases.store.parts(3) == (release.signed, image)


def test_a_compressed_image_is_not_published_a_unit_writes_what_comes() -> None:
    made = Keys()
    release = Release(made, 2, {"micropython.bin": GOOD}, kind=manifest.IMAGE, boards=["ESP32"])
    with pytest.raises(release_rules.Refused, match="as it is"):
        release_rules.check_release(release.signed, release.bundle, made.signed, 1)


async def test_a_roll_out_of_an_image_ends_though_units_go_on_telling_their_application(tmp_path: Path) -> None:
    async with desk(tmp_path) as it:
        new = it.release.counter + 1
        it.release = Release(
            it.keys, new, {"micropython.bin": GOOD}, bundle=GOOD, kind=manifest.IMAGE, boards=["ESP32"]
        )
        await it.releases.publish(it.release.signed, it.release.bundle, ADM)
        await it.begins(plan(soak_s=5))
        await it.turns()
        assert it.row.state == rules.WRITTEN
        await it.restarts_into(OLD)
        it.say(update_words.TRIAL)
        await it.turns(seconds=2)
        assert it.row.state == rules.TRIAL
        it.say(update_words.CONFIRMED)
        await it.records(update_words.CONFIRMED, running=new)
        assert it.row.state == rules.SOAKING
        await it.restarts_into(OLD)  # once more: nothing but the application's number is in its HELLO
        (line,) = it.told("update")
        assert (line["release"], line["version"], line["away_s"]) == (new, f"1.0.{new}", 41)
        await it.world.opens("gate")
        it.world.take(it.world.unit.heartbeat(it.world.unit.seconds()))
        await it.turns(2, seconds=6)

        assert it.desk.current is None
        assert ((await it.on_disk()).state, it.told_here()[-1]) == (rules.GOOD, "rollout_done")
        assert [offer[0] for offer in it.offers] == [new], "offered once"
        assert (await it.releases.store.health())[new] == Health(1, 1, 1)

        it.obeys = False
        await it.begins(plan(soak_s=5))  # the unit itself says that it has it
        await it.turns()
        it.say(update_words.REFUSED, update_words.OLD)
        await it.turns(2)
        assert it.desk.current is None
        assert ((await it.on_disk()).state, it.told_here()[-1]) == (rules.OUT, "rollout_done")
        assert len(it.offers) == 2
