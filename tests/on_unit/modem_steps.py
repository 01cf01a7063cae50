# SIM, registration and dial with a modem that answers from a list: what is asked in which order, what is made of the
# answers, and what an installer is told. Waits are shortened; what has to be kept is that each has an end.
import asyncio

import answers
import data
import events
import modems
import radio
import sim_card
from at import At, Silent
from bearers import NoNetwork

ONLY_ON_UNIT = True
ICCID = "8934071234567890123"
PIN = "1234"
NETWORK = {"auth": "none", "user": None, "password": None, "apn": "iot.example"}

sim_card.LOOK_MS = radio.LOOK_MS = 1
sim_card.BUSY_MS = sim_card.MISSING_MS = 30
radio.DENIED_MS = 20
data.STEP_MS = 1


class Scripted:
    # says: command -> its answer, or a list of them of which the last one stays. What is not in it is an ERROR.
    def __init__(self, says):
        self.says = {command: list(said) if isinstance(said, list) else said for command, said in says.items()}
        self.asked = []
        self._comes = b""
        self._came = asyncio.Event()

    def write(self, command):
        command = command.strip("\r")
        self.asked.append(command)
        answer = self.says.get(command, "ERROR")
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        self._comes += b"".join(b"\r\n" + line.encode() + b"\r\n" for line in answer.split("|"))
        self._came.set()

    def readinto(self, buffer):
        count = min(len(buffer), len(self._comes))
        buffer[:count] = self._comes[:count]
        self._comes = self._comes[count:]
        return count or None

    async def readable(self, line):
        self._came.clear()
        if not self._comes:
            await self._came.wait()


class Book:
    # A record of PIN attempts, in memory.
    def __init__(self, allows=True, writes=True, refused=False):
        self._allows = allows
        self._writes = writes
        self._refused = refused
        self.told = []

    def allows(self, pin, iccid, tries):
        self.told.append(("asked", iccid, tries))
        return self._allows

    def refused(self, pin, iccid):
        return self._refused

    def tries_now(self, pin, iccid):
        self.told.append("tries")
        return self._writes

    def ended(self, pin, iccid, right):
        self.told.append(right)


def dialogue(modem):
    return At(modem, modem.readable, lambda: None, lambda line: None)


async def no_network(step):
    try:
        await step
    except NoNetwork as error:
        return error.reason, error.args[0]
    raise AssertionError("it came about")


def sim(says, pin=PIN, book=None, family="A7670"):
    modem = Scripted(says)
    return modem, sim_card.ready(dialogue(modem), modems.FAMILIES[family], pin, book or Book())


LOCKED = {"AT+CPIN?": ["+CPIN: SIM PIN|OK", "+CPIN: READY|OK"], "AT+CICCID": "+ICCID: " + ICCID + "|OK"}
LOCKED["AT+SPIC"] = "+SPIC: 3,10,3,10|OK"
ENTER = 'AT+CPIN="1234"'


async def test_a_sim_that_is_ready_is_asked_once():
    modem, ready = sim({"AT+CPIN?": "+CPIN: READY|OK"})
    await ready
    assert modem.asked == ["AT+CPIN?"]


async def test_a_sim_that_starts_is_waited_for():
    looks = ["+CME ERROR: SIM busy", "ERROR", "+CPIN: NOT READY|OK", "+CME ERROR: 14", "+CPIN: READY|OK"]
    modem, ready = sim({"AT+CPIN?": looks})
    await ready
    assert len(modem.asked) == 5


async def test_each_state_that_does_not_pass_has_its_reason():
    for answer, reason in (
        ("+CME ERROR: SIM not inserted", events.NET_SIM_MISSING),
        ("+CPIN: NOT INSERTED|OK", events.NET_SIM_MISSING),
        ("+CME ERROR: 10", events.NET_SIM_MISSING),
        ("+CPIN: SIM PUK|OK", events.NET_PUK),
        ("+CME ERROR: SIM PUK required", events.NET_PUK),
        ("+CME ERROR: 12", events.NET_PUK),
        ("+CME ERROR: SIM busy", events.NET_SIM_BUSY),
        ("+CME ERROR: SIM failure", events.NET_SIM_BUSY),
        ("ERROR", events.NET_SIM_BUSY),
        ("+CPIN: PH-NET PIN|OK", events.NET_SIM_BUSY),
    ):
        modem, ready = sim({"AT+CPIN?": answer})
        found, sentence = await no_network(ready)
        assert found == reason and "SIM" in sentence, answer
        assert not any(command.startswith("AT+CPIN=") for command in modem.asked)


