# A SIM's PIN is tried once, whatever the modem says or does not say, and whenever the power goes.
import vfs

from sim_pin import CLEAN, LAST, RIGHT, WRONG, Record, may

PIN, OTHER_PIN = "1234", "4321"
CARD, OTHER_CARD = "8934071234567890123", "8934079999999999999"
ONLY_ON_UNIT = True
BLOCK = 4096
BLOCKS = 8
ROOT = "/card/"


class Chip:
    # A flash of memory; `writes` counts down to where the power goes.
    def __init__(self):
        self.data = bytearray(b"\xff" * (BLOCK * BLOCKS))
        self.writes = None

    def readblocks(self, block, buffer, offset=0):
        at = block * BLOCK + offset
        buffer[:] = memoryview(self.data)[at : at + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        self._wear()
        at = block * BLOCK + offset
        self.data[at : at + len(buffer)] = buffer

    def ioctl(self, request, block):
        if request == 4:
            return BLOCKS
        if request == 5:
            return BLOCK
        if request == 6:
            self._wear()
            at = block * BLOCK
            self.data[at : at + BLOCK] = b"\xff" * BLOCK
            return 0

    def _wear(self):
        if self.writes is not None:
            if not self.writes:
                raise OSError(5)
            self.writes -= 1


chip = Chip()


def fresh():
    global chip
    gone()
    chip = Chip()
    vfs.VfsLfs2.mkfs(chip)
    vfs.mount(vfs.VfsLfs2(chip), ROOT[:-1])
    return Record(ROOT)


def again():
    # After a start from what the flash holds.
    gone()
    chip.writes = None
    vfs.mount(vfs.VfsLfs2(chip), ROOT[:-1])
    return Record(ROOT)


def gone():
    try:
        vfs.umount(ROOT[:-1])
    except OSError:
        pass


def test_a_wrong_pin_is_not_tried_again_after_any_number_of_restarts():
    record = fresh()
    assert record.allows(PIN, CARD, 3) and record.tries_now(PIN, CARD)
    record.ended(PIN, CARD, False)
    for tries in (3, 2, None):
        assert not again().allows(PIN, CARD, tries)
        assert again().refused(PIN, CARD)
    gone()


def test_a_right_pin_is_tried_at_every_start():
    record = fresh()
    for _ in range(5):
        assert record.allows(PIN, CARD, None) and record.tries_now(PIN, CARD)
        record.ended(PIN, CARD, True)
        record = again()
    assert record.allows(PIN, CARD, 2)  # somebody mistyped it in a phone
    gone()


def test_an_attempt_whose_end_was_not_seen_is_not_made_again_unless_the_sim_says_nothing_was_lost():
    assert fresh().tries_now(PIN, CARD)
    assert not again().allows(PIN, CARD, None)
    assert not again().allows(PIN, CARD, 2)
    assert again().allows(PIN, CARD, 3)
    gone()


def test_another_pin_or_another_sim_may_be_tried():
    fresh().ended(PIN, CARD, False)
    assert again().allows(OTHER_PIN, CARD, 2)
    assert again().allows(PIN, OTHER_CARD, 2)
    gone()


def test_the_last_try_is_a_persons():
    assert not fresh().allows(PIN, CARD, 1)
    assert not fresh().allows(PIN, CARD, 0)
    gone()


def test_a_sim_whose_number_cannot_be_read_is_taken_for_the_one_that_refused():
    fresh().ended(PIN, CARD, False)
    assert not again().allows(PIN, "", None)
    assert not again().allows(PIN, "", 2)
    gone()


def test_a_damaged_record_is_none():
    fresh()
    for damage in (b"", b"x", b"a b c", b"\xff\xfe\xff", b"1 2 3 4"):
        with open(ROOT + "sim_pin", "wb") as file:
            file.write(damage)
        assert again().allows(PIN, CARD, 3), damage
        assert not again().refused(PIN, CARD), damage
    gone()


def test_neither_the_pin_nor_the_sims_number_is_in_the_record():
    record = fresh()
    record.ended(PIN, CARD, True)
    with open(ROOT + "sim_pin") as file:
        written = file.read()
    assert PIN not in written.split(" ") and CARD not in written
    gone()


def test_an_attempt_that_cannot_be_written_down_says_so():
    assert not Record("/no/such/folder/").tries_now(PIN, CARD)


def test_the_power_may_go_at_any_write_and_the_pin_is_sent_once_at_most():
    cut = 0
    while True:
        record = fresh()
        chip.writes = cut
        sent = record.tries_now(PIN, CARD)
        after = again()
        assert not sent or not after.allows(PIN, CARD, None), cut
        if sent:
            break
        cut += 1
    assert cut > 1
    gone()


def test_no_history_takes_a_sims_last_try():
    # Every history of what the modem says and of power cuts: wrong PIN, so each attempt takes a try.
    def play(tries, known, attempts, depth):
        assert tries >= LAST
        if depth == 0:
            return
        for told in (tries, None):
            if may(known, attempts, told):
                play(tries - 1, known, attempts + 1, depth - 1)  # power cut before the answer
                play(tries - 1, WRONG, 0, depth - 1)

    for known in (CLEAN, RIGHT, WRONG):
        for tries in (3, 2):  # somebody may have taken one with a phone
            play(tries, known, 0, 6)
