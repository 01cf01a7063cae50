# A modem as what brings an IP address: from cold radio to PPP, the steps in their order; what to make of a step that
# fails, and of sessions that die. Never here: what is said to the modem (radio.py, sim_card.py, data.py), which rung is
# next and how long to rest (ladder.py). The PIN and passwords are never said.
# What only an attempt needs is loaded for it and let go when it has succeeded: it takes as much as the link itself.
import asyncio
import os

import events
import ladder
from at import At, Silent
from bearers import NoNetwork
from data import DIAL_MS, PPP_MS, Data
from power import Power
from sim_pin import Record
from waiting import readable

OF_AN_ATTEMPT = ("answers", "modems", "radio", "rungs", "sim_card")

RISE_S = 180  # one attempt, from whatever state to an IP address
REGISTERED_S = (
    RISE_S - (DIAL_MS + PPP_MS) // 1000
)  # within one attempt it is registered by then, or there is no network
LEAST_LOOK_S = 10  # for a network, however long the modem took to come
REST_S = 60  # of one call; with the attempt it stays within 240 s
LOOK_S = 5  # while it rests
STEADY_S = 100  # longer than an attempt at a session takes: who was up for so long was well
BLAMED = 10  # sessions in a row that a far side ended or refused, until it is dialled anew

_TROUBLES = {
    events.NET_SILENT: ladder.SILENT,
    events.NET_MODEM: ladder.MUTE,
    events.NET_SIM_MISSING: ladder.SIM,
    events.NET_SIM_BUSY: ladder.SIM,
    events.NET_PIN_MISSING: ladder.PERSON,
    events.NET_PIN_WRONG: ladder.PERSON,
    events.NET_PUK: ladder.PERSON,
    events.NET_SEARCHING: ladder.SEARCHING,
    events.NET_DENIED: ladder.DENIED,
    events.NET_APN: ladder.REFUSED,
    events.NET_AUTH: ladder.REFUSED,
    events.NET_PPP: ladder.REFUSED,
}
_MUTE = "the modem does not answer: look at its power supply, and at whether the board is %s (network.board)"
_STOPPED = "the modem stopped answering on the way to a network: look at its power supply"
_OTHER = "the board is set up as %s (network.board), but its modem says that it is %s"
_STRANGE = "the modem says that it is %s, which is not known here; it is treated as %s"
_WEAK = "the modem says that its supply is too weak: %s"
_ENDED = "the modem's data connection ended"


