# One MQTT session over TLS, kept alive: connect, notice that it died, back off, connect again. Frames in and out; what
# they mean is not known here. Nothing waits without a deadline, and nothing blocks the loop.
import asyncio
import gc
import os
import select
import socket
import sys
import time
from errno import EINPROGRESS

import umqtt.simple
from umqtt.simple import MQTTException

from names import NoAddress
from packets import CONNACK, PINGRESP, PUBLISH, SUBACK, Malformed
from timeofday import NoTime
from transport import MORE, NotYet, Transport
from waiting import readable, writable

CONNECT_MS = 15000
HANDSHAKE_MS = 25000  # two round trips of 2 s and the board's arithmetic, with a margin
SUBSCRIBE_MS = 15000
PONG_MS = 15000  # after our ping
HALF_MS = 15000  # for the rest of a packet that has begun
SEND_MS = 15000  # for what TLS would not take at once
PING_EARLY_S = 10  # before the keepalive is over
TICK_MS = 30000  # the session shows at least so often that it is alive
STEADY_S = 30  # a session that lived so long was a good one: after it, the first attempt is made at once
MAX_PAUSE_S = 30
WILL = b"\x00"


class Down(Exception):
    # The session is over; args[0] says why, for the installer.
    pass


class Bug(Exception):
    # What handles a frame failed. Nobody catches this: the unit starts again.
    pass


