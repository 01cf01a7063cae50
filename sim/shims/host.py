# The program's end of the two sockets to the bench, and the interrupts that arrive on the second.
# Never here: what a pin, a pulse or a clock is; the bench knows, as hardware does.

import select as _native_select
import struct
import sys
import time as _native_time

from shims import calls

QUEUE_DEPTH = 8  # MicroPython's scheduler on ESP32 holds this many callbacks and loses the rest

_REPLY_MAX = 4096  # bytes; RTC memory and NVS values are the largest answers

now_us = _native_time.ticks_us  # the host's monotonic clock, as the bench sees it
interrupts = -1  # file descriptor to poll for interrupts
handlers = {}  # (kind, number) -> function
counted = []  # sockets whose byte counts the bench has not heard yet
woken = None  # a file: a byte for each time that waiting has ended

_requests = None
_interrupts = None
_pending = _native_select.poll()
_packet = bytearray(2)
_reply = bytearray(_REPLY_MAX)


def open_sockets(requests, interrupt):
    global _requests, _interrupts, interrupts
    _requests = open(requests, "r+b")
    _interrupts = open(interrupt, "r+b")
    _pending.register(interrupt, _native_select.POLLIN)
    interrupts = interrupt


def tell(kind, body=b""):
    _requests.write(struct.pack(calls.HEAD, kind, now_us()) + body)


# The answer of so many bytes; it stands in a buffer that the next call uses again.
def ask(kind, body=b"", size=1):
    tell(kind, body)
    return _receive(size)


def ask_long(kind, body=b""):
    size = struct.unpack(calls.SIZE, ask(kind, body, 4))[0]
    return bytes(_receive(size)) if size else b""


def _receive(size):
    if _requests.readinto(_reply, size) != size:
        raise SystemExit  # the bench has gone, and the board with it
    return memoryview(_reply)[:size]


# Runs what interrupts ask for; called where MicroPython runs its scheduler: while the program waits.
def dispatch():
    ran = 0
    while _pending.poll(0):
        if _interrupts.readinto(_packet) != 2:
            raise SystemExit
        handler = handlers.get((_packet[0], _packet[1]))
        if handler and ran < QUEUE_DEPTH:
            ran += 1
            try:
                handler()
            except Exception as error:  # as on the board: printed, and the program goes on
                sys.print_exception(error)


def report_counts():
    while counted:
        counted.pop().report()
