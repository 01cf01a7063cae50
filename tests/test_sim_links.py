"""PPP over the simulated modem and Wi-Fi, as a program on the board meets them: what comes over, and how they die."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sim.access_point import AccessPoint
from sim.board import Board
from sim.cell import Cell
from sim.modem import Modem
from sim.net import Net
from tests.bench_units import Run, running, serving

SCALE = 20
PORT = 7777

DIAL = """
import machine, network, time, asyncio, socket, select, sys
uart = machine.UART(1, 115200, tx=27, rx=26, rxbuf=RXBUF, txbuf=2048, timeout=0)
key = machine.Pin(4, machine.Pin.OUT, value=0)
ready = select.poll()
ready.register(uart, select.POLLIN)
def at(command, ms=9000):
    uart.write(command + "\\r")
    end = time.ticks_add(time.ticks_ms(), ms)
    said = b""
    ends = (b"OK\\r\\n", b"ERROR\\r\\n", b"CARRIER\\r\\n")
    while time.ticks_diff(end, time.ticks_ms()) > 0 and not said.endswith(ends):
        ready.poll(200)
        said += uart.read() or b""
        if b"CONNECT" in said:
            break
    return said
def dial():
    while not any(b"OK" in at("AT", 1000) for _ in range(6)):  # a pulse too many would turn it off
        key.on()
        time.sleep_ms(1000)
        key.off()
        time.sleep_ms(6000)
    while b",1" not in at("AT+CEREG?"):
        pass
    return at("ATD*99#")
def write(sock, data):
    sock.setblocking(False)
    try:
        sock.connect(("10.9.9.9", 7777))
    except OSError as error:
        print("connect", error.errno)
    until(sock, select.POLLOUT, 5000)
    return sock.write(data)
def until(sock, what, ms):
    waiting = select.poll()
    waiting.register(sock, what)
    return waiting.poll(ms)
def read(sock, ms=5000):
    if not until(sock, select.POLLIN, ms):
        return None
    return sock.read(2000)
def connect(**how):
    ppp = network.PPP(uart)
    ppp.connect(**how)
    while ppp.status() == 3:
        time.sleep_ms(50)
    print("status", ppp.status())
    return ppp
"""


@asynccontextmanager
async def dialling(
    tmp_path: Path, program: str, *, rxbuf: int = 8192, net: Net | None = None, **board: Any
) -> AsyncIterator[Board]:
    """A program that has DIAL's words, on a board with a modem, and a server that sends everything back in capitals."""

    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(writer)
        while data := await reader.read(100):
            writer.write(data.upper())

    heard: list[asyncio.StreamWriter] = []
    made = net or await Net().start()
    try:
        async with serving(shout) as port, running(tmp_path) as run:
            made.tcp[PORT] = ("127.0.0.1", port)
            board.setdefault("modem", Modem())
            yield await run(DIAL.replace("RXBUF", str(rxbuf)) + program, net=made, scale=SCALE, **board)
    finally:
        await made.stop()


async def said(board: Board, line: str, timeout: float = 15) -> None:
    await board.console_line(line, timeout)


async def test_what_is_sent_comes_back_over_ppp_and_without_an_address_there_is_no_way(tmp_path: Path) -> None:
    program = """
try:
    socket.socket().connect(("10.9.9.9", 7777))
except OSError as error:
    print("no way", error.errno)
print(dial())
ppp = connect()
print(ppp.isconnected(), len(ppp.ifconfig()), ppp.ifconfig()[3])
try:
    ppp.connect()
except OSError as error:
    print("again", error.errno)
sock = socket.socket()
write(sock, b"hello")
print("got", read(sock))
ppp.disconnect()
while ppp.status():
    time.sleep_ms(50)
print(ppp.ifconfig()[0], at("AT"))
"""
    async with dialling(tmp_path, program) as board:
        await said(board, "no way 113")
        await said(board, "CONNECT 115200")
        await said(board, "status 4")
        await said(board, "True 4 10.11.12.13")
        await said(board, "again 114")
        await said(board, "got b'HELLO'")
        await said(board, "None b'AT")