class Link:
    # lists: servers() and context() (servers.py); time_of_day: settle() (timeofday.py); seconds(): unit time. Given
    # later: on_frame, async, gets each frame and is let finish, soon; on_up is called when the session stands.
    def __init__(self, unit_hex, topics, keepalive_s, lists, resolver, time_of_day, console, seconds):
        self._lists = lists
        self._resolver = resolver
        self._time_of_day = time_of_day
        self._console = console
        self._seconds = seconds
        self._keepalive_s = keepalive_s
        self._down_topic, self._up_topic = (t.encode() for t in topics)
        self._transport = Transport()
        umqtt.simple.socket = self._transport
        self._mqtt = umqtt.simple.MQTTClient(unit_hex, "", 8883, keepalive=keepalive_s)
        self._mqtt.set_callback(self._payload)
        self._mqtt.set_last_will(self._up_topic, WILL)
        self._raw = None
        self._frame = None
        self._wake = asyncio.Event()
        self._why = None
        self.up = False
        self.stamp_ms = time.ticks_ms()  # when the session last showed that it is alive
        self.on_frame = None
        self.on_up = None

    def counts(self):
        # Bytes given to and taken from the TLS layer (what TLS adds is not in them), packets dropped unseen.
        return self._transport.bytes_in, self._transport.bytes_out, self._transport.packets.dropped

    def drop(self, why):
        # Ends the session, or the attempt at one; the next is made at once or soon.
        self._why = why
        self._wake.set()

    def publish(self, frame):
        # True when the frame was handed over; it may still be lost, as everything at QoS 0.
        if not self.up or not self._transport.room(len(frame)):
            return False
        return self._attempt(self._mqtt.publish, self._up_topic, frame) and self._attempt(self._send)

    async def run(self):
        failures = 0
        while True:
            lived_s = await self._session(failures)
            failures = 0 if lived_s >= STEADY_S else failures + 1
            if failures:
                rounds = (failures - 1) // len(self._lists.servers())
                most = min(MAX_PAUSE_S, 1 << min(rounds, 5))
                await self._sleep_ms(most * (500 + os.urandom(1)[0] * 500 // 255))

    async def _session(self, failures):
        # Seconds that the session lived.
        servers = self._lists.servers()
        host, port = servers[failures % len(servers)]
        began = None
        try:
            await self._open(host, port)
            if self._why:
                raise Down(self._why)
            began = self._seconds()
            gc.collect()
            self._console.news("connected to %s:%d; %d bytes free" % (host, port, gc.mem_free()))
            await self._live()
        except (Down, OSError, ValueError, MQTTException, Malformed, NoAddress, NoTime) as error:
            self._console.say("%s:%d: %s" % (host, port, _explain(error, self._greeting)))
            if began is None:
                self._resolver.forget(host)
            if isinstance(error, ValueError):  # a certificate was refused: perhaps it is the clock that is wrong
                self._time_of_day.doubt()
        finally:
            self.up = False
            self._close()
        return 0 if began is None else self._seconds() - began

    async def _open(self, host, port):
        self._why = None
        self._greeting = False  # TLS and MQTT are being agreed on
        self._alive()
        self._console.say("looking up %s" % host)
        address = await self._resolver.address(host)
        self._alive()
        await self._time_of_day.settle()
        self._console.say("connecting to %s:%d (%s)" % (host, port, address))
        await self._step(self._connect(address, port), CONNECT_MS, "no answer from %s" % address)
        tls = self._lists.context().wrap_socket(self._raw, server_hostname=host, do_handshake_on_connect=False)
        self._transport.attach(tls)
        self._mqtt.pid = 0
        self._greeting = True
        await self._step(
            self._ask(self._mqtt.connect, CONNACK), HANDSHAKE_MS, "connected, but no TLS and MQTT within 25 s"
        )
        self._greeting = False
        await self._step(self._ask(self._subscribe, SUBACK), SUBSCRIBE_MS, "no answer to the subscription")

    async def _connect(self, address, port):
        self._raw = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._raw.setblocking(False)
        if hasattr(socket, "TCP_NODELAY"):  # or an answer waits until what went before it was acknowledged
            self._raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self._raw.connect(socket.getaddrinfo(address, port)[0][-1])
        except OSError as error:
            if error.errno != EINPROGRESS:
                raise
        await writable(self._raw)

    async def _ask(self, call, answer):
        # umqtt writes a packet and reads its answer in one call. Made twice: the first gathers the packet and stops at
        # the read, the second, mute, finds the answer there.
        self._mqtt.sock = self._transport
        pid = self._mqtt.pid
        self._transport.packets.expect = answer
        try:
            call()
        except NotYet:
            pass
        full = select.poll()
        full.register(self._raw, select.POLLOUT)
        while not self._transport.flush():  # the handshake happens in here
            await (readable if full.poll(0) else writable)(self._raw)
        while True:
            kind = self._transport.receive()
            if kind == answer:
                break
            await (readable(self._raw) if kind == 0 else asyncio.sleep_ms(0))
        self._transport.mute = True
        self._mqtt.pid = pid
        _read(call)
        self._transport.mute = False
        self._transport.packets.expect = 0

    def _subscribe(self):
        self._mqtt.subscribe(self._down_topic)

    async def _live(self):
        self._wake.clear()
        self._pinged = None
        self._half_since = None
        self._stalled_since = None
        self._handling = False
        self._sent = self._heard = time.ticks_ms()
        self.up = True
        receiver = asyncio.create_task(self._receive())
        keeper = asyncio.create_task(self._keep(receiver))
        try:
            self.on_up()
            await receiver
        except asyncio.CancelledError:
            raise Down(self._why)
        finally:
            keeper.cancel()

    async def _receive(self):
        transport = self._transport
        while True:
            kind = transport.receive()
            if kind == 0:
                if not transport.packets.halfway():
                    self._half_since = None
                elif self._half_since is None:
                    self._half_since = time.ticks_ms()
                    self._wake.set()
                await readable(self._raw)
                continue
            if kind != MORE:
                self._heard = time.ticks_ms()
            if kind == PINGRESP:
                self._pinged = None
            elif kind == PUBLISH:
                self._frame = None
                _read(self._mqtt.wait_msg)
                if self._frame is not None:
                    await self._handle(self._frame)
            await asyncio.sleep_ms(0)  # a flood must not keep the others waiting

    async def _handle(self, frame):
        self._handling = True
        try:
            await self.on_frame(frame)
        except Exception as error:
            sys.print_exception(error)
            raise Bug  # ours, not the link's: it must not be taken for a broken session
        self._handling = False
        if self._why:
            raise Down(self._why)

    def _payload(self, topic, payload):
        if topic == self._down_topic:
            self._frame = payload
        else:
            self._transport.packets.dropped += 1

    async def _keep(self, receiver):
        ping_ms = (self._keepalive_s - PING_EARLY_S) * 1000
        while True:
            self._alive()
            now = time.ticks_ms()
            if self._stalled_since is not None:
                self._attempt(self._send)
            next_ms = TICK_MS
            if self._pinged is None:
                idle = max(time.ticks_diff(now, self._sent), time.ticks_diff(now, self._heard))
                if idle >= ping_ms:
                    self._pinged = now
                    self._mqtt.ping()
                    self._attempt(self._send)
                else:
                    next_ms = min(next_ms, ping_ms - idle)
            for since, most, why in (
                (self._pinged, PONG_MS, "no answer to a ping for 15 s"),
                (self._half_since, HALF_MS, "half a packet, and then nothing for 15 s"),
                (self._stalled_since, SEND_MS, "nothing could be sent for 15 s"),
            ):
                if since is not None:
                    left = most - time.ticks_diff(now, since)
                    next_ms = min(next_ms, left)
                    if left <= 0:
                        self._why = self._why or why
            if self._why:
                if not self._handling:  # else it ends after that frame: a coil that is on must be answered for
                    receiver.cancel()
                return
            await self._something(next_ms)

    async def _something(self, ms):
        # Until the time is over, somebody calls, or what is unsent can be sent.
        try:
            if self._stalled_since is not None:
                await asyncio.wait_for_ms(writable(self._raw), ms)
            else:
                await asyncio.wait_for_ms(self._wake.wait(), ms)
                self._wake.clear()
        except asyncio.TimeoutError:
            pass

    def _attempt(self, call, *args):
        # A connection that broke ends the session, whoever finds out first; it is no fault of the program.
        try:
            call(*args)
            return True
        except OSError as error:
            self.drop(_explain(error))
            return False

    def _send(self):
        now = time.ticks_ms()
        if self._transport.flush():
            self._stalled_since = None
        elif self._stalled_since is None:
            self._stalled_since = now
            self._wake.set()
        self._sent = now

    def _close(self):
        self._transport.detach()
        if self._raw is not None:
            self._raw.close()
            self._raw = None

    async def _step(self, step, ms, too_late):
        self._alive()
        try:
            await asyncio.wait_for_ms(step, ms)
        except asyncio.TimeoutError:
            raise Down(too_late)

    async def _sleep_ms(self, ms):
        self._alive()
        await asyncio.sleep_ms(ms)

    def _alive(self):
        self.stamp_ms = time.ticks_ms()


def _read(call):
    # umqtt reads a packet, and trusts what is in it.
    try:
        call()
    except (AssertionError, IndexError, NotYet):
        raise Down("what the server sends is no MQTT")


_TOLD = (
    # what an error of TLS says, and what it means to who stands before the unit
    ("trusted CA", "its certificate is not signed by an authority that this unit trusts (ca/0.der, ca/1.der)"),
    ("has expired", "its certificate has expired"),
    ("in the future", "its certificate is not valid yet, by this unit's clock"),
    ("expected CN", "its certificate is made out to another name"),
)
_REFUSED = (
    "",
    "it speaks another version of MQTT",
    "it refuses this unit's id",
    "the broker is not ready",
    "it refuses this unit",
    "it refuses this unit: not authorised",
)
_NUMBERS = {
    12: "not enough memory",
    111: "nothing listens there",
    113: "the way to that address is broken",
    118: "there is no way to that address",
}
_HUNG_UP = (32, 104, -29312, -30592)  # broken pipe, reset, end of file, alert: a refusal shows as any of them
_REFUSES_US = "it broke off the handshake: perhaps it does not accept this unit's certificate (tls.crt)"


def _explain(error, greeting=False):
    text = str(error)
    if isinstance(error, MQTTException):
        code = error.args[0]
        return _REFUSED[code] if 0 < code < len(_REFUSED) else "it refuses (%s)" % code
    if isinstance(error, ValueError):
        for part, meaning in _TOLD:
            if part in text:
                return meaning
    if isinstance(error, OSError) and error.args:
        number = error.args[0]
        if number in _HUNG_UP:
            return _REFUSES_US if greeting else "the server hung up"
        if number in _NUMBERS:
            return _NUMBERS[number]
    return text or type(error).__name__
