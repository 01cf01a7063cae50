# For how long a connection may be idle before it is asked whether it still lives. Pure: what was survived and what was
# not goes in, seconds come out. Translators of addresses on the way (NAT) forget an idle connection after a time that
# nobody tells; what is sent after it is lost without a word, a door command too. The rule:
#
#   - begin with three quarters of unit.json's keepalive;
#   - a connection that died silently after an idle time that none has survived: at most two thirds of that time from
#     now on, never under MIN_S;
#   - one that died after an idle time that others have survived: that was an outage, unless the next dies likewise;
#   - a day without such a death: half as long again, as long as that is not more than in the beginning; when a
#     connection dies of it, back again, and the next try comes after twice the time, at last after 16 days.
MIN_S = 30
DAY_S = 86400
MAX_WAIT_S = 16 * DAY_S
NEAR_S = 5  # so much less than the time between pings is meant as that: a ping's answer came a round trip after it


class Keepalive:
    def __init__(self, keepalive_s):
        self.longest_s = keepalive_s * 3 // 4
        self.idle_s = self.longest_s
        self._survived_s = 0  # the longest idle time after which a connection was heard of
        self._deaths = 0  # silent ones in a row
        self._since_s = 0  # the last death, or the last change
        self._wait_s = DAY_S
        self._trying = False

    def survived(self, idle_s, now_s):
        # Something was heard after so much idle time. True: idle_s is another from now on.
        idle_s = self._meant(idle_s)
        if idle_s < MIN_S:
            return False
        self._deaths = 0
        self._survived_s = max(self._survived_s, idle_s)
        if self._survived_s >= self.idle_s:
            self._trying = False
        if self.idle_s >= self.longest_s or now_s - self._since_s < self._wait_s:
            return False
        self._trying = True
        return self._becomes(min(self.longest_s, self.idle_s * 3 // 2), now_s)

    def died(self, idle_s, now_s):
        # A connection died silently, and so long was its longest idle time since it was last heard of. True as above.
        idle_s = self._meant(idle_s)
        if idle_s < MIN_S:
            return False  # it was in use: no idle time killed it
        self._since_s = now_s
        self._deaths += 1
        if idle_s <= self._survived_s and self._deaths < 2:
            return False
        if self._trying:
            self._wait_s = min(2 * self._wait_s, MAX_WAIT_S)
            self._trying = False
        shorter_s = max(MIN_S, min(idle_s, self.idle_s) * 2 // 3)
        self._survived_s = min(self._survived_s, shorter_s)
        self._deaths = 0
        return shorter_s < self.idle_s and self._becomes(shorter_s, now_s)

    def _meant(self, idle_s):
        return max(idle_s, self.idle_s) if idle_s >= self.idle_s - NEAR_S else idle_s

    def _becomes(self, idle_s, now_s):
        self.idle_s = idle_s
        self._since_s = now_s
        return True
