"""What a journal's records mean: which lines, of which door and place, when it was, and which operation they settle."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud import journal_lines
from cloud.access import Door
from cloud.journal_lines import Meaning, Unit
from cloud.operations import State
from cloud.unit_clock import Clock
from cloud.unit_facts import Facts, Outage
from cloud.unit_news import (
    Boot,
    Coil,
    Declined,
    Events,
    Exit,
    Holding,
    Input,
    Keepalive,
    Moved,
    Offline,
    Online,
    Record,
    Strange,
    TimeTold,
)
from tests.given import operation
from tests.unit_side import UNIT

NOW = 1_790_000_000_000
BOOTED = NOW - 3_600_000  # an hour ago
OP = "00000000000000aa"
HERE, THERE, EARLIER = b"boothere", b"bootther", b"bootearl"
JOURNAL = b"journal1"


def door(number: int, place: str) -> Door:
    return Door(f"door-{number}", place, "", UNIT, number, "open", sensor=True, travel_s=12, pulse_ms=500)


DOORS = {0: door(0, "home"), 1: door(1, "shop"), 2: door(2, "home")}


def clock(booted: int) -> Clock:
    made = Clock()
    made.heard(0, booted + 90)  # as late as the clock reckons with
    return made


def unit(**how: Any) -> Unit:
    plain = Unit(UNIT, DOORS, HERE, {HERE: clock(BOOTED)}, {}, Facts())
    return msgspec.structs.replace(plain, **how)


def means(
    *records: Record, boot: bytes = HERE, of: Unit | None = None, first: int = 1, lost: int = 0, **known: Any
) -> Meaning:
    events = Events(JOURNAL, first, lost, boot, records)
    return journal_lines.meaning(events, known.get("journal", JOURNAL), known.get("seq", first - 1), of or unit(), NOW)


def lines(found: Meaning) -> list[tuple[str, str, str | None, dict[str, Any]]]:
    return [(draft.place, draft.kind, draft.door, dict(draft.detail)) for draft in found.lines]


# -- lines


@pytest.mark.parametrize(
    ("record", "kind", "detail"),
    [
        (Boot(0, HERE, "watchdog"), "box_booted", {"cause": "watchdog"}),
        (Input(5, "power", alarm=True), "box_input", {"input": "power", "alarm": True}),
        (Offline(5, "sim_missing"), "box_offline", {"why": "sim_missing"}),
        (Keepalive(5, 80), "keepalive", {"seconds": 80}),
    ],
)
def test_what_is_of_the_box_stands_in_the_log_of_each_place_with_a_door_of_it(
    record: Record, kind: str, detail: dict[str, Any]
) -> None:
    whole = {"unit": UNIT, **detail}

    assert lines(means(record)) == [("home", kind, None, whole), ("shop", kind, None, whole)]


@pytest.mark.parametrize(
    ("record", "kind", "detail"),
    [
        (Moved(5, 1, "opened"), "moved_otherwise", {"state": "opened"}),
        (Exit(5, 1, None), "exit_opened", {"done": True, "reason": None}),
        (Exit(5, 1, "fault"), "exit_opened", {"done": False, "reason": "fault"}),
        (Holding(5, 1, OP, "began"), "hold_began", {}),
        (Holding(5, 1, OP, "end"), "hold_ended", {"how": "end"}),
        (Holding(5, 1, OP, "released"), "hold_ended", {"how": "released"}),
    ],
)
def test_what_is_of_a_door_stands_in_its_places_log_only(record: Record, kind: str, detail: dict[str, Any]) -> None:
    assert lines(means(record)) == [("shop", kind, "door-1", detail)]


@pytest.mark.parametrize("record", [Moved(5, 3, "opened"), Exit(5, 200, None), Coil(5, 77, OP, None)])
def test_a_unit_tells_nothing_of_doors_that_are_not_its_own(record: Record) -> None:
    assert lines(means(record)) == []


@pytest.mark.parametrize("record", [Strange(5), TimeTold(5, NOW)])
def test_what_has_no_words_makes_no_line(record: Record) -> None:
    assert lines(means(record)) == []


def test_a_hold_is_told_with_whom_it_is_for_at_her_door_only() -> None:
    held = {OP: operation(door="door-0", state=State.DONE)}
    mine, other = (means(Holding(5, number, OP, "end"), of=unit(operations=held)).lines[0] for number in (0, 1))

    assert (mine.who, mine.operation) == ("ana", OP)
    assert (other.who, other.operation) == (None, None)


# -- which records


def test_what_is_in_the_log_already_is_not_told_again() -> None:
    records = [Moved(5 + i, 0, "opened") for i in range(4)]

    assert len(means(*records, first=10, seq=11).lines) == 2
    assert means(*records, first=10, seq=13).lines == []
    assert means(*records, first=10, seq=99).lines == []


def test_a_gap_is_told_with_how_many_are_lost() -> None:
    found = means(Strange(5), first=21, seq=10)

    assert lines(found)[0] == ("home", "records_lost", None, {"unit": UNIT, "n": 10})


def test_a_box_that_is_new_here_has_lost_what_it_says() -> None:
    assert lines(means(Strange(5), first=500, journal=None, seq=0)) == []
    assert [kind for _, kind, _, _ in lines(means(Strange(5), first=500, lost=3, journal=None, seq=0))] == [
        "records_lost",
        "records_lost",
    ]


def test_another_journal_begins_anew_and_says_so() -> None:
    found = means(Moved(5, 0, "opened"), first=1, journal=b"journal0", seq=700)

    assert [(place, kind) for place, kind, _, _ in lines(found)] == [
        ("home", "journal_began"),
        ("shop", "journal_began"),
        ("home", "moved_otherwise"),
    ]


numbers = st.integers(0, 80)


@given(numbers, st.integers(1, 80), st.integers(1, 32))
def test_every_record_is_told_once_or_counted_as_lost(seq: int, first: int, count: int) -> None:
    records = tuple(Moved(i, 0, "opened") for i in range(count))
    known, lost = journal_lines.fresh(Events(JOURNAL, first, 0, HERE, records), JOURNAL, seq)
    told = {first + i for i in range(known, count)}

    assert told == set(range(first, first + count)) - set(range(seq + 1))
    assert lost == len(set(range(seq + 1, first)))


# -- when


def test_a_record_is_placed_by_its_boots_clock() -> None:
    found = means(Moved(600, 0, "opened"))

    assert found.lines[0].at == BOOTED + 60_000 + 50
    assert found.facts.journal_at == found.lines[0].at


def test_nothing_is_placed_in_the_future() -> None:
    assert means(Moved(10**9, 0, "opened")).lines[0].at == NOW


def test_a_boot_in_the_middle_has_its_own_clock() -> None:
    before = clock(BOOTED - 7_200_000)
    found = means(
        *(Moved(600, 0, "opened"), Boot(0, HERE, "reset"), Moved(600, 0, "closed")),
        boot=THERE,
        of=unit(clocks={HERE: clock(BOOTED), THERE: before}),
    )

    assert [draft.at for draft in found.lines if draft.kind == "moved_otherwise"] == [
        BOOTED - 7_200_000 + 60_050,
        BOOTED + 60_050,
    ]


def test_a_boot_that_nobody_heard_is_placed_by_the_time_it_told() -> None:
    found = means(Moved(100, 0, "opened"), TimeTold(700, BOOTED - 60_000), Moved(800, 0, "closed"), boot=THERE)

    assert [draft.at for draft in found.lines] == [BOOTED - 119_950, BOOTED - 49_950]
    assert list(found.clocks) == [THERE]


def test_what_the_box_tells_of_the_time_does_not_count_for_the_boot_that_is_heard() -> None:
    found = means(TimeTold(0, BOOTED - 9_000_000), Moved(600, 0, "opened"))

    assert found.lines[0].at == BOOTED + 60_050
    assert found.clocks == {}


def test_a_boot_without_any_time_ended_when_the_next_began() -> None:
    found = means(
        *(Moved(100, 0, "opened"), Moved(400, 0, "closed"), Boot(0, HERE, "power"), Moved(600, 0, "opened")),
        boot=THERE,
        of=unit(facts=Facts(journal_at=BOOTED - 86_400_000)),
    )
    moved = [draft for draft in found.lines if draft.kind == "moved_otherwise"]
    unknown = {"time": "unknown", "after": BOOTED - 86_400_000, "before": BOOTED + 50}

    assert [draft.at - BOOTED for draft in moved] == [50 - 30_000, 50, 60_050]
    assert [dict(draft.detail) for draft in moved[:2]] == [
        {"state": "opened"} | unknown,
        {"state": "closed"} | unknown,
    ]
    assert "time" not in moved[2].detail


def test_a_boot_without_any_time_whose_successor_is_not_told_yet_lies_before_the_one_that_is_heard() -> None:
    found = means(Moved(100, 0, "opened"), boot=THERE)

    assert found.lines[0].at == found.lines[0].detail["before"] == BOOTED


records = st.lists(
    st.one_of(
        st.builds(Moved, st.integers(0, 10**7), st.integers(0, 4), st.sampled_from(["opened", "closed"])),
        st.builds(Boot, st.just(0), st.sampled_from([HERE, THERE, EARLIER]), st.just("reset")),
        st.builds(TimeTold, st.integers(0, 10**7), st.integers(0, 2**62)),
    ),
    min_size=1,
    max_size=32,
)


@given(records, st.sampled_from([HERE, THERE]), st.none() | st.integers(0, NOW))
def test_whatever_boots_there_were_every_line_has_a_time_within_its_bounds(
    told: list[Record], boot: bytes, last: int | None
) -> None:
    for draft in means(*told, boot=boot, of=unit(facts=Facts(journal_at=last))).lines:
        assert draft.at <= NOW
        if draft.detail.get("time") == "unknown":
            assert draft.at <= draft.detail["before"] <= NOW
            assert draft.detail["after"] is None or draft.at >= min(draft.detail["after"], draft.detail["before"])


# -- operations


def of_op(**how: Any) -> Unit:
    return unit(operations={OP: operation(door="door-0", **how)})


@pytest.mark.parametrize("state", [State.SENT, State.UNKNOWN])
@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (Coil(600, 0, OP, None), None),
        (Coil(600, 0, OP, "fault"), "fault"),
        (Declined(600, 0, OP, "busy"), "busy"),
        (Holding(600, 0, OP, "began"), None),
    ],
)
def test_a_record_settles_an_operation_without_a_result(state: State, record: Record, reason: str | None) -> None:
    found = means(record, of=of_op(state=state))

    assert [(s.operation.id, s.reason, s.at) for s in found.settled] == [(OP, reason, BOOTED + 60_050)]
    assert [kind for _, kind, _, _ in lines(found) if kind != "hold_began"] == []


def test_a_hold_that_is_told_twice_settles_once() -> None:
    found = means(Coil(600, 0, OP, None), Holding(600, 0, OP, "began"), of=of_op(state=State.UNKNOWN))

    assert len(found.settled) == 1


@pytest.mark.parametrize("state", [State.DONE, State.ALREADY])
def test_what_its_answer_has_told_makes_no_line(state: State) -> None:
    found = means(Coil(600, 0, OP, None), of=of_op(state=state))

    assert (found.lines, found.settled) == ([], [])


@pytest.mark.parametrize("state", [State.REFUSED, State.NOT_SENT, State.DECLINED])
def test_a_coil_that_was_on_against_all_that_was_known_is_told(state: State) -> None:
    assert lines(means(Coil(600, 0, OP, None), of=of_op(state=state))) == [
        ("home", "opened_unrecorded", "door-0", {"operation": OP})
    ]


def test_a_coil_that_was_on_for_an_operation_that_is_not_on_disk_is_told() -> None:
    assert lines(means(Coil(600, 0, OP, None))) == [("home", "opened_unrecorded", "door-0", {"operation": OP})]


def test_what_a_unit_declined_of_others_is_nobodys_line() -> None:
    """A self-test is no operation of anybody's."""
    assert lines(means(Declined(600, 255, OP, "busy"))) == []


# -- outages


def test_an_outage_is_remembered_with_its_reason_until_it_is_over() -> None:
    off = means(Offline(600, "searching")).facts
    worse = means(Offline(1200, "denied"), of=unit(facts=off)).facts
    over = means(Online(6000, "denied", 500, 3), of=unit(facts=worse))

    began = BOOTED + 60_050
    assert off.outage == Outage(began, None, None, "searching")
    assert worse.outage == Outage(began, None, None, "denied")
    assert over.facts.outage == Outage(BOOTED + 600_050 - 500_000, BOOTED + 600_050, 500, "denied")
    detail = {"unit": UNIT, "why": "denied", "seconds": 500, "since": BOOTED + 100_050, "rung": 3}
    assert lines(over) == [("home", "box_online", None, detail), ("shop", "box_online", None, detail)]


def test_only_operations_of_its_own_are_a_units_to_settle() -> None:
    """The store gives those alone; one that is named and not given is as if it were not there."""
    named = journal_lines.operations_named([Coil(1, 0, OP, None), Declined(1, 0, "bb" * 8, "late"), Strange(1)])
    found = means(Coil(600, 0, OP, None))

    assert named == {OP, "bb" * 8}
    assert found.settled == []
