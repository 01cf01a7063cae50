# The modem as a bearer, over a modem that answers from a list and a clock that runs when it rests: what it makes of
# sessions that die, when it rests, which rung it climbs and what it tells of it.
import asyncio

from modem_steps import Ppp, Scripted

import at
import boards
import data
import events
import ladder
import modem
import modems
import power
import radio
import sim_card
from bearers import NoNetwork

ONLY_ON_UNIT = True
NETWORK = {"kind": "modem", "board": "T-A7670", "apn": "iot.example", "auth": "none", "user": None, "password": None}
NETWORK["pin"] = None
NOON = '+CCLK: "26/11/20,13:00:00+04"|OK'
NOON_UNIX = 1795176000
SAYS = {
    "AT": "OK",
    "AT+CGMM": "A7670E-FASE|OK",
    "AT+GSN": "869951030123456|OK",
    "AT+CPIN?": "+CPIN: READY|OK",
    "AT+CICCID": "+ICCID: 8934071234567890123|OK",
    "AT+CGDCONT?": '+CGDCONT: 1,"IP","iot.example"|OK',
    "AT+CEREG?": "+CEREG: 0,5|OK",
    "AT+CCLK?": NOON,
    "AT+CSQ": "+CSQ: 17,99|OK",
    "AT+COPS?": '+COPS: 0,0,"Movistar",7|OK',
    "AT+CFUN=4": "OK",
    "AT+CFUN=1": "OK",
    "ATD*99#": "CONNECT",
}
RESET, KEY, SUPPLY, DTR = 5, 4, 12, 25
LONG = 100000  # unit seconds

radio.PROBE_MS = 30  # of this host, which may be busy: an answer that is there is not missed
at.QUIET_MS = at.ESCAPED_MS = 2
modem.REGISTERED_S = modem.LEAST_LOOK_S = 0  # one look for a network
data.SLOW_MS = 2
data.STEP_MS = 1
modems.FAMILIES["A7670"].boot_s = modems.SLOWEST_S = 0.01
EVERY_PULSE_MS = 1


class Pin:
    def __init__(self, bench, number, level):
        self._bench = bench
        self._number = number
        self.level = level

    def value(self, level):
        if level != self.level:
            self.level = level
            self._bench.edges.append((self._number, level))
            self._bench.on_edge((self._number, level))


class Bench:
    # One board with its modem; `second` is unit time, which passes when the bearer rests.
    def __init__(self, says=None, network=NETWORK):
        self.second = 0
        self.edges = []
        self.on_edge = lambda edge: None
        self.said = []
        self.restarts = 0
        self.downs = []
        self.ppps = []
        self.why = None
        self.line = Scripted(SAYS)
        self.line.says.update(says or {})
        self.pins = {}
        self.modem = modem.Modem(
            network, self.line, self._out, self._ppp, self._alive, lambda: self.second, self, self._restart, "/none/"
        )
        self.modem.on_down = self.downs.append

        async def quiet(ms):
            self.second += (ms + 999) // 1000
            await asyncio.sleep_ms(0)

        self.modem._at.quiet = quiet
        self.modem._at._readable = self.line.readable

    def say(self, line):
        self.said.append(line)

    news = say

    def _out(self, number, level):
        self.pins[number] = Pin(self, number, level)
        return self.pins[number]

    def _ppp(self, uart):
        self.ppps.append(Ppp(3, 4))
        return self.ppps[-1]

    def _alive(self):
        pass

    def _restart(self):
        self.restarts += 1

    async def up(self):
        # None, or the reason why not.
        try:
            await self.modem.up()
        except NoNetwork as error:
            self.why = error.args[0]
            return error.reason
        assert self.modem.isup()

    def dials(self):
        return self.line.asked.count("ATD*99#")


async def _short(pin, level, ms):
    pin.value(level)
    await asyncio.sleep_ms(EVERY_PULSE_MS)
    pin.value(1 - level)


power._pulse = _short
power.BEFORE_KEY_MS = power.SUPPLY_ON_MS = EVERY_PULSE_MS


async def test_up_once_is_up_and_costs_nothing_more():
    bench = Bench()
    assert await bench.up() is None
    asked = len(bench.line.asked)
    assert await bench.up() is None
    assert len(bench.line.asked) == asked and bench.dials() == 1 and bench.edges == []
    assert bench.modem.facts() == (1, -79, 2, "Movistar", "8934071234567890123", "869951030123456")
    assert bench.modem.name_servers() == ["10.0.0.1"] and bench.modem.rung == ladder.NONE
    assert bench.modem.kind == events.MODEM


