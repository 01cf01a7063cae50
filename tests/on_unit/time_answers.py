# Answers of time servers: only a sound one to our own question sets the clock.
import sntp

NONCE = b"question"
NOW = 1795000000  # in 2026


def answer(unix=NOW, first=0x24, stratum=2, nonce=NONCE, size=48):
    seconds = (unix + sntp.TO_1970) % sntp.ERA
    return (bytes([first, stratum]) + bytes(22) + nonce + bytes(8) + seconds.to_bytes(4, "big") + bytes(4))[:size]


def test_a_question_is_48_bytes_from_a_client_of_version_4():
    asked = sntp.question(NONCE)
    assert len(asked) == 48 and asked[0] == 0x23 and asked[40:] == NONCE


def test_a_sound_answer_is_read():
    assert sntp.reading(answer(), NONCE) == NOW


def test_the_era_after_2036_is_read():
    assert sntp.reading(answer(unix=2200000000), NONCE) == 2200000000


def test_an_answer_to_another_question_is_not_taken():
    assert sntp.reading(answer(nonce=b"Question"), NONCE) is None
    assert sntp.reading(answer(nonce=bytes(8)), NONCE) is None


def test_a_server_that_has_no_time_itself_is_not_taken():
    assert sntp.reading(answer(first=0xE4), NONCE) is None
    assert sntp.reading(answer(stratum=0), NONCE) is None
    assert sntp.reading(answer(stratum=16), NONCE) is None


def test_what_is_no_answer_is_not_taken():
    assert sntp.reading(answer(first=0x23), NONCE) is None
    assert sntp.reading(answer(size=47), NONCE) is None
    assert sntp.reading(b"", NONCE) is None


def test_a_time_before_this_firmware_was_made_is_not_taken():
    assert sntp.reading(answer(unix=sntp.BUILT - 1), NONCE) is None
    assert sntp.reading(answer(unix=sntp.BUILT), NONCE) == sntp.BUILT
    assert not sntp.plausible(946684800)
