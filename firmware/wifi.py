# Wi-Fi as what brings an IP address: joined, watched, joined again. The station's interface comes in. Never here: the
# password in any sentence.
import asyncio

import events
from bearers import NoNetwork

JOIN_MS = 25000  # an access point that is there takes seconds
STEP_MS = 200
LOOK_MS = 5000  # nothing tells that it is gone: it is looked for, twelve times a minute
OFF_MS = 500
RADIO_AFTER = 3  # failures in a row, until the radio is turned off and on
RADIO = 4  # rung of that, as a modem's (ladder.py)

GOT_IP = 1010  # status of network.WLAN on an ESP32
_MISSING = (201, 210, 211, 212)  # no access point of that name, or none that speaks as safely or is as near as needed
_PASSWORD = (202, 204)  # its refusal, and the handshake that a wrong password never ends
_WORKING = (1000, 1001)

_SENTENCES = {
    events.NET_WIFI_MISSING: 'no Wi-Fi of the name "%s" is heard here: look at its name (network.ssid) and the antenna',
    events.NET_WIFI_PASSWORD: 'the Wi-Fi "%s" does not take the password (network.password)',
    events.NET_WIFI: 'the Wi-Fi "%s" gives no address: look at the access point',
}


class Wifi:
    # wlan: network.WLAN of a station; alive(): shows that the program is. Given later: on_down(why).
    kind = events.WIFI

    def __init__(self, wlan, ssid, password, alive, console):
        self._wlan = wlan
        self._ssid = ssid
        self._password = password
        self._alive = alive
        self._console = console
        self._failures = 0
        self._doubted = False
        self._watching = None
        self.rung = 0
        self.on_down = None

    def isup(self):
        return self._wlan.active() and self._wlan.isconnected()

    async def up(self):
        if self.isup() and not self._doubted:
            if not self._failures:
                self.rung = 0
            return
        self._unwatch()
        self._doubted = False
        self._console.say('joining the Wi-Fi "%s"' % self._ssid)
        await self._begin()
        for _ in range(JOIN_MS // STEP_MS):
            status = self._wlan.status()
            if self._wlan.isconnected():
                break
            if status not in _WORKING and status != GOT_IP:
                break
            self._alive()
            await asyncio.sleep_ms(STEP_MS)
        if not self._wlan.isconnected():
            self._fail(self._wlan.status())
        self._failures = 0
        self._watching = asyncio.create_task(self._watch())

    def doubt(self, silent):
        # Somebody who was silent may be behind an access point that has forgotten us.
        self._doubted = self._doubted or silent

    def expect(self, ms):
        pass

    def name_servers(self):
        server = self._wlan.ifconfig()[3] if self.isup() else ""
        return [server] if server and server != "0.0.0.0" else []  # noqa: S104 - what is shown when none was told

    def time(self):
        return None

    def facts(self):
        dbm = events.NO_SIGNAL
        if self.isup():
            try:
                dbm = self._wlan.status("rssi")
            except (OSError, ValueError):
                pass  # it left just now
        return 0, dbm, events.NO_RAT, self._ssid, "", ""

    async def _begin(self):
        wlan = self._wlan
        if self._failures and self._failures % RADIO_AFTER == 0:
            self.rung = RADIO
            wlan.active(False)
            await asyncio.sleep_ms(OFF_MS)
        wlan.active(True)
        try:
            wlan.disconnect()
        except OSError:
            pass  # it was not joined
        try:
            wlan.config(reconnects=0)  # whoever retries in the background hides why it fails
            wlan.connect(self._ssid, self._password)
        except OSError as error:
            self._console.say("Wi-Fi: %s" % error)

    def _fail(self, status):
        self._failures += 1
        reason = events.NET_WIFI
        if status in _MISSING:
            reason = events.NET_WIFI_MISSING
        elif status in _PASSWORD:
            reason = events.NET_WIFI_PASSWORD
        raise NoNetwork(reason, _SENTENCES[reason] % self._ssid)

    async def _watch(self):
        while self._wlan.isconnected():
            await asyncio.sleep_ms(LOOK_MS)
        self._watching = None
        if self.on_down:
            self.on_down("the Wi-Fi is gone")

    def _unwatch(self):
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