class Modem:
    # network: of unit.json; uart: its serial line; out(number, level): an output; make_ppp(uart): a network.PPP;
    # alive(): shows that the program is; seconds(): unit time; restart(): of the board, as soon as no door is busy.
    # Given later: let_go(names): of loaded files.
    kind = events.MODEM

    def __init__(self, network, uart, out, make_ppp, alive, seconds, console, restart, root="/"):
        from boards import BOARDS

        board = BOARDS[network["board"]]
        self._network = network
        self._seconds = seconds
        self._console = console
        self._restart = restart
        self._board_family = board.family
        self._family = None  # a row of modems.FAMILIES
        self._at = At(uart, readable, alive, self._unasked)
        self._power = Power(board, out)
        self._ladder = ladder.Ladder(self._rungs().has)
        self._data = Data(self._at, uart, make_ppp, network)
        self._record = Record(root)
        self._seen = False  # it has answered since the board started
        self._doubted = False
        self._blamed = 0
        self._blamed_at = 0
        self._up_at = 0
        self._rests_until = 0  # unit second of the next attempt
        self._why = None  # the NoNetwork that it rests after
        self._time = None
        self._facts = (0, events.NO_SIGNAL, events.NO_RAT, "", "", "")
        self.on_down = None
        self.let_go = None

    @property
    def rung(self):
        return self._ladder.highest

    def isup(self):
        return self._data.stands()

    def expect(self, ms):
        self._data.expect(ms)

    def name_servers(self):
        return self._data.name_servers()

    def facts(self):
        return self._facts

    def time(self):
        if self._time is None:
            return None
        unix, then = self._time
        return unix + self._seconds() - then

    def doubt(self, silent):
        # silent: nothing came back. Else the far side was heard, and it is hardly the modem's fault.
        if self._doubted or not self._data.stands():
            return
        if silent:
            self._doubted = True
            self._fell(NoNetwork(events.NET_SILENT, "nothing comes back over the modem's data connection"))
            return
        now = self._seconds()
        self._blamed = self._blamed + 1 if now - self._blamed_at < STEADY_S else 1
        self._blamed_at = now
        if self._blamed >= BLAMED:
            self._blamed = 0
            self._doubted = True

    async def up(self):
        if self._data.stands() and not self._doubted:
            return
        await self._rest()
        try:
            await asyncio.wait_for(self._rise(), RISE_S)
            if self.let_go:
                self.let_go(OF_AN_ATTEMPT)
            return
        except NoNetwork as error:
            why = error
        except (Silent, asyncio.TimeoutError):
            why = NoNetwork(events.NET_MODEM, _STOPPED)
        self._fail(why)
        raise why

    async def _rise(self):
        import radio
        import sim_card

        began = self._seconds()
        await self._data.hang_up()
        self._doubted = False
        rungs = self._rungs()
        await self._reach(rungs)
        rung = self._ladder.take()
        if rung > ladder.AT:
            self._ladder.climbed(rung)
            await rungs.climb(rung, ladder.MUTE)
        model, imei = await radio.identify(self._at)
        family = self._tell_apart(model)
        pin = self._network["pin"]
        await sim_card.ready(self._at, family, pin, self._record)
        await radio.stay_awake(self._at, family)
        await radio.take_time(self._at, family)
        if await radio.name_access_point(self._at, self._network["apn"]):
            await sim_card.ready(self._at, family, pin, self._record)
        self._console.say("%s: looking for a network" % (model or "the modem"))
        look_s = max(LEAST_LOOK_S, began + REGISTERED_S - self._seconds())
        roaming = await radio.register(self._at, look_s * 1000)
        unix = await radio.network_time(self._at)
        self._time = None if unix is None else (unix, self._seconds())
        dbm, rat, name = await radio.conditions(self._at, family)
        iccid = await sim_card.iccid(self._at, family)
        self._facts = (1 if roaming else 0, dbm, rat, name, iccid, imei)
        self._console.say("network %s%s, %d dBm" % (name, ", roaming" if roaming else "", dbm))
        await self._data.dial(self._ended)
        self._up_at = self._seconds()

    def _rungs(self):
        from modems import FAMILIES
        from rungs import Rungs

        if self._family is None:
            self._family = FAMILIES[self._board_family]
        return Rungs(self._at, self._power, self._family, self._restart, self._seconds, self._console)

    async def _reach(self, rungs):
        # One that was off is no recovery.
        told = self._ladder.climbed if self._seen else _nobody
        if not await rungs.reach(ladder.MUTE if self._seen else ladder.OFF, told):
            raise NoNetwork(events.NET_MODEM, _MUTE % self._network["board"])
        self._seen = True

    async def _rest(self):
        # Until the next attempt may be made; what it rests after is told again when that takes longer than a call may.
        for _ in range(REST_S // LOOK_S):
            if self._seconds() >= self._rests_until:
                return
            await self._at.quiet(LOOK_S * 1000)
            if await self._eased():
                self._ladder.spare()
                self._rests_until = 0
        if self._seconds() < self._rests_until:
            raise self._why

    async def _eased(self):
        # True: what it rests after is over, by the modem's word.
        import answers
        import radio
        import sim_card

        trouble = _TROUBLES[self._why.reason]
        try:
            if trouble in (ladder.SEARCHING, ladder.DENIED):
                return await radio.registration(self._at) not in (None, answers.DENIED)
            if trouble == ladder.SIM:
                return await sim_card.state(self._at) in (sim_card.READY, sim_card.WANTS_PIN)
            return trouble == ladder.MUTE and await radio.answers_at(self._at, 1)
        except Silent:
            return False

    def _fell(self, why):
        # What stood does no longer. When it had stood for long, this is another trouble than the one before.
        if self._seconds() - self._up_at >= STEADY_S:
            self._ladder.well()
        self._fail(why)

    def _fail(self, why):
        self._why = why
        pause_s = self._ladder.failed(_TROUBLES[why.reason])
        spread = os.urandom(1)[0] * pause_s // 1024  # up to a quarter: a cell full of units must not come back at once
        self._rests_until = self._seconds() + pause_s + spread

    def _ended(self):
        self._fell(NoNetwork(events.NET_PPP, _ENDED))
        if self.on_down:
            self.on_down(_ENDED)

    def _tell_apart(self, model):
        # The row of the family that it is.
        import modems

        found = modems.family_of(model)
        if found is None and model:
            self._console.say(_STRANGE % (model, self._board_family))
        elif found is not None and found != self._board_family:
            self._console.say(_OTHER % (self._network["board"], model))
        self._family = modems.FAMILIES[found or self._board_family]
        return self._family

    def _unasked(self, line):
        if "VOLTAGE" in line.upper():
            self._console.say(_WEAK % line)


def _nobody(rung):
    pass
