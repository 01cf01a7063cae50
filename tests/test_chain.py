"""The chain finds whatever was changed, taken out, put in, moved or cut: each column, at each kind of position."""

import hashlib
import itertools
from collections.abc import Callable, Iterable

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cloud.chain import START, Draft, Entry, Head, Kept, Verdict, after, prepare, seal, verify

LENGTH = 10_000
POSITIONS = (1, 2, 1000, 4999, 5000, 9999, LENGTH)  # numbers of entries
KINDS = ("press", "answer", "movement", "change", "sign_in")


def drafts(count: int, place: str = "house") -> Iterable[Draft]:
    for n in range(1, count + 1):
        who = None if n % 3 == 0 else f"person{n % 7}"
        door = "" if n % 5 == 0 else f"door{n % 4}"
        yield Draft(place, 1000 * n, KINDS[n % 5], who, f"session{n}", "app", door, f"op{n}", {"n": n, "à": [None]})


def chained(some: Iterable[Draft], head: Head = START) -> list[Entry]:
    entries = []
    for draft in some:
        entries.append(seal(draft, head, draft.at + 5))
        head = after(entries[-1])
    return entries


LONG = tuple(chained(drafts(LENGTH)))
END = after(LONG[-1])
OTHER = {  # for each column, what else could stand there
    "place": ("other", "House", "house\0", "", "house1"),
    "n": (0, -1, 7, LENGTH + 7),
    "at": (0, -1, 1 << 62),
    "stored": (0, -1, 1 << 62),
    "kind": ("presses", "Press", "press ", ""),
    "who": (None, "", "person", "person9", "рerson1"),
    "session": (None, "", "session"),
    "way": (None, "", "guest", "app\0"),
    "door": (None, "", "door", "door9"),
    "operation": (None, "", "op"),
    "detail": ("{}", "", '{"n": 1}', "null"),
    "hash": (bytes(32), b"", bytes(31), bytes(33)),
}


def changed(at: int, /, **values: object) -> list[Entry]:
    entries = list(LONG)
    entries[at - 1] = msgspec.structs.replace(entries[at - 1], **values)
    return entries


def before(at: int) -> Head:
    return after(LONG[at - 2]) if at > 1 else START


def found(entries: Iterable[Entry]) -> Verdict:
    return verify(entries, head=END, place="house")


def test_what_was_written_is_whole() -> None:
    assert found(LONG) == Verdict(END)
    assert verify(iter(LONG)).whole
    assert verify([]) == Verdict(START)
    assert END.n == LENGTH


def test_the_table_of_edits_has_every_column() -> None:
    assert set(OTHER) == set(Entry.__struct_fields__)


@pytest.mark.parametrize("at", POSITIONS)
@pytest.mark.parametrize("column", OTHER)
def test_no_column_can_be_edited(column: str, at: int) -> None:
    was = getattr(LONG[at - 1], column)
    for value in OTHER[column]:
        if value != was:
            verdict = found(changed(at, **{column: value}))

            assert (verdict.bad, verdict.head) == (at, before(at))
            assert verdict.wrong


@given(st.integers(1, LENGTH), st.sampled_from(sorted(OTHER)), st.data())
def test_no_value_of_a_column_passes_for_another(at: int, column: str, data: st.DataObject) -> None:
    was = getattr(LONG[at - 1], column)
    anything = st.one_of(st.none(), st.text(), st.integers(), st.binary(), st.floats(), st.booleans())
    value = data.draw(anything.filter(lambda value: value != was))
    near = LONG[at - 1 :]
    edited = [msgspec.structs.replace(near[0], **{column: value}), *near[1:2]]

    assert verify(edited, before(at), place="house").bad == at


@pytest.mark.parametrize("at", POSITIONS)
def test_no_two_neighbouring_columns_can_share_their_letters_otherwise(at: int) -> None:
    texts = ("kind", "who", "session", "way", "door", "operation", "detail")
    entry = LONG[at - 1]
    for left, right in itertools.pairwise(texts):
        both = (getattr(entry, left) or "") + (getattr(entry, right) or "")
        for cut in range(len(both) + 1):
            moved = {left: both[:cut], right: both[cut:]}
            if moved != {left: getattr(entry, left), right: getattr(entry, right)}:
                assert verify([msgspec.structs.replace(entry, **moved)], before(at)).bad == at


@pytest.mark.parametrize("at", POSITIONS[:-1])
@pytest.mark.parametrize("count", [1, 2, 1000])
def test_nothing_can_be_taken_out(at: int, count: int) -> None:
    verdict = found(LONG[: at - 1] + LONG[at - 1 + count :])

    assert (verdict.bad, verdict.head.n) == (at, at - 1)
    assert verdict.wrong is not None and "missing" in verdict.wrong


