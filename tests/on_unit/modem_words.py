# What modems answer, as the makers' captures have it, damaged and in other shapes too.
import answers
from answers import dbm, digits, fields, number, operator, registration, unix

MOMENT = 1795194145  # 2026-11-20 17:02:25 UTC
LTE = 2


def clock(text):
    return unix(['+CCLK: "%s"' % text])


def test_local_time_is_turned_into_that_of_greenwich_by_quarter_hours():
    assert clock("26/11/20,17:02:25+00") == MOMENT
    assert clock("26/11/20,18:02:25+04") == MOMENT
    assert clock("26/11/20,12:02:25-20") == MOMENT
    assert clock("26/11/20,22:47:25+23") == MOMENT
    assert clock("26/11/20,17:02:25") == MOMENT


def test_the_end_of_february_and_of_the_year_are_where_they_are():
    assert clock("28/03/01,00:00:00+00") - clock("28/02/28,23:59:59+00") == 86401
    assert clock("27/03/01,00:00:00+00") - clock("27/02/28,23:59:59+00") == 1
    assert clock("29/01/01,00:00:00+00") - clock("28/12/31,23:59:59+00") == 1


def test_a_clock_that_was_never_set_tells_no_time():
    for year in ("80", "70", "04", "00", "24"):
        assert clock(year + "/01/06,00:00:19+00") is None, year


def test_a_damaged_time_is_none():
    whole = '+CCLK: "26/11/20,18:02:25+04"'
    for end in range(len(whole) - 6):
        assert unix([whole[:end]]) is None, end
    for wrong in ("26/13/20,18:02:25+04", "26/11/32,18:02:25+04", "26/11/20,24:02:25+04", "26-11-20,18:02:25+04"):
        assert clock(wrong) is None, wrong
    assert clock("26/1a/20,18:02:25+04") is None
    assert clock("26/11/20,18:02:25+0x") is None
    assert unix([]) is None


def test_registered_is_what_was_asked_for_or_told_by_itself():
    assert registration(["+CEREG: 0,1"]) == answers.HOME
    assert registration(['+CEREG: 2,5,"07D0","00B77A2A",7']) == answers.ROAMING
    assert registration(["+CEREG: 5"]) == answers.ROAMING
    assert registration(['+CEREG: 3,"07D0","00B77A2A",7']) == answers.DENIED
    assert registration(["+CREG: 0,2", "+CREG: 1"]) == answers.HOME
    for nothing in ([], ["+CREG:"], ["+CREG: ?,"], ["+CREG"]):
        assert registration(nothing) is None, nothing


def test_a_signal_that_nobody_measured_is_none():
    assert dbm(["+CSQ: 17,99"]) == -79
    assert dbm(["+CSQ: 31,0"]) == -51
    assert dbm(["+CSQ: 0,0"]) == -113
    for nothing in (["+CSQ: 99,99"], ["+CSQ: "], [], ["+CSQ: -1,0"], ["+CSQ: 100,0"]):
        assert dbm(nothing) == 0, nothing


def test_the_operators_name_may_hold_a_comma():
    assert operator(['+COPS: 0,0,"Movistar, M2M",7'], LTE) == ("Movistar, M2M", LTE)
    assert operator(['+COPS: 0,0,"x",9'], LTE) == ("x", 4)
    assert operator(['+COPS: 0,0,"x",8'], LTE) == ("x", 3)
    assert operator(['+COPS: 0,0,"x",0'], LTE) == ("x", 0)
    assert operator(['+COPS: 0,0,"x"'], LTE) == ("x", None)
    assert operator(["+COPS: 0"], LTE) == ("", None)


def test_a_number_of_a_sim_is_found_in_every_shape():
    number = "8934071234567890123"
    for line in (number, number + "F", "+ICCID: " + number, '+QCCID: "' + number + '"'):
        assert digits([line], 18) == number, line
    assert digits(["+ICCID: 89340", "ERROR"], 18) == ""


def test_fields_are_split_outside_quotes():
    assert fields('+CGDCONT: 1,"IP","a,b","0.0.0.0",0') == ["1", "IP", "a,b", "0.0.0.0", "0"]
    assert fields("+CEREG: 0, 1") == ["0", "1"]


def test_a_number_is_whole_or_none():
    assert [number(t) for t in ("7", "-7", "+04", "", "-", "1.5", "9" * 10)] == [7, -7, 4, None, None, None, None]