async def test_a_pin_is_written_down_before_it_is_sent():
    book = Book()
    modem = Scripted(LOCKED)
    modem.says[ENTER] = "OK"
    seen = []
    write = modem.write

    def watched(command):
        if command.startswith("AT+CPIN="):
            seen.append(list(book.told))
        write(command)

    modem.write = watched
    await sim_card.ready(dialogue(modem), modems.FAMILIES["A7670"], PIN, book)
    assert seen == [[("asked", ICCID, 3), "tries"]]
    assert book.told[-1] is True


async def test_a_pin_that_is_refused_is_sent_once_and_never_told():
    for refusal in ("+CME ERROR: incorrect password", "+CME ERROR: 16"):
        book = Book()
        modem, ready = sim(LOCKED, book=book)
        modem.says["AT+CPIN?"] = "+CPIN: SIM PIN|OK"
        modem.says[ENTER] = refusal
        reason, sentence = await no_network(ready)
        assert reason == events.NET_PIN_WRONG and PIN not in sentence
        assert modem.asked.count(ENTER) == 1 and book.told[-1] is False


async def test_a_refusal_without_words_shows_in_the_tries_that_are_left():
    book = Book()
    modem, ready = sim(LOCKED, book=book)
    modem.says["AT+SPIC"] = ["+SPIC: 3,10,3,10|OK", "+SPIC: 2,10,3,10|OK"]
    modem.says[ENTER] = "ERROR"
    reason, _ = await no_network(ready)
    assert reason == events.NET_PIN_WRONG and book.told[-1] is False


async def test_a_sim_that_was_busy_leaves_the_attempt_open():
    book = Book()
    modem, ready = sim(LOCKED, book=book)
    modem.says["AT+CPIN?"] = "+CPIN: SIM PIN|OK"
    modem.says[ENTER] = "+CME ERROR: SIM busy"
    reason, _ = await no_network(ready)
    assert reason == events.NET_SIM_BUSY and book.told[-1] == "tries"


async def test_a_pin_is_not_sent_when_the_record_forbids_it_or_cannot_be_written():
    for book, tries, reason in (
        (Book(allows=False), "3", events.NET_PIN_WRONG),
        (Book(allows=False, refused=True), "2", events.NET_PIN_WRONG),
        (Book(writes=False), "2", events.NET_SIM_BUSY),
    ):
        modem, ready = sim(LOCKED, book=book)
        modem.says["AT+SPIC"] = "+SPIC: " + tries + ",10,3,10|OK"
        assert (await no_network(ready))[0] == reason
        assert ENTER not in modem.asked


async def test_a_missing_pin_is_told_apart():
    reason, sentence = await no_network(sim(LOCKED, pin=None)[1])
    assert reason == events.NET_PIN_MISSING and "network.pin" in sentence


async def test_quectel_says_in_its_own_way_what_is_left():
    book = Book()
    modem, ready = sim(LOCKED, book=book, family="EC21")
    modem.says["AT+QCCID"] = "+QCCID: " + ICCID + "|OK"
    modem.says["AT+QPINC?"] = '+QPINC: "SC",2,10|+QPINC: "P2",3,10|OK'
    modem.says[ENTER] = "OK"
    await ready
    assert book.told[0] == ("asked", ICCID, 2)


def states(lte="ERROR", packets="ERROR", calls="ERROR"):
    return {"AT+CEREG?": lte, "AT+CGREG?": packets, "AT+CREG?": calls}


