# The network module: PPP over a UART, and Wi-Fi, as the ESP32 has them since MicroPython 1.27. PPP agrees on the link
# with frames that go over the serial line, and reads only when poll() runs; after that, what sockets carry goes through
# the host, each piece of it when its frame was read here. Never here: the network at the other end.

import struct
from errno import EALREADY

from shims import calls, host
from shims.frames import ACK, AUTH, IP, IPCP, LCP, NAK, REQUEST, TERMINATE, TERMINATED, frame, opened

_INACTIVE, _ACTIVE, _ERROR, _CONNECTING, _CONNECTED = 0, 1, 2, 3, 4
_LOST, _AUTH_FAILED = 6, 7  # lwIP's PPPERR_CONNECT and PPPERR_AUTHFAIL
_EPERM = 1
_RETRY_US = 3000000
_REQUESTS = 10  # lwIP asks so many times
_FAREWELLS = 2
_TIMER = 0xF0  # no number that a program may use
_READ = 256  # bytes, as in MicroPython
_FRAME_MAX = 1600
_MASK = "255.255.255.255"
_NOWHERE = "0.0.0.0"  # noqa: S104 - what an interface without an address shows


class PPP:
    SEC_NONE = AUTH_NONE = 0
    SEC_PAP = AUTH_PAP = 1
    SEC_CHAP = AUTH_CHAP = 2

    def __init__(self, stream):
        self._stream = stream
        self._state = _INACTIVE
        self._error = 0
        self._chunk = bytearray(_READ)
        self._half = b""
        self._addresses = None

    def connect(self, *, security=SEC_NONE, user=None, key=None, authmode=None, username=None, password=None):
        security = security if authmode is None else authmode
        if self._state == _INACTIVE:
            self._state = _ACTIVE
            self._stream.irq(self.poll, self._stream.IRQ_RXIDLE)
        if self._state in (_CONNECTING, _CONNECTED):
            raise OSError(EALREADY)
        if security not in (0, 1, 2):
            raise ValueError("invalid auth")
        user, key = (user or username, key or password) if security else ("", "")
        self._login = user.encode() + b"\x00" + key.encode()
        self._security = security
        self._closing = False
        self._state = _CONNECTING
        self._request(LCP)
        self.poll()

    def disconnect(self):
        if self._state in (_CONNECTING, _CONNECTED) and not self._closing:
            self._closing = True
            self._gone()
            self._request(LCP)

    def isconnected(self):
        return self._state == _CONNECTED

    def status(self):
        return -self._error if self._state == _ERROR else self._state

    def active(self, on=None):
        if on is False:
            self.disconnect()
        return self._state != _INACTIVE

    def config(self, *what, **settings):
        if "stream" in settings:
            self._stream = settings["stream"]
        elif what == ("stream",):
            return self._stream
        elif what == ("ifname",):
            return "pp1"
        else:
            raise ValueError("unknown config param")

    # (address, gateway, mask, name server): not in the order that Wi-Fi has.
    def ifconfig(self, told=None):
        if self._state == _INACTIVE:
            return (None, None, None, None)
        if not self._addresses:
            return (_NOWHERE,) * 4
        ip, gateway, dns = self._addresses[:3]
        return (ip, gateway, _MASK, dns)

    def ipconfig(self, what):
        ip, gateway, mask, _ = self.ifconfig()
        if ip is None:
            raise ValueError("PPP not active")
        return {"addr4": (ip, mask), "gw4": gateway}[what]

    # Takes what the UART holds: called when the line falls idle, and by whoever does not trust in that.
    def poll(self, _irq=None):
        if self._state <= _ERROR or self._stream is None:
            return -_EPERM
        total = 0
        while self._state > _ERROR:
            got = self._stream.readinto(self._chunk)
            if not got:
                break
            total += got
            first, *more = bytes(memoryview(self._chunk)[:got]).split(b"~")
            self._half += first
            for piece in more:
                whole, self._half = self._half, piece
                packet = opened(whole) if whole else None
                if packet:
                    self._take(*packet)
            if len(self._half) > _FRAME_MAX:
                self._half = b""
        return total

    def _take(self, protocol, code, number, body):
        if protocol == IP:
            host.tell(calls.PPP_GOT, body[:4])
        elif protocol == LCP and code == TERMINATE:
            self._stream.write(frame(LCP, TERMINATED, number))
            if self._closing:
                self._closed()
            else:
                self._fail(_LOST)
        elif protocol == LCP and code == TERMINATED and self._closing:
            self._closed()
        elif self._state != _CONNECTING or self._closing or protocol != self._asked:
            return
        elif code == NAK:
            self._fail(_AUTH_FAILED)
        elif code == ACK and protocol == LCP and body[0]:
            self._request(AUTH[body[0]])
        elif code == ACK and protocol == IPCP:
            host.tell(calls.TIMER, struct.pack("<BIB", _TIMER, 0, 0))
            self._addresses = ["%d.%d.%d.%d" % tuple(body[i : i + 4]) for i in (0, 4, 8, 12)]
            self._state = _CONNECTED
            host.tell(calls.PPP_ADDRESS, b"\x01")
        elif code == ACK:
            self._request(IPCP)

    # Asks, and asks again until there is an answer or enough was asked.
    def _request(self, protocol):
        self._asked = protocol
        self._tries = 0
        host.handlers[(calls.IRQ_TIMER, _TIMER)] = self._again
        host.tell(calls.TIMER, struct.pack("<BIB", _TIMER, _RETRY_US, 1))
        self._again()

    def _again(self):
        self._tries += 1
        if self._tries > (_FAREWELLS if self._closing else _REQUESTS):
            return self._closed() if self._closing else self._fail(_LOST)
        body = self._login if self._asked in AUTH.values() else b""
        self._stream.write(frame(self._asked, TERMINATE if self._closing else REQUEST, self._tries, body))

    def _fail(self, error):
        self._error = error
        self._state = _ERROR
        self._gone()

    def _closed(self):
        if self._stream is not None:  # it may have been taken away meanwhile
            self._stream.irq(None)
        self._state = _INACTIVE
        self._gone()

    def _gone(self):
        host.tell(calls.TIMER, struct.pack("<BIB", _TIMER, 0, 0))
        self._addresses = None
        host.tell(calls.PPP_ADDRESS, b"\x00")


