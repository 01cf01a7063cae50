# The link around its sessions: which reason is told when it is away, what the bearer hears of a failure, how long it
# rests, and that a step of everything shows life.
import asyncio

from umqtt.simple import MQTTException

import events
import link
import troubles
from bearers import NoNetwork, Wired
from ledger import Ledger
from names import NoAddress
from timeofday import NoTime, TimeOfDay

ONLY_ON_UNIT = True


class Bearer(Wired):
    def __init__(self, fails=()):
        self.fails = list(fails)
        self.doubts = []
        self.rung = 0

    def isup(self):
        return not self.fails

    async def up(self):
        if self.fails:
            raise NoNetwork(self.fails.pop(0), "look at the SIM")

    def doubt(self, silent):
        self.doubts.append(silent)


class Lists:
    def servers(self):
        return [("one", 8883), ("two", 8883)]

    def context(self):
        return None


class Resolver:
    def __init__(self):
        self.answers = 0
        self.forgotten = []

    async def address(self, name):
        return name

    def forget(self, name):
        self.forgotten.append(name)


class Time:
    def __init__(self):
        self.doubted = 0

    async def settle(self):
        pass

    def doubt(self):
        self.doubted += 1


class Console:
    def __init__(self):
        self.said = []

    def say(self, line):
        self.said.append(line)

    news = say


class Session:
    # ends: for each attempt what open() raises, or None: it stands, and then ends with the next
    def __init__(self, ends):
        self.ends = list(ends)
        self.opened = []
        self.greeting = False

    def reset(self):
        pass

    async def open(self, address, port, host, context):
        self.opened.append(host)
        self.end()

    async def live(self):
        self.end()

    def end(self):
        if not self.ends:
            raise SystemExit
        error = self.ends.pop(0)
        if error is not None:
            raise error

    def close(self):
        pass


class Bench:
    def __init__(self, ends, fails=()):
        self.bearer, self.resolver, self.time, self.console = Bearer(fails), Resolver(), Time(), Console()
        self.now = 0
        self.link = link.Link(
            "3fa2b81c",
            ("d", "u"),
            120,
            self.bearer,
            Lists(),
            self.resolver,
            self.time,
            Ledger(),
            self.console,
            lambda: self.now,
        )
        self.link.session = self.session = Session(ends)
        self.offline, self.online, self.hurried, self.pauses = [], [], [], []
        self.link.hurry = self.hurried.append
        self.link.on_offline = self.offline.append
        self.link.on_online = lambda *told: self.online.append(told)

    async def runs(self):
        real = asyncio.sleep_ms

        async def passes(ms):
            self.pauses.append(ms)
            self.now += ms // 1000
            await real(0)

        asyncio.sleep_ms = passes
        try:
            await self.link.run()
        except SystemExit:
            return self
        finally:
            asyncio.sleep_ms = real


MUTE = troubles.Down("no answer", events.NET_SERVER, troubles.MUTE)
SILENT = troubles.Down("no answer to a ping", events.NET_SILENT, troubles.MUTE)


async def test_what_the_bearer_says_is_told_and_rested_after_shortly():
    bench = await Bench([None], [events.NET_PIN_WRONG, events.NET_PIN_WRONG]).runs()
    assert bench.offline == [events.NET_PIN_WRONG] * 2
    assert any("look at the SIM" in line for line in bench.console.said)
    assert bench.online == [(events.NET_PIN_WRONG, bench.now, 0)] and max(bench.pauses) <= 4000


async def test_a_silent_end_stays_the_reason_while_servers_are_only_out_of_reach():
    bench = await Bench([None, SILENT, MUTE, NoAddress("none", False), None]).runs()
    assert set(bench.offline) == {events.NET_SILENT}
    assert [told[0] for told in bench.online] == [events.NET_OK, events.NET_SILENT]
    assert bench.bearer.doubts == [True, True, True]


async def test_a_refusal_says_more_than_a_silent_end_and_a_bearer_more_than_both():
    bench = await Bench([None, SILENT, MQTTException(5), None]).runs()
    assert bench.offline == [events.NET_SILENT, events.NET_REFUSED]
    bench = Bench([None, SILENT, None])
    bench.link.on_offline = lambda reason: (bench.offline.append(reason), bench.bearer.fails.append(events.NET_DENIED))
    bench.bearer.isup = lambda: True
    real = bench.bearer.up

    async def once():
        if bench.bearer.fails and len(bench.offline) > 1:
            bench.bearer.fails.clear()
        await real()

    bench.bearer.up = once
    await bench.runs()
    assert bench.offline == [events.NET_SILENT, events.NET_DENIED] and bench.online[-1][0] == events.NET_DENIED


