"""The network of the bench as a unit's program meets it: names, times, TLS by the board's clock, bytes counted."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from sim.net import Net
from sim.proxy import Proxy
from tests.bench_units import Run, running, serving

DNS_IP, NTP_IP = "10.0.0.1", "192.0.2.7"
ASK_NAME = f"""
import socket, select
def ask(server, port, packet, ms=2000):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setblocking(False)
    s.sendto(packet, socket.getaddrinfo(server, port)[0][-1])
    p = select.poll()
    p.register(s, select.POLLIN)
    got = s.recvfrom(512) if p.poll(ms) else (None, None)
    s.close()
    return got
QUESTION = b"\\x12\\x34\\x01\\x00\\x00\\x01" + bytes(6) + b"\\x06broker\\x07example\\x00\\x00\\x01\\x00\\x01"
def name(server="{DNS_IP}", ms=2000):
    return ask(server, 53, QUESTION, ms)
"""


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[Run]:
    async with running(tmp_path) as start:
        yield start


@pytest.fixture
async def net() -> AsyncIterator[Net]:
    each = await Net().start()
    yield each
    await each.stop()


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    """A TCP server that says everything back; its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            writer.write(data)

    async with serving(serve) as port:
        yield port


@pytest.fixture
async def silent() -> AsyncIterator[int]:
    """A TCP server that takes everything and says nothing; its port."""

    async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(serve) as port:
        yield port


async def test_names_do_not_resolve_through_the_blocking_call_and_literals_do(run: Run, net: Net) -> None:
    board = await run(
        """
import socket, time
print(socket.getaddrinfo("10.1.2.3", 8883))
start = time.ticks_ms()
try:
    socket.getaddrinfo("broker.example", 8883)
except OSError as error:
    print("failed", error.args[0], time.ticks_diff(time.ticks_ms(), start))
""",
        net=net,
        scale=50,
    )
    _, code, ms = (await board.console_line("failed")).split()
    assert board.console[0] == "[(2, 1, 0, '', ('10.1.2.3', 8883))]"
    assert code == "-202"
    assert int(ms) >= 14_000
    assert net.names.asked == 0


async def test_a_name_server_answers_from_the_address_that_was_asked(run: Run, net: Net) -> None:
    net.names.addresses["broker.example"] = "10.9.8.7"
    board = await run(
        ASK_NAME + "data, sender = name()\nprint('from', sender, list(data[-4:]), list(data[:2]))", net=net
    )
    await board.console_line(f"from ('{DNS_IP}', 53) [10, 9, 8, 7] [18, 52]")
    assert net.names.names == ["broker.example"]


async def test_name_servers_refuse_forge_or_are_silent_on_request(run: Run, net: Net) -> None:
    silent = await net.name_server("10.0.0.2")
    silent.mood = "silent"
    forging = await net.name_server("10.0.0.3")
    forging.mood = "wrong"
    refusing = await net.name_server("10.0.0.4")
    refusing.mood = "refusing"
    board = await run(
        ASK_NAME
        + """
print("silent", name("10.0.0.2", 100))
print("forged", name("10.0.0.3")[0][:2] == QUESTION[:2])
print("refused", name("10.0.0.4")[0][3] & 15)
""",
        net=net,
    )
    await board.console_line("refused 3")
    assert {"silent (None, None)", "forged False"} <= set(board.console)
    assert (silent.asked, forging.asked, refusing.asked, net.names.asked) == (1, 1, 1, 0)


async def test_time_servers_are_right_wrong_or_off(run: Run, net: Net) -> None:
    net.times.offset_s = 3600
    board = await run(
        ASK_NAME
        + f"""
NONCE = b"01234567"
def seconds():
    answer, _ = ask("{NTP_IP}", 123, b"\\x23" + bytes(39) + NONCE)
    return answer[24:32] == NONCE, answer[1], int.from_bytes(answer[40:44], "big") - 2208988800
print("time", seconds())
""",
        net=net,
    )
    line = await board.console_line("time")
    same, stratum, seconds = line.removeprefix("time (").rstrip(")").split(", ")
    assert (same, stratum) == ("True", "2")
    assert int(seconds) == pytest.approx(time.time() + 3600, abs=5)
    net.times.mood = "wrong"
    assert (await net.times.answer(bytes(40) + b"01234567") or b"")[24:32] == bytes(8)
    net.times.mood = "refusing"
    assert (await net.times.answer(bytes(48)) or b"")[1] == 0
    assert await net.times.answer(bytes(47)) is None


async def test_connections_go_where_the_bench_says_and_nowhere_else(run: Run, net: Net, echo: int) -> None:
    net.tcp[8883] = ("127.0.0.1", echo)
    board = await run(
        """
import socket
def attempt(ip, port):
    s = socket.socket()
    try:
        s.connect(socket.getaddrinfo(ip, port)[0][-1])
        s.sendall(b"x" * 3000)
        got = b""
        while len(got) < 3000:
            got += s.recv(4096)
        print("echoed", len(got))
    except OSError as error:
        print("no way", error.args[0])
    s.close()
attempt("203.0.113.9", 8883)
attempt("203.0.113.9", 80)
""",
        net=net,
    )
    await board.console_line("no way 113")
    await board.console_line("echoed 3000")
    assert board.chip.bytes[0] == (3000, 3000)


