# The board's clock: right before the first certificate is looked at, and put right again once a day at a reconnect. The
# network's own time is taken when it tells one, a time server is asked otherwise; and it alone, once the network's has
# been found wrong. Never here: unit seconds, which stay as they are when this one jumps.
import sntp

REFRESH_S = 86400
RETRY_S = 3600  # after a time server that does not answer, while the clock is plausible

# who told the time: detail of a TIME record
NETWORK = 1
SERVER = 2


class NoTime(Exception):
    # answered: somebody did, but not with a time.
    def __init__(self, why, answered=True):
        super().__init__(why)
        self.answered = answered


class TimeOfDay:
    # servers: names of time servers; network(): the network's time or None; get() and set(unix): the board's clock;
    # seconds(): unit time; spent(sent, received) as names.py's. Given later: on_set(source, unix).
    def __init__(self, servers, network, resolver, get, set_, seconds, console, spent):
        self._servers = servers
        self._network = network
        self._resolver = resolver
        self._get = get
        self._set = set_
        self._seconds = seconds
        self._console = console
        self._spent = spent
        self._due = 0  # unit second from which on it is asked again
        self._turn = 0
        self._lied = False  # the network told a time with which no certificate could be checked
        self._source = 0
        self.on_set = None

    async def settle(self):
        # Asks one server a time: the next attempt asks the next. NoTime when the clock is not set at the end.
        if self._seconds() < self._due:
            return
        if not self._lied and self._take_network():
            return
        name = self._servers[self._turn % len(self._servers)]
        self._console.say("asking %s for the time" % name)
        why = "no sound answer"
        answered = False
        try:
            address = await self._resolver.address(name)
            unix = await sntp.ask(address)
            self._spent(sntp.BLOCK, sntp.BLOCK if unix else 0)
        except Exception as error:
            unix = None
            why = str(error)
            answered = getattr(error, "answered", False)
        if unix is not None:
            self._becomes(unix, SERVER)
            return
        self._turn += 1
        self._resolver.forget(name)
        if not sntp.plausible(self._get()):
            if self._take_network():
                return  # a time that may be wrong is worth a try
            raise NoTime("the time is not known yet (%s: %s), so no certificate can be checked" % (name, why), answered)
        self._due = self._seconds() + RETRY_S

    def doubt(self):
        # Ask again before the next certificate.
        self._due = 0
        self._lied = self._lied or self._source == NETWORK

    def _take_network(self):
        unix = self._network()
        if unix is None or not sntp.plausible(unix):
            return False
        self._becomes(unix, NETWORK)
        return True

    def _becomes(self, unix, source):
        self._set(unix)
        self._due = self._seconds() + REFRESH_S
        self._source = source
        if self.on_set:
            self.on_set(source, unix)
