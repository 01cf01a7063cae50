# The wires beside the modem's serial line: at rest from the start, and at rest again after every pulse, come what may.
import asyncio

import boards
import power

ONLY_ON_UNIT = True
REST = {  # board -> GPIO: level at rest
    "T-SIM7000G": {4: 0, 25: 0},
    "T-A7670": {4: 0, 25: 0, 5: 0, 12: 1},
    "T-SIM7600": {4: 0, 32: 0, 25: 1},
    "T-Call-A7670": {4: 0, 14: 0, 27: 1},
}
LONG_MS = 100000


class Wires:
    def __init__(self, board):
        self.levels = {}
        self.edges = []
        self.power = power.Power(boards.BOARDS[board], self.out)

    def out(self, number, level):
        self.levels[number] = level
        return Wire(self, number)


class Wire:
    def __init__(self, wires, number):
        self._wires = wires
        self._number = number

    def value(self, level):
        if self._wires.levels[self._number] != level:
            self._wires.edges.append((self._number, level))
        self._wires.levels[self._number] = level


def test_every_wire_is_at_rest_from_the_start():
    for board, levels in REST.items():
        assert Wires(board).levels == levels, board


async def test_a_pulse_that_is_given_up_in_the_middle_ends():
    power.RESET_MS = power.SUPPLY_OFF_MS = power.DTR_MS = LONG_MS
    for board, levels in REST.items():
        wires = Wires(board)
        pulses = [wires.power.press_key(LONG_MS), wires.power.cut_supply(), wires.power.drop_dtr()]
        if wires.power.has_reset:
            pulses.append(wires.power.reset())
        for pulse in pulses:
            task = asyncio.create_task(pulse)
            await asyncio.sleep_ms(power.BEFORE_KEY_MS + 20)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass
            assert wires.levels == levels, board


async def test_only_the_board_that_can_cuts_the_supply():
    power.SUPPLY_OFF_MS = 1
    for board in REST:
        wires = Wires(board)
        assert await wires.power.cut_supply() is (board == "T-A7670"), board
        assert wires.edges == ([(12, 0), (12, 1)] if board == "T-A7670" else []), board


async def test_each_reset_has_its_own_polarity():
    power.RESET_MS = 1
    for board, edges in (("T-A7670", [(5, 1), (5, 0)]), ("T-Call-A7670", [(27, 0), (27, 1)])):
        wires = Wires(board)
        await wires.power.reset()
        assert wires.edges == edges