async def test_a_mute_server_is_no_mute_network_when_a_name_server_answered():
    bench = Bench([MUTE, MUTE, None])

    async def address(name):
        bench.resolver.answers += 1
        return name

    bench.resolver.address = address
    await bench.runs()
    assert bench.bearer.doubts == [False, False]


async def test_servers_take_turns_and_a_bearer_that_fails_passes_nobody_over():
    bench = await Bench([MUTE, MUTE, MUTE, None], [events.NET_SEARCHING]).runs()
    assert bench.session.opened[:4] == ["one", "two", "one", "two"]
    assert bench.resolver.forgotten == ["one", "two", "one"]


async def test_pauses_leave_room_in_a_minute_and_refusals_rest_for_longer_in_the_end():
    bench = await Bench([MUTE] * 30 + [None]).runs()
    assert max(bench.pauses) <= 25000 and bench.now < 30 * 25
    refused = [MQTTException(5)] * 30 + [None]
    bench = await Bench(refused).runs()
    assert 30 * 25 < bench.now < 30 * 300 and max(bench.pauses) <= link.SLICE_MS


async def test_only_a_certificate_out_of_time_makes_the_clock_doubted():
    for text, doubted in (
        ("\nThe certificate validity has expired\n", 1),
        ("\nThe certificate validity starts in the future\n", 1),
        ("\nThe certificate is not correctly signed by the trusted CA\n", 0),
    ):
        assert (await Bench([ValueError(text), None]).runs()).time.doubted == doubted


async def test_it_hurries_only_while_it_connects():
    bench = await Bench([None, SILENT, None]).runs()
    assert bench.hurried[:3] == [True, False, False]


def test_each_error_has_its_reason_and_what_it_says_of_the_network():
    for error, greeting, told in (
        (OSError(111), False, (events.NET_SERVER, troubles.WELL)),
        (OSError(113), False, (events.NET_LOST, troubles.BROKEN)),
        (OSError(104), False, (events.NET_LOST, troubles.BROKEN)),
        (OSError(-30592), True, (events.NET_REFUSED, troubles.WELL)),
        (ValueError("trusted CA"), True, (events.NET_REFUSED, troubles.WELL)),
        (NoAddress("no such name"), False, (events.NET_NAME, troubles.WELL)),
        (NoAddress("no name server answers", False), False, (events.NET_NAME, troubles.MUTE)),
        (NoTime("refuses"), False, (events.NET_TIME, troubles.WELL)),
        (SILENT, False, (events.NET_SILENT, troubles.MUTE)),
    ):
        assert troubles.reason(error, greeting) == told, error


class Clock:
    # network: the times that it tells, in turn; asked: how often a time server was
    def __init__(self, network, server):
        self.network = network
        self.unix, self.now, self.asked, self.told = 0, 0, 0, []
        self.kept = TimeOfDay(
            ["time"],
            lambda: self.network,
            self,
            lambda: self.unix,
            self.set,
            lambda: self.now,
            Console(),
            lambda *_: None,
        )
        self.kept.on_set = lambda *told: self.told.append(told)
        self.server = server

    def set(self, unix):
        self.unix = unix

    async def address(self, name):
        self.asked += 1
        if self.server is None:
            raise NoAddress("no name server answers", False)
        return "127.0.0.1"

    def forget(self, name):
        pass

    async def settle(self):
        import sntp

        async def ask(address):
            return self.server

        real, sntp.ask = sntp.ask, ask
        try:
            await self.kept.settle()
        finally:
            sntp.ask = real


GOOD, OTHER = 1800000000, 1800007200


async def test_the_time_of_the_network_is_taken_and_no_server_asked():
    clock = Clock(GOOD, OTHER)
    await clock.settle()
    await clock.settle()
    assert (clock.unix, clock.asked, clock.told) == (GOOD, 0, [(1, GOOD)])


async def test_a_network_that_tells_no_plausible_time_leaves_it_to_a_server():
    for network in (None, 315532800):  # 1980
        clock = Clock(network, GOOD)
        await clock.settle()
        assert (clock.unix, clock.asked, clock.told) == (GOOD, 1, [(2, GOOD)])


async def test_a_network_whose_time_made_certificates_fail_is_not_believed_again():
    clock = Clock(OTHER, GOOD)
    await clock.settle()
    clock.kept.doubt()
    await clock.settle()
    clock.now += 2 * 86400
    await clock.settle()
    assert clock.told == [(1, OTHER), (2, GOOD), (2, GOOD)]


async def test_a_doubted_time_of_the_network_is_better_than_none():
    clock = Clock(OTHER, None)
    await clock.settle()
    clock.unix = 0
    clock.kept.doubt()
    await clock.settle()
    assert clock.unix == OTHER
