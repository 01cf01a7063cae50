# How fast the processor runs: fast while a connection is made, whose arithmetic takes seconds, slow while it waits for
# what comes, which is nearly always. Never here: what is reckoned.
FAST_HZ = 240000000  # the most an ESP32 has
SLOW_HZ = 80000000  # the least at which Wi-Fi, UART and the pulse's clock (80 MHz) run as they should


class Pace:
    # freq(hz): machine.freq; a board that does not take these is left as it is.
    def __init__(self, freq):
        self._freq = freq
        self._fast = None

    def hurry(self, fast):
        if fast == self._fast:
            return
        self._fast = fast
        try:
            self._freq(FAST_HZ if fast else SLOW_HZ)
        except (ValueError, OSError):
            pass