@pytest.mark.parametrize("at", POSITIONS[:-1])
def test_a_gap_cannot_be_closed_by_counting_anew(at: int) -> None:
    moved = [msgspec.structs.replace(entry, n=entry.n - 1) for entry in LONG[at:]]

    assert found([*LONG[: at - 1], *moved]).bad == at


@pytest.mark.parametrize("at", POSITIONS)
def test_nothing_can_be_put_in(at: int) -> None:
    forged = seal(Draft("house", 5, "press", "eve"), before(at), 5)

    inserted = [*LONG[: at - 1], forged, *LONG[at - 1 :]]
    again = [*LONG[:at], LONG[at - 1], *LONG[at:]]
    renumbered = [*inserted[:at], *(msgspec.structs.replace(entry, n=entry.n + 1) for entry in LONG[at - 1 :])]

    assert found(inserted).bad == at + 1
    assert found(again).bad == at + 1
    assert found(renumbered).bad == at + 1


@pytest.mark.parametrize("at", POSITIONS[:-1])
@pytest.mark.parametrize("keeping_numbers", [False, True])
def test_no_two_can_be_swapped(at: int, keeping_numbers: bool) -> None:
    entries = list(LONG)
    entries[at - 1], entries[at] = entries[at], entries[at - 1]
    if keeping_numbers:
        entries[at - 1 : at + 1] = [
            msgspec.structs.replace(e, n=at + i) for i, e in enumerate(entries[at - 1 : at + 1])
        ]

    assert found(entries).bad == at


def test_what_is_wrong_is_said_in_words() -> None:
    twice = found([*LONG[:7], *LONG[6:]])
    gap = found(LONG[:7] + LONG[9:])

    assert (twice.bad, twice.wrong) == (8, "in its place stands entry 7, out of order")
    assert (gap.bad, gap.wrong) == (8, "it is missing (the next one is 10)")


def test_no_chain_passes_for_another_place_s_and_none_goes_on_in_another() -> None:
    crossing = [*LONG[:5], seal(Draft("street", 1, "press"), after(LONG[4]), 1)]

    assert verify(LONG, place="street").bad == 1
    assert verify(crossing).bad == verify(crossing, place="house").bad == 6


@pytest.mark.parametrize("left", [0, 1, 2, 5000, LENGTH - 1])
def test_the_end_cannot_be_cut_off_while_its_head_is_known(left: int) -> None:
    verdict = found(LONG[:left])

    assert (verdict.bad, verdict.head.n) == (left + 1, left)
    assert verify(LONG[:left]).whole  # without a head nobody can know


def test_nothing_can_be_added_behind_the_head() -> None:
    extra = chained(drafts(2), END)

    verdict = found([*LONG, *extra])

    assert verdict.bad == LENGTH + 1
    assert verdict.wrong is not None and "beyond the head" in verdict.wrong


@pytest.mark.parametrize("at", POSITIONS)
def test_rewriting_everything_since_an_entry_is_found_by_a_head_kept_from_there_on(at: int) -> None:
    forged = list(LONG[: at - 1]) + chained([Draft("house", 1, "press", "eve"), *list(drafts(LENGTH))[at:]], before(at))
    heads = [after(LONG[n - 1]) for n in (at, LENGTH)]
    earlier = [after(LONG[at - 2])] if at > 1 else []

    assert verify(forged, head=after(forged[-1])).whole  # in itself it is whole: this is what kept heads are for
    for kept in heads:
        verdict = verify(forged, kept=[Kept.read(str(kept))])
        assert not verdict.whole
        assert verdict.kept[0] is not None and "another hash" in verdict.kept[0]
    assert verify(forged, kept=[Kept.read(str(kept)) for kept in earlier]).whole


def test_a_kept_head_is_in_the_chain_or_it_says_why_not() -> None:
    kept = [Kept.read(text) for text in (str(after(LONG[4])), str(END), str(START), str(END)[: len("10000:") + 16])]
    cut = verify(LONG[:9000], kept=kept)

    assert verify(LONG, kept=kept).kept == (None, None, None, None)
    assert cut.kept[0] is None and cut.kept[1] == "the chain ends at 9000: it was cut before 10000"
    assert not cut.whole
    assert verify(changed(3, who="eve"), kept=kept).kept[0] == "the chain is broken before it"
    assert verify(LONG, kept=[Kept(5, "0" * 64)]).kept[0] is not None
    assert verify(LONG, kept=[Kept(0, "1" * 64)]).kept[0] is not None


def test_a_part_of_a_chain_is_verified_from_a_head_on() -> None:
    middle = after(LONG[4999])

    assert verify(LONG[5000:], middle, END).head == END
    assert verify(LONG[5001:], middle, END).bad == 5001
    assert verify(LONG[5000:], Head(5000, bytes(32)), END).bad == 5001


