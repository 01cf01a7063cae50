# The board's clock: ticks that wrap at 2^30, an epoch of 2000, a real-time clock that starts at zero, all of it
# running `scale` times as fast as the host's. Never here: who sets the real-time clock (machine.RTC).

import time as _native

_PERIOD = 1 << 30  # MICROPY_PY_TIME_TICKS_PERIOD on a 32-bit board
_MASK = _PERIOD - 1
_HALF = _PERIOD >> 1
_EPOCH = 946684800  # 2000-01-01 in the host's seconds

scale = 1
_zero_us = 0  # host clock when this boot began
_ticks_us = 0  # what the ticks said then
_rtc_us = 0  # what the real-time clock said then, us since 2000

_now = _native.ticks_us


def begin(scale_, zero_us, ticks_us_, rtc_us):
    global scale, _zero_us, _ticks_us, _rtc_us
    scale = scale_
    _zero_us = zero_us
    _ticks_us = ticks_us_
    _rtc_us = rtc_us


def ticks_ms():
    return (((_now() - _zero_us) * scale + _ticks_us) // 1000) & _MASK


def ticks_us():
    return ((_now() - _zero_us) * scale + _ticks_us) & _MASK


def ticks_cpu():
    return ticks_us()


def ticks_diff(end, start):
    return ((end - start + _HALF) & _MASK) - _HALF


def ticks_add(ticks, delta):
    if not -_HALF < delta < _HALF:
        raise OverflowError("ticks interval overflow")
    return (ticks + delta) & _MASK


def rtc_us():
    return (_now() - _zero_us) * scale + _rtc_us


def set_rtc_us(value):
    global _rtc_us
    _rtc_us += value - rtc_us()


def time():
    return rtc_us() // 1000000


def time_ns():
    return rtc_us() * 1000


def gmtime(seconds=None):
    return _native.gmtime(int(time() if seconds is None else seconds) + _EPOCH)[:8]


localtime = gmtime  # the board knows no zones


def mktime(moment):
    return int(_native.mktime(tuple(moment[:8]) + (0,))) - _EPOCH


def sleep_us(us):
    if us > 0:
        _native.sleep_us(us // scale)


# Interrupt handlers run while the program sleeps, as on the board.
def sleep_ms(ms):
    from shims import select

    end = _now() + max(0, int(ms)) * 1000 // scale
    while True:
        left = end - _now()
        if left <= 0:
            return
        if left < 1000:
            _native.sleep_us(left)
        else:
            select.wait(left // 1000)


def sleep(seconds):
    sleep_ms(int(seconds * 1000))
