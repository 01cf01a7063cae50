# One MQTT session over TLS: opened step by step, lived, noticed when it died. Frames in and out; what they mean is not
# known here. Nothing waits without a deadline, and nothing blocks the loop. Never here: which server, and what comes
# after this session (link.py).
import asyncio
import socket
import sys
import time

import umqtt.simple

import events
import greeting
import ledger
from keepalive import Keepalive
from packets import CONNACK, PINGRESP, PUBLISH, SUBACK
from transport import MORE, Transport
from troubles import MUTE, WELL, Bug, Down, explain, reason
from waiting import readable, writable

CONNECT_MS = 15000
HANDSHAKE_MS = 40000  # 4 kB at 300 B/s with round trips of 1 s, and the board's arithmetic, with a margin
QUIET_MS = 15000  # in which nothing comes while it is awaited
SUBSCRIBE_MS = 20000
PONG_MS = 15000  # after our ping
HALF_MS = 15000  # for the rest of a packet that has begun
SEND_MS = 15000  # for what TLS would not take at once
FOLLOWS_MS = 2000  # after a frame, something else may come soon
TICK_MS = 30000  # the session shows at least so often that it is alive
PING_BYTES = 2
AROUND_BYTES = 4  # of a PUBLISH around its topic and its frame, one more from 126 on
WILL = b"\x00"


