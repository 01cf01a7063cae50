# The machine module of an ESP32: pins, timers, watchdog, real-time clock, resets. Each call is passed to the bench,
# where the hardware is. Never here: what a pin is wired to.

import struct
import time as _native_time

from shims import calls, host, time, uart

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5

_GPIOS = (0, 1, 2, 3, 4, 5, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 23, 25, 26, 27, 32, 33, 34, 35, 36, 37, 38, 39)
_FIRST_INPUT_ONLY = 34
_TIMERS = 4
_VIRTUAL_TIMERS_SINCE = (1, 29)

_cause = PWRON_RESET
_mac = b"\x00" * 6
_hz = 160000000  # the default of MicroPython on the ESP32
release = (1, 28)


def begin(cause, mac, release_):
    global _cause, _mac, release
    _cause = cause
    _mac = mac
    release = release_


class Pin:
    IN = 1
    OUT = 3
    OPEN_DRAIN = 7
    PULL_DOWN = 1
    PULL_UP = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2

    _pins = {}

    # One object per pin, as on the board: Pin(18) twice is the same pin, and without a mode it is left as it is.
    def __new__(cls, id, *args, **kwargs):
        if isinstance(id, Pin):
            return id
        if id not in _GPIOS:
            raise ValueError("invalid pin")
        pin = cls._pins.get(id)
        if pin is None:
            pin = cls._pins[id] = object.__new__(cls)
            pin.number = id
        return pin

    def __init__(self, id, mode=-1, pull=-1, *, value=None, drive=None, hold=None):
        if mode != -1 or pull != -1 or value is not None:
            self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, *, value=None, drive=None, hold=None):
        if mode in (Pin.OUT, Pin.OPEN_DRAIN) and self.number >= _FIRST_INPUT_ONLY:
            raise ValueError("pin can only be input")
        latch = 2 if value is None else 1 if value else 0
        mode = 0 if mode == -1 else mode
        pull = 255 if pull == -1 else pull or 0
        host.tell(calls.PIN_MODE, struct.pack("<BBBB", self.number, mode, pull, latch))

    def value(self, level=None):
        if level is None:
            return host.ask(calls.PIN_GET, bytes((self.number,)))[0]
        host.tell(calls.PIN_SET, bytes((self.number, 1 if level else 0)))

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def irq(self, handler=None, trigger=IRQ_RISING | IRQ_FALLING, wake=None, hard=False):
        key = (calls.IRQ_PIN, self.number)
        if handler is None:
            host.handlers.pop(key, None)
            trigger = 0
        else:
            host.handlers[key] = lambda: handler(self)
        host.tell(calls.PIN_IRQ, bytes((self.number, trigger)))

    def __repr__(self):
        return "Pin(%d)" % self.number


class Timer:
    ONE_SHOT = 0
    PERIODIC = 1

    def __init__(self, id, **settings):
        if not (-1 if release >= _VIRTUAL_TIMERS_SINCE else 0) <= id < _TIMERS:
            raise ValueError("invalid Timer number")
        self._number = id & 0xFF
        if settings:
            self.init(**settings)

    def init(self, *, mode=PERIODIC, callback=None, period=-1, freq=0, tick_hz=1000, hard=False):
        if hard:
            raise ValueError("hard Timers are not implemented")
        us = int(1000000 / freq) if freq else period * 1000000 // tick_hz
        host.handlers[(calls.IRQ_TIMER, self._number)] = lambda: callback and callback(self)
        host.tell(calls.TIMER, struct.pack("<BIB", self._number, us, mode))

    def deinit(self):
        host.handlers.pop((calls.IRQ_TIMER, self._number), None)
        host.tell(calls.TIMER, struct.pack("<BIB", self._number, 0, 0))


# Cannot be stopped; a second WDT(timeout=) changes the time allowed.
class WDT:
    def __init__(self, id=0, timeout=5000):
        if id != 0:
            raise ValueError("WDT(%d) doesn't exist" % id)
        if timeout <= 0:
            raise ValueError("WDT timeout too short")
        host.tell(calls.WATCHDOG, struct.pack("<I", timeout))

    def feed(self):
        host.tell(calls.FEED)


UART = uart.UART


class RTC:
    def datetime(self, moment=None):
        if moment is None:
            us = time.rtc_us()
            year, month, day, hour, minute, second, weekday, _ = time.gmtime(us // 1000000)
            return (year, month, day, weekday, hour, minute, second, us % 1000000)
        year, month, day, _, hour, minute, second, us = moment
        value = time.mktime((year, month, day, hour, minute, second, 0, 0)) * 1000000 + us
        time.set_rtc_us(value)
        host.tell(calls.CLOCK_SET, struct.pack("<q", value))

    init = datetime

    def memory(self, data=None):
        if data is None:
            return host.ask_long(calls.MEMORY_GET)
        if len(data) > 2048:
            raise ValueError("buffer too long")
        host.tell(calls.MEMORY_SET, bytes(data))


def reset_cause():
    return _cause


def unique_id():
    return _mac


def freq(hz=None):
    global _hz
    if hz is None:
        return _hz
    if hz not in (20000000, 40000000, 80000000, 160000000, 240000000):
        raise ValueError("frequency must be 20MHz, 40MHz, 80MHz, 160MHz or 240MHz")
    _hz = hz


def reset():
    host.ask(calls.RESET)


def soft_reset():
    host.ask(calls.SOFT_RESET)


def idle():
    _native_time.sleep_us(1)
