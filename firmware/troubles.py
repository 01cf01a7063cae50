# Why a session ended or never stood, as exceptions and in an installer's words. Never here: what is done about it.
from umqtt.simple import MQTTException


class Down(Exception):
    # The session is over; args[0] says why, for the installer.
    pass


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
_REFUSED = (
    "",
    "it speaks another version of MQTT",
    "it refuses this unit's id",
    "the broker is not ready",
    "it refuses this unit",
    "it refuses this unit: not authorised",
)
_NUMBERS = {
    12: "not enough memory",
    111: "nothing listens there",
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
