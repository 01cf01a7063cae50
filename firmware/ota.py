# Whether a release may be installed on this unit. Pure: what is known comes in, a reason comes out. Never here: flash
# (slots.py), frames (updating.py), whether it was good (probation.py).
import update_words

PRODUCT = "iomando-unit"
TRIES = 2  # of one release: reverted twice, it is not taken again
BUDGET = 512 * 1024  # bytes of blocks in a day: six times a bundle; a cloud in other hands cannot use up a contract
IMAGE = 2  # as in manifest.py: MicroPython itself
IMAGE_BUDGET = 2048 * 1024  # the same for one of those: at most 1,728 kB


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


def refusal_of_offer(release, size, facts):
    # Before any byte of it: of its number, and of its manifest's bytes; whether it is an image is not known yet.
    if release <= facts.running[0] or release < facts.floor[0]:
        return update_words.OLD
    if facts.tried.get(release, 0) >= TRIES:
        return update_words.FAILED_TWICE
    return update_words.BUDGET if facts.loaded_today + size > IMAGE_BUDGET else update_words.NONE


def refusal(release, identity, facts):
    # Of a release whose signatures are good, in this order; NONE: it may be loaded.
    if release.product != PRODUCT:
        return update_words.PRODUCT
    if release.boards and facts.board not in release.boards:
        return update_words.BOARD
    if not _newer(release, identity, facts):
        return update_words.OLD
    if facts.running[0] < release.replaces:
        return update_words.PRECURSOR
    if tuple(release.mpy) != tuple(facts.mpy) or not release.least <= facts.python <= release.most:
        return update_words.ABI
    if facts.tried.get(release.counter, 0) >= TRIES:
        return update_words.FAILED_TWICE
    image = release.kind == IMAGE  # it takes no file of the flash
    if facts.free < release.blocks and not image:
        return update_words.SPACE
    if facts.loaded_today + release.packed > (IMAGE_BUDGET if image else BUDGET):
        return update_words.BUDGET
    return update_words.NONE


def _newer(release, identity, facts):
    counter = release.counter
    if counter <= facts.running[0] or counter < facts.floor[0]:
        return False
    # that an image is in place, nothing tells but that it was confirmed
    return counter > facts.floor[0] or (release.kind != IMAGE and identity == facts.floor[1])