async def test_with_the_network_down_nothing_is_reachable(run: Run, net: Net, echo: int) -> None:
    net.tcp[8883] = ("127.0.0.1", echo)
    net.up = False
    board = await run(
        ASK_NAME
        + """
for kind, port in ((socket.SOCK_STREAM, 8883), (socket.SOCK_DGRAM, 53)):
    s = socket.socket(socket.AF_INET, kind)
    try:
        s.connect(("10.0.0.1", port))
    except OSError as error:
        print("down", error.args[0])
print("end")
""",
        net=net,
    )
    await board.console_line("end")
    assert board.console.count("down 113") == 2
    net.up = True
    assert net.route(17, bytes(4), 53)[1] == net.names.port


async def test_blocking_reads_time_out_on_the_boards_clock_until_setblocking_makes_them_wait_for_ever(
    run: Run, net: Net, silent: int
) -> None:
    net.tcp[8883] = ("127.0.0.1", silent)
    board = await run(
        """
import socket, time
s = socket.socket()
s.connect(("10.0.0.1", 8883))
s.settimeout(20)
start = time.ticks_ms()
try:
    s.recv(1)
except OSError as error:
    print("timeout", error.args[0], time.ticks_diff(time.ticks_ms(), start))
s.setblocking(True)
print("waits")
try:
    s.recv(1)
finally:
    print("ended")
""",
        net=net,
        scale=100,
    )
    ms = int((await board.console_line("timeout")).split()[-1])
    assert 19_000 <= ms < 200_000
    await board.console_line("waits")
    with pytest.raises(TimeoutError):
        await board.console_line("ended", timeout=0.6)  # a minute of the board's


def tls_server(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # the board has no more
    starts, ends = datetime(2023, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
    authority.issue_cert("broker.example", not_before=starts, not_after=ends).configure_cert(context)
    return context


TLS = """
import socket, tls, machine, sys
def handshake(deferred=False):
    s = socket.socket()
    s.connect(("10.0.0.1", 8883))
    context = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    context.verify_mode = tls.CERT_REQUIRED
    with open("/ca.der", "rb") as file:
        context.load_verify_locations(file.read())
    try:
        t = context.wrap_socket(s, server_hostname="broker.example", do_handshake_on_connect=not deferred)
        t.write(b"hello")
        print("echo", t.read(5), t.read(1), hasattr(t, "settimeout"), hasattr(t, "fileno"))
    except ValueError as error:
        print("refused:", error.args[0].strip())
    s.close()
"""


@pytest.fixture
async def secure(net: Net) -> AsyncIterator[tuple[Proxy, bytes]]:
    """A TLS server that echoes five bytes, behind a proxy that counts; its authority's certificate."""
    authority = trustme.CA(key_type=trustme.KeyType.ECDSA)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read(5))

    async with serving(serve, tls_server(authority)) as port:
        proxy = await Proxy("127.0.0.1", port).start()
        net.tcp[8883] = ("127.0.0.1", proxy.port)
        yield proxy, load_pem_x509_certificate(authority.cert_pem.bytes()).public_bytes(Encoding.DER)
        await proxy.stop()


async def test_tls_judges_certificates_by_the_boards_clock_and_its_bytes_are_counted(
    run: Run, net: Net, secure: tuple[Proxy, bytes]
) -> None:
    proxy, authority = secure
    board = await run(
        TLS
        + """
for deferred in (False, True):
    for year in (0, 2024, 2090):
        if year:
            machine.RTC().datetime((year, 11, 20, 0, 12, 0, 0, 0))
        print("in", year)
        handshake(deferred)
print("end")
""",
        net=net,
        files={"/ca.der": authority},
    )
    await board.console_line("end")
    early, late = (
        "refused: The certificate validity starts in the future",
        "refused: The certificate validity has expired",
    )
    good = "echo b'hello' b'' False False"
    assert board.console[:6] == ["in 0", early, "in 2024", good, "in 2090", late]
    assert board.console[6:12] == ["in 0", late, "in 2024", good, "in 2090", late]  # the clock stayed where it was
    assert proxy.connections == 6
    received, sent = (sum(counts[way] for counts in board.chip.bytes.values()) for way in (0, 1))
    assert sent == proxy.up.passed
    assert 3000 < received <= proxy.down.passed


async def test_from_a_byte_on_the_wire_to_the_coil_takes_well_under_2_ms(run: Run, net: Net) -> None:
    arrived: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.put_nowait(writer)
        await reader.read()

    async with serving(serve) as port:
        net.tcp[8883] = ("127.0.0.1", port)
        board = await run(
            """
import asyncio, esp32, machine, socket
def readable(sock):
    yield asyncio.core._io_queue.queue_read(sock)
async def main():
    pin = machine.Pin(18, machine.Pin.OUT, value=0)
    rmt = esp32.RMT(pin=pin, resolution_hz=312500)
    sock = socket.socket()
    sock.connect(("10.0.0.1", 8883))
    sock.setblocking(False)
    buffer = bytearray(16)
    while True:
        if sock.readinto(buffer) is None:
            await readable(sock)
        else:
            rmt.write_pulses([3000], [1])
asyncio.run(main())
""",
            net=net,
            doors=[{"drive": "toggle", "relay": 18}],
        )
        writer = await arrived.get()
        took_us = []
        for _ in range(50):
            since, sent_ns = len(board.edges), time.monotonic_ns()
            writer.write(b"x")
            on = await board.edges.wait(kind="coil", value=1, since=since)
            await board.edges.wait(kind="coil", value=0, since=since)
            took_us.append((on.t_ns - sent_ns) / 1000)
    assert sorted(took_us)[12] < 2000
