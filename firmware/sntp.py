# The time of day, asked of a time server (SNTP). Certificates cannot be checked before it is known: the board's clock
# starts in the year 2000. Never here: unit seconds (clock.py), which nothing outside can move.
import asyncio
import os
import socket

from release import BUILT
from waiting import readable

PORT = 123
TRY_MS = 3000
BLOCK = 48  # bytes of a question and of an answer
TO_1970 = 2208988800  # seconds from 1900, where NTP counts from
ERA = 1 << 32  # NTP's seconds wrap in 2036


def question(nonce):
    # nonce: 8 bytes in place of our own time, which the answer must repeat.
    return b"\x23" + bytes(39) + nonce  # version 4, client


def reading(answer, nonce):
    # Seconds since 1970, or None when this is no sound answer to that question.
    if len(answer) < BLOCK or answer[24:32] != nonce or answer[0] & 7 != 4:
        return None
    if answer[0] >> 6 == 3 or not 1 <= answer[1] <= 15:  # it has no time itself
        return None
    seconds = int.from_bytes(answer[40:44], "big")
    if seconds < ERA >> 1:
        seconds += ERA
    unix = seconds - TO_1970
    return unix if plausible(unix) else None


def plausible(unix):
    return unix >= BUILT


async def ask(address):
    # Seconds since 1970, or None when the server does not answer soundly. OSError: it cannot be reached.
    nonce = os.urandom(8)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.connect(socket.getaddrinfo(address, PORT)[0][-1])
        sock.send(question(nonce))
        await asyncio.wait_for_ms(readable(sock), TRY_MS)
        return reading(sock.recv(BLOCK), nonce)
    except asyncio.TimeoutError:
        return None
    finally:
        sock.close()
