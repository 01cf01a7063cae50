# The board's clock: right before the first certificate is looked at, and put right again once a day at a reconnect.
# Never here: unit seconds, which stay as they are when this one jumps.
import sntp

REFRESH_S = 86400
RETRY_S = 3600  # after a time server that does not answer, while the clock is plausible


class NoTime(Exception):
    pass


class TimeOfDay:
    # servers: names of time servers; get() and set(unix) the board's clock; seconds(): unit time.
    def __init__(self, servers, resolver, get, set_, seconds, console):
        self._servers = servers
        self._resolver = resolver
        self._get = get
        self._set = set_
        self._seconds = seconds
        self._console = console
        self._due = 0  # unit second from which on it is asked again
        self._turn = 0

    async def settle(self):
        # Asks one server a time: the next attempt asks the next. NoTime when the clock is not set at the end.
        if self._seconds() < self._due:
            return
        name = self._servers[self._turn % len(self._servers)]
        self._console.say("asking %s for the time" % name)
        why = "no sound answer"
        try:
            unix = await sntp.ask(await self._resolver.address(name))
        except Exception as error:
            unix = None
            why = str(error)
        if unix is not None:
            self._set(unix)
            self._due = self._seconds() + REFRESH_S
            return
        self._turn += 1
        self._resolver.forget(name)
        if not sntp.plausible(self._get()):
            raise NoTime("the time is not known yet (%s: %s), so no certificate can be checked" % (name, why))
        self._due = self._seconds() + RETRY_S

    def doubt(self):
        # Ask again before the next certificate.
        self._due = 0
