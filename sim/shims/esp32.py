# The esp32 module: RMT, which plays a train of pulses in hardware, and NVS, which keeps values on flash; Partition is
# in a file of its own (partition.py).
# Its constructor changed with MicroPython 1.27; here only the one of the release in hand works, so that a firmware
# which knows one of them only is found out. Never here: the playing itself, which goes on when this program hangs.

import struct

from shims import calls, host, machine, time

_BLOCK_ENTRIES = 126  # 64 symbols of two entries, less the end marker: what plays without the CPU
_CLOCK_HZ = 80000000
_NEW_SIGNATURE = (1, 27)
_DEFAULT_HZ = 10000000
_SLACK_US = 2000  # so long after its end a train may still be playing by the bench's clock


# Loaded when it is asked for: most programs never do, and their heap is counted.
def __getattr__(name):
    if name != "Partition":
        raise AttributeError(name)
    import _partition

    _partition.files, _partition.running = app
    return _partition.Partition


app = ({}, "factory")


class RMT:
    PULSE_MAX = 32767

    def __init__(
        self, id=None, *, pin, clock_div=None, resolution_hz=None, idle_level=False, tx_carrier=None, num_symbols=64
    ):
        if machine.release < _NEW_SIGNATURE:
            if id is None or resolution_hz is not None:
                raise TypeError("this release has RMT(id, *, pin, clock_div, idle_level)")
            clock_div = 8 if clock_div is None else clock_div
            if not 1 <= clock_div <= 255:
                raise ValueError("clock_div must be between 1 and 255")
            resolution_hz = _CLOCK_HZ // clock_div
        elif id is not None or clock_div is not None:
            raise TypeError("this release has RMT(*, pin, resolution_hz, idle_level)")
        if tx_carrier is not None:
            raise NotImplementedError("the bench has no carrier")
        self._pin = pin.number
        self._hz = resolution_hz or _DEFAULT_HZ
        self._idle = 1 if idle_level else 0
        self._plays_until = 0  # by the host's clock
        host.tell(calls.RMT_OPEN, bytes((self._pin,)))

    # (durations, first level), (duration, levels) or (durations, levels). Waits for a train that is still playing.
    def write_pulses(self, duration, data=True):
        self._check()
        if not isinstance(data, (list, tuple)):
            data = [(bool(data) + i) & 1 for i in range(len(duration))]
        elif isinstance(duration, int):
            duration = [duration] * len(data)
        if len(duration) != len(data):
            raise ValueError("duration and data must have same length")
        if not duration:
            raise ValueError("No pulses")
        if len(duration) > _BLOCK_ENTRIES:
            raise ValueError("more than one hardware block: the end would need the CPU")
        body = struct.pack("<BIBB", self._pin, self._hz, self._idle, len(duration))
        for ticks, level in zip(duration, data):
            body += struct.pack("<H", ticks & self.PULSE_MAX | (0x8000 if level else 0))
        # Where nothing plays, nothing is asked: a pulse must not be over before a late bench has answered.
        if host.now_us() > self._plays_until:
            host.tell(calls.RMT_PLAY, body)
        else:
            while left := struct.unpack("<I", host.ask(calls.RMT_WRITE, body, 4))[0]:
                time.sleep_us(left)
        length_us = sum(duration) * 1000000 // self._hz // time.scale
        self._plays_until = host.now_us() + length_us + _SLACK_US

    def wait_done(self, *, timeout=0):
        self._check()
        left = self._left()
        if left and timeout:
            time.sleep_us(min(left, timeout * 1000))
            left = self._left()
        return not left

    def deinit(self):
        if self._pin is not None:
            host.ask(calls.RMT_CLOSE, bytes((self._pin,)))
            self._pin = None

    def active(self, state=None):
        self._check()
        if state:
            raise ValueError("activate by calling write_pulses()")
        if state is not None:
            raise NotImplementedError("the bench stops a train by deinit() only")
        return bool(self._left())

    @classmethod
    def source_freq(cls):
        return _CLOCK_HZ

    def _left(self):
        return struct.unpack("<I", host.ask(calls.RMT_LEFT, bytes((self._pin,)), 4))[0]

    def _check(self):
        if self._pin is None:
            raise OSError("already deinitialized")


_INTEGER = "<i"


class NVS:
    def __init__(self, namespace):
        self._prefix = _name(namespace) + b"\x00"

    def set_i32(self, key, value):
        self.set_blob(key, struct.pack(_INTEGER, value))

    def get_i32(self, key):
        return struct.unpack(_INTEGER, self._get(key))[0]

    def set_blob(self, key, value):
        host.tell(calls.NVS_SET, self._prefix + _name(key) + b"\x00\x01" + bytes(value))

    def get_blob(self, key, buffer):
        value = self._get(key)
        buffer[: len(value)] = value
        return len(value)

    def erase_key(self, key):
        self._get(key)
        host.tell(calls.NVS_SET, self._prefix + _name(key) + b"\x00")

    def commit(self):
        host.tell(calls.NVS_COMMIT)

    def _get(self, key):
        value = host.ask_long(calls.NVS_GET, self._prefix + _name(key))
        if value[0] == 0:
            raise OSError(-0x1102, "ESP_ERR_NVS_NOT_FOUND")
        return value[1:]


def _name(text):
    if not 1 <= len(text) <= 15:
        raise OSError(-0x1109, "ESP_ERR_NVS_KEY_TOO_LONG")
    return text.encode()
