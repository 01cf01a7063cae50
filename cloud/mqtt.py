"""The cloud's one MQTT connection: paho driven by the event loop itself. Knows bytes and topics, nothing of doors.

While the connection is down nothing is queued: paho would send it later, when it is no longer wanted.
"""

import asyncio
import logging
import random
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

log = logging.getLogger("iomando.mqtt")

KEEPALIVE_S = 30  # broker and cloud stand side by side: a broken connection should show soon
CONNECT_S = 10
BACKOFF_MAX_S = 5.0


class Connection:
    """`publish` says whether the bytes were handed over; `on_message(topic, payload)`, `on_up()`, `on_down()` are
    called back."""

    def __init__(
        self,
        host: str,
        port: int,
        context: ssl.SSLContext | None,
        topic: str,
        on_message: Callable[[str, bytes], None],
        on_up: Callable[[], None],
        on_down: Callable[[], None],
        client_id: str = "cloud",
    ) -> None:
        self.host, self.port, self.topic = host, port, topic
        self.up = False
        self._on_message, self._on_up, self._on_down = on_message, on_up, on_down
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
        self._lost = asyncio.Event()
        self._reading = self._stuck = False
        self._client = client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=paho.MQTTv311)
        client.enable_logger(log)
        client.suppress_exceptions = False
        client.max_queued_messages_set(1)
        if context:
            client.tls_set_context(context)
        client.on_socket_open = self._socket_open
        client.on_socket_close = self._socket_close
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        client.on_message = self._message
        self._task = asyncio.create_task(self._keep(), name="mqtt")

    def publish(self, topic: str, payload: bytes) -> bool:
        if not self.up:
            return False
        handed_over = self._client.publish(topic, payload, qos=0).rc == MQTTErrorCode.MQTT_ERR_SUCCESS
        if not self._reading:
            self._flush()
        return handed_over

    async def close(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._client.disconnect()
        self._down()

    async def _keep(self) -> None:
        wait = 0.0
        while True:
            self._lost.clear()
            try:
                async with asyncio.timeout(CONNECT_S):
                    await self._loop.run_in_executor(None, self._connect)
                while not self._lost.is_set():
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._lost.wait(), 1)
                    if self._client.loop_misc() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                        break
                    wait = 0.0 if self.up else wait
            except (OSError, TimeoutError, ValueError) as error:
                log.warning("broker not reached", extra={"error": str(error)})
            except Exception:
                log.exception("connection to the broker failed")  # whatever it was, the next attempt may be better
            self._down()
            wait = min(BACKOFF_MAX_S, wait * 2 + 0.1)
            await asyncio.sleep(wait * random.uniform(0.5, 1))

    def _connect(self) -> None:
        # TCP and TLS may take a while: in a thread. paho calls _socket_open from there, which comes back to the loop.
        self._client.connect(self.host, self.port, keepalive=KEEPALIVE_S)

    def _socket_open(self, _client: paho.Client, _data: object, sock: Any) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._on_loop(self._loop.add_reader, sock, self._read)

    def _socket_close(self, _client: paho.Client, _data: object, sock: Any) -> None:
        self._stuck = False
        with suppress(ValueError, OSError):
            self._loop.remove_reader(sock)
            self._loop.remove_writer(sock)

    def _on_loop(self, call: Callable[..., object], *arguments: object) -> None:
        """At once, or, from the thread that connects, as soon as the loop can: its selector is not for two threads."""
        if threading.get_ident() == self._thread:
            call(*arguments)
        else:
            self._loop.call_soon_threadsafe(call, *arguments)

    def _read(self) -> None:
        self._reading = True
        try:
            while True:
                if self._client.loop_read() not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_AGAIN):
                    self._lost.set()
                    return
                sock = self._client.socket()
                if not isinstance(sock, ssl.SSLSocket) or not sock.pending():
                    break  # packets that came in one TLS record are not announced by the socket: take them all
        finally:
            self._reading = False
        self._flush()

    def _flush(self) -> None:
        """Write what paho still holds. It writes by itself, at once; but not inside a callback, nor what a full socket
        did not take: for that the loop says when."""
        if self._client.want_write():
            self._client.loop_write()
        stuck, sock = self._client.want_write(), self._client.socket()
        if sock is not None and stuck != self._stuck:
            self._stuck = stuck
            if stuck:
                self._loop.add_writer(sock, self._flush)
            else:
                self._loop.remove_writer(sock)

    def _connected(
        self,
        client: paho.Client,
        _data: object,
        _flags: object,
        reason: object,
        _properties: object,
    ) -> None:
        if getattr(reason, "is_failure", False):
            log.error("broker refused the cloud", extra={"reason": str(reason)})
            self._lost.set()
            return
        client.subscribe(self.topic, qos=0)

    def _subscribed(self, *_args: object) -> None:
        self.up = True
        log.info("broker connected")
        self._on_up()

    def _message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        try:
            self._on_message(message.topic, bytes(message.payload))
        except UnicodeDecodeError:
            pass  # no topic of ours: a broker's mischief
        except Exception:  # paho would hand us the same message again and again, and no other
            log.exception("a message could not be taken")

    def _disconnected(self, *_args: object) -> None:
        self._lost.set()

    def _down(self) -> None:
        if self.up:
            self.up = False
            log.warning("broker lost")
            self._on_down()
