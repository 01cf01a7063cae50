# Names to addresses, without socket.getaddrinfo: over PPP that call blocks the very program that would read the answer.
# Asks name servers over UDP. Never here: anything about what the address is for.
import asyncio
import os
import socket
import time

from unit_settings import is_address
from waiting import readable

PORT = 53
TRY_MS = 2000  # until the next name server is asked
MOST_SERVERS = 4  # that are asked; with ROUNDS, no question takes longer than 24 s
ROUNDS = 3  # times each server is asked
MAX_ANSWER = 512  # bytes of a DNS answer over UDP
RECORD_BYTES = 16  # of an answer beside the question, when it has one address
CACHED = 4  # names kept
MAX_TTL_S = 3600

_A = 1
_IN = 1


class NoAddress(Exception):
    # answered: a name server did.
    def __init__(self, why, answered=True):
        super().__init__(why)
        self.answered = answered


def question(ident, name):
    packet = ident + b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"  # one question, recursion wanted
    for label in name.split("."):
        raw = label.encode()
        if not 1 <= len(raw) <= 63:
            raise NoAddress("no name: " + name)
        packet += bytes([len(raw)]) + raw
    return packet + b"\x00\x00\x01\x00\x01"


def answer(packet, asked):
    # (address, seconds it holds) of the first A record; None: not an answer to this question, wait on. NoAddress: it
    # is one, and there is no address.
    if len(packet) < len(asked) or packet[:2] != asked[:2] or not packet[2] & 0x80:
        return None
    if packet[4:6] != b"\x00\x01" or packet[12 : len(asked)] != asked[12:]:
        return None
    if packet[3] & 15:
        raise NoAddress("no such name" if packet[3] & 15 == 3 else "the name server refuses (%d)" % (packet[3] & 15))
    try:
        at = len(asked)
        for _ in range(packet[6] << 8 | packet[7]):
            at = _past_name(packet, at)
            kind, of, size = (packet[at + i] << 8 | packet[at + i + 1] for i in (0, 2, 8))
            data = packet[at + 10 : at + 10 + size]
            if len(data) != size:
                return None
            if kind == _A and of == _IN and size == 4:
                ttl = int.from_bytes(packet[at + 4 : at + 8], "big")
                return "%d.%d.%d.%d" % tuple(data), min(ttl, MAX_TTL_S)
            at += 10 + size
    except IndexError:
        return None  # damaged: perhaps a better one follows
    raise NoAddress("no address of that name")


def _past_name(packet, at):
    while packet[at]:
        if packet[at] & 0xC0:
            return at + 2
        at += packet[at] + 1
    return at + 1


class Resolver:
    # servers(): addresses of name servers, best first; seconds(): unit time, for the cache; spent(sent, received):
    # bytes of a question and of its answer, 0 when none came.
    def __init__(self, servers, seconds, spent):
        self._servers = servers
        self._seconds = seconds
        self._spent = spent
        self.answers = 0  # that came, whatever they said
        self._cache = {}  # name: (address, unit second until which it holds)

    async def address(self, name):
        if is_address(name):
            return name
        held = self._cache.get(name)
        if held and self._seconds() < held[1]:
            return held[0]
        why = "no name server answers"
        answered = False
        servers = self._servers()[:MOST_SERVERS]
        for _ in range(ROUNDS):
            for server in servers:
                try:
                    found = await self._ask(server, name)
                except NoAddress as error:
                    why = str(error)
                    answered = True
                    continue
                except OSError as error:
                    why = "name server %s: %s" % (server, error)
                    await asyncio.sleep_ms(100)
                    continue
                if found:
                    self._keep(name, found)
                    return found[0]
        if held and not answered:
            return held[0]  # better the address of yesterday than none
        raise NoAddress("%s: %s" % (name, why), answered)

    def forget(self, name):
        # The address did not lead anywhere: ask again next time.
        if name in self._cache:
            self._cache[name] = (self._cache[name][0], 0)

    def _keep(self, name, found):
        if len(self._cache) >= CACHED:
            self._cache.clear()
        self._cache[name] = (found[0], self._seconds() + found[1])

    async def _ask(self, server, name):
        asked = question(os.urandom(2), name)
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.connect(socket.getaddrinfo(server, PORT)[0][-1])  # so that nobody else's datagrams are received
            sock.send(asked)
            found = await self._reply(sock, asked)
            self._spent(len(asked), len(asked) + RECORD_BYTES if found else 0)
            return found
        finally:
            sock.close()

    async def _reply(self, sock, asked):
        deadline = time.ticks_add(time.ticks_ms(), TRY_MS)
        while True:
            left = time.ticks_diff(deadline, time.ticks_ms())
            if left <= 0:
                return None
            try:
                await asyncio.wait_for_ms(readable(sock), left)
            except asyncio.TimeoutError:
                return None
            self.answers += 1
            found = answer(sock.recv(MAX_ANSWER), asked)
            if found:
                return found
