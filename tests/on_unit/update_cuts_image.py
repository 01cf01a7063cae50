# The same of an image of MicroPython: the application and all else stay as they are, the bootloader runs the old image
# or the new one, whole. The partition and the bootloader's choice lie behind the flash in the same bytes, so that the
# power goes in their operations, too. Never here: where it goes (update_cuts.py).
from update_unit import BLOCK, Chip, Start, is_of

OLD, NEW = 1, 2  # as in update_cuts.py
PARTITION = 5  # blocks
BEHIND = PARTITION + 1  # the last one is the bootloader's
LABELS = ("ota_0", "ota_1")
VALID, TRIED, NAMED = range(3)
MAGIC = 0xE9
LIVES = 4  # starts until an image is confirmed, whatever has happened


class Bootloader:
    # Its choice is in two places, the newer good one counts: (count, label, state, sum) each.
    def __init__(self, chip):
        self._chip = chip
        self._at = (Chip.flash + PARTITION) * BLOCK
        label, state = self._chosen()[1:]
        if state == TRIED:
            label = 1 - label
        self.running = label
        self.stays = state == VALID
        if state != VALID:
            self.choose(label, TRIED if state == NAMED else VALID)

    def _chosen(self):
        found = (0, 0, VALID)
        for place in range(2):
            *fields, total = self._chip.data[self._at + place * 16 : self._at + place * 16 + 4]
            if fields[0] > found[0] and total == sum(fields) & 0x7F:
                found = tuple(fields)
        return found if found[0] != 0xFF else (0, 0, VALID)

    def choose(self, label, state):
        count = self._chosen()[0] + 1
        fields = [count, label, state]
        self._chip._change(self._at + count % 2 * 16, bytes(fields + [sum(fields) & 0x7F]))


class Esp32:
    # The module, of one start: `Partition`.
    def __init__(self, chip):
        loader = Bootloader(chip)
        self.runs_new = loader.running == 1
        self.stays = loader.stays

        class Partition:
            RUNNING = 1

            def __init__(self, what):
                self._number = loader.running if what == 1 else LABELS.index(what)

            def info(self):
                return 0, 0, 0, PARTITION * BLOCK, LABELS[self._number], False

            def get_next_update(self):
                return Partition(LABELS[1 - loader.running])

            def ioctl(self, request, block):
                chip._change((Chip.flash + block) * BLOCK, b"\xff" * BLOCK)

            def writeblocks(self, block, data, offset):
                chip._change((Chip.flash + block) * BLOCK + offset, bytes(data))

            def readblocks(self, block, data, offset):
                chip.readblocks(Chip.flash + block, data, offset)

            def set_boot(self):
                if self._number and chip.data[Chip.flash * BLOCK] != MAGIC:
                    raise OSError(-0x1503)
                loader.choose(self._number, NAMED)

            @staticmethod
            def mark_app_valid_cancel_rollback():
                loader.choose(loader.running, VALID)

        self.Partition = Partition


def live(given, run):
    # It is offered, written, tried and confirmed, as often as the power allows. None when it is so.
    lived = None
    for count in range(LIVES):
        start = run.start(given, b"epoch-2%d" % count, lived)
        lived = 0
        if start.updates.trial:
            start.confirm()
            run.holds(NEW)
            run.over(start)
            return None
        if start.esp32.runs_new:
            run.over(start)
            return None if start.esp32.stays else "a new image runs, and nobody will confirm it"
        left = start.update()
        run.over(start)
        if not left:
            return "the offer ends with %s" % start.said
    return "not confirmed after %d starts" % LIVES


def wrong_with(given, chip, known, sure, altered):
    for count in range(3):
        start = Start(given, chip, b"epoch-9%d" % count)
        if not is_of(start.slot, given.old):
            return "the application is another one"
        if start.esp32.runs_new and chip.data[Chip.flash * BLOCK :][: len(given.bundle)] != given.bundle:
            return "an image runs that is not the one that was signed"
        if sure == NEW and not start.esp32.runs_new:
            return "it was confirmed, and does not run"
    return altered(given, start, known)
