# Seconds and tenths of them since boot, from a tick counter that wraps every 2^30 ms (12.4 days). The counter's
# difference is right for up to 6.2 days, so someone has to ask at least that often; the supervisor does, every 20 s.
# Never here: the time of day (sntp.py).


class Seconds:
    def __init__(self, ticks_ms, ticks_diff):
        self._ticks_ms = ticks_ms
        self._ticks_diff = ticks_diff
        self._last = ticks_ms()
        self._seconds = 0
        self._ms = 0

    def now(self):
        ticks = self._ticks_ms()
        passed = self._ms + max(0, self._ticks_diff(ticks, self._last))
        self._last = ticks
        self._seconds += passed // 1000
        self._ms = passed % 1000
        return self._seconds

    def tenths(self):
        return self.now() * 10 + self._ms // 100
