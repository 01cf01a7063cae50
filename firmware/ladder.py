# What to do next when the network does not come, or does not carry: the recovery ladder, a table, and how long to leave
# it be after the last rung. Never here: how a rung is climbed (modem.py).

# rungs, from the gentlest
NONE = 0
AT = 1  # ask whether it is there; hang up and dial anew
ESCAPE = 2  # out of data mode, by silence and +++
DTR = 3  # the same by a wire
CFUN = 4  # its radio off and on
RESET = 5  # its reset pin, or the command where there is none
KEY = 6  # its power
BOARD = 7  # ours, too

BOUND_S = (0, 6, 10, 6, 20, 45, 83, 10)  # the longest that each rung may take: together 180 s
CLIMB_S = 180

# what is wrong
OFF = 0  # the modem does not answer and has not since the board started: it may well be off
MUTE = 1  # it has answered, and does no longer
SILENT = 2  # the data connection stands, and nothing comes back over it
REFUSED = 3  # there is no data connection to be had
SEARCHING = 4  # no network
DENIED = 5  # a network, but not for this SIM
SIM = 6  # no SIM, or one that does not answer
PERSON = 7  # a PIN or a PUK is wanted: no rung helps
IN_ONE_GO = (OFF, MUTE)  # climbed within one attempt; the others go one rung up with each that fails

# trouble -> the rung after each rung, NONE when the top is reached. Who denies this SIM is not asked again by force,
# and a SIM is looked for only at power-up.
_ABOVE = {
    OFF: (AT, ESCAPE, KEY, KEY, KEY, NONE, RESET, NONE),
    MUTE: (AT, ESCAPE, DTR, RESET, RESET, KEY, BOARD, NONE),
    SILENT: (AT, CFUN, CFUN, CFUN, RESET, KEY, BOARD, NONE),
    REFUSED: (AT, CFUN, CFUN, CFUN, RESET, KEY, NONE, NONE),
    SEARCHING: (AT, CFUN, CFUN, CFUN, RESET, KEY, NONE, NONE),
    DENIED: (AT, CFUN, CFUN, CFUN, NONE, NONE, NONE, NONE),
    SIM: (AT, RESET, RESET, RESET, RESET, KEY, NONE, NONE),
    PERSON: (AT, NONE, NONE, NONE, NONE, NONE, NONE, NONE),
}

# trouble -> seconds of rest after the first failure, the second, ...; the last one stays. What asks something of the
# network rests from the first on, so that a SIM without a contract does not hammer it. The rest after SEARCHING, DENIED
# and SIM ends when the modem says that it found what was wanted: a search may take minutes, and a rung ends it.
PAUSES_S = {
    OFF: (5, 10, 30, 60, 120, 300, 900),
    MUTE: (5, 10, 30, 60, 120, 300, 900),
    SILENT: (0, 0, 0, 0, 20, 30, 30, 60, 120, 300, 600, 900),
    REFUSED: (5, 5, 10, 15, 20, 25, 30, 60, 120, 300, 600, 900),
    SEARCHING: (150, 300, 600, 900),
    DENIED: (60, 120, 300, 900, 1800, 3600),
    SIM: (10, 30, 60, 120, 300, 900),
    PERSON: (600, 1800, 3600),
}


def above(trouble, rung, has):
    # The next rung of those that this board has; NONE: the top is reached.
    rung = _ABOVE[trouble][rung]
    while rung and rung not in has:
        rung = _ABOVE[trouble][rung]
    return rung


# trouble -> failures to each rung, where it is not one: a network is out more often than a modem hangs.
PATIENCE = {REFUSED: 3}


class Ladder:
    # has: the rungs of this board.
    def __init__(self, has):
        self._has = has
        self.highest = NONE  # since all was well
        self._at = NONE  # where the climb stands
        self._due = NONE
        self._failures = 0  # since all was well

    def failed(self, trouble):
        # The seconds to rest before the next attempt.
        self._due = NONE
        if trouble not in IN_ONE_GO and self._failures % PATIENCE.get(trouble, 1) == 0:
            self._at = self._due = above(trouble, self._at, self._has)
        pauses = PAUSES_S[trouble]
        pause_s = pauses[min(self._failures, len(pauses) - 1)]
        self._failures += 1
        return pause_s

    def take(self):
        # The rung to climb before the next attempt, once.
        due, self._due = self._due, NONE
        return due

    def spare(self):
        # What was wrong mended itself.
        self._due = NONE

    def climbed(self, rung):
        self.highest = max(self.highest, rung)

    def well(self):
        self.highest = NONE
        self._at = NONE
        self._due = NONE
        self._failures = 0
