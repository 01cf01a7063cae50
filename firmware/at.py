# The dialogue with a modem over a serial line: one command at a time, a deadline for each, its lines told apart from
# what the modem says unasked. Never here: what a command is for (radio.py, data.py), and never a command in an error:
# it may hold a PIN.
import asyncio
import time

MAX_LINE = 160  # bytes; the longest that is wanted has about 90
CHUNK = 128
SLICE_MS = 10000  # of a wait: in between it is shown that the program is alive
GUARD_MS = 1100  # of silence around +++, 1 s by the standard
ESCAPED_MS = 2000  # from +++ to its answer, the guard time included
QUIET_MS = 200  # no modem makes a longer pause within one answer

_CR = 13
_LF = 10
_FINAL = ("OK", "ERROR")
_FINAL_STARTS = ("+CME ERROR", "+CMS ERROR")
_DIALLED = ("CONNECT", "NO CARRIER", "NO DIALTONE", "NO ANSWER", "BUSY")  # how a dial may end; else told unasked
_UNASKED = ("RDY", "APP RDY", "SMS", "PB DONE", "Call Ready", "RING", "DST:", "NORMAL POWER DOWN", "POWERED DOWN")
_UNASKED += _DIALLED


class Silent(Exception):
    # No answer in time.
    pass


class At:
    # uart: a serial line that never waits by itself; readable: waits until it can be read; alive(): shows that the
    # program is; unasked(line): what the modem says by itself.
    def __init__(self, uart, readable, alive, unasked):
        self._uart = uart
        self._readable = readable
        self._alive = alive
        self._unasked = unasked
        self._chunk = bytearray(CHUNK)
        self._one = memoryview(self._chunk)[:1]
        self._at = self._end = 0  # what is not looked at yet of the chunk
        self._line = bytearray(MAX_LINE)
        self._size = 0
        self._whole = True  # the line so far fits

    async def ask(self, command, ms, start=None, dial=False):
        # (how it ended, the lines of its answer that begin with `start`; with "" those that begin like nothing known).
        # After a dial nothing is read beyond its end: what follows is for PPP.
        self.drain()
        self._alive()
        self._uart.write(command + "\r")
        lines = []
        due = time.ticks_add(time.ticks_ms(), ms)
        while True:
            line = await self._read(due, dial)
            if line is None:
                raise Silent
            if line in _FINAL or line.startswith(_FINAL_STARTS) or (dial and line.startswith(_DIALLED)):
                return line, lines
            if start is not None and _belongs(line, start):
                lines.append(line)
            else:
                self._unasked(line)

    async def told(self, command, ms, start=None):
        # The lines of its answer; none, too, when it does not answer this and still answers something else.
        try:
            return (await self.ask(command, ms, start))[1]
        except Silent:
            await self.ask("AT", ms)
            await self.settle()
            return []

    async def escape(self):
        # From data mode to commands, by silence and +++. False: nothing says that it did.
        await self.quiet(GUARD_MS)
        self.drain()
        self._uart.write("+++")
        due = time.ticks_add(time.ticks_ms(), ESCAPED_MS)
        while True:
            line = await self._read(due)
            if line is None:
                return False
            if line in ("OK", "DISCONNECTED") or line.startswith("NO CARRIER"):
                return True

    async def settle(self):
        # Until nothing more comes: what is late must not be taken for the next answer.
        for _ in range(10):
            if await self._read(time.ticks_add(time.ticks_ms(), QUIET_MS)) is None:
                return

    async def quiet(self, ms):
        # Nothing is sent for so long.
        while ms > 0:
            self._alive()
            await asyncio.sleep_ms(min(ms, SLICE_MS))
            ms -= SLICE_MS
        self._alive()

    def drain(self):
        # What has come since the last answer is none to the next question.
        while True:
            line = self._next()
            if line:
                self._unasked(line)
            elif not self._fill(self._chunk):
                return

    async def _read(self, due, one=False):
        # The next line, or None when it is `due` and there is none.
        while True:
            line = self._next()
            if line:
                return line
            if self._fill(self._one if one else self._chunk):
                continue
            left = time.ticks_diff(due, time.ticks_ms())
            if left <= 0:
                return None
            try:
                await asyncio.wait_for_ms(self._readable(self._uart), min(left, SLICE_MS))
            except asyncio.TimeoutError:
                self._alive()

    def _fill(self, buffer):
        self._at = 0
        self._end = self._uart.readinto(buffer) or 0
        return self._end

    def _next(self):
        # The next whole line of what was read, or None.
        while self._at < self._end:
            byte = self._chunk[self._at]
            self._at += 1
            if byte in (_CR, _LF):
                line = self._text()
                self._size = 0
                self._whole = True
                if line:
                    return line
            elif self._size < MAX_LINE:
                self._line[self._size] = byte
                self._size += 1
            else:
                self._whole = False
        return None

    def _text(self):
        # None: an empty line, an echo, or noise. Only where a name may stand, strange letters are no noise.
        if not self._size or not self._whole:
            return None
        named = self._line[0] == 0x2B  # +
        text = ""
        for i in range(self._size):
            if 0x20 <= self._line[i] < 0x7F:
                text += chr(self._line[i])
            elif named:
                text += "?"
            else:
                return None
        return None if text.startswith("AT") else text


def _belongs(line, start):
    if start:
        return line.startswith(start)
    return line[0] not in "+*" and not line.startswith(_UNASKED)
