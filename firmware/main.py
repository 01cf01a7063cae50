# The application's wiring: hardware in, everything built and joined, the watchdog fed while all is well. The only file
# beside boot.py that imports machine and esp32. Never here: a rule.
import asyncio
import gc
import os
import sys
import time

import config
import readback
import relay
import wire
from bearers import Wired
from clock import Seconds
from console import Console
from fitting import Fitting
from ledger import Ledger
from link import Link
from names import Resolver
from servers import Lists
from timeofday import TimeOfDay
from unit import Unit

WATCHDOG_MS = 60000
LOOK_MS = 30000  # the supervisor's round
STALE_MS = 45000  # no step of the session takes longer, so one that shows no life for so long hangs
EXPLAIN_S = 60  # between two explanations of what is wrong with the settings
FLUSH_MS = 2000  # for the console, before a reset
FROM_1970_TO_2000 = 946684800  # seconds; a board's time starts in 2000, that of the unix port in 1970


def run():
    import machine

    coils = []
    watchdog = machine.WDT(timeout=WATCHDOG_MS)
    try:
        settings, lists = _settings(watchdog)
        asyncio.run(_serve(machine, watchdog, settings, lists, coils))
    except Exception as error:
        _reset(machine, coils, error)


def _settings(watchdog):
    # Waits with the coil off until the settings are good: the files may be put right meanwhile.
    while True:
        try:
            settings = config.read()
            return settings, Lists(settings)
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
    seconds = Seconds(time.ticks_ms, time.ticks_diff).now
    doors = []
    tasks = []  # kept, or they might be collected

    def crashed(loop, context):
        _reset(machine, coils, context["exception"])

    async def restart():
        while any(coil.busy() for coil in coils):
            await asyncio.sleep_ms(100)
        _reset(machine, coils)

    asyncio.get_event_loop().set_exception_handler(crashed)
    unit = Unit(settings, doors, lists, seconds, os.urandom(8), machine.reset_cause())
    fitting = Fitting(machine.Pin, _make_rmt(machine), seconds, unit.changed, coils)
    fitting.hang(lists.doors(), doors)
    bearer = _bearer(settings.network)
    ledger = Ledger()
    resolver = Resolver(lambda: list(bearer.name_servers()) + settings.dns, seconds, ledger.datagrams)
    time_of_day = TimeOfDay(
        settings.time_servers, bearer.time, resolver, _unix, _set_clock, seconds, console, ledger.datagrams
    )
    topics = wire.topics(settings.unit_hex)
    link = Link(
        settings.unit_hex, topics, settings.keepalive_s, bearer, lists, resolver, time_of_day, ledger, console, seconds
    )
    bearer.on_down = link.network_gone
    link.hurry = lambda whether: None
    link.on_offline = lambda reason: None
    link.on_online = lambda reason, away_s, rung: None
    link.on_keepalive = lambda idle_s: None
    link.session.on_frame = unit.on_frame
    link.session.on_up = unit.on_up
    unit.publish = link.session.publish
    unit.counts = link.session.counts
    unit.restart = lambda: tasks.append(asyncio.create_task(restart()))
    tasks.append(asyncio.create_task(link.run()))
    tasks.append(asyncio.create_task(unit.report()))
    for door in doors:
        if door.sensor.present:
            tasks.append(asyncio.create_task(door.sensor.watch(unit.changed)))
    gc.collect()
    print("unit %s: %d doors, %d bytes free" % (settings.unit_hex, len(doors), gc.mem_free()))
    while True:
        _look(watchdog, link, coils)
        if lists.overdue(seconds()):  # asking for the seconds keeps the wrap of the tick counter from being missed
            print("no welcome with the new configuration in 5 minutes: restarting with the one before")
            unit.restart()
        for door in doors:
            door.sensor.look()
        unit.tell()
        gc.collect()
        await asyncio.sleep_ms(LOOK_MS)


def _look(watchdog, link, coils):
    now = time.ticks_ms()
    if time.ticks_diff(now, link.stamp_ms) < STALE_MS and all(coil.healthy(now) for coil in coils):
        watchdog.feed()
    else:
        print("the session or a coil hangs: the watchdog will restart the unit")
    for coil in coils:
        coil.check()


def _bearer(network):
    return Wired()


def _make_rmt(machine):
    from esp32 import RMT

    def make(channel, pin, gpio):
        made = relay.rmt(RMT, channel, pin)
        if sys.platform == "esp32":
            readback.enable(machine.mem32, gpio)
        return made

    return make


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
    time.sleep_ms(FLUSH_MS)
    machine.reset()
