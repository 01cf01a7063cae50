"""One run of MicroPython, from reset to its end: the process, its console, its two sockets.

Its life hangs on ours: it is killed when this process dies, however that comes about. Never here: what it asks for.
"""

import asyncio
import contextlib
import os
import shutil
import socket
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

from sim.rom import rom
from sim.shims import calls
from tools import parts

HEAP_WORDS_K = 100  # the firmware's budget on the board: 100 k of 4-byte words' worth of objects
WORD_FACTOR = 2  # this process has 8-byte words, so the same objects take twice the bytes
SHIM_HEAP = 62_900  # bytes of heap that the shims take, given on top; a test holds it against what they report
FROZEN_HEAP = 2_800  # and what umqtt takes more here than in a board's image, where its code lies in the flash (rom.py)
HEAP_OVERHEAD = 1.013  # MicroPython keeps 3/8 byte of tables for each 32 bytes of heap
PACKET_MAX = 4096
CONSOLE_READ = 65536


def heap_bytes(words_k: int = HEAP_WORDS_K) -> int:
    return words_k * 1024 * WORD_FACTOR + int((SHIM_HEAP + FROZEN_HEAP) * HEAP_OVERHEAD)


def dying_with_us() -> list[str]:
    """Words before a command that make the kernel kill it when we die; without setpriv it ends at its next request."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


class Program:
    """`request` is given each packet and returns the answer or None; `ended` is called if it ends by itself."""

    def __init__(
        self,
        image: Path,
        request: Callable[[bytes], bytes | None],
        line: Callable[[str], None],
        ended: Callable[[], None],
        heap_words_k: int = HEAP_WORDS_K,
    ) -> None:
        self._request, self._line, self._ended = request, line, ended
        self._half_line = b""
        self._held: bytes | None = None  # a packet from after the time that was asked for
        self._taking = False
        self._waited_ns = 0
        self._loop = asyncio.get_running_loop()
        self._requests, far_requests = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._interrupts, far_interrupts = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._console, far_console = os.pipe()
        far = (far_requests.fileno(), far_interrupts.fileno())
        argv = [
            *(
                *dying_with_us(),
                *parts.micropython(),
                "-X",
                f"heapsize={heap_bytes(heap_words_k)}",
                "-m",
                "shims.start",
            ),
            *(str(image), str(image.stat().st_size), *map(str, far), str(rom().frozen)),
        ]
        environment = {"MICROPYPATH": f"{rom().path}:.frozen", "PATH": os.defpath, "TZ": "UTC0"}
        self.process = subprocess.Popen(
            argv,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=far_console,
            stderr=far_console,
            pass_fds=far,
        )
        far_requests.close()
        far_interrupts.close()
        os.close(far_console)
        self._death = os.pidfd_open(self.process.pid)
        self._requests.setblocking(False)
        self._interrupts.setblocking(False)
        os.set_blocking(self._console, False)
        self._loop.add_reader(self._requests, self.take_requests)
        self._loop.add_reader(self._console, self.read_console)
        self._loop.add_reader(self._death, self._died)

    def interrupt(self, kind: int, number: int) -> None:
        with contextlib.suppress(BlockingIOError, BrokenPipeError, ConnectionResetError):
            self._interrupts.send(bytes((kind, number)))  # who does not listen loses interrupts, as on a board

    def signal(self, number: int) -> None:
        if self.process.returncode is None:
            self.process.send_signal(number)

    @property
    def waited_ns(self) -> int:
        """For how long it could have run and had no core, by the kernel's count; 0 where that does not count."""
        if self.process.returncode is None:
            with contextlib.suppress(OSError, IndexError):
                self._waited_ns = int(Path(f"/proc/{self.process.pid}/schedstat").read_text().split()[1])
        return self._waited_ns

    def kill(self) -> None:
        """End it now; what it asked for and nobody took is lost."""
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()
            self._close()

    def read_console(self) -> None:
        """Take what the program has printed up to now."""
        while True:
            try:
                data = os.read(self._console, CONSOLE_READ)
            except BlockingIOError:
                return
            if not data:
                self._loop.remove_reader(self._console)
                return
            *lines, self._half_line = (self._half_line + data).split(b"\n")
            for line in lines:
                self._line(line.decode(errors="replace").rstrip("\r"))

    def take_requests(self, until_ns: int | None = None) -> None:
        """All that came, or what was asked for up to a time."""
        if self._taking:
            return
        self._taking = True
        try:
            while (packet := self._next_request()) is not None:
                if until_ns is not None and struct.unpack_from(calls.HEAD, packet)[1] * 1000 > until_ns:
                    self._held = packet
                    self._loop.call_soon(self.take_requests)  # nothing on the socket will say that it is there
                    return
                self._answer(packet)
        finally:
            self._taking = False

    def _next_request(self) -> bytes | None:
        packet, self._held = self._held, None
        if packet is None and self._requests.fileno() >= 0:
            with contextlib.suppress(BlockingIOError, ConnectionResetError):
                packet = self._requests.recv(PACKET_MAX)
                if not packet:
                    self._loop.remove_reader(self._requests)
        return packet or None

    def _answer(self, packet: bytes) -> None:
        answer = self._request(packet)
        if answer is not None and self._requests.fileno() >= 0:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                if packet[0] in calls.LONG:
                    self._requests.send(struct.pack(calls.SIZE, len(answer)))
                if answer:
                    self._requests.send(answer)

    def _died(self) -> None:
        self.process.wait()
        self.take_requests()
        self._close()
        self._ended()

    def _close(self) -> None:
        if self._requests.fileno() < 0:
            return
        self.read_console()
        if self._half_line:
            self._line(self._half_line.decode(errors="replace"))
        for descriptor in (self._requests, self._console, self._death):
            self._loop.remove_reader(descriptor)
        self._requests.close()
        self._interrupts.close()
        os.close(self._console)
        os.close(self._death)
