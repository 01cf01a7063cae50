# Updates with the power going in the middle. A run is recorded once, each operation on the flash written down; then,
# for each operation that the power could go in, what a start from the surviving bytes finds. A program, run by
# tests/test_update_cuts.py:
#
#   update_cuts.py GIVEN BLOCKS every WHAT FIRST STEP    every STEP-th operation from FIRST on, torn in all three ways
#   update_cuts.py GIVEN BLOCKS again FIRST COUNT DEPTH  COUNT lives, in each of which the power goes DEPTH times
#
# WHAT: of RUNS. Prints the number of operations, a line "! …" for each cut that did harm, "? …" for each life that ends
# with the old release and the new one refused, "done" and how many starts there were.
import builtins
import gc
import random
import sys

import vfs

GIVEN, BLOCKS, HOW = "/host" + sys.argv[1], int(sys.argv[2]), sys.argv[3]
HERE = "/host" + sys.path[0]
sys.path[:] = [HERE, ".frozen", GIVEN + "/code", HERE.rsplit("/", 2)[0] + "/sim"]
vfs.mount(vfs.VfsPosix("/"), "/host")  # what the unit's own flash is mounted over stays to be had

import update_cuts_config as config
import update_cuts_image as image
from shims.flash import GARBAGE, NOTHING, PART, torn
from update_unit import EVENT, Chip, Given, Start, is_of, new_flash

import events
import update_words as words
import wire
from slots import Slots

say = print
builtins.print = lambda *what: None
STARTS = 3
CRASHES = 3
ANY, OLD, NEW = range(3)
REFUSED = "taken for tried twice"  # in vain: both cuts came right before it was named, after that had been counted
CONFIRM_LEFT = 3  # starts until a release is confirmed, whatever has happened