class Session:
    # One for life, opened again and again. alive() is told that steps are made; expect(ms): an answer is awaited for so
    # long; book: ledger.Ledger; seconds(): unit time. Given later: on_frame, async, gets each frame and is let finish,
    # soon; on_up is called when the session stands; on_idle(seconds, shorter) when the time between pings changed.
    def __init__(self, unit_hex, topics, keepalive_s, alive, expect, book, seconds):
        self._alive = alive
        self._expect = expect
        self._book = book
        self._seconds = seconds
        self.keepalive = Keepalive(keepalive_s)
        self._down_topic, self._up_topic = (t.encode() for t in topics)
        self._transport = Transport()
        umqtt.simple.socket = self._transport
        self._mqtt = umqtt.simple.MQTTClient(unit_hex, "", 8883, keepalive=keepalive_s)
        self._mqtt.set_callback(self._payload)
        self._mqtt.set_last_will(self._up_topic, WILL)
        self._raw = None
        self._frame = None
        self._wake = asyncio.Event()
        self._booked = 0  # of the bytes that came
        self._down = None  # how it ended, when it was dropped
        self.greeting = False  # TLS and MQTT are being agreed on
        self.up = False
        self.on_frame = None
        self.on_up = None
        self.on_idle = None

    def counts(self):
        # Bytes given to and taken from the TLS layer (what TLS adds is not in them), packets dropped unseen.
        return self._transport.bytes_in, self._transport.bytes_out, self._transport.packets.dropped

    def drop(self, why, reason=events.NET_LOST, network=WELL):
        # Ends the session, or the attempt at one; the next is made at once or soon.
        self._down = self._down or Down(why, reason, network)
        self._wake.set()

    def publish(self, frame):
        # True when the frame was handed over; it may still be lost, as everything at QoS 0.
        if not self.up or not self._transport.room(len(frame)):
            return False
        if not self._attempt(self._mqtt.publish, self._up_topic, frame):
            return False
        size = len(frame) + len(self._up_topic) + AROUND_BYTES
        self._book.sent(ledger.cause(frame[1]), size, ledger.answered(frame[1]))
        self._expect(FOLLOWS_MS)
        return self._attempt(self._send)

    def reset(self):
        # What is said of the session before does not count for the next.
        self._down = None
        self.greeting = False

    async def open(self, address, port, host, context):
        self._raw = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._book.knocked()
        nobody = Down("no answer from %s" % address, events.NET_SERVER, MUTE)
        await self._step(greeting.connect(self._raw, address, port), CONNECT_MS, nobody)
        tls = context.wrap_socket(self._raw, server_hostname=host, do_handshake_on_connect=False)
        self._transport.attach(tls)
        self._mqtt.pid = 0
        self.greeting = True
        self._book.greeted()
        deaf = Down("connected, but it says nothing or too little of TLS and MQTT", events.NET_SERVER, MUTE)
        await self._step(self._ask(self._mqtt.connect, CONNACK, deaf), HANDSHAKE_MS, deaf)
        self.greeting = False
        deaf = Down("no answer to the subscription", events.NET_SERVER, MUTE)
        await self._step(self._ask(self._subscribe, SUBACK, deaf), SUBSCRIBE_MS, deaf)
        self._booked = self._transport.bytes_in
        if self._down:
            raise self._down

    async def live(self):
        # Until it is over: Down, or what broke it.
        self._wake.clear()
        self._pinged = None
        self._half_since = None
        self._stalled_since = None
        self._handling = False
        self._sent = self._heard = time.ticks_ms()
        self._stretch_ms = 0  # the longest in which nothing passed, since something was heard
        self.up = True
        receiver = asyncio.create_task(self._receive())
        keeper = asyncio.create_task(self._keep(receiver))
        try:
            self.on_up()
            await receiver
        except asyncio.CancelledError:
            raise self._down or Down("it was dropped")
        except OSError:
            self._died()
            raise
        finally:
            keeper.cancel()

    def close(self):
        self.up = False
        self._transport.detach()
        if self._raw is not None:
            self._raw.close()
            self._raw = None
            self._book.closed()

    def _ask(self, call, answer, deaf):
        async def wait(until):
            try:
                await asyncio.wait_for_ms(until, QUIET_MS)
            except asyncio.TimeoutError:
                raise deaf

        return greeting.ask(self._raw, self._transport, self._mqtt, call, answer, wait)

    def _subscribe(self):
        self._mqtt.subscribe(self._down_topic)

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
                self._hear()
            if kind == PINGRESP:
                self._pinged = None
                self._expect(0)
                self._account(ledger.KEEPALIVE, False)
            elif kind == PUBLISH:
                self._frame = None
                greeting.read(self._mqtt.wait_msg)
                if self._frame is not None:
                    self._expect(FOLLOWS_MS)
                    what = self._frame[1] if len(self._frame) > 1 else 0
                    self._account(ledger.cause(what), ledger.answered(what))
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
        if self._down:
            raise self._down

    def _payload(self, topic, payload):
        if topic == self._down_topic:
            self._frame = payload
        else:
            self._transport.packets.dropped += 1

    async def _keep(self, receiver):
        while True:
            self._alive()
            now = time.ticks_ms()
            if self._stalled_since is not None:
                self._attempt(self._send)
            next_ms = TICK_MS
            if self._pinged is None:
                ping_ms = self.keepalive.idle_s * 1000
                idle = max(time.ticks_diff(now, self._sent), time.ticks_diff(now, self._heard))
                if idle >= ping_ms:
                    self._ping(now)
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
                    if left <= 0 and not self._down:
                        self._down = Down(why, events.NET_SILENT, MUTE)
                        self._died()
            if self._down:
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

    def _ping(self, now):
        self._pinged = now
        self._expect(PONG_MS)
        self._mqtt.ping()
        self._book.sent(ledger.KEEPALIVE, PING_BYTES, True)
        self._attempt(self._send)

    def _attempt(self, call, *args):
        # A connection that broke ends the session, whoever finds out first; it is no fault of the program.
        try:
            call(*args)
            return True
        except OSError as error:
            self._died()
            self.drop(explain(error), *reason(error))
            return False

    def _send(self):
        now = time.ticks_ms()
        if self._transport.flush():
            self._stalled_since = None
        elif self._stalled_since is None:
            self._stalled_since = now
            self._wake.set()
        self._stretch(now)
        self._sent = now

    def _hear(self):
        now = time.ticks_ms()
        self._stretch(now)
        self._heard = now
        stretch_s = self._stretch_ms // 1000
        self._stretch_ms = 0
        if self.keepalive.survived(stretch_s, self._seconds()):
            self.on_idle(self.keepalive.idle_s, False)

    def _stretch(self, now):
        idle = min(time.ticks_diff(now, self._sent), time.ticks_diff(now, self._heard))
        self._stretch_ms = max(self._stretch_ms, idle)

    def _died(self):
        # While a ping was out: what killed it may be that it was idle before.
        if self._pinged is not None and self.keepalive.died(self._stretch_ms // 1000, self._seconds()):
            self.on_idle(self.keepalive.idle_s, True)
        self._pinged = None

    def _account(self, cause, answered):
        came = self._transport.bytes_in
        self._book.received(cause, came - self._booked, answered)
        self._booked = came

    async def _step(self, step, ms, too_late):
        self._alive()
        self._expect(ms)
        try:
            await asyncio.wait_for_ms(step, ms)
        except asyncio.TimeoutError:
            raise too_late
