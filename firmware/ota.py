# What a unit makes of an update: whether a release may be installed, how much to ask for at a time, when a trial is
# good or over. Pure: what is known comes in, decisions come out. Never here: flash (slots.py), frames (updating.py).
import update_words

PRODUCT = "iomando-unit"
TRIES = 2  # of one release: reverted twice, it is not taken again
TRIAL_S = 600  # from boot to a confirmation, whatever happens meanwhile
BUDGET = 512 * 1024  # bytes of blocks in a day: six times a bundle; a cloud in other hands cannot use up a contract
LEAST = 128  # bytes of a block
FIRST = 512  # before the rate is known


class No(Exception):
    # args[0]: a reason of update_words.py
    pass


class Facts:
    # What the unit is: board; running and floor are (counter, identity); mpy: (version, sub-version) of .mpy; python:
    # (major, minor) of MicroPython; free: blocks of flash; loaded_today: bytes; tried: {counter: times}.
    def __init__(self, board, running, floor, tried, mpy, python, free, loaded_today):
        self.board = board
        self.running = running
        self.floor = floor
        self.tried = tried
        self.mpy = mpy
        self.python = python
        self.free = free
        self.loaded_today = loaded_today


def refusal(release, identity, facts):
    # Of a release whose signatures are good, in this order; NONE: it may be loaded.
    if release.product != PRODUCT:
        return update_words.PRODUCT
    if release.boards and facts.board not in release.boards:
        return update_words.BOARD
    if not _newer(release.counter, identity, facts):
        return update_words.OLD
    if facts.running[0] < release.replaces:
        return update_words.PRECURSOR
    if release.mpy[0] != facts.mpy[0] or not release.least <= facts.python <= release.most:
        return update_words.ABI
    if facts.tried.get(release.counter, 0) >= TRIES:
        return update_words.FAILED_TWICE
    if facts.free < release.blocks:
        return update_words.SPACE
    if facts.loaded_today + release.packed > BUDGET:
        return update_words.BUDGET
    return update_words.NONE


def _newer(counter, identity, facts):
    if counter <= facts.running[0] or counter < facts.floor[0]:
        return False
    return counter > facts.floor[0] or identity == facts.floor[1]


def length(rate, most, left):
    # Bytes to ask for: no more than a second of the measured rate (bytes a second, 0: not measured yet).
    return min(max(LEAST, rate or FIRST), most, left)


def measured(rate, count, ms):
    # The rate after a block of so many bytes took so long: the newest counts half.
    now = count * 1000 // max(ms, 1)
    return now if not rate else (rate + now) // 2


class Trial:
    # Of the release that runs. Good with a fresh answer of the cloud and a relay self-check, both in time.
    def __init__(self):
        self.answered = False  # an ASK for this very boot came
        self.well = None  # what the self-check said last

    def verdict(self, seconds):
        # CONFIRMED, REVERTED or TRIAL; seconds since boot.
        if self.answered and self.well:
            return update_words.CONFIRMED
        return update_words.REVERTED if seconds >= TRIAL_S else update_words.TRIAL

    def reason(self):
        # Of a revert.
        if not self.answered:
            return update_words.NO_CLOUD
        return update_words.DEADLINE if self.well is None else update_words.RELAY
