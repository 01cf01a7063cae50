# The two waits that asyncio's streams use and do not lend: until a raw socket can be read, until it can be written.
# Waiting on a TLS socket instead costs a millisecond each time on the unix port, which polls such objects in steps.
from asyncio import core


def readable(sock):
    yield core._io_queue.queue_read(sock)


def writable(sock):
    yield core._io_queue.queue_write(sock)