async def test_the_networks_time_goes_on():
    bench = Bench()
    assert bench.modem.time() is None
    await bench.up()
    assert bench.modem.time() == NOON_UNIX
    bench.second += 100
    assert bench.modem.time() == NOON_UNIX + 100


async def test_sessions_that_die_in_silence_climb_the_ladder_one_rung_each():
    bench = Bench()
    await bench.up()
    bench.second = LONG
    rungs = []
    for _ in range(4):
        bench.modem.doubt(True)
        assert await bench.up() is None
        rungs.append(bench.modem.rung)
    assert rungs == [ladder.NONE, ladder.CFUN, ladder.RESET, ladder.KEY]
    assert bench.dials() == 5 and bench.line.asked.count("AT+CFUN=4") == 1
    assert bench.edges == [(RESET, 1), (RESET, 0), (SUPPLY, 0), (SUPPLY, 1), (KEY, 1), (KEY, 0)]


async def test_what_was_climbed_is_told_until_the_next_trouble_after_a_good_time():
    bench = Bench()
    await bench.up()
    bench.second = LONG
    for _ in range(2):
        bench.modem.doubt(True)
        await bench.up()
    assert bench.modem.rung == ladder.CFUN
    bench.second += modem.STEADY_S
    assert bench.modem.rung == ladder.CFUN
    bench.modem.doubt(True)
    await bench.up()
    assert bench.modem.rung == ladder.NONE and bench.line.asked.count("AT+CFUN=4") == 1


async def test_a_far_side_that_answers_no_is_hardly_the_modems_fault():
    bench = Bench()
    await bench.up()
    for _ in range(modem.BLAMED - 1):
        bench.modem.doubt(False)
        assert await bench.up() is None
    assert bench.dials() == 1
    bench.modem.doubt(False)
    await bench.up()
    assert bench.dials() == 2 and bench.modem.rung == ladder.NONE and bench.edges == []


async def test_servers_that_are_down_for_a_day_do_not_keep_the_modem_restarting():
    bench = Bench()
    await bench.up()
    began = bench.second = LONG
    while bench.second < began + 86400:
        bench.modem.doubt(True)
        bench.second += 15  # of the session's own attempt
        bench.line.asked.clear()
        await bench.up()
    assert len([edge for edge in bench.edges if edge == (KEY, 1)]) <= 30
    assert bench.restarts <= 24


async def test_the_board_starts_again_once_an_hour_at_most():
    for second, restarts in ((100, 0), (LONG, 1)):
        bench = Bench()
        await bench.up()
        bench.second = second
        for _ in range(5):
            bench.modem.doubt(True)
            await bench.up()
        assert bench.restarts == restarts


async def test_an_end_that_the_modem_notices_is_told_at_once():
    bench = Bench()
    await bench.up()
    bench.ppps[0].becomes(-6)
    await asyncio.sleep_ms(20)
    assert len(bench.downs) == 1 and not bench.modem.isup()
    assert await bench.up() is None
    assert bench.dials() == 2


async def test_a_connection_that_ends_again_and_again_is_dialled_ever_more_seldom():
    bench = Bench()
    while bench.second < 86400:
        if await bench.up() is None:
            bench.second += 1
            bench.ppps.pop().becomes(-6)
            await asyncio.sleep_ms(6)
            assert not bench.modem.isup()
        bench.line.asked.clear()
        bench.said.clear()
    assert 20 <= len(bench.downs) <= 150


async def test_a_refused_dial_is_tried_with_growing_rests_and_its_reason_stays():
    bench = Bench({"ATD*99#": "NO CARRIER"})
    while bench.second < 86400:
        assert await bench.up() == events.NET_APN
        bench.second += 5
    assert 20 <= bench.dials() <= 150


async def test_a_rest_longer_than_a_call_says_the_same_again_and_asks_nothing_of_the_network():
    bench = Bench({"AT+CPIN?": "+CPIN: SIM PUK|OK"})
    assert await bench.up() == events.NET_PUK
    asked = len(bench.line.asked)
    assert await bench.up() == events.NET_PUK
    assert len(bench.line.asked) == asked and bench.second >= modem.REST_S


