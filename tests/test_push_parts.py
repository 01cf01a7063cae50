"""The parts of web push: the key it signs with, the line that waits, and the words on a lock screen."""

import asyncio
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from cloud import push_rules, push_texts, vapid
from cloud.calendars import zone
from cloud.hours import DAY_MS
from cloud.messages import AlarmView
from cloud.notify_texts import LANGUAGES
from cloud.push_line import Line
from cloud.push_post import subject
from tests.given import ASKED

LOCK_SCREEN_CHARS = 110  # of a text: what phones show without opening it
TITLE_CHARS = 52


# -- the key


def test_the_key_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "vapid.pem"
    first = vapid.kept(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert vapid.kept(path).public == first.public
    assert len(first.public) == 87
    assert [each.name for each in tmp_path.iterdir()] == ["vapid.pem"]


def test_a_key_that_others_could_read_is_put_right_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "vapid.pem"
    before = vapid.kept(path)
    path.chmod(0o644)

    assert vapid.kept(path).public == before.public
    assert path.stat().st_mode & 0o777 == 0o600
    assert "others could read" in caplog.text
    assert "PRIVATE" not in caplog.text


def test_what_is_no_key_of_ours_is_not_started_with_and_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "vapid.pem"
    how = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    others = ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP384R1())
    for wrong in (b"", b"nonsense", *(key.private_bytes(*how) for key in others)):
        path.write_bytes(wrong)
        with pytest.raises(vapid.BadKey):
            vapid.kept(path)
        assert path.read_bytes() == wrong


def test_a_service_may_turn_to_the_address_of_the_app() -> None:
    assert subject("https://doors.example:8443/") == "https://doors.example"
    assert subject("http://127.0.0.1:8080").startswith("mailto:")


# -- what waits


async def test_the_urgent_go_first_and_a_newer_one_takes_the_place_of_an_older() -> None:
    line: Line[str] = Line(2)

    assert line.put("a", "old a", urgent=False) is None
    assert line.put("b", "b", urgent=False) is None
    assert line.put("a", "new a", urgent=False) == "old a"
    assert line.put("c", "too much", urgent=False) == "too much"
    assert line.put("d", "d", urgent=True) is None, "the others are not in its way"

    assert [await line.get() for _ in range(len(line))] == ["d", "b", "new a"]
    waiting = asyncio.create_task(line.get())
    await asyncio.sleep(0)
    line.put("e", "e", urgent=False)
    assert await waiting == "e"


# -- what an answer means


def test_what_an_answer_of_a_push_service_means() -> None:
    expected = {
        201: "sent",
        200: "sent",
        202: "sent",
        404: "gone",
        410: "gone",
        429: "again",
        500: "again",
        503: "again",
    }
    expected |= dict.fromkeys((301, 302, 307, 308, 400, 401, 403, 413), "never")

    assert {status: push_rules.then(status) for status in expected} == expected
    assert push_rules.then(None) == "again"
    assert [push_rules.wait_s(tries, None) for tries in (1, 2, 3)] == [30, 300, None]
    assert push_rules.wait_s(1, 120) == 120
    assert push_rules.wait_s(1, 10**6) is None, "whoever wants to be left alone for days is"


# -- words


def test_every_text_stands_in_every_language_and_fits_a_lock_screen() -> None:
    texts = push_texts.TEXTS
    assert {tuple(of) for of in texts.values()} == {LANGUAGES}
    for what in texts:
        for language in LANGUAGES:
            title, text = push_texts.told(language, what, "10:32")
            again = push_texts.told(language, what, "10:32", again=True)[1]
            assert len(title) <= TITLE_CHARS, (language, title)
            assert len(again) <= LOCK_SCREEN_CHARS + 40, (language, again)
            assert len(text) <= LOCK_SCREEN_CHARS, (language, text)
            assert not re.search(r"[{}!]|error|unit\b", title + text + again, re.IGNORECASE)
            assert len(again) > len(text)
    assert push_texts.told("fr", "given", "")[0] == texts["given"]["en"][0]
    assert push_texts.told("en", "alarm.of-tomorrow", "10:32") == (
        "Something needs a look",
        "Since 10:32. The app says what.",
    )


def test_every_kind_of_alarm_has_its_words() -> None:
    kinds = set(re.findall(r"`([a-z_]+)`", (AlarmView.__doc__ or "").split(";")[0])) - {"kind"}

    assert kinds
    assert {f"alarm.{kind}" for kind in kinds} <= push_texts.TEXTS.keys()


def test_the_time_is_the_places_and_of_another_day_says_so() -> None:
    madrid = zone("Europe/Madrid")

    assert push_texts.clock("en", madrid, ASKED, ASKED + 60_000) == "16:13"
    assert push_texts.clock("en", madrid, ASKED, ASKED + 2 * DAY_MS) == "16:13 (2 d ago)"
    assert push_texts.clock("es", madrid, ASKED, ASKED + DAY_MS) == "16:13 (hace 1 d)"
    assert push_texts.clock("ca", zone("Asia/Tokyo"), ASKED, ASKED) == "23:13"
