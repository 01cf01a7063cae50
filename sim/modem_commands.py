"""What a modem answers to AT commands, family by family: echo, result codes, errors, and lines that nobody asked for in
the middle. Never here: power, data mode (modem.py), registration itself (cell.py).
"""

import datetime
from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.cell import ROAMING
from sim.ppp_peer import DNS, GATEWAY, refused

if TYPE_CHECKING:
    from sim.modem import Modem

LINE_MAX = 200
ANSWER_S = (0.02, 0.15)  # what most commands take
SLOW_S = {"AT+COPS": 0.8, "AT+CPIN=": 0.6, "AT+CFUN=": 1.2, "ATD": 1.0, "AT+CGDATA": 1.0, "AT&W": 0.2}
URCS = ("+CSQN: 17,0", '*PSNWID: "214","07", "Bench", 0, "B", 0', "SMS Ready", "+CTZV: +4,0", "PB DONE", "RING")

NOT_INSERTED, PIN_WANTED, PUK_WANTED, FAILURE, BUSY, WRONG, INCORRECT = 10, 11, 12, 13, 14, 15, 16
ERRORS = {
    3: "operation not allowed",
    4: "operation not supported",
    NOT_INSERTED: "SIM not inserted",
    PIN_WANTED: "SIM PIN required",
    PUK_WANTED: "SIM PUK required",
    FAILURE: "SIM failure",
    BUSY: "SIM busy",
    WRONG: "SIM wrong",
    INCORRECT: "incorrect password",
    30: "no network service",
}
OK, ERROR = "OK", "ERROR"


class Failure(Exception):
    """args[0]: the number of a +CME ERROR."""


