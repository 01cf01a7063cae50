# TLS as the board has it: its certificates are judged by the board's own clock, which starts in 2000.
# Everything else is MicroPython's tls. Never here: sockets.

import tls as _native
from shims import time

PROTOCOL_TLS_CLIENT = _native.PROTOCOL_TLS_CLIENT
PROTOCOL_TLS_SERVER = _native.PROTOCOL_TLS_SERVER
CERT_NONE = _native.CERT_NONE
CERT_OPTIONAL = _native.CERT_OPTIONAL
CERT_REQUIRED = _native.CERT_REQUIRED
MBEDTLS_VERSION = _native.MBEDTLS_VERSION

_OLDEST_PLAUSIBLE_S = 24 * 365 * 86400  # late 2023 on the board's clock: older than any certificate of a bench
_TOO_EARLY = "\nThe certificate validity starts in the future\n"


class SSLContext:
    def __init__(self, protocol):
        self._context = _native.SSLContext(protocol)

    @property
    def verify_mode(self):
        return self._context.verify_mode

    @verify_mode.setter
    def verify_mode(self, mode):
        self._context.verify_mode = mode

    def load_verify_locations(self, certificate):
        self._context.load_verify_locations(certificate)

    def load_cert_chain(self, certificate, key):
        self._context.load_cert_chain(certificate, key)

    def get_ciphers(self):
        return self._context.get_ciphers()

    def set_ciphers(self, ciphers):
        self._context.set_ciphers(ciphers)

    def wrap_socket(
        self, sock, *, server_side=False, do_handshake_on_connect=True, server_hostname=None, client_id=None
    ):
        if self._context.verify_mode != CERT_NONE and time.time() < _OLDEST_PLAUSIBLE_S:
            if do_handshake_on_connect:
                raise ValueError(_TOO_EARLY)
            return _Refused()
        return self._context.wrap_socket(
            sock,
            server_side=server_side,
            do_handshake_on_connect=do_handshake_on_connect,
            server_hostname=server_hostname,
        )


# What a deferred handshake gives whose certificate is refused: the first use says so.
class _Refused:
    def _refuse(self, *_):
        raise ValueError(_TOO_EARLY)

    read = readinto = readline = write = send = recv = sendall = cipher = getpeercert = _refuse

    def setblocking(self, flag):
        pass

    def close(self):
        pass
