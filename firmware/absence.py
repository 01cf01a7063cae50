# When being away from the cloud is worth a record. Pure: times come in, in whole seconds of unit time. Never here: why
# there is no network (events.NET_..., told by whoever tried).

SHORT_S = 60  # what is over sooner is no outage: carriers cut idle connections as they like
CHANGE_S = 600  # between two records of one outage, however often its reason changes


class Absence:
    def __init__(self):
        self._since = 0  # the boot counts as having been away
        self._why = None  # as recorded
        self._told_at = None

    def offline(self, why, now):
        # An attempt failed, or the session broke. True: this is to be recorded.
        if self._since is None:
            self._since = now
        if now - self._since < SHORT_S or why == self._why:
            return False
        if self._told_at is not None and now - self._told_at < CHANGE_S:
            return False
        self._why = why
        self._told_at = now
        return True

    def online(self, now):
        # True: being back is to be recorded.
        away, self._since, self._why = self._since, None, None
        return away is not None and now - away > SHORT_S
