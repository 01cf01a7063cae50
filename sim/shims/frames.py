# Frames as PPP puts them on a serial line, shared by both interpreters: flag, escapes, protocol, packet, checksum. Here
# the checksum is a piece of a CRC-32, since both interpreters have one. Never here: what a packet asks for.
import binascii
import struct

LCP, PAP, CHAP, IPCP, IP = 0xC021, 0xC023, 0xC223, 0x8021, 0x0021

REQUEST, ACK, NAK = 1, 2, 3
TERMINATE, TERMINATED = 5, 6

AUTH = {1: PAP, 2: CHAP}  # network.PPP.SEC_PAP and SEC_CHAP

FLAG = b"~"
_ESCAPE = b"}"
_LEAST = 10  # address, control, protocol, code, number, length, checksum


def frame(protocol, code, number, body=b""):
    packet = b"\xff\x03" + struct.pack(">HBBH", protocol, code, number, 4 + len(body)) + body
    packet += _checksum(packet)
    out = bytearray(FLAG)
    for byte in packet:
        if byte < 0x20 or byte in (0x7D, 0x7E):
            out += bytes((0x7D, byte ^ 0x20))
        else:
            out.append(byte)
    return bytes(out + FLAG)


# (protocol, code, number, body) of what stood between two flags; None: it is no whole frame.
def opened(raw):
    first, *rest = raw.split(_ESCAPE)
    packet = first + b"".join([bytes((piece[0] ^ 0x20,)) + piece[1:] for piece in rest if piece])
    if len(packet) < _LEAST or packet[-2:] != _checksum(packet[:-2]):
        return None
    protocol, code, number, _ = struct.unpack_from(">HBBH", packet, 2)
    return protocol, code, number, packet[8:-2]


def _checksum(packet):
    return struct.pack("<H", binascii.crc32(packet) & 0xFFFF)