class Commands:
    def __init__(self, modem: "Modem") -> None:
        self._modem, self._habits = modem, modem.habits
        self.dtr = self._habits.dtr
        self.takes_time = False
        self._stored_time = False
        self._contexts: dict[str, str] = {}  # kept in the modem, as on real ones
        self.start(0, 0)

    def start(self, t_ns: int, dumb_s: float) -> None:
        """Power-up."""
        self.dtr, self.takes_time = self._habits.dtr, self._stored_time
        self._echo, self._errors, self._line = True, 0, b""
        self._told = {"CREG": 0, "CGREG": 0, "CEREG": 0}
        self._busy = False
        self._dumb_until_ns = 0
        if dumb_s:
            self._dumb_until_ns = t_ns + self._modem.board_ns(dumb_s)

    def ready(self, _t_ns: int) -> None:
        """Back from data."""
        self._busy, self._line = False, b""

    def hear(self, t_ns: int, data: bytes) -> None:
        if t_ns < self._dumb_until_ns:
            return
        if self._busy:
            self._modem.talked_over += len(data)
            return
        for at, byte in enumerate(data):
            if byte in b"\r":
                line, self._line = self._line, b""
                if line.strip():
                    self._take(t_ns, line)
                    self._modem.talked_over += len(data[at + 1 :].strip())
                    return
            elif len(self._line) < LINE_MAX and byte not in b"\n":
                self._line += bytes((byte,))

    def registration(self) -> None:
        for name, told in self._told.items():
            if told and not self._modem.faults.dumb_s:
                self._modem.tell(self._modem.now(), f"+{name}: {self._stat(name)}")

    def card_state(self, t_ns: int) -> str:
        card = self._modem.card
        if card.missing:
            return "+CPIN: NOT INSERTED"
        if self._modem.radio.busy(t_ns) or card.broken:
            return "+CPIN: NOT READY"
        return f"+CPIN: {card.lock or 'READY'}"

    # --- one command

    def _take(self, t_ns: int, raw: bytes) -> None:
        if self._echo:
            self._modem.say(t_ns, raw + b"\r")
        text = raw.decode("ascii", "replace")
        at = text.upper().find("AT")
        if at < 0:
            return
        text = text[at:].strip()
        name = text.upper() if '"' not in text else text
        self._modem.heard.append(name)
        if self._modem.faults.hangs_at and name.startswith(self._modem.faults.hangs_at):
            self._modem.faults.hangs_at = None
            self._modem.hang()
            return
        if name.startswith(self._modem.faults.ignores) and self._modem.faults.ignores:
            return
        self._busy = True
        slow = next((seconds for start, seconds in SLOW_S.items() if name.startswith(start)), 0.0)
        self._modem.later(t_ns, slow + self._modem.chance.uniform(*ANSWER_S), lambda at_ns: self._answer(at_ns, name))

    def _answer(self, t_ns: int, name: str) -> None:
        self._busy = False
        try:
            lines = self._lines(t_ns, name)
        except Failure as failure:
            lines = [self._error(failure.args[0])]
        if lines is None:
            return
        chance, share = self._modem.chance, self._modem.faults.urcs
        for line in lines:
            if chance.random() < share:
                self._modem.tell(t_ns, chance.choice(URCS))
            self._modem.say(t_ns, f"\r\n{line}\r\n".encode())

    def _error(self, number: int) -> str:
        told = str(number) if self._errors == 1 else ERRORS[number]
        return f"+CME ERROR: {told}" if self._errors else ERROR

    def _lines(self, t_ns: int, name: str) -> list[str] | None:
        """Each line of the answer; None: it has been given already."""
        habits = self._habits
        if name.startswith(("ATD", "AT+CGDATA")):
            return self._dial(t_ns)
        whole: dict[str, Callable[[int], list[str] | None]] = {
            "AT": lambda _: [OK],
            "AT+CGMM": lambda _: [habits.model, OK],
            "AT+GSN": lambda _: ["869951030123456", OK],
            "AT+CGSN": lambda _: ["869951030123456", OK],
            "AT+CPIN?": self._pin_asked,
            "AT+CSQ": self._signal,
            "AT+COPS?": self._operator,
            "AT+CGATT?": lambda _: [f"+CGATT: {int(self._modem.radio.registered)}", OK],
            "AT+CCLK?": self._clock,
            "AT+CFUN?": lambda _: [f"+CFUN: {self._modem.radio.function}", OK],
            "AT+CGDCONT?": lambda _: [f'+CGDCONT: 1,"IP","{apn}","0.0.0.0",0,0,0,0' for apn in self._apns()] + [OK],
            "AT+CGCONTRDP=1": self._context,
            "AT+CPSI?": self._cell_info,
            "AT&W": self._store,
            "ATH": self._hang_up,
            "ATO": self._resume,
            habits.iccid: self._iccid,
            habits.pin_tries[0]: lambda _: [habits.pin_tries[1].format(self._modem.card.tries), OK],
            f"{habits.nitz[0]}?": lambda _: [f"{habits.nitz[0][2:]}: {int(self.takes_time)}", OK],
            habits.off[0]: self._off,
            "AT+CRESET": self._reboot,
            "AT+CFUN=1,1": self._reboot,
        }
        if name == "AT+CRESET" and habits.reset != name:
            return [ERROR]
        if name in whole:
            return whole[name](t_ns)
        for start, act in (
            ("ATE", self._set_echo),
            ("AT+CMEE=", self._set_errors),
            ("AT&D", self._set_dtr),
            ("AT+CPIN=", self._enter_pin),
            ("AT+CFUN=", self._set_function),
            ("AT+CGDCONT=", self._set_context),
            (f"{habits.nitz[0]}=", self._set_time),
        ):
            if name.startswith(start):
                return act(t_ns, name[len(start) :])
        for registration in self._told:
            if name.startswith(f"AT+{registration}"):
                return self._registration_asked(registration, name[len(registration) + 3 :])
        return [OK] if name.startswith((*habits.knows, "AT&C", "AT+IPR=", "AT+CGATT=", "AT+CTZR=")) else [ERROR]

    # --- settings

    def _set_echo(self, _t_ns: int, value: str) -> list[str]:
        self._echo = value == "1" or self._modem.faults.keeps_echo
        return [OK]

    def _set_errors(self, _t_ns: int, value: str) -> list[str]:
        self._errors = int(value)
        return [OK]

    def _set_dtr(self, _t_ns: int, value: str) -> list[str]:
        self.dtr = int(value or 0)
        return [OK]

    def _set_time(self, t_ns: int, value: str) -> list[str]:
        self.takes_time = value == "1"
        self._modem.radio.takes_time = self.takes_time
        if self.takes_time and not self._habits.nitz[1] and self._modem.radio.registered:
            self._modem.radio.take_time(t_ns)
        return [OK]

    def _store(self, _t_ns: int) -> list[str]:
        self._stored_time = self.takes_time
        return [OK]

    def _set_function(self, t_ns: int, value: str) -> list[str]:
        self._modem.radio.set_function(t_ns, int(value[:1]))
        return [OK]

    def _set_context(self, _t_ns: int, value: str) -> list[str]:
        number, _, apn = value.replace('"', "").split(",")[:3]
        self._contexts[number] = apn
        return [OK]

    def _apns(self) -> list[str]:
        return [self._contexts["1"]] if "1" in self._contexts else []

    # --- the card

    def _need_card(self, t_ns: int) -> None:
        card = self._modem.card
        for wrong, number in (
            (card.missing, NOT_INSERTED),
            (self._modem.radio.busy(t_ns), BUSY),
            (card.broken, FAILURE),
        ):
            if wrong:
                raise Failure(number)

    def _need_open(self, t_ns: int) -> None:
        self._need_card(t_ns)
        if self._modem.card.lock:
            raise Failure(PUK_WANTED if self._modem.card.puk_locked else PIN_WANTED)

    def _pin_asked(self, t_ns: int) -> list[str]:
        self._need_card(t_ns)
        return [self.card_state(t_ns), OK]

    def _enter_pin(self, t_ns: int, value: str) -> list[str]:
        self._need_card(t_ns)
        card = self._modem.card
        if card.lock != "SIM PIN":
            raise Failure(PUK_WANTED if card.puk_locked else 3)
        if not card.enter(value.strip('"')):
            raise Failure(PUK_WANTED if card.puk_locked else INCORRECT)
        self._modem.later(t_ns, 0.5, lambda at_ns: self._modem.tell(at_ns, "+CPIN: READY"))
        self._modem.later(t_ns, 1.0, self._modem.radio.look)
        return [OK]

    def _iccid(self, t_ns: int) -> list[str]:
        self._need_card(t_ns)
        return [self._habits.iccid_answer.format(self._modem.card.iccid), OK]

    # --- the network

    def _stat(self, name: str) -> int:
        stat = self._modem.radio.stat
        return 2 if name == "CREG" and self._modem.radio.registered and not self._habits.cs_registers else stat

    def _registration_asked(self, name: str, rest: str) -> list[str]:
        if rest.startswith("="):
            self._told[name] = int(rest[1:])
            return [OK]
        more = ',"07D0","00B77A2A",7' if self._told[name] == 2 and self._modem.radio.registered else ""
        return [f"+{name}: {self._told[name]},{self._stat(name)}{more}", OK]

    def _signal(self, _t_ns: int) -> list[str]:
        cell = self._modem.cell
        known = cell.coverage and self._modem.radio.function == 1
        return [f"+CSQ: {max(0, min(31, (cell.dbm + 113) // 2)) if known else 99},99", OK]

    def _operator(self, t_ns: int) -> list[str]:
        self._need_open(t_ns)
        cell = self._modem.cell
        act = self._habits.act if cell.act == 7 else cell.act
        return [f'+COPS: 0,0,"{cell.operator}",{act}' if self._modem.radio.registered else "+COPS: 0", OK]

    def _cell_info(self, _t_ns: int) -> list[str]:
        if not self._modem.radio.registered:
            return ["+CPSI: NO SERVICE,Online", OK]
        kind = "LTE CAT-M1" if not self._habits.cs_registers else "LTE"
        return [f"+CPSI: {kind},Online,214-07,0x07D0,12024586,465,EUTRAN-BAND20,6350,5,5,-16,-83,-53,10", OK]

    def _context(self, _t_ns: int) -> list[str]:
        apn = (self._apns() or [""])[0]
        return [f'+CGCONTRDP: 1,5,"{apn}","10.0.0.2","{GATEWAY}","{DNS[0]}","{DNS[1]}",,,,,1500', OK]

    def _clock(self, t_ns: int) -> list[str]:
        year, month = self._habits.first_year
        first = datetime.datetime(year, month, 6, tzinfo=datetime.UTC).timestamp()
        local, zone = self._modem.radio.local_time(t_ns, first)
        shown = datetime.datetime.fromtimestamp(local, datetime.UTC).strftime("%y/%m/%d,%H:%M:%S")
        return [f'+CCLK: "{shown}{zone:+03d}"', OK]

    # --- data, power

    def _dial(self, t_ns: int) -> list[str] | None:
        modem = self._modem
        self._need_open(t_ns)
        if modem.suspended:
            return [ERROR]
        apn = (self._apns() or [""])[0]
        if not modem.radio.registered:
            return ["NO CARRIER"]
        if self._habits.dial_refused and refused(modem.cell, apn):
            return [self._habits.dial_refused]
        if modem.radio.stat == ROAMING and not modem.cell.data:
            return ["NO CARRIER"]
        modem.say(t_ns, f"\r\n{self._habits.connect}\r\n".encode())
        modem.dial(t_ns, apn)
        return None

    def _hang_up(self, _t_ns: int) -> list[str]:
        self._modem.end_data()
        return [OK]

    def _resume(self, t_ns: int) -> list[str] | None:
        if not self._modem.suspended:
            return ["NO CARRIER"]
        self._modem.say(t_ns, f"\r\n{self._habits.connect}\r\n".encode())
        self._modem.resume(t_ns)
        return None

    def _off(self, t_ns: int) -> list[str]:
        self._modem.turn_off(t_ns)
        return [self._habits.off[1]]

    def _reboot(self, t_ns: int) -> list[str]:
        self._modem.later(t_ns, 0.5, self._modem.boot)
        return [OK]
