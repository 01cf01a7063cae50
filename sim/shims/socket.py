# Sockets as the ESP32's: addresses are (ip, port), names do not resolve while the program blocks, bytes are counted.
# Where a packet really goes is asked of the bench, so that no server of the unit need exist. Never here: TLS.

import io
import socket as _native
import struct
import time as _native_time

from shims import calls, host, time

AF_INET = _native.AF_INET
SOCK_STREAM = _native.SOCK_STREAM
SOCK_DGRAM = _native.SOCK_DGRAM
SOL_SOCKET = _native.SOL_SOCKET
SO_REUSEADDR = _native.SO_REUSEADDR
SO_BROADCAST = _native.SO_BROADCAST
IPPROTO_TCP = 6
TCP_NODELAY = 1

_EHOSTUNREACH = 113
_NAME_TIMEOUT_S = 14  # lwIP asks four times with growing pauses before it gives up
_NAME_FAILED = -202  # EAI_FAIL: the reply was never read, since reading it needs the program that blocks
_SHORTEST_S = 0.001
_STREAM_POLL = 3
_STREAM_CLOSE = 4


def getaddrinfo(name, port, family=0, type=0, proto=0, flags=0):
    try:
        _native.inet_pton(AF_INET, name)
    except OSError:
        _native_time.sleep(_NAME_TIMEOUT_S / time.scale)
        raise OSError(_NAME_FAILED)
    return [(AF_INET, type or SOCK_STREAM, proto, "", (name, port))]


def _sockaddr(ip, port):
    return struct.pack("<H", AF_INET) + struct.pack(">H", port) + ip + b"\x00" * 8


class socket(io.IOBase):
    def __init__(self, af=AF_INET, type=SOCK_STREAM, proto=0):
        self._adopt(_native.socket(af, type, proto), calls.TCP if type == SOCK_STREAM else calls.UDP)

    def _adopt(self, native, protocol):
        self._native = native
        self._protocol = protocol
        self.descriptor = native.fileno()
        self._number = 0
        self._in = 0
        self._out = 0
        self._reported = True
        self._asked = {}  # where a packet really went -> where the program sent it

    # The bench says where an address is to be found; the number is the socket's in the bench's books.
    def _route(self, address):
        ip, port = address
        packed = _native.inet_pton(AF_INET, ip)
        answer = host.ask(calls.ROUTE, struct.pack("<B4sH", self._protocol, packed, port), 8)
        self._number, real, real_port = struct.unpack("<H4sH", answer)
        if not real_port:
            raise OSError(_EHOSTUNREACH)
        self._asked[(real, real_port)] = (ip, port)
        return _sockaddr(real, real_port)

    def _address(self, sockaddr):
        port = struct.unpack(">H", sockaddr[2:4])[0]
        ip = bytes(sockaddr[4:8])
        return self._asked.get((ip, port)) or (_native.inet_ntop(AF_INET, ip), port)

    def _count(self, received, sent):
        self._in += received
        self._out += sent
        if self._reported and self._protocol == calls.TCP:
            self._reported = False
            host.counted.append(self)

    def report(self):
        self._reported = True
        host.tell(calls.COUNTED, struct.pack("<HII", self._number, self._in, self._out))

    def connect(self, address):
        self._native.connect(self._route(address))

    def bind(self, address):
        ip, port = address
        self._native.bind(_sockaddr(_native.inet_pton(AF_INET, ip) if ip else bytes(4), port))

    def read(self, size=-1):
        data = self._native.read(size) if size >= 0 else self._native.read()
        if data:
            self._count(len(data), 0)
        return data

    def readinto(self, buffer, size=None):
        got = self._native.readinto(buffer) if size is None else self._native.readinto(buffer, size)
        if got:
            self._count(got, 0)
        return got

    def readline(self):
        line = self._native.readline()
        if line:
            self._count(len(line), 0)
        return line

    def recv(self, size):
        data = self._native.recv(size)
        self._count(len(data), 0)
        return data

    def recvfrom(self, size):
        data, sockaddr = self._native.recvfrom(size)
        return data, self._address(sockaddr)

    def write(self, data, *limits):
        sent = self._native.write(data, *limits)
        if sent:
            self._count(0, sent)
        return sent

    def send(self, data):
        sent = self._native.send(data)
        self._count(0, sent)
        return sent

    def sendall(self, data):
        view = memoryview(data)
        while view:
            view = view[self.send(view) :]

    def sendto(self, data, address):
        return self._native.sendto(data, self._route(address))

    def settimeout(self, seconds):
        self._native.settimeout(max(seconds / time.scale, _SHORTEST_S) if seconds else seconds)

    # As on the ESP32, blocking means for ever, also after a settimeout.
    def setblocking(self, flag):
        self._native.settimeout(None if flag else 0)

    def setsockopt(self, level, option, value):
        if level == SOL_SOCKET:
            self._native.setsockopt(level, option, value)

    def fileno(self):
        return self.descriptor

    def makefile(self, *_):
        return self

    def close(self):
        if not self._reported:
            host.counted.remove(self)
            self.report()
        self._native.close()

    def ioctl(self, request, argument):
        if request == _STREAM_CLOSE:
            self.close()
            return 0
        if request == _STREAM_POLL:
            return _ready(self.descriptor, argument)
        return -1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def _ready(descriptor, events):
    import select as _select

    probe = _select.poll()
    probe.register(descriptor, events)
    for _, ready in probe.poll(0):
        return ready
    return 0
