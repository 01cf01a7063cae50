# A UART of the ESP32 on a serial line of the host, a pty: the bench says which, and hears how much was sent and when.
# Never here: what is at the other end.

import select as _native
import struct

import vfs
from shims import calls, host, time

_PIECE = 1024  # bytes written at once: the pty takes so much without waiting for the bench
_SHORTEST_RXBUF = 129  # the hardware's own buffer has 128
_PINS = 40


class UART:
    IRQ_RXIDLE = 0x1000

    _all = {}
    _folder = None

    # One object per UART, as on the board: UART(1) twice is the same.
    def __new__(cls, id, *args, **kwargs):
        uart = cls._all.get(id)
        if uart is None:
            if id not in (1, 2):
                raise ValueError("UART(%d) doesn't exist" % id)
            uart = cls._all[id] = object.__new__(cls)
            uart.number = id
            uart.descriptor = -1
            uart._line = None
            uart._got = 0
        return uart

    def __init__(self, id, *args, **settings):
        self.init(*args, **settings)

    def init(
        self,
        baudrate=115200,
        bits=8,
        parity=None,
        stop=1,
        *,
        tx=-1,
        rx=-1,
        rxbuf=256,
        txbuf=256,
        timeout=0,
        timeout_char=0,
    ):
        tx, rx = (getattr(pin, "number", pin) for pin in (tx, rx))
        if not (0 <= tx < _PINS and 0 <= rx < _PINS):
            raise ValueError("the default pins are those of the flash")
        if rxbuf < _SHORTEST_RXBUF:
            raise ValueError("rxbuf is too short")
        body = struct.pack("<BIBBHH", self.number, baudrate, tx, rx, rxbuf, txbuf)
        path = str(host.ask_long(calls.UART_OPEN, body), "ascii")
        self._timeout = timeout
        if self._line is None:
            if UART._folder is None:
                UART._folder = vfs.VfsPosix("/dev")
            self._line = UART._folder.open(path, "r+b")
            self.descriptor = self._line.fileno()
            self._ready = _native.poll()
            self._ready.register(self.descriptor, _native.POLLIN)

    def deinit(self):
        self.irq(None)
        self._got = 0
        host.tell(calls.UART_CLOSE, bytes((self.number,)))

    # The line is so set that a read takes what is there and never waits.
    def read(self, size=-1):
        data = self._take(self._line.read, *((size,) if size >= 0 else ()))
        return self._count(data, len(data or b""))

    def readinto(self, buffer, size=None):
        got = self._take(self._line.readinto, buffer, *(() if size is None else (size,)))
        return self._count(got, got or 0)

    def readline(self):
        data = self._take(self._line.readline)
        return self._count(data, len(data or b""))

    # Nothing there: on a busy host what was due by now may not have arrived, and a deadline must not pass for that.
    def _take(self, read, *args):
        self._wait()
        got = read(*args)
        if not got:
            host.ask(calls.UART_DUE, struct.pack("<BI", self.number, self._got))
            got = read(*args)
        return got

    def _count(self, what, size):
        self._got += size
        return what or None

    def _wait(self):
        if self._timeout:
            self._ready.poll(max(1, self._timeout // time.scale))

    def any(self):
        if not self._ready.poll(0):
            return 0
        return struct.unpack("<H", host.ask(calls.UART_ANY, bytes((self.number,)), 2))[0]

    def write(self, data):
        view = memoryview(data)
        for at in range(0, len(view), _PIECE):
            count = self._line.write(view[at : at + _PIECE])
            host.tell(calls.UART_SENT, struct.pack("<BH", self.number, count))
        return len(view)

    def flush(self):
        pass

    def txdone(self):
        return True

    def irq(self, handler=None, trigger=0, hard=False):
        if trigger & ~self.IRQ_RXIDLE:
            raise NotImplementedError("the bench has RXIDLE only")
        key = (calls.IRQ_UART, self.number)
        if handler is None:
            host.handlers.pop(key, None)
            trigger = 0
        else:
            host.handlers[key] = lambda: handler(self)
        host.tell(calls.UART_IRQ, bytes((self.number, 1 if trigger else 0)))
