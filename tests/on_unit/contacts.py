# Where a door stands, by what its contacts say and what they said before.
import sensor
from wire import CLOSED, CLOSING, OPENED, OPENING, UNKNOWN

TWO = ((True, False), (False, True), (False, False), (True, True))


def after(readings, state=UNKNOWN):
    for closed, opened in readings:
        state, _ = sensor.step(state, closed, opened)
    return state


def test_an_end_contact_decides_whatever_was_before():
    for state in (UNKNOWN, CLOSED, OPENED, OPENING, CLOSING):
        assert sensor.step(state, True, False) == (CLOSED, False)
        assert sensor.step(state, False, True) == (OPENED, False)
        assert sensor.step(state, True, None) == (CLOSED, False)
        assert sensor.step(state, None, True) == (OPENED, False)


def test_both_contacts_at_once_are_a_fault_and_unknown():
    for state in (UNKNOWN, CLOSED, OPENED, OPENING, CLOSING):
        assert sensor.step(state, True, True) == (UNKNOWN, True)


def test_leaving_an_end_names_the_movement():
    assert after([(True, False), (False, False)]) == OPENING
    assert after([(False, True), (False, False)]) == CLOSING
    assert after([(True, False), (False, False), (False, False), (False, True)]) == OPENED


def test_a_movement_reversed_midway_is_decided_by_the_end_it_reaches():
    assert after([(True, False), (False, False), (True, False)]) == CLOSED
    assert after([(False, True), (False, False), (False, True)]) == OPENED


def test_between_the_ends_at_boot_is_unknown_until_an_end_is_reached():
    assert after([(False, False)]) == UNKNOWN
    assert after([(False, False), (False, True)]) == OPENED


def test_a_door_that_reaches_no_end_becomes_unknown():
    for state in (OPENING, CLOSING):
        assert sensor.later(state, False, False, 12) == (23, UNKNOWN)


def test_with_a_closed_contact_open_means_not_closed():
    assert after([(True, None), (False, None)]) == OPENING
    assert sensor.later(OPENING, False, None, 12) == (12, OPENED)
    assert after([(False, None)], OPENED) == OPENED
    assert after([(False, None), (True, None)]) == CLOSED


def test_with_a_closed_contact_open_at_boot_is_known_after_a_travel_time():
    assert after([(False, None)]) == UNKNOWN
    assert sensor.later(UNKNOWN, False, None, 12) == (12, OPENED)


def test_with_an_open_contact_not_open_is_unknown():
    assert after([(None, True), (None, False)]) == UNKNOWN
    assert sensor.later(UNKNOWN, None, False, 12) == (0, UNKNOWN)


def test_without_a_contact_nothing_is_ever_guessed():
    for state in (UNKNOWN, CLOSED, OPENED, OPENING, CLOSING):
        assert sensor.step(state, None, None) == (UNKNOWN, False)
    assert sensor.later(UNKNOWN, None, None, 12) == (0, UNKNOWN)


def test_the_same_reading_again_changes_nothing():
    for start in (UNKNOWN, CLOSED, OPENED, OPENING, CLOSING):
        for closed, opened in TWO + ((True, None), (False, None), (None, True), (None, False), (None, None)):
            once = sensor.step(start, closed, opened)
            assert sensor.step(once[0], closed, opened) == once
