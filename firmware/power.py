# The wires beside a modem's serial line: its key, reset, supply and DTR. Every pulse ends, even if who asked for it is
# stopped in the middle. Never here: when a wire is pulled (ladder.py).
import asyncio

BEFORE_KEY_MS = 100  # the key is at rest for so long before it is pressed
SUPPLY_OFF_MS = 1500  # for what is charged to run empty
SUPPLY_ON_MS = 200
RESET_MS = 2600  # A7670: 2.5 s by its manual
DTR_MS = 1000


class Power:
    # out(number, level): that GPIO as an output at that level.
    def __init__(self, board, out):
        if board.supply is not None:
            self._supply = out(board.supply, 1)
        if board.radio is not None:
            out(board.radio, 1)
        self._has_supply = board.supply is not None
        self._key = out(board.key, 0)
        self._dtr = None if board.dtr is None else out(board.dtr, 0)  # low: we are there
        self._reset = None
        if board.reset is not None:
            number, self._resets = board.reset
            self._reset = out(number, 1 - self._resets)
        self.has_dtr = self._dtr is not None
        self.has_reset = self._reset is not None

    async def press_key(self, ms):
        # Turns a modem on that is off, and off when it is on.
        self._key.value(0)
        await asyncio.sleep_ms(BEFORE_KEY_MS)
        await _pulse(self._key, 1, ms)

    async def cut_supply(self):
        # True: the modem is off now, whatever it was. False: this board cannot.
        if not self._has_supply:
            return False
        await _pulse(self._supply, 0, SUPPLY_OFF_MS)
        await asyncio.sleep_ms(SUPPLY_ON_MS)
        return True

    async def reset(self):
        await _pulse(self._reset, self._resets, RESET_MS)

    async def drop_dtr(self):
        await _pulse(self._dtr, 1, DTR_MS)


async def _pulse(pin, level, ms):
    pin.value(level)
    try:
        await asyncio.sleep_ms(ms)
    finally:
        pin.value(1 - level)
