# The link to the cloud, kept alive: which server, the steps before a session, the back-off after one. Never here: the
# session itself (session.py).
import asyncio
import gc
import os
import time

from umqtt.simple import MQTTException

from names import NoAddress
from packets import Malformed
from session import Session
from timeofday import NoTime
from troubles import Down, explain

STEADY_S = 30  # a session that lived so long was a good one: after it, the first attempt is made at once
MAX_PAUSE_S = 30


class Link:
    # lists: servers() and context() (servers.py); time_of_day: settle() (timeofday.py); seconds(): unit time. The
    # session's on_frame and on_up are given later.
    def __init__(self, unit_hex, topics, keepalive_s, lists, resolver, time_of_day, console, seconds):
        self._lists = lists
        self._resolver = resolver
        self._time_of_day = time_of_day
        self._console = console
        self._seconds = seconds
        self.session = Session(unit_hex, topics, keepalive_s, self.alive)
        self.stamp_ms = time.ticks_ms()  # when the link last showed that it is alive

    def alive(self):
        self.stamp_ms = time.ticks_ms()

    async def run(self):
        failures = 0
        while True:
            lived_s = await self._session(failures)
            failures = 0 if lived_s >= STEADY_S else failures + 1
            if failures:
                rounds = (failures - 1) // len(self._lists.servers())
                most = min(MAX_PAUSE_S, 1 << min(rounds, 5))
                await self._sleep_ms(most * (500 + os.urandom(1)[0] * 500 // 255))

    async def _session(self, failures):
        # Seconds that the session lived.
        servers = self._lists.servers()
        host, port = servers[failures % len(servers)]
        began = None
        try:
            await self._open(host, port)
            began = self._seconds()
            gc.collect()
            self._console.news("connected to %s:%d; %d bytes free" % (host, port, gc.mem_free()))
            await self.session.live()
        except (Down, OSError, ValueError, MQTTException, Malformed, NoAddress, NoTime) as error:
            self._console.say("%s:%d: %s" % (host, port, explain(error, self.session.greeting)))
            if began is None:
                self._resolver.forget(host)
            if isinstance(error, ValueError):  # a certificate was refused: perhaps it is the clock that is wrong
                self._time_of_day.doubt()
        finally:
            self.session.close()
        return 0 if began is None else self._seconds() - began

    async def _open(self, host, port):
        self.session.reset()
        self.alive()
        self._console.say("looking up %s" % host)
        address = await self._resolver.address(host)
        self.alive()
        await self._time_of_day.settle()
        self._console.say("connecting to %s:%d (%s)" % (host, port, address))
        await self.session.open(address, port, host, self._lists.context())

    async def _sleep_ms(self, ms):
        self.alive()
        await asyncio.sleep_ms(ms)
