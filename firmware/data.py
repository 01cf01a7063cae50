# The data connection: dial, PPP, read what comes fast while something is awaited and slowly otherwise, notice its end,
# hang up. Never here: registration (radio.py), what is said over it (link.py).
import asyncio
import time

import events
import modems
from at import Silent
from bearers import NoNetwork

DIAL_MS = 30000
WORD_MS = 1000
PPP_MS = 30000
STEP_MS = 50  # while it connects or ends
ENDING_MS = 5000
FAST_MS = 20  # while an answer is awaited: the interrupt that reads the line is lost when it comes in a crowd
SLOW_MS = 2000  # the safety net otherwise: 30 wake-ups a minute

# status of network.PPP; errors are negative
INACTIVE = 0
ACTIVE = 1
CONNECTING = 3
CONNECTED = 4
_WRONG_PASSWORD = -7

_REFUSED = (
    "the network gives no data connection (%s): look at the APN (network.apn) and at whether the contract has data"
)
_AUTH = "the network refuses user or password of the data connection (network.auth, user, password)"
_PPP = "the data connection does not come about (PPP %s): look at the APN (network.apn)"


class Data:
    # make_ppp(uart): a network.PPP; network: of unit.json.
    def __init__(self, at, uart, make_ppp, network):
        self._at = at
        self._uart = uart
        self._make_ppp = make_ppp
        self._network = network
        self._ppp = None
        self._watching = None
        self._fast_since = None
        self._fast_ms = 0
        self._wake = asyncio.Event()

    def stands(self):
        return self._ppp is not None and self._ppp.status() == CONNECTED

    def expect(self, ms):
        # Something will come within so long; 0: it has come.
        if ms == 0:
            self._fast_since = None
            return
        left = 0 if self._fast_since is None else self._fast_ms - time.ticks_diff(time.ticks_ms(), self._fast_since)
        if ms > left:
            self._fast_since = time.ticks_ms()
            self._fast_ms = ms
            self._wake.set()

    def name_servers(self):
        server = self._ppp.ifconfig()[3] if self.stands() else None
        return [server] if server and server != "0.0.0.0" else []  # noqa: S104 - what PPP says when it was told none

    async def dial(self, ended):
        # ended(): called once when the connection that stands now is over and nobody hung up.
        try:
            end, _ = await self._at.ask(modems.DIAL, DIAL_MS, dial=True)
        except Silent:
            await self._at.ask("AT", WORD_MS)  # Silent again: it is the modem that does not answer, not the network
            end = "no answer"
        if not end.startswith("CONNECT"):
            raise NoNetwork(events.NET_APN, _REFUSED % end)
        self._ppp = self._make_ppp(self._uart)
        try:
            self._connect()
        except OSError as error:
            raise NoNetwork(events.NET_PPP, _PPP % error)
        await self._until((ACTIVE, CONNECTING), PPP_MS)
        status = self._ppp.status()
        if status == _WRONG_PASSWORD:
            raise NoNetwork(events.NET_AUTH, _AUTH)
        if status != CONNECTED:
            raise NoNetwork(events.NET_PPP, _PPP % status)
        self._watching = asyncio.create_task(self._watch(ended))

    async def hang_up(self):
        # The serial line is the dialogue's again.
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        ppp, self._ppp = self._ppp, None
        if ppp is None:
            return
        _quietly(ppp.disconnect)
        began = time.ticks_ms()
        while ppp.status() > INACTIVE and time.ticks_diff(time.ticks_ms(), began) < ENDING_MS:
            _quietly(ppp.poll)
            await asyncio.sleep_ms(STEP_MS)
        _quietly(ppp.config, stream=None)

    def _connect(self):
        ppp = self._ppp
        auth = self._network["auth"]
        if auth == "none":
            ppp.connect()
        else:
            security = ppp.SEC_PAP if auth == "pap" else ppp.SEC_CHAP
            ppp.connect(security=security, user=self._network["user"], key=self._network["password"])

    async def _until(self, states, ms):
        # Until it is in none of them.
        began = time.ticks_ms()
        while self._ppp.status() in states and time.ticks_diff(time.ticks_ms(), began) < ms:
            self._ppp.poll()
            await asyncio.sleep_ms(STEP_MS)

    async def _watch(self, ended):
        while self.stands():
            _quietly(self._ppp.poll)
            if self._expects():
                await asyncio.sleep_ms(FAST_MS)
                continue
            try:
                await asyncio.wait_for_ms(self._wake.wait(), SLOW_MS)
            except asyncio.TimeoutError:
                pass
            self._wake.clear()
        self._watching = None
        ended()

    def _expects(self):
        since = self._fast_since
        if since is not None and time.ticks_diff(time.ticks_ms(), since) >= self._fast_ms:
            self._fast_since = None  # looked at often enough for the tick counter never to lap it
        return self._fast_since is not None


def _quietly(call, **how):
    # What it could complain of, its status says, too.
    try:
        call(**how)
    except OSError:
        pass