STAT_IDLE = 1000
STAT_CONNECTING = 1001
STAT_GOT_IP = 1010
STAT_BEACON_TIMEOUT = 200
STAT_NO_AP_FOUND = 201
STAT_WRONG_PASSWORD = 202
STAT_ASSOC_FAIL = 203
STAT_HANDSHAKE_TIMEOUT = 204
STA_IF = 0
AP_IF = 1


class WLAN:
    IF_STA = STA_IF
    IF_AP = AP_IF
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2

    _settings = {"reconnects": -1, "pm": PM_PERFORMANCE, "txpower": 20, "hostname": "espressif"}
    _active = False

    def __init__(self, interface=STA_IF):
        if interface != STA_IF:
            raise NotImplementedError("the bench is no access point")

    def active(self, on=None):
        if on is not None:
            if not on:
                host.tell(calls.WIFI_OFF)
            WLAN._active = bool(on)
        return WLAN._active

    def connect(self, ssid=None, key=None, *, bssid=None):
        if not WLAN._active:
            raise OSError("Wifi Not Started")
        host.tell(calls.WIFI_CONNECT, ssid.encode() + b"\x00" + (key or "").encode())

    def disconnect(self):
        host.tell(calls.WIFI_OFF)

    def isconnected(self):
        return self._state()[0] == STAT_GOT_IP

    def status(self, what=None):
        status, rssi = self._state()[:2]
        if what is None:
            return status
        if what == "rssi":
            return rssi
        raise ValueError("unknown status param")

    def ifconfig(self, told=None):
        return tuple("%d.%d.%d.%d" % tuple(packed) for packed in self._state()[2:])

    def config(self, *what, **settings):
        for name, value in settings.items():
            if name not in WLAN._settings:
                raise ValueError("unknown config param")
            WLAN._settings[name] = value
        if what == ("mac",):
            from shims import machine

            return machine.unique_id()
        return WLAN._settings[what[0]] if what else None

    def _state(self):
        return struct.unpack("<Hb4s4s4s4s", host.ask(calls.WIFI_STATE, b"", 19))


def hostname(name=None):
    if name is not None:
        WLAN._settings["hostname"] = name
    return WLAN._settings["hostname"]