@pytest.mark.parametrize(
    ("cell", "how", "status"),
    [
        (Cell(auth=(1, "anna", "right")), "security=1, user='anna', key='right'", 4),
        (Cell(auth=(2, "anna", "right")), "security=2, user='anna', key='right'", 4),
        (Cell(auth=(1, "anna", "right")), "security=1, user='anna', key='wrong'", -7),
        (Cell(data=False), "", -6),
    ],
)
async def test_ppp_tells_by_its_status_why_it_does_not_come_about(
    tmp_path: Path, cell: Cell, how: str, status: int
) -> None:
    async with dialling(tmp_path, f"dial()\nconnect({how})", modem=Modem(cell=cell)) as board:
        await said(board, f"status {status}")


async def test_ppp_with_nobody_at_the_other_end_gives_up_after_ten_questions(tmp_path: Path) -> None:
    program = "began = time.ticks_ms()\nconnect()\nprint(time.ticks_diff(time.ticks_ms(), began) // 1000, 's')"
    async with dialling(tmp_path, program) as board:
        await said(board, "status -6")
        await said(board, "30 s")


async def test_a_connection_dies_silently_with_its_data_connection_and_never_revives(tmp_path: Path) -> None:
    program = """
dial()
ppp = connect()
old = socket.socket()
write(old, b"one")
print("got", read(old))
uart.irq(None)
while ppp.isconnected():
    ppp.poll()
    time.sleep_ms(20)
print("lost", ppp.status())
print("old", old.write(b"two"), read(old, 3000))
ppp = None
while b"OK" not in at("AT", 500):
    pass
print(dial())
connect()
print("old", old.write(b"three"), read(old, 3000))
new = socket.socket()
write(new, b"four")
print("got", read(new))
"""
    modem = Modem()
    async with dialling(tmp_path, program, modem=modem) as board:
        await said(board, "got b'ONE'")
        modem.drop_data()
        await said(board, "lost -6")
        await said(board, "old 3 None")
        await said(board, "old 5 None")
        await said(board, "got b'FOUR'")


async def test_a_modem_that_dies_leaves_ppp_believing_and_new_connections_hanging(tmp_path: Path) -> None:
    program = """
dial()
ppp = connect()
print("go")
while machine.Pin(21, machine.Pin.IN, machine.Pin.PULL_UP).value():
    time.sleep_ms(100)
sock = socket.socket()
sock.setblocking(False)
try:
    sock.connect(("10.9.9.9", 7777))
except OSError as error:
    print("connect", error.errno)
print("still", ppp.isconnected(), until(sock, select.POLLOUT, 3000))
"""
    modem = Modem()
    async with dialling(tmp_path, program, modem=modem) as board:
        await said(board, "go")
        modem.hang()
        board.pins[21].short = 0  # so that the program knows
        await said(board, "connect 115")
        await said(board, "still True []")


async def test_a_reset_of_the_board_tells_the_far_side_nothing(tmp_path: Path) -> None:
    ended = asyncio.Event()
    begun = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        begun.set()
        await reader.read()
        ended.set()

    program = "dial()\nconnect()\nsock = socket.socket()\nwrite(sock, b'x')\nprint('sent')\ntime.sleep(900)"
    net = await Net().start()
    async with dialling(tmp_path, program, net=net) as board, serving(serve) as port:
        net.tcp[PORT] = ("127.0.0.1", port)
        await said(board, "sent")
        await begun.wait()
        board.reset()
        await board.reset_seen(2)
        assert not ended.is_set()


