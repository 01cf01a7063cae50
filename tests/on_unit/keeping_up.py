# The session's keeper over a connection that breaks under its hands: the session ends, and the program goes on.
import asyncio

import packets
import session
from ledger import Ledger
from troubles import Down

ONLY_ON_UNIT = True
ECONNRESET = 104


class Mqtt:
    def ping(self):
        pass


class Transport:
    # broken: the peer has reset the connection, and the receiver has not had its turn yet
    def __init__(self):
        self.packets = packets.Packets()
        self.bytes_in = 0
        self.broken = False

    def receive(self):
        return 0

    def flush(self):
        if self.broken:
            raise OSError(ECONNRESET)
        return False

    def room(self, size):
        return True


async def _forever(raw):
    await asyncio.sleep(3600)


async def _at_once(raw):
    await asyncio.sleep_ms(0)


async def _session(keepalive_s, begin, writable):
    # How the session ended, and what the program died of.
    deaths = []
    asyncio.get_event_loop().set_exception_handler(lambda loop, context: deaths.append(context["exception"]))
    session.readable, session.writable = _forever, writable
    made = session.Session(
        "3fa2b81c", ("d/3f/3fa2b81c", "u/3f/3fa2b81c"), keepalive_s, lambda: None, lambda ms: None, Ledger(), lambda: 0
    )
    made._transport, made._mqtt = Transport(), Mqtt()
    made.on_up = lambda: begin(made)
    try:
        await asyncio.wait_for(made.live(), 5)
    except Down as down:
        return str(down), deaths
    except asyncio.TimeoutError:
        return None, deaths


def _breaks(made):
    made._transport.broken = True


def _stalls_and_breaks(made):
    made._send()
    made._transport.broken = True


def test_a_connection_reset_at_the_ping_ends_the_session_only():
    assert asyncio.run(_session(0, _breaks, _forever)) == ("the server hung up", [])


def test_a_connection_reset_while_sending_has_stalled_ends_the_session_only():
    assert asyncio.run(_session(120, _stalls_and_breaks, _at_once)) == ("the server hung up", [])