async def test_registered_by_any_of_the_three_is_registered():
    for says, roaming in (
        (states(lte="+CEREG: 0,1|OK"), False),
        (states(lte="+CEREG: 0,2|OK", packets="+CGREG: 0,5|OK"), True),
        (states(calls="+CREG: 0,1|OK"), False),
        (states(lte=["+CEREG: 0,2|OK", "+CEREG: 0,3|OK", "+CEREG: 0,5|OK"]), True),
    ):
        assert await radio.register(dialogue(Scripted(says)), 1000) is roaming


async def test_searching_and_denied_are_told_apart():
    for says, reason in (
        (states(lte="+CEREG: 0,2|OK"), events.NET_SEARCHING),
        (states(), events.NET_SEARCHING),
        (states(lte="+CEREG: 0,0|OK", packets="+CGREG: 0,0|OK"), events.NET_SEARCHING),
        (states(lte="+CEREG: 0,2|OK", calls="+CREG: 0,3|OK"), events.NET_SEARCHING),  # LTE-M has no calls
        (states(lte="+CEREG: 0,3|OK"), events.NET_DENIED),
        (states(lte="+CEREG: 0,2|OK", packets="+CGREG: 0,3|OK", calls="+CREG: 0,3|OK"), events.NET_DENIED),
        (states(packets="+CGREG: 0,3|OK", calls="+CREG: 0,2|OK"), events.NET_DENIED),
    ):
        assert (await no_network(radio.register(dialogue(Scripted(says)), 60)))[0] == reason, says


async def test_a_denial_that_passes_is_none():
    says = states(lte=["+CEREG: 0,3|OK", "+CEREG: 0,2|OK"] * 30 + ["+CEREG: 0,1|OK"])
    assert await radio.register(dialogue(Scripted(says)), 1000) is False


async def test_an_access_point_that_is_set_already_is_left_alone():
    modem = Scripted({"AT+CGDCONT?": '+CGDCONT: 1,"IP","IOT.example","0.0.0.0",0,0|+CGDCONT: 2,"IP","x"|OK'})
    assert not await radio.name_access_point(dialogue(modem), "iot.example")
    assert modem.asked == ["AT+CGDCONT?"]


async def test_another_access_point_is_set_and_the_radio_starts_anew_with_it():
    modem = Scripted({"AT+CGDCONT?": '+CGDCONT: 1,"IP","other","0.0.0.0"|+CGDCONT: 2,"IP","iot.example"|OK'})
    assert await radio.name_access_point(dialogue(modem), "iot.example")
    assert modem.asked[1:] == ['AT+CGDCONT=1,"IP","iot.example"', "AT+CFUN=4", "AT+CFUN=1"]


async def test_a_radio_that_was_left_off_is_turned_on():
    for answer, commands in (("+CFUN: 1|OK", 0), ("+CFUN: 4|OK", 1), ("ERROR", 0)):
        modem = Scripted({"AT+CFUN?": answer})
        await radio.stay_awake(dialogue(modem), modems.FAMILIES["SIM7000"])
        assert modem.asked.count("AT+CFUN=1") == commands
        assert {"AT+CPSMS=0", "AT+CEDRXS=0", "AT+CSCLK=0"} <= set(modem.asked)


async def test_the_modems_flash_is_written_only_to_change_something():
    for answer, times in (("+CLTS: 1|OK", 0), ("+CLTS: 0|OK", 1), ("ERROR", 1)):
        modem = Scripted({"AT+CLTS?": answer})
        await radio.take_time(dialogue(modem), modems.FAMILIES["SIM7000"])
        assert modem.asked.count("AT&W") == modem.asked.count("AT+CLTS=1") == times


async def test_what_the_network_tells_of_itself():
    modem = Scripted({"AT+CSQ": "+CSQ: 17,99|OK", "AT+COPS?": '+COPS: 0,0,"Movistar",7|OK'})
    assert await radio.conditions(dialogue(modem), modems.FAMILIES["SIM7000"]) == (-79, 3, "Movistar")
    assert await radio.conditions(dialogue(Scripted({})), modems.FAMILIES["A7670"]) == (0, events.NO_RAT, "")