async def test_with_every_rxidle_lost_nothing_is_received_until_somebody_polls(tmp_path: Path) -> None:
    program = """
dial()
ppp = network.PPP(uart)
ppp.connect()
while ppp.status() == 3:
    ppp.poll()
    time.sleep_ms(50)
sock = socket.socket()
write(sock, b"hello")
print("waited", read(sock, 2500))
print("polled", ppp.poll() > 5, read(sock, 500))
"""
    async with dialling(tmp_path, program, lost_rxidle=1.0) as board:
        await said(board, "waited None")
        await said(board, "polled True b'HELLO'")


async def test_a_receive_buffer_of_256_loses_frames_and_what_was_in_them_comes_late(tmp_path: Path) -> None:
    program = """
dial()
ppp = connect()
uart.irq(None)
sock = socket.socket()
write(sock, b"x" * 600)
time.sleep_ms(2000)
got = 0
while got < 600:
    ppp.poll()
    data = read(sock, 50)
    got += len(data or b"")
print("all", got)
"""
    async with dialling(tmp_path, program, rxbuf=256) as board:
        await said(board, "status 4")
        await said(board, "all 600")


async def test_without_coverage_nothing_passes_and_what_was_sent_arrives_afterwards(tmp_path: Path) -> None:
    program = """
dial()
connect()
sock = socket.socket()
write(sock, b"one")
print("got", read(sock))
while machine.Pin(21, machine.Pin.IN, machine.Pin.PULL_UP).value():
    time.sleep_ms(100)
print("sent", sock.write(b"two"), read(sock, 3000))
print("late", read(sock, 60000))
"""
    modem = Modem(cell=Cell(holds_on_s=100))
    async with dialling(tmp_path, program, modem=modem) as board:
        await said(board, "got b'ONE'")
        modem.cell.change(coverage=False)
        board.pins[21].short = 0
        await said(board, "sent 3 None")
        modem.cell.change(coverage=True)
        await said(board, "late b'TWO'")


WIFI = """
import network, time, socket, select
wlan = network.WLAN(network.WLAN.IF_STA)
wlan.active(True)
def join(name, key):
    wlan.connect(name, key)
    while wlan.status() == network.STAT_CONNECTING:
        time.sleep_ms(50)
    print("status", wlan.status(), wlan.isconnected(), wlan.ifconfig()[0])
"""


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    async with running(tmp_path) as start:
        yield start


@pytest.mark.parametrize(
    ("point", "status"),
    [
        ({}, "1010 True 192.168.4.17"),
        ({"there": False}, "201 False 0.0.0.0"),
        ({"password": "another"}, "202 False 0.0.0.0"),
        ({"trouble": "refuses"}, "203 False 0.0.0.0"),
        ({"trouble": "handshake"}, "204 False 0.0.0.0"),
    ],
)
async def test_wifi_tells_by_its_status_how_it_went(run: Run, point: dict[str, Any], status: str) -> None:
    program = WIFI + "join('bench', 'correct horse')\nprint('dBm', wlan.status('rssi'))"
    board = await run(program, wifi=AccessPoint(**point), scale=SCALE)
    await said(board, f"status {status}")
    await said(board, "dBm -58" if "1010" in status else "dBm 0")


async def test_an_access_point_that_goes_is_missed_after_seconds(run: Run) -> None:
    point = AccessPoint()
    board = await run(
        WIFI + "join('bench', 'correct horse')\nwhile wlan.isconnected(): time.sleep_ms(100)\nprint(wlan.status())",
        wifi=point,
        scale=SCALE,
    )
    await said(board, "status 1010")
    point.change(there=False)
    await said(board, "200")


async def test_each_end_of_waiting_is_counted_and_looking_without_waiting_is_not(run: Run) -> None:
    board = await run("""
import select, time
waiting = select.poll()
for _ in range(50):
    waiting.poll(0)
print("looked")
time.sleep_ms(50)
for _ in range(20):
    waiting.poll(5)
print("waited")
""")
    await said(board, "waited")
    assert 20 <= board.chip.wakeups <= 25
