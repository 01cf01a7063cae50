# Which GPIO of a board is wired to its modem, its light and its battery, by the board's name in unit.json: the maker's
# tables. Only constants. Never here: how long a key is pressed (modems.py).


class Board:
    # reset: GPIO and the level that resets, or None. supply: GPIO that feeds the modem while it is high, or None.
    # radio: GPIO that lets the modem transmit while it is high, or None. led: GPIO and the level that lights it, or
    # None. others: GPIOs that something of the board's own is on.
    def __init__(self, family, key, tx, rx, dtr, reset=None, supply=None, radio=None, led=None, others=()):
        self.family = family  # a name of modems.FAMILIES
        self.key = key  # high: pressed, through the board's transistor
        self.tx = tx  # the board's, to the modem
        self.rx = rx
        self.dtr = dtr
        self.reset = reset
        self.supply = supply
        self.radio = radio
        self.led = led
        self.others = others


# The pins of the card slot (13, 14) carry pull-ups: a relay there would close at each reset.
BOARDS = {
    "T-SIM7000G": Board("SIM7000", 4, 27, 26, 25, led=(12, 0), others=(13, 14, 35, 36)),
    "T-A7670": Board("A7670", 4, 26, 27, 25, reset=(5, 1), supply=12, others=(13, 14, 33, 35, 36)),
    "T-SIM7600": Board("SIM7600", 4, 27, 26, 32, radio=25, led=(12, 1), others=(13, 14, 33, 34, 35)),
    "T-Call-A7670": Board("A7670", 4, 26, 25, 14, reset=(27, 0), led=(12, 1), others=(13,)),
}


def reserved(name):
    # The GPIOs that no door, button or input may be on.
    board = BOARDS[name]
    own = [board.key, board.tx, board.rx, board.dtr, board.supply, board.radio]
    own += [pair[0] for pair in (board.reset, board.led) if pair]
    return tuple(pin for pin in own if pin is not None) + board.others
