# The link to the cloud, kept alive: the network below it, which server, the back-off after a failure, and why there is
# no session when there is none. Never here: the session itself (session.py), how a network is brought up (the bearers).
import asyncio
import gc
import os
import time

from umqtt.simple import MQTTException

import events
import troubles
from bearers import NoNetwork
from names import NoAddress
from packets import Malformed
from session import CONNECT_MS, Session
from timeofday import NoTime

STEADY_S = 30  # a session that lived so long was a good one: after it, the first attempt is made at once
MAX_PAUSE_S = 25  # with an attempt that fails before it and one that succeeds after it, less than a minute
MAX_BEARER_S = 4  # a bearer that failed rests by itself
REFUSALS = 8  # in a row, until it is taken for more than a server that is just being started
MAX_REFUSED_S = 300  # each attempt costs some kilobytes, and nothing will change soon
SLICE_MS = 20000  # of a long pause: the link shows that it is alive

_TELLING = {  # the more, the better it tells what to do about it; what a bearer says tells most
    events.NET_OK: -1,
    events.NET_REFUSED: 1,
    events.NET_TIME: 1,
}
_BEARERS = 16  # reasons of bearers begin here


class Link:
    # bearer: bearers.py; lists: servers() and context() (servers.py); resolver, time_of_day, ledger: of the files so
    # named; seconds(): unit time. Given later: the session's on_frame and on_up; hurry(whether): much is to be reckoned
    # now; on_offline(reason), on_online(reason, seconds away, rung), on_keepalive(seconds): shorter than before.
    def __init__(self, unit_hex, topics, keepalive_s, bearer, lists, resolver, time_of_day, ledger, console, seconds):
        self._bearer = bearer
        self._lists = lists
        self._resolver = resolver
        self._time_of_day = time_of_day
        self._console = console
        self._seconds = seconds
        self.session = Session(unit_hex, topics, keepalive_s, self.alive, bearer.expect, ledger, seconds)
        self.session.on_idle = self._idle
        self.stamp_ms = time.ticks_ms()  # when the link last showed that it is alive
        self._failures = 0  # in a row
        self._refusals = 0
        self._turn = 0  # of the servers
        self._away_since = 0  # unit seconds
        self._reason = events.NET_OK
        self._telling = -1
        self._answers = 0  # of name servers, when this attempt began
        self._rung = 0  # the highest that the bearer had to climb since the last session
        self.hurry = None
        self.on_offline = None
        self.on_online = None
        self.on_keepalive = None

    def alive(self):
        self.stamp_ms = time.ticks_ms()

    def network_gone(self, why):
        # The bearer noticed by itself.
        self.session.drop(why, events.NET_LOST, troubles.BROKEN)

    async def run(self):
        while True:
            if await self._attempt() >= STEADY_S:
                self._failures = 0
            if self._failures:
                await self._pause()

    async def _attempt(self):
        # Seconds that the session lived.
        try:
            self.alive()
            await self._bearer.up()
        except NoNetwork as error:
            self._console.say("no network: %s" % error)
            self._failed(error.reason)
            return 0
        self._rung = max(self._rung, self._bearer.rung)
        self._telling = min(self._telling, 0)
        servers = self._lists.servers()
        host, port = servers[self._turn % len(servers)]
        began = None
        try:
            await self._open(host, port)
            began = self._stands(host, port)
            await self.session.live()
        except (troubles.Down, OSError, ValueError, MQTTException, Malformed, NoAddress, NoTime) as error:
            greeting = self.session.greeting
            self._console.say("%s:%d: %s" % (host, port, troubles.explain(error, greeting)))
            if troubles.of_the_clock(error):
                self._time_of_day.doubt()
            self._over(host, *troubles.reason(error, greeting), stood=began is not None)
        finally:
            self.session.close()
            self.hurry(False)
        return 0 if began is None else self._seconds() - began

    async def _open(self, host, port):
        self.session.reset()
        self._answers = self._resolver.answers
        self._bearer.expect(CONNECT_MS)
        self._console.say("looking up %s" % host)
        address = await self._resolver.address(host)
        self.alive()
        self._bearer.expect(CONNECT_MS)
        await self._time_of_day.settle()
        self._console.say("connecting to %s:%d (%s)" % (host, port, address))
        self.hurry(True)
        await self.session.open(address, port, host, self._lists.context())
        self.hurry(False)

    def _stands(self, host, port):
        now = self._seconds()
        gc.collect()
        self._console.news("connected to %s:%d; %d bytes free" % (host, port, gc.mem_free()))
        self.on_online(self._reason, now - self._away_since, self._rung)
        self._reason, self._telling, self._rung = events.NET_OK, -1, 0
        self._refusals = 0
        return now

    def _over(self, host, reason, network, stood):
        if stood:
            self._away_since = self._seconds()
        else:
            self._turn += 1
            self._resolver.forget(host)
        self._refusals = self._refusals + 1 if reason == events.NET_REFUSED else 0
        answered = not stood and self._resolver.answers != self._answers
        self._bearer.doubt(network == troubles.MUTE and not answered)  # a mute server is no mute network
        self._failed(reason)

    def _failed(self, reason):
        self._failures += 1
        telling = 2 if reason >= _BEARERS else _TELLING.get(reason, 0)
        if telling > self._telling or telling == self._telling > 0:
            self._reason, self._telling = reason, telling
        self.on_offline(self._reason)

    def _idle(self, idle_s, shorter):
        why = "connections die when they are idle" if shorter else "perhaps connections live longer"
        self._console.news("%s: asking every %d s from now on" % (why, idle_s))
        if shorter:
            self.on_keepalive(idle_s)

    async def _pause(self):
        # Half of it is chance, so that a fleet does not come back in one moment.
        rounds = (self._failures - 1) // len(self._lists.servers())
        most_s = min(MAX_PAUSE_S if self._bearer.isup() else MAX_BEARER_S, 1 << min(rounds, 5))
        if self._refusals >= REFUSALS:
            most_s = min(MAX_REFUSED_S, MAX_PAUSE_S << min(self._refusals - REFUSALS, 5))
        left_ms = most_s * (500 + os.urandom(1)[0] * 500 // 255)
        while left_ms > 0:
            self.alive()
            await asyncio.sleep_ms(min(left_ms, SLICE_MS))
            left_ms -= SLICE_MS
        self.alive()
