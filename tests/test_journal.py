"""The journal against a flash that fails in every way, and a cloud that takes what it sends: the log has it once.

On MicroPython's own littlefs: tests/on_unit/journal_on_flash.py and tests/test_journal_cuts.py.
"""

import struct
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from firmware import events, wire
from tests.flash_folder import OUTCOMES, Folder, PowerGone

sys.path.append(str(Path(__file__).parent.parent / "firmware"))  # the unit's modules are flat and know each other so

import journal as firmware_journal
import segments
from journal import Journal

EVENT = struct.calcsize(wire.EVENT)
SMALL = {"IN_A_FILE": 4, "KEPT": 8, "MOST_FILES": 5}  # so that few steps reach every end
GUARANTEED = SMALL["KEPT"]


class Cloud:
    """Takes batches as the cloud does: by number, each once, all after the last."""

    def __init__(self) -> None:
        self.journal, self.seq, self.lost = b"", 0, 0
        self.log: list[int] = []  # the serial number in each event
        self.sent: dict[tuple[bytes, int], bytes] = {}

    def take(self, batch: tuple[Any, ...]) -> int:
        journal, first, lost, _, told = batch
        if journal != self.journal:
            self.journal, self.seq = journal, 0
        if first > self.seq:
            self.lost += min(lost, first - self.seq - 1)
        for i in range(len(told) // EVENT):
            event, number = told[i * EVENT : (i + 1) * EVENT], first + i
            assert self.sent.setdefault((journal, number), event) == event, "a number became another record's"
            if number > self.seq:
                self.seq = number
                self.log.append(int.from_bytes(event[-8:], "big"))
        return self.seq


class Machine(RuleBasedStateMachine):
    """Every event carries a serial number; boots too, in their epoch."""

    @initialize()
    def begin(self) -> None:
        self.patch = pytest.MonkeyPatch()
        self.folder = Folder()
        self.cloud = Cloud()
        for name, value in SMALL.items():
            self.patch.setattr(segments, name, value)
        self.patch.setattr(firmware_journal, "IN_RAM", 3)
        self.patch.setattr(firmware_journal, "MOST_AGAIN", 5)
        self.patch.setattr(segments, "os", self.folder)
        self.patch.setattr(segments, "open", self.folder.open, raising=False)
        self.serial = 0
        self.safe: list[int] = []  # events of which the journal said that they are on flash
        self.since_boot: list[int] = []
        self.numbers: dict[int, int] = {}
        self.spoilt = False  # the flash was full, or holds pieces: less than KEPT may be there
        self.boot()

    def next(self) -> int:
        self.serial += 1
        return self.serial

    def boot(self) -> None:
        while True:
            serial = self.next()
            self.since_boot = [serial]
            try:
                self.journal = Journal("/", lambda: 1, serial.to_bytes(8, "big"), 1)
            except PowerGone:
                continue
            if not self.journal.fault:
                self.safe.append(serial)
            return

    @rule(coming=st.lists(st.sampled_from(OUTCOMES), max_size=3), kind=st.sampled_from((events.COIL, events.MOVED)))
    def write(self, coming: list[str], kind: int) -> None:
        serial = self.next()
        self.since_boot.append(serial)
        self.fail(coming)
        try:
            due, well = self.journal.next_seq, not self.journal.fault
            number = self.journal.write(kind, 0, 0, serial.to_bytes(8, "big"))
        except PowerGone:
            self.boot()
            return
        if not self.journal.fault:
            self.safe.append(serial)
            assert number == due or coming or not well
            assert number not in self.numbers
            self.numbers[number] = serial
        assert self.journal.next_seq == number + 1

    @rule(times=st.integers(1, 12))
    def write_many(self, times: int) -> None:
        for _ in range(times):
            self.write([], events.MOVED)

    @rule(outcomes=st.lists(st.sampled_from(OUTCOMES), min_size=3, max_size=6))
    def write_in_trouble(self, outcomes: list[str]) -> None:
        for outcome in outcomes:
            self.write([outcome], events.COIL)

    @rule(coming=st.lists(st.sampled_from(OUTCOMES), max_size=2), heard=st.booleans())
    def send(self, coming: list[str], heard: bool) -> None:
        self.fail(coming)
        try:
            batch = self.journal.batch()
            if batch is None:
                return
            seq = self.cloud.take(batch)
            if heard:
                self.journal.acked(batch[0], seq)
        except PowerGone:
            self.boot()

    @rule(coming=st.lists(st.sampled_from(OUTCOMES), max_size=2))
    def reboot(self, coming: list[str]) -> None:
        self.fail(coming)
        self.boot()

    @precondition(lambda self: hasattr(self, "folder"))
    @rule()
    def everything_arrives_once(self) -> None:
        self.folder.coming = []
        self.write([], events.MOVED)
        while (batch := self.journal.batch()) is not None:
            self.journal.acked(batch[0], self.cloud.take(batch))

        assert not self.journal.fault
        assert self.journal.unsent() == 0
        log = self.cloud.log
        assert len(log) == len(set(log))
        assert log == sorted(log)
        missing = {*self.safe, *self.since_boot} - set(log)
        assert len(missing) <= self.cloud.lost
        if not self.spoilt:
            assert all(serial <= self.serial - GUARANTEED for serial in missing & set(self.safe))

    def fail(self, coming: list[str]) -> None:
        self.folder.coming = list(coming)
        self.spoilt |= any(outcome.startswith(("full", "half")) for outcome in coming)

    def teardown(self) -> None:
        if hasattr(self, "patch"):
            try:
                self.everything_arrives_once()
            finally:
                self.patch.undo()


Machine.TestCase.settings = settings(max_examples=150, stateful_step_count=30)
test_whatever_the_flash_does_the_log_has_each_event_once = Machine.TestCase


@given(data=st.data())
def test_a_damaged_byte_costs_no_more_than_the_record_it_is_in(data: st.DataObject) -> None:
    patch, folder = pytest.MonkeyPatch(), Folder()
    with patch.context() as context:
        context.setattr(segments, "os", folder)
        context.setattr(segments, "open", folder.open, raising=False)
        journal = Journal("/", lambda: 1, bytes(8), 1)
        for i in range(2, 301):
            journal.write(events.COIL, 0, 0, i.to_bytes(8, "big"))
        name = data.draw(st.sampled_from(sorted(folder.files)))
        at = data.draw(st.integers(0, len(folder.files[name]) - 1))
        damaged = bytearray(folder.files[name])
        damaged[at] ^= data.draw(st.integers(1, 255))
        folder.files[name] = bytes(damaged)

        again, cloud = Journal("/", lambda: 1, (301).to_bytes(8, "big"), 1), Cloud()
        more = again.write(events.COIL, 0, 0, (302).to_bytes(8, "big"))
        while (batch := again.batch()) is not None:
            again.acked(batch[0], cloud.take(batch))

        hit = int(name.rpartition("/")[2][:8], 16) + at // segments.SIZE
        assert more == 302
        assert cloud.log == [0 if i == 1 else i for i in range(1, 303) if i != hit]
        assert cloud.lost == 1
