# Answers of name servers, honest ones and a forger's.
import names

ASKED = names.question(b"\x12\x34", "broker.example")


def answer(records, ident=b"\x12\x34", flags=b"\x81\x80", question=None, count=None):
    count = len(records) if count is None else count
    body = ASKED[12:] if question is None else question
    return ident + flags + b"\x00\x01" + bytes([0, count]) + bytes(4) + body + b"".join(records)


def record(kind, data, ttl=60, name=b"\xc0\x0c"):
    return name + bytes([0, kind, 0, 1]) + ttl.to_bytes(4, "big") + bytes([0, len(data)]) + data


A = record(1, b"\x0a\x01\x02\x03")


def refused(packet):
    try:
        names.answer(packet, ASKED)
    except names.NoAddress as error:
        return str(error)
    raise AssertionError("taken")


def test_the_question_is_that_of_a_resolver():
    assert ASKED == b"\x124\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x06broker\x07example\x00\x00\x01\x00\x01"


def test_the_address_and_how_long_it_holds():
    assert names.answer(answer([A]), ASKED) == ("10.1.2.3", 60)


def test_other_names_on_the_way_are_skipped():
    alias = record(5, b"\x01x\xc0\x13")
    spelled = record(1, b"\x0a\x01\x02\x03", name=b"\x01x\x07example\x00")
    assert names.answer(answer([alias, record(16, b"\x03abc"), spelled]), ASKED) == ("10.1.2.3", 60)


def test_a_very_long_life_is_cut():
    assert names.answer(answer([record(1, b"\x0a\x01\x02\x03", ttl=0x7FFFFFFF)]), ASKED) == ("10.1.2.3", 3600)


def test_an_answer_with_another_number_or_question_is_passed_over():
    assert names.answer(answer([A], ident=b"\x12\x35"), ASKED) is None
    assert names.answer(answer([A], question=ASKED[12:].replace(b"broker", b"brokes")), ASKED) is None
    assert names.answer(answer([A], flags=b"\x01\x80"), ASKED) is None
    assert names.answer(ASKED, ASKED) is None


def test_no_such_name_is_told_apart_from_a_refusal():
    assert refused(answer([], flags=b"\x81\x83")) == "no such name"
    assert "refuses" in refused(answer([], flags=b"\x81\x85"))
    assert refused(answer([])) == "no address of that name"


def test_a_damaged_answer_never_becomes_an_address():
    whole = answer([record(5, b"\x01x\xc0\x13"), A])
    for end in range(len(whole)):
        try:
            assert names.answer(whole[:end], ASKED) is None, end
        except names.NoAddress:
            raise AssertionError("believed at %d" % end)


def test_a_name_that_points_at_itself_ends():
    assert names.answer(answer([record(5, b"", name=b"\xc0\x27"), A]), ASKED) == ("10.1.2.3", 60)
    assert names.answer(answer([b"\x3f" + bytes(5)], count=9), ASKED) is None


def test_a_name_that_is_none_is_not_asked_for():
    for name in ("", "a..b", "a" * 64):
        try:
            names.question(b"\x00\x00", name)
        except names.NoAddress:
            continue
        raise AssertionError(name)