class Ppp:
    # becomes: the states it shows, one a look, the last one stays
    SEC_PAP = 1
    SEC_CHAP = 2

    def __init__(self, *becomes):
        self._becomes = list(becomes)
        self.told = None
        self.polls = 0
        self.ended = False
        self.stream = True

    def connect(self, **how):
        self.told = how

    def status(self):
        return self._becomes.pop(0) if len(self._becomes) > 1 else self._becomes[0]

    def becomes(self, state):
        self._becomes = [state]

    def poll(self):
        self.polls += 1
        return 0

    def disconnect(self):
        self.ended = True
        self._becomes = [4, 4, 0]

    def config(self, stream):
        self.stream = stream

    def ifconfig(self):
        return ("10.1.2.3", "10.1.2.1", "255.255.255.0", "10.0.0.1")


def connection(ppp, end="CONNECT 115200", network=NETWORK, word="OK"):
    modem = Scripted({modems.DIAL: end, "AT": word})
    return data.Data(dialogue(modem), modem, lambda uart: ppp, network)


async def test_a_dial_that_is_refused_says_to_look_at_apn_and_contract():
    for end in ("NO CARRIER", "ERROR", "+CME ERROR: 148", "BUSY", "OK"):
        reason, sentence = await no_network(connection(Ppp(4), end).dial(None))
        assert reason == events.NET_APN and "APN" in sentence, end


async def test_each_end_of_ppp_has_its_reason():
    for states, reason in (
        ((3, 3, -7), events.NET_AUTH),
        ((3, -6), events.NET_PPP),
        ((3, -9), events.NET_PPP),
        ((3, 0), events.NET_PPP),
    ):
        assert (await no_network(connection(Ppp(*states)).dial(None)))[0] == reason, states


async def test_user_and_password_go_to_ppp_and_into_no_sentence():
    secret = {"auth": "chap", "user": "anna", "password": "s3cret", "apn": "x"}
    ppp = Ppp(3, -7)
    _, sentence = await no_network(connection(ppp, network=secret).dial(None))
    assert ppp.told == {"security": 2, "user": "anna", "key": "s3cret"}
    assert "s3cret" not in sentence and "anna" not in sentence


async def test_a_connection_that_stands_is_read_fast_while_something_is_awaited_and_slowly_then():
    ppp = Ppp(3, 4)
    stands = connection(ppp)
    await stands.dial(None)
    assert stands.stands() and stands.name_servers() == ["10.0.0.1"]
    await asyncio.sleep_ms(150)
    slow = ppp.polls
    stands.expect(100)
    await asyncio.sleep_ms(150)
    fast = ppp.polls - slow
    await asyncio.sleep_ms(150)
    assert fast >= 3 and ppp.polls - slow - fast <= 2
    stands.expect(10000)
    stands.expect(0)  # it has come
    before = ppp.polls
    await asyncio.sleep_ms(150)
    assert ppp.polls - before <= 2
    await stands.hang_up()


async def test_the_end_of_a_connection_is_told_once_and_hanging_up_is_no_end():
    told = []
    for hangs_up in (False, True):
        told.clear()
        data.SLOW_MS = 5
        ppp = Ppp(3, 4)
        stands = connection(ppp)
        await stands.dial(lambda: told.append(1))
        if hangs_up:
            before = ppp.polls
            await stands.hang_up()
            assert ppp.ended and ppp.stream is None and ppp.polls > before  # its farewell is read
        else:
            ppp.becomes(-6)
        await asyncio.sleep_ms(60)
        assert len(told) == (0 if hangs_up else 1)
        assert not stands.stands() and stands.name_servers() == []


async def test_a_dial_that_nobody_answers_has_an_end():
    data.DIAL_MS = 20
    assert (await no_network(connection(Ppp(4), "").dial(None)))[0] == events.NET_APN
    data.WORD_MS = 20
    try:
        await connection(Ppp(4), "", word="").dial(None)
    except Silent:
        return  # not the network's fault
    raise AssertionError("the network was blamed")


async def test_a_ppp_that_never_connects_has_an_end():
    data.PPP_MS = 20
    assert (await no_network(connection(Ppp(3)).dial(None)))[0] == events.NET_PPP
    data.PPP_MS = 30000


def test_what_an_unknown_state_of_registration_is():
    assert answers.registration(["+CEREG: 0,4"]) == 4
