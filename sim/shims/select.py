# poll() on the board's clock, running interrupt handlers while it waits as MicroPython's scheduler does, and
# ThreadSafeFlag, which the unix port's asyncio would ask about 900 times a second. Here a flag waits for an interrupt.
# Never here: what an interrupt means.

import io
import select as _native

from shims import host, time

POLLIN = _native.POLLIN
POLLOUT = _native.POLLOUT
POLLERR = _native.POLLERR
POLLHUP = _native.POLLHUP

_idle = _native.poll()


def begin():
    _idle.register(host.interrupts, POLLIN)


# Waits up to host milliseconds for an interrupt and runs its handlers.
def wait(ms):
    interrupted = _idle.poll(ms)
    host.woken.write(b"w")
    if interrupted:
        host.dispatch()


class poll:
    def __init__(self):
        self._poll = _native.poll()
        self._poll.register(host.interrupts, POLLIN)
        self._objects = {}  # file descriptor -> the object that was registered
        self._flags = []

    def register(self, item, events=POLLIN | POLLOUT):
        if isinstance(item, ThreadSafeFlag):
            if item not in self._flags:
                self._flags.append(item)
            return
        descriptor = getattr(item, "descriptor", item)
        if descriptor is not item:
            self._objects[descriptor] = item
        self._poll.register(descriptor, events)

    def modify(self, item, events):
        if not isinstance(item, ThreadSafeFlag):
            self._poll.modify(getattr(item, "descriptor", item), events)

    def unregister(self, item):
        if isinstance(item, ThreadSafeFlag):
            self._flags.remove(item)
            return
        descriptor = getattr(item, "descriptor", item)
        self._objects.pop(descriptor, None)
        self._poll.unregister(descriptor)

    def poll(self, timeout=-1):
        if host.counted:
            host.report_counts()
        end = None if timeout is None or timeout < 0 else host.now_us() + timeout * 1000 // time.scale
        while True:
            found = [(flag, POLLIN) for flag in self._flags if flag.state]
            left = 0 if found else -1 if end is None else max(0, (end - host.now_us() + 999) // 1000)
            self._look(left, found)
            if found or left == 0:
                return found

    def _look(self, ms, found):
        interrupted = False
        ready = self._poll.ipoll(ms)
        if ms:  # otherwise it did not wait: the CPU was awake already
            host.woken.write(b"w")
        for item, events in ready:
            if item == host.interrupts:
                interrupted = True
            else:
                found.append((self._objects.get(item, item), events))
        if interrupted:
            host.dispatch()

    def ipoll(self, timeout=-1, flags=0):
        return iter(self.poll(timeout))


class ThreadSafeFlag(io.IOBase):
    def __init__(self):
        self.state = 0

    # By the program or by an interrupt's handler, between two looks of a poll; the unix port's threads are not served.
    def set(self):
        self.state = 1

    def clear(self):
        self.state = 0

    async def wait(self):
        if not self.state:
            await _until_set(self)
        self.state = 0


def _until_set(flag):
    import asyncio

    yield asyncio.core._io_queue.queue_read(flag)
