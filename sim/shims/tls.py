# TLS as the board has it: certificates are judged by the board's own clock, which starts in 2000 and may be set wrong;
# Mbed TLS of the unix port judges them by the host's. Everything else is MicroPython's tls. Never here: sockets.

import tls as _native
from shims import time

PROTOCOL_TLS_CLIENT = _native.PROTOCOL_TLS_CLIENT
PROTOCOL_TLS_SERVER = _native.PROTOCOL_TLS_SERVER
CERT_NONE = _native.CERT_NONE
CERT_OPTIONAL = _native.CERT_OPTIONAL
CERT_REQUIRED = _native.CERT_REQUIRED
MBEDTLS_VERSION = _native.MBEDTLS_VERSION

_TOO_EARLY = "\nThe certificate validity starts in the future\n"
_TOO_LATE = "\nThe certificate validity has expired\n"
_VERSION_TAG = 0xA0
_UTC_TIME = 0x17
_CENTURY_TURNS = 50  # a two-digit year from here on is of the last century


class SSLContext:
    def __init__(self, protocol):
        self._context = _native.SSLContext(protocol)
        self._context.verify_callback = self._judge
        self.verify_callback = None
        self.load_verify_locations = self._context.load_verify_locations
        self.load_cert_chain = self._context.load_cert_chain
        self.get_ciphers = self._context.get_ciphers
        self.set_ciphers = self._context.set_ciphers
        self.wrap_socket = self._context.wrap_socket

    @property
    def verify_mode(self):
        return self._context.verify_mode

    @verify_mode.setter
    def verify_mode(self, mode):
        self._context.verify_mode = mode

    # Called by Mbed TLS for each certificate of the chain, within the handshake; what it raises, the handshake raises.
    def _judge(self, certificate, depth):
        starts, ends = _validity(certificate)
        now = time.time()
        if now < starts:
            raise ValueError(_TOO_EARLY)
        if now > ends:
            raise ValueError(_TOO_LATE)
        return self.verify_callback(certificate, depth) if self.verify_callback else 0


# From when until when a certificate (DER) holds, in the board's seconds.
def _validity(certificate):
    _, at, _ = _element(certificate, 0)
    _, at, _ = _element(certificate, at)
    tag, _, end = _element(certificate, at)
    fields = 3  # number, algorithm, issuer
    if tag == _VERSION_TAG:
        at = end
    for _ in range(fields):
        _, _, at = _element(certificate, at)
    _, at, _ = _element(certificate, at)
    moments = []
    for _ in range(2):
        tag, begin, at = _element(certificate, at)
        moments.append(_seconds(str(bytes(certificate[begin:at]), "ascii"), tag == _UTC_TIME))
    return moments


# Tag, begin and end of what stands at this place.
def _element(der, at):
    tag, size = der[at], der[at + 1]
    at += 2
    if size & 0x80:
        digits = size & 0x7F
        size = int.from_bytes(bytes(der[at : at + digits]), "big")
        at += digits
    return tag, at, at + size


def _seconds(text, short):
    if short:
        text = ("19" if int(text[:2]) >= _CENTURY_TURNS else "20") + text
    day = [int(text[:4]), int(text[4:6]), int(text[6:8])]
    return time.mktime(day + [int(text[i : i + 2]) for i in (8, 10, 12)] + [0, 0])