def all_of(journal):
    # {number: EVENT} of everything that is not acknowledged, and how many were told as lost
    found, lost = {}, 0
    while True:
        batch = journal.batch()
        if batch is None:
            return found, lost
        for i in range(len(batch[4]) // EVENT):
            found[batch[1] + i] = bytes(batch[4][i * EVENT : (i + 1) * EVENT])
        lost += batch[2]
        journal.acked(batch[0], max(found))


class Run:
    # What was recorded: `before` it the bytes; `sure`: (operations by then, which release runs from there on).
    def __init__(self, chip, told):
        self.before = bytes(chip.data)
        self.chip = chip
        self.known = {number: event for _, number, event in told}
        self.told = []
        self.sure = [(0, ANY)]
        self.asked = []
        chip.trace = []

    def start(self, given, epoch, lived):
        return Start(given, self.chip, epoch, lived)

    def over(self, start):
        self.told.extend(start.told)
        self.asked.extend(start.asked)

    def holds(self, what):
        self.sure.append((len(self.chip.trace), what))

    def told_by(self, cut):
        known = dict(self.known)
        known.update({number: event for done, number, event in self.told if done <= cut})
        return known

    def asked_by(self, cut):
        return sum([length for done, length in self.asked if done <= cut])

    def reverts_by(self, cut):
        told = [event for done, _, event in self.told if done <= cut]
        return len([1 for event in told if event[4] == events.UPDATE and event[7] == words.REVERTED])

    def sure_by(self, cut):
        return [what for done, what in self.sure if done <= cut][-1]


def wrong_with(given, chip, known, sure):
    # What is wrong with what a start finds, and with the two that follow it; None when all is well.
    runs = None
    for count in range(STARTS):
        start = Start(given, chip, b"epoch-9%d" % count)
        if start.slot != runs:
            if runs is not None and sure != ANY:
                return "start %d runs another slot" % count
            runs = start.slot
            wrong = wrong_slot(given, runs, sure)
            if wrong:
                return wrong
    return altered(given, start, known) or untried(given, chip, runs)


def wrong_slot(given, runs, sure):
    is_new = is_of(runs, given.new)
    if not is_new and not is_of(runs, given.old):
        return "slot %s runs, and is neither the old release nor the new one" % runs
    if sure not in (ANY, NEW if is_new else OLD):
        return "slot %s runs, and it is known that it should not" % runs
    store = Slots(runs)
    if is_new and store.record()[0] == "w" and store.floor()[0] != given.release:
        return "confirmed, and the highest release is told to be %d" % store.floor()[0]
    return None


def untried(given, chip, runs):
    # Crashes lead back to what was confirmed once, never into a release that nobody has tried.
    if is_of(runs, given.old):
        for count in range(CRASHES):
            start = Start(given, chip, b"epoch-8%d" % count, 100)
        if not is_of(start.slot, given.old):
            return "after %d crashes slot %s runs, which was never tried" % (CRASHES, start.slot)
    return None


def altered(given, start, known):
    # Of what an update has nothing to do with.
    for name, data in given.identity.items():
        with open("/" + name.replace("!", "/"), "rb") as file:
            if file.read() != data:
                return name + " is not what it was"
    found, lost = all_of(start.journal)
    if start.journal.fault or lost:
        return "the journal has a fault, or %d records are told as lost" % lost
    missed = [number for number, event in known.items() if found.get(number) != event]
    return "records %s are lost or altered" % missed if missed else None


# -- what is recorded


def live(given, run):
    # As a unit does that nobody disturbs: it is offered the release, restarts into it, confirms it. None when it is so.
    lived = None
    for count in range(CONFIRM_LEFT):
        start = run.start(given, b"epoch-1%d" % count, lived)
        lived = 0
        if start.updates.trial:
            start.confirm()
            run.holds(NEW)
            run.over(start)
            return None if start.said[-1:] == [(words.CONFIRMED, 0)] else "not confirmed: %s" % start.said
        if is_of(start.slot, given.new):
            run.over(start)
            return None
        left = start.update()
        run.over(start)
        if not left:
            return REFUSED if start.said[-1] == (words.REFUSED, words.FAILED_TWICE) else "told: %s" % start.said
    return "not confirmed after %d starts" % CONFIRM_LEFT


def revert(given, run):
    # On trial nobody answers: it gives up, and the old one tells it.
    start = run.start(given, b"epoch-1a", 0)
    start.give_up()
    run.over(start)
    assert start.left
    run.holds(OLD)
    return told_of(given, run, words.NO_CLOUD)


def crashes(given, run):
    # It was confirmed, and crashes three times: boot.py puts the old one back.
    run.holds(NEW)
    for lived in (100, 100):
        run.over(run.start(given, b"epoch-1a", lived))
    run.holds(ANY)
    return told_of(given, run, words.CRASHED)


def told_of(given, run, reason):
    start = run.start(given, b"epoch-1b", 0 if reason == words.NO_CLOUD else 100)
    run.over(start)
    run.holds(OLD)
    if not is_of(start.slot, given.old):
        return "the new one runs"
    record = start.told[-1][2]
    return None if record[7] == words.REVERTED and record[6] == reason else "told: %s" % record


def on_trial(given, chip):
    start = Start(given, chip, b"epoch-01")
    assert start.update(), start.said
    return start.told


def confirmed(given, chip):
    told = on_trial(given, chip)
    start = Start(given, chip, b"epoch-02", 0)
    start.confirm()
    return told + start.told


def of_an_image(given, chip, known, sure):
    other = Chip(bytearray(chip.data))
    wrong = image.wrong_with(given, chip, known, sure, altered)
    return wrong or image.live(given, Run(other, []))


# The slot of the old release (where no choice can be read, boot.py takes a), what comes before, what is recorded, what
# is wrong with a start from what survived.
RUNS = {
    "upgrade": ("b", lambda given, chip: [], live, wrong_with),
    "revert": ("b", on_trial, revert, wrong_with),
    "crashes": ("a", confirmed, crashes, wrong_with),
    "config": ("a", config.prepare, config.change, config.wrong_with),
    "image": ("b", lambda given, chip: [], image.live, of_an_image),
    "config_back": ("a", config.prepare, config.back, config.wrong_with),
}


def recorded(given, what):
    slot, prepare, act, _ = RUNS[what]
    behind = 0
    if what == "image":
        Chip.flash, Chip.esp32, behind = BLOCKS, image.Esp32, image.BEHIND
        given.bundle, given.signed = given.image
    chip, told = new_flash(given, BLOCKS + behind, slot)
    run = Run(chip, told + prepare(given, chip))
    wrong = act(given, run)
    if wrong:
        say("! undisturbed:", wrong)
    return run


def every(given, what, first, step):
    run = recorded(given, what)
    trace, run.chip.trace = run.chip.trace, None
    say(len(trace))
    data = bytearray(run.before)
    starts = 0
    for cut, (at, new) in enumerate(trace):
        if cut % step == first:
            for left in (NOTHING, PART, GARBAGE):
                survived = data[:]
                survived[at : at + len(new)] = torn(data[at : at + len(new)], new, left, cut)
                wrong = RUNS[what][3](given, Chip(survived), run.told_by(cut), run.sure_by(cut))
                starts += 1
                if wrong:
                    say("! operation %d, tear %d: %s" % (cut, left, wrong))
            gc.collect()
        data[at : at + len(new)] = new
    say("done", starts)


def again(given, first, count, depth):
    # The power goes in the run, and in what a unit does about that, and so on. Then it is left alone.
    whole = recorded(given, "upgrade")
    say(len(whole.chip.trace))
    starts = 0
    for seed in range(first, first + count):
        random.seed(seed)
        run = whole
        asked, loads = 0, 1
        cuts = []
        for _ in range(depth):
            cut = random.randrange(len(run.chip.trace))
            left = (NOTHING, PART, GARBAGE)[random.randrange(3)]
            cuts.append((cut, left))
            survived = survivors(run, cut, left)
            known, sure = run.told_by(cut), run.sure_by(cut)
            wrong = wrong_with(given, Chip(survived[:]), known, sure)
            starts += 1
            asked += run.asked_by(cut)
            loads += run.reverts_by(cut)
            run = Run(Chip(survived), [(0, number, event) for number, event in known.items()])
            wrong = wrong or live(given, run)
            if wrong:
                break
        asked += run.asked_by(len(run.chip.trace))
        loads += run.reverts_by(len(run.chip.trace))  # by too many cuts while it was on trial
        if not wrong and asked > loads * len(given.bundle) + depth * wire.BLOCK_MAX:
            wrong = "%d bytes were asked for, of %d" % (asked, len(given.bundle))
        if wrong == REFUSED:
            say("? life %d, cuts %s" % (seed, cuts))
        elif wrong:
            say("! life %d, cuts %s: %s" % (seed, cuts, wrong))
        gc.collect()
    say("done", starts)


def survivors(run, cut, left):
    data = bytearray(run.before)
    for at, new in run.chip.trace[:cut]:
        data[at : at + len(new)] = new
    at, new = run.chip.trace[cut]
    data[at : at + len(new)] = torn(data[at : at + len(new)], new, left, cut)
    return data


def main():
    given = Given(GIVEN)
    if HOW == "every":
        every(given, sys.argv[4], int(sys.argv[5]), int(sys.argv[6]))
    else:
        again(given, int(sys.argv[4]), int(sys.argv[5]), int(sys.argv[6]))


main()
