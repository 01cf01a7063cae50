"""A cloud with one unit link, and the time at which things happen to it. Never here: what it should believe."""

import copy

from cloud.unit_link import News, UnitLink
from firmware import wire
from tests.unit_side import SECRET, UNIT, UnitSide

NOW = 1_790_000_000_000
NONCE = bytes(range(1, 9))
OP = "00000000000000aa"


class Cloud:
    """A link, and the time at which things happen to it."""

    def __init__(self, heard: int | None = None, secrets: tuple = (SECRET, None), slot: int = 0) -> None:
        self.link = UnitLink(UNIT, secrets, slot, heard)
        self.mono = 5000.0
        self.commands: dict[str, bytes] = {}

    def take(self, frame: bytes) -> News:
        return self.link.take(frame, self.mono, NOW + int(self.mono * 1000), self.commands)

    def adopt(self, unit: UnitSide, nonce: bytes = NONCE, seconds: float = 100.0) -> News:
        self.link.welcome(nonce, self.mono)
        return self.take(unit.hello(nonce, seconds))

    def command(self, op: str = OP) -> bytes:
        made = self.link.command(op, "open", 0, 0, self.mono)
        assert made is not None
        self.commands[op] = made
        return made

    def not_after(self, recorded: float) -> int | None:
        """Until when, on the unit's clock, a command recorded at this time is obeyed."""
        command = self.link.command(OP, "open", 0, 0, recorded)
        return None if command is None else wire.command_fields(command)[2]

    def state(self) -> dict:
        """All that is believed: everything but the count of what was not."""
        return {key: copy.deepcopy(value) for key, value in vars(self.link).items() if key != "dropped"}

    def unmoved_by(self, frame: bytes, why: str) -> None:
        before, dropped = self.state(), self.link.dropped[why]
        news = self.take(frame)

        assert news.dropped == why
        assert not (news.came or news.changed or news.answer)
        assert self.state() == before
        assert self.link.dropped[why] == dropped + 1
