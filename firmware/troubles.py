# Why a session ended or never stood: as exceptions, in an installer's words, as a reason that the cloud is told, and
# whether what carries the session is to be doubted. Never here: what is done about it (link.py).
from umqtt.simple import MQTTException

import events
from names import NoAddress
from timeofday import NoTime

# what a session's end says of the network below it
WELL = 0  # somebody answered, so it is well
BROKEN = 1  # the session broke, and was seen to
MUTE = 2  # nobody answered


class Down(Exception):
    # The session is over; args[0] says why, for the installer.
    def __init__(self, why, reason=events.NET_LOST, network=WELL):
        super().__init__(why)
        self.reason = reason
        self.network = network


class Bug(Exception):
    # What handles a frame failed. Nobody catches this: the unit starts again.
    pass


_TOLD = (
    # what an error of TLS says, and what it means to who stands before the unit
    ("trusted CA", "its certificate is not signed by an authority that this unit trusts (ca/0.der, ca/1.der)"),
    ("has expired", "its certificate has expired"),
    ("in the future", "its certificate is not valid yet, by this unit's clock"),
    ("expected CN", "its certificate is made out to another name"),
)
_OF_THE_CLOCK = ("has expired", "in the future")
_REFUSED = (
    "",
    "it speaks another version of MQTT",
    "it refuses this unit's id",
    "the broker is not ready",
    "it refuses this unit",
    "it refuses this unit: not authorised",
)
_MEMORY = 12
_NOBODY = 111
_NUMBERS = {
    _MEMORY: "not enough memory",
    _NOBODY: "nothing listens there",
    113: "the way to that address is broken",
    118: "there is no way to that address",
}
_HUNG_UP = (32, 104, -29312, -30592)  # broken pipe, reset, end of file, alert: a refusal shows as any of them
_REFUSES_US = "it broke off the handshake: perhaps it does not accept this unit's certificate (tls.crt)"


def explain(error, greeting=False):
    # greeting: TLS and MQTT were being agreed on.
    text = str(error)
    if isinstance(error, MQTTException):
        code = error.args[0]
        return _REFUSED[code] if 0 < code < len(_REFUSED) else "it refuses (%s)" % code
    if isinstance(error, ValueError):
        for part, meaning in _TOLD:
            if part in text:
                return meaning
    if isinstance(error, OSError) and error.args:
        number = error.args[0]
        if number in _HUNG_UP:
            return _REFUSES_US if greeting else "the server hung up"
        if number in _NUMBERS:
            return _NUMBERS[number]
    return text or type(error).__name__


def of_the_clock(error):
    # A certificate was refused, and perhaps it is the clock that is wrong.
    return isinstance(error, ValueError) and any(part in str(error) for part in _OF_THE_CLOCK)


def reason(error, greeting=False):
    # (one of events.NET_..., what it says of the network)
    if isinstance(error, Down):
        return error.reason, error.network
    if isinstance(error, NoAddress):
        return events.NET_NAME, WELL if error.answered else MUTE
    if isinstance(error, NoTime):
        return events.NET_TIME, WELL if error.answered else MUTE
    if isinstance(error, OSError) and error.args:
        number = error.args[0]
        if number == _NOBODY:
            return events.NET_SERVER, WELL
        if number == _MEMORY:
            return events.NET_SERVER, WELL
        if number in _HUNG_UP and greeting:
            return events.NET_REFUSED, WELL
        return events.NET_LOST, BROKEN
    return events.NET_REFUSED, WELL  # its certificate, or what it says
