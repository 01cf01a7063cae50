# What umqtt.simple takes for its socket: it gathers what umqtt writes into one TLS record a packet, and serves reads
# from whole packets only, so that umqtt never waits. Under it is a TLS stream on a raw socket, both non-blocking.
# Never here: when to connect, when to give up (link.py).
import tls

from packets import Packets

CONNECTION_RESET = 104  # what a closed connection is called here
OUT_BYTES = 1024  # several frames of ours; more than that unsent means that the link stands still
PACKET_ROOM = 64  # fixed header, topic and length of a packet around its payload
READS = 8  # in one go: a whole packet takes five, what is dropped any number
MORE = 1  # no type of MQTT


class NotYet(Exception):
    # umqtt wants to read an answer that has not come.
    pass


def context(cas, cert, key):
    # One for life: it holds the keys. Both authorities are trusted.
    made = tls.SSLContext(tls.PROTOCOL_TLS_CLIENT)
    made.verify_mode = tls.CERT_REQUIRED
    for der in cas:
        made.load_verify_locations(der)
    made.load_cert_chain(cert, key)
    return made


class Transport:
    def __init__(self):
        self.packets = Packets()
        self.bytes_in = 0  # given to and taken from the TLS layer; what TLS adds is not in them
        self.bytes_out = 0
        self.mute = False  # umqtt repeats what has been sent already
        self._out = bytearray(OUT_BYTES)
        self._view = memoryview(self._out)
        self._stream = None
        self.detach()

    # as umqtt's module `socket`, and as the socket itself

    def socket(self, *_):
        return self

    def getaddrinfo(self, host, port, *_):
        return [(0, 0, 0, "", (host, port))]

    def connect(self, _):
        pass

    def settimeout(self, _):
        pass

    def setblocking(self, _):
        pass

    def close(self):
        pass

    def write(self, data, count=None):
        count = len(data) if count is None else count
        if not self.mute:
            if self._end + count > OUT_BYTES:
                raise OSError("the packet is too long")
            self._view[self._end : self._end + count] = memoryview(data)[:count]
            self._end += count
        return count

    def read(self, count):
        if count and self._at >= self.packets.end:
            raise NotYet
        stop = min(self._at + count, self.packets.end)
        data = bytes(self.packets.buffer[self._at : stop])
        self._at = stop
        return data

    # for link.py

    def attach(self, stream):
        self.detach()
        self._stream = stream

    def detach(self):
        if self._stream is not None:
            try:
                self._stream.close()
            except OSError:
                pass  # it was broken already
        self._stream = None
        self._end = 0  # of what is gathered
        self._held = 0  # bytes of it that TLS has taken but not sent: the same again, or they are lost
        self._at = 0  # how far umqtt has read in the packet
        self._shown = False  # the packet in the buffer has been given out
        self.mute = False
        self.packets.release()
        self.packets.expect = 0

    def room(self, payload):
        return self._stream is not None and self._end + payload + PACKET_ROOM <= OUT_BYTES

    def unsent(self):
        return self._end > 0

    def flush(self):
        # True when all that was gathered is on its way; False: call again when the raw socket can be written. What is
        # gathered at a time goes out as one TLS record.
        while self._end:
            size = self._held or self._end
            done = self._stream.write(self._view[:size])
            if not done:
                self._held = size
                return False
            self._held = 0
            self.bytes_out += done
            left = self._end - done
            if left:
                self._out[:left] = bytes(self._view[done : self._end])
            self._end = left
        return True

    def receive(self):
        # The type of the next whole packet; 0: nothing more now, wait for the raw socket; MORE: the others' turn, then
        # call again at once, as TLS may hold what the raw socket never tells of. OSError when the peer closed.
        if self._shown:
            self.packets.release()
            self._shown = False
        for _ in range(READS):
            count = self._stream.readinto(self.packets.want())
            if count is None:
                return 0
            if count == 0:
                raise OSError(CONNECTION_RESET)
            self.bytes_in += count
            kind = self.packets.took(count)
            if kind:
                self._at = 0
                self._shown = True
                return kind
        return MORE