async def test_a_network_that_is_found_during_a_rest_ends_it_and_spares_the_rung():
    bench = Bench({"AT+CEREG?": "+CEREG: 0,2|OK"})
    while bench.line.asked.count("AT+CGMM") < 2:  # now the radio's turn would be next
        assert await bench.up() == events.NET_SEARCHING
    bench.line.says["AT+CEREG?"] = "+CEREG: 0,1|OK"
    before = bench.second
    assert await bench.up() is None
    assert bench.second - before <= 2 * modem.LOOK_S and "AT+CFUN=4" not in bench.line.asked


async def test_a_sim_that_is_put_in_ends_the_rest():
    bench = Bench({"AT+CPIN?": "+CPIN: NOT INSERTED|OK"})
    assert await bench.up() == events.NET_SIM_MISSING
    bench.line.says["AT+CPIN?"] = "+CPIN: READY|OK"
    assert await bench.up() is None


async def test_a_modem_that_says_nothing_is_told_with_what_to_look_at():
    bench = Bench({"AT": ""})
    assert await bench.up() == events.NET_MODEM
    assert (KEY, 1) in bench.edges and bench.pins[KEY].level == 0 and bench.pins[SUPPLY].level == 1
    assert "power" in bench.why and "T-A7670" in bench.why


async def test_one_that_was_off_is_turned_on_and_that_is_no_recovery():
    bench = Bench({"AT": ""})

    def turned_on(edge):
        if edge == (KEY, 0):
            bench.line.says["AT"] = "OK"

    bench.on_edge = turned_on
    assert await bench.up() is None
    assert bench.edges == [(KEY, 1), (KEY, 0)] and bench.modem.rung == ladder.NONE


async def test_one_that_went_off_by_itself_is_recovered_and_the_rung_is_told():
    bench = Bench()
    await bench.up()
    bench.second = LONG
    bench.line.says["AT"] = ""

    def turned_on(edge):
        if edge == (RESET, 0):
            bench.line.says["AT"] = "OK"

    bench.on_edge = turned_on
    bench.modem.doubt(True)
    assert await bench.up() is None
    assert bench.modem.rung == ladder.RESET
    assert bench.edges == [(DTR, 1), (DTR, 0), (RESET, 1), (RESET, 0)]


async def test_one_that_stops_in_the_middle_is_no_other_trouble():
    bench = Bench({"AT": ["OK", ""], "AT+CGMM": ""})
    radio.ANSWER_MS = 5
    assert await bench.up() == events.NET_MODEM
    bench.line.says.update(SAYS)
    assert await bench.up() is None


async def test_what_a_modem_never_answers_to_is_done_without_as_long_as_it_answers_to_something():
    silent = (
        "AT+CMEE=2",
        "AT+CGMM",
        "AT+GSN",
        "AT+CPSMS=0",
        "AT+CSCLK=0",
        "AT+CTZU?",
        "AT+CCLK?",
        "AT+CSQ",
        "AT+COPS?",
    )
    bench = Bench(dict.fromkeys(silent, ""))
    radio.ANSWER_MS = sim_card.ANSWER_MS = 5
    assert await bench.up() is None
    assert bench.modem.time() is None and bench.modem.facts()[1:4] == (0, events.NO_RAT, "")
    radio.ANSWER_MS = sim_card.ANSWER_MS = 5000


async def test_another_modem_than_the_boards_is_told_and_treated_as_what_it_is():
    bench = Bench({"AT+CGMM": "SIMCOM_SIM7600E-H|OK"})
    await bench.up()
    assert any("T-A7670" in line and "SIM7600E-H" in line for line in bench.said)
    strange = Bench({"AT+CGMM": "M590|OK"})
    assert await strange.up() is None
    assert any("M590" in line for line in strange.said)


async def test_a_weak_supply_is_told():
    bench = Bench({"AT+CSQ": "UNDER-VOLTAGE WARNNING|+CSQ: 17,99|OK"})
    await bench.up()
    assert any("UNDER-VOLTAGE" in line for line in bench.said)


def test_every_board_has_a_family_and_every_reason_a_ladder():
    for name, board in boards.BOARDS.items():
        assert board.family in modems.FAMILIES, name
    for name, reason in events.__dict__.items():
        if name.startswith("NET_") and events.NET_MODEM <= reason < events.NET_WIFI_MISSING:
            assert reason in modem._TROUBLES, name
