# Wi-Fi as a bearer: joined, or refused with a reason that tells what to do; watched; its radio restarted at need.
import asyncio

import events
import wifi
from bearers import NoNetwork

ONLY_ON_UNIT = True
SECRET = "not to be told"


class Wlan:
    # becomes: the status some steps after connect()
    def __init__(self, becomes):
        self.becomes = becomes
        self.now = 1000
        self.on = False
        self.joins = []
        self.actives = []
        self.left = 0

    def active(self, on=None):
        if on is not None:
            self.on = on
            self.actives.append(on)
        return self.on

    def connect(self, ssid, key):
        self.joins.append((ssid, key))
        self.now = 1001
        self.left = 3

    def disconnect(self):
        self.now = 1000

    def status(self, what=None):
        if what == "rssi":
            return -61
        if self.now == 1001 and self.left:
            self.left -= 1
            if not self.left:
                self.now = self.becomes
        return self.now

    def isconnected(self):
        return self.now == wifi.GOT_IP

    def ifconfig(self):
        return ("192.168.4.7", "255.255.255.0", "192.168.4.1", "192.168.4.53")

    def config(self, **settings):
        pass


class Console:
    def __init__(self):
        self.said = []

    def say(self, line):
        self.said.append(line)


def made(becomes):
    wlan, console = Wlan(becomes), Console()
    wifi.STEP_MS, wifi.OFF_MS, wifi.LOOK_MS = 1, 1, 5
    return wlan, wifi.Wifi(wlan, "shop", SECRET, lambda: None, console), console


async def refused(bearer):
    try:
        await bearer.up()
    except NoNetwork as error:
        return error
    raise AssertionError("it is up")


async def test_joined_it_has_an_address_a_name_server_and_a_signal():
    wlan, bearer, _ = made(wifi.GOT_IP)
    assert not bearer.isup() and bearer.name_servers() == []
    await bearer.up()
    await bearer.up()
    assert bearer.isup() and wlan.joins == [("shop", SECRET)]
    assert bearer.name_servers() == ["192.168.4.53"]
    assert bearer.facts() == (0, -61, events.NO_RAT, "shop", "", "")


async def test_each_refusal_has_its_reason_and_no_password_is_told():
    for status, reason in (
        (201, events.NET_WIFI_MISSING),
        (202, events.NET_WIFI_PASSWORD),
        (204, events.NET_WIFI_PASSWORD),
        (203, events.NET_WIFI),
        (1001, events.NET_WIFI),  # for ever
    ):
        _, bearer, console = made(status)
        error = await refused(bearer)
        assert error.reason == reason and "shop" in str(error)
        assert SECRET not in str(error) and not any(SECRET in line for line in console.said)


async def test_after_three_failures_the_radio_is_turned_off_and_on():
    wlan, bearer, _ = made(201)
    for _ in range(3):
        await refused(bearer)
    assert False not in wlan.actives
    wlan.becomes = wifi.GOT_IP
    await bearer.up()
    assert wlan.actives[-2:] == [False, True] and bearer.isup() and bearer.rung == wifi.RADIO


async def test_gone_it_is_told_once_and_joined_anew():
    wlan, bearer, _ = made(wifi.GOT_IP)
    told = []
    bearer.on_down = told.append
    await bearer.up()
    wlan.now = 200
    await asyncio.sleep_ms(50)
    assert told == ["the Wi-Fi is gone"] and not bearer.isup()
    await bearer.up()
    assert len(wlan.joins) == 2


async def test_a_silence_above_it_is_looked_into_and_nothing_else_is():
    wlan, bearer, _ = made(wifi.GOT_IP)
    await bearer.up()
    bearer.doubt(False)
    await bearer.up()
    assert len(wlan.joins) == 1
    bearer.doubt(True)
    await bearer.up()
    assert len(wlan.joins) == 2
