# The application's wiring: hardware in, everything built and joined, the watchdog fed while all is well. The only file
# beside boot.py that imports machine and esp32. Never here: a rule.
import asyncio
import gc
import os
import sys
import time

import led
import readback
import relay
import wire
from bearers import Wired
from clock import Seconds
from console import Console
from fitting import Fitting
from journal import Journal
from ledger import Ledger
from link import Link
from names import Resolver
from pace import Pace
from servers import Lists
from timeofday import TimeOfDay
from unit import Unit
from updates import Updates
from voice import Voice

WATCHDOG_MS = 60000
LOOK_MS = 30000  # the supervisor's round
STALE_MS = 45000  # no step of the session takes longer, so one that shows no life for so long hangs
EXPLAIN_S = 60  # between two explanations of what is wrong with the settings
RESTART_LOOK_MS = 200
WIPE_CALLS = 12  # deep: more of the stack than reading the settings takes
FLUSH_MS = 2000  # for the console, before a reset
UART_BAUD = 115200  # without flow control, what every board's wiring stands
UART_IN = 8192  # bytes: what comes while a certificate is reckoned with must not be lost
UART_OUT = 2048
GENERIC = "ESP32"  # in a manifest: any board without a modem of its own
FROM_1970_TO_2000 = 946684800  # seconds; a board's time starts in 2000, that of the unix port in 1970


def run():
    import machine

    coils = []
    watchdog = machine.WDT(timeout=WATCHDOG_MS)
    try:
        settings, lists = _settings(watchdog)
        _wipe(WIPE_CALLS)
        asyncio.run(_serve(machine, watchdog, settings, lists, coils))
    except Exception as error:
        _reset(machine, coils, error)


def _wipe(calls):
    # What reading the settings has left on the stack would be taken for references by every collection from now on:
    # 10 kB of code that nobody uses any more.
    return calls and _wipe(calls - 1)


def _settings(watchdog):
    # Waits with the coil off until the settings are good: the files may be put right meanwhile.
    import config

    while True:
        try:
            settings = config.read()
            lists = Lists(settings)
            config.let_go()
            return settings, lists
        except config.Wrong as wrong:
            problems = wrong.args[0]
        except (ValueError, OSError) as error:
            problems = ["tls.crt, tls.key or ca/0.der is no certificate or key that TLS can use: %s" % error]
        print("This unit is not set up and does nothing; its coils are off. To be put right:")
        for problem in problems:
            print(" -", problem)
        for _ in range(EXPLAIN_S):
            watchdog.feed()
            time.sleep(1)


async def _serve(machine, watchdog, settings, lists, coils):
    console = Console()
    clock = Seconds(time.ticks_ms, time.ticks_diff)
    seconds = clock.now
    doors = []
    tasks = []  # kept, or they might be collected
    restart = _Restart(machine, coils)

    def crashed(loop, context):
        _reset(machine, coils, context["exception"])

    def alive():
        link.alive()

    asyncio.get_event_loop().set_exception_handler(crashed)
    cause = machine.reset_cause()
    voice = Voice(settings.unit, settings.command_keys, os.urandom(8))
    journal = Journal("/", clock.tenths, voice.epoch, cause)
    unit = Unit(settings, doors, lists, seconds, journal, voice, cause)
    fitting = Fitting(machine.Pin, _make_rmt(machine), clock, unit, coils)
    fitting.hang(lists.doors(), doors)
    unit.inputs = fitting.feel(settings.inputs)
    network = lists.network()
    light = _light(machine, network)
    bearer = _bearer(machine, network, alive, seconds, console, restart.when_idle)
    _let_go(("boards",))
    ledger = Ledger()
    resolver = Resolver(lambda: list(bearer.name_servers()) + settings.dns, seconds, ledger.datagrams)
    time_of_day = TimeOfDay(
        settings.time_servers, bearer.time, resolver, _unix, _set_clock, seconds, console, ledger.datagrams
    )
    topics = wire.topics(settings.unit_hex)
    link = Link(
        settings.unit_hex, topics, settings.keepalive_s, bearer, lists, resolver, time_of_day, ledger, console, seconds
    )
    link.hurry = Pace(machine.freq).hurry
    voice.publish = link.session.publish
    _join(unit, link, bearer, light, ledger, time_of_day)
    unit.restart = restart.soon
    resting = lambda: not any(coil.busy() for coil in coils)  # noqa: E731
    free = lambda: not any(coil.busy() or coil.held() for coil in coils)  # noqa: E731
    unit.updates = Updates(network.get("board") or GENERIC, sys.path[0][1:], unit, voice, resting, free, _chip, seconds)
    unit.updates.wake()
    tasks.append(asyncio.create_task(link.run()))
    for endless in [unit.report(), unit.tell_up(), light.shine()] + fitting.watches():
        tasks.append(asyncio.create_task(endless))
    gc.collect()
    print("unit %s: %d doors, %d bytes free" % (settings.unit_hex, len(doors), gc.mem_free()))
    while True:
        _look(watchdog, link, coils)
        if lists.overdue(seconds()):  # asking for the seconds keeps the wrap of the tick counter from being missed
            print("no welcome with the new configuration in 5 minutes: restarting with the one before")
            unit.restart()
        fitting.look()
        unit.tell()
        unit.updates.look()
        _mark(machine, 0, seconds())
        gc.collect()
        await asyncio.sleep_ms(LOOK_MS)