@pytest.mark.parametrize(
    "text",
    [
        *("", "5", ":", "5:", "5:abc", "5:" + "0" * 15, "5:" + "0" * 65, "5:" + "g" * 64, "5:" + "٠" * 20),
        *(f"{number}:{'0' * 64}" for number in ("x", "-1", "²", "5 ", "", "9" * 20)),
        *("5:" + "0" * 63 + "\n0", "5:" + "0" * 20 + " " + "0" * 20),
    ],
)
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no head"):
        Kept.read(text)


@given(st.integers(0, (1 << 63) - 1), st.binary(min_size=32, max_size=32), st.integers(16, 64))
def test_a_head_is_read_as_it_is_written(n: int, hash_: bytes, digits: int) -> None:
    text = str(Head(n, hash_))
    short = text[: len(f"{n}:") + digits]

    assert Kept.read(text) == Kept(n, hash_.hex())
    assert Kept.read(f" {short.upper()}\n") == Kept(n, hash_.hex()[:digits])


# -- what is hashed


def independently(e: Entry, previous: bytes) -> bytes:
    """docs/log.md, read by somebody else."""
    values = (e.n, e.stored, e.place, e.at, e.kind, e.who, e.session, e.way, e.door, e.operation, e.detail)
    text = b"13:iomando log 1,32:" + previous + b","
    for value in values:
        raw = str(value).encode()
        text += b"-" if value is None else str(len(raw)).encode() + b":" + raw + b","
    return hashlib.sha256(text).digest()


MAYBE = st.none() | st.text()
WHOLE = st.integers(-(1 << 63), (1 << 63) - 1)
DETAILS = st.dictionaries(st.text(), st.recursive(st.none() | st.text() | st.integers(-5, 5), st.lists))


@given(st.text(), WHOLE, st.text(), st.tuples(*[MAYBE] * 5), DETAILS, WHOLE, st.binary(min_size=32, max_size=32))
@example("", 0, "", (None, "", None, "", None), {}, 0, bytes(32))
def test_the_hash_is_what_the_page_says(place, at, kind, texts, detail, stored, previous) -> None:
    who, session, way, door, operation = texts
    entry = seal(Draft(place, at, kind, who, session, way, door, operation, detail), Head(41, previous), stored)

    assert entry.n == 42
    assert entry.hash == independently(entry, previous)
    assert msgspec.json.decode(entry.detail) == detail
    assert verify([entry], Head(41, previous)).whole


def test_the_vector_on_the_page() -> None:
    """Somebody else's program must come to the same hash; a change of this one is a new version of the chain."""
    entry = seal(
        Draft("p1", 1767225600000, "press", "ana", None, "app", "gate", "0a", {"b": "é", "a": 1}), START, 1767225600042
    )

    assert entry.detail == '{"a":1,"b":"é"}'
    assert str(after(entry)) == "1:1f80aaf01b2d5454ea89015b70473314c6552010e42fc24015dc48e49916d723"


def test_the_order_in_which_a_detail_was_put_together_makes_no_difference() -> None:
    one, two = ({"a": {"x": 1, "y": 2}, "b": 3}, {"b": 3, "a": {"y": 2, "x": 1}})

    assert prepare(Draft("p", 1, "k", detail=one)).body == prepare(Draft("p", 1, "k", detail=two)).body


BAD: dict[str, Callable[[], Draft]] = {
    "half a character": lambda: Draft("p", 1, "press", who="\ud800"),
    "half a character in the detail": lambda: Draft("p", 1, "press", detail={"a": "\ud800"}),
    "a time that is none": lambda: Draft("p", "1", "press"),  # pyright: ignore[reportArgumentType]
    "a broken number": lambda: Draft("p", 1.5, "press"),  # pyright: ignore[reportArgumentType]
    "a number too large": lambda: Draft("p", 1 << 63, "press"),
    "no place": lambda: Draft(None, 1, "press"),  # pyright: ignore[reportArgumentType]
    "no kind": lambda: Draft("p", 1, None),  # pyright: ignore[reportArgumentType]
    "bytes": lambda: Draft("p", 1, "press", who=b"ana"),  # pyright: ignore[reportArgumentType]
    "a detail of no JSON": lambda: Draft("p", 1, "press", detail={"a": object()}),
}


@pytest.mark.parametrize("draft", BAD.values(), ids=BAD)
def test_what_the_log_cannot_hold_is_refused_before_anything_is_written(draft: Callable[[], Draft]) -> None:
    with pytest.raises((TypeError, ValueError)):
        prepare(draft())
