# The steps from an address to a session that stands: TCP, TLS, MQTT's CONNECT and its subscription. Each waits for the
# raw socket and blocks nobody; who calls sets the deadline. Never here: deadlines, what a session does (session.py).
import asyncio
import select
import socket
from errno import EINPROGRESS

from transport import NotYet
from troubles import Down
from waiting import readable, writable


async def connect(raw, address, port):
    raw.setblocking(False)
    if hasattr(socket, "TCP_NODELAY"):  # or an answer waits until what went before it was acknowledged
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        raw.connect(socket.getaddrinfo(address, port)[0][-1])
    except OSError as error:
        if error.errno != EINPROGRESS:
            raise
    await writable(raw)


async def ask(raw, transport, mqtt, call, answer, wait):
    # umqtt writes a packet and reads its answer in one call. Made twice: the first gathers the packet and stops at the
    # read, the second, mute, finds the answer there. wait(until): waits for the peer, as long as that makes sense.
    mqtt.sock = transport
    pid = mqtt.pid
    transport.packets.expect = answer
    try:
        call()
    except NotYet:
        pass
    full = select.poll()
    full.register(raw, select.POLLOUT)
    while not transport.flush():  # the handshake happens in here
        await wait((readable if full.poll(0) else writable)(raw))
    while True:
        kind = transport.receive()
        if kind == answer:
            break
        await (wait(readable(raw)) if kind == 0 else asyncio.sleep_ms(0))
    transport.mute = True
    mqtt.pid = pid
    read(call)
    transport.mute = False
    transport.packets.expect = 0


def read(call):
    # umqtt reads a packet, and trusts what is in it.
    try:
        call()
    except (AssertionError, IndexError, NotYet):
        raise Down("what the server sends is no MQTT")