class _Restart:
    # Of the whole unit, as soon as its doors let it.
    def __init__(self, machine, coils):
        self._machine = machine
        self._coils = coils
        self._soon = None
        self._idle = None

    def soon(self):
        self._soon = self._soon or asyncio.create_task(self._when(lambda coil: not coil.busy()))

    def when_idle(self):
        # For the network's sake: no door that somebody keeps open falls shut for that.
        self._idle = self._idle or asyncio.create_task(self._when(lambda coil: not coil.busy() and not coil.held()))

    async def _when(self, ready):
        while not all(ready(coil) for coil in self._coils):
            await asyncio.sleep_ms(RESTART_LOOK_MS)
        _reset(self._machine, self._coils)


def _look(watchdog, link, coils):
    now = time.ticks_ms()
    if time.ticks_diff(now, link.stamp_ms) < STALE_MS and all(coil.healthy(now) for coil in coils):
        watchdog.feed()
    else:
        print("the session or a coil hangs: the watchdog will restart the unit")
    for coil in coils:
        coil.check()


def _join(unit, link, bearer, light, ledger, time_of_day):
    # Who tells whom.
    def condition():
        roaming, dbm, rat, *texts = bearer.facts()
        return (bearer.kind, roaming, dbm, rat, link.session.keepalive.idle_s) + tuple(texts)

    bearer.on_down = link.network_gone

    def offline(reason):
        light.show(led.pattern(reason))
        unit.offline(reason)

    def online(reason, away_s, rung):
        light.show(led.STEADY)
        unit.online(reason, away_s, rung)

    link.on_offline = offline
    link.on_online = online
    link.on_keepalive = unit.keepalive
    link.session.on_frame = unit.on_frame
    link.session.on_up = unit.on_up
    time_of_day.on_set = unit.clock_set
    unit.counts = link.session.counts
    unit.condition = condition
    unit.ledger = ledger.totals


def _bearer(machine, network, alive, seconds, console, restart):
    # What is not used is not loaded.
    if network["kind"] == "wired":
        return Wired()
    from network import PPP, STA_IF, WLAN

    if network["kind"] == "wifi":
        from wifi import Wifi

        return Wifi(WLAN(STA_IF), network["ssid"], network["password"], alive, console)
    from boards import BOARDS
    from modem import Modem

    def out(number, level):
        return machine.Pin(number, machine.Pin.OUT, value=level)

    board = BOARDS[network["board"]]
    uart = machine.UART(1, UART_BAUD, tx=board.tx, rx=board.rx, rxbuf=UART_IN, txbuf=UART_OUT, timeout=0)
    modem = Modem(network, uart, out, PPP, alive, seconds, console, restart)
    modem.let_go = _let_go
    return modem


def _let_go(names):
    # Of files that were loaded: who needs one again loads it again.
    for name in names:
        if name in sys.modules:
            del sys.modules[name]


def _light(machine, network):
    if network["kind"] != "modem":
        return led.Led(None)
    from boards import BOARDS

    where = BOARDS[network["board"]].led
    if where is None:
        return led.Led(None)
    number, level = where
    return led.Led(machine.Pin(number, machine.Pin.OUT, value=1 - level), level)


def _make_rmt(machine):
    from esp32 import RMT

    def make(channel, pin, gpio):
        made = relay.rmt(RMT, channel, pin)
        if sys.platform == "esp32":
            readback.enable(machine.mem32, gpio)
        return made

    return make


def _chip():
    # For a trial: a timer, the partitions.
    import esp32
    import machine

    return machine, esp32


def _mark(machine, planned, seconds):
    # For boot.py: how long this run has lived, whether its end is meant.
    kept = b"IO" + bytes([planned]) + seconds.to_bytes(4, "big")
    machine.RTC().memory(kept + bytes([sum(kept) & 0xFF]))


def _unix():
    return time.time() + (FROM_1970_TO_2000 if time.gmtime(0)[0] == 2000 else 0)


def _set_clock(unix):
    import machine

    t = time.gmtime(unix - (FROM_1970_TO_2000 if time.gmtime(0)[0] == 2000 else 0))
    machine.RTC().datetime((t[0], t[1], t[2], t[6], t[3], t[4], t[5], 0))


def _reset(machine, coils, error=None):
    for coil in coils:
        coil.off()
    if error is not None:
        sys.print_exception(error)
    else:
        kept = bytes(machine.RTC().memory())  # by the supervisor's last round: the chip's ticks wrap after 12 days
        _mark(machine, 1, int.from_bytes(kept[3:7], "big"))
    time.sleep_ms(FLUSH_MS)
    machine.reset()
