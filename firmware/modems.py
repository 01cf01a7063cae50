# What the families of modems do each in their own way: how long their key is pressed, how long they take to start, what
# their commands are called. Only constants, from the makers' manuals. Never here: which pin the key is on (boards.py).


class Family:
    # models: how an answer to AT+CGMM that means this family goes on after the maker's name.
    # iccid: the command, and what its answer starts with ("": the digits alone).
    # zone: the command that asks whether the network's time is taken, its answer's start, the commands that turn it on.
    # tries: the command that asks how often a PIN may still be tried, its answer's start, which number of it.
    # awake: the commands that keep it from sleeping, or commands to a door come late.
    def __init__(self, models, on_ms, off_ms, boot_s, iccid, zone, tries, awake, reset, lte, tried=False):
        self.models = models
        self.on_ms = on_ms
        self.off_ms = off_ms
        self.boot_s = boot_s
        self.iccid = iccid
        self.zone = zone
        self.tries = tries
        self.awake = awake
        self.reset = reset
        self.lte = lte  # what access technology 7 is here: a place in events.RATS
        self.tried = tried  # in full, on the bench; the others are rows from their manuals


DIAL = "ATD*99#"
SLOWEST_S = 30  # from power to an answer, of a modem that is slower than its manual says
CONTEXT = 1  # of its data connections, the one that DIAL means
_DEEP = ("AT+CPSMS=0", "AT+CEDRXS=0")  # it would not hear an opening for seconds, or for hours
_SIMCOM_AWAKE = _DEEP + ("AT+CSCLK=0",)
_QUECTEL_AWAKE = _DEEP + ("AT+QSCLK=0",)
_SIMCOM_TRIES = ("AT+SPIC", "+SPIC:", 0)
_QUECTEL_TRIES = ("AT+QPINC?", "+QPINC:", 1)
_CTZU = ("AT+CTZU?", "+CTZU:", ("AT+CTZU=1",))
_CLTS = ("AT+CLTS?", "+CLTS:", ("AT+CLTS=1", "AT&W"))
_CICCID = ("AT+CICCID", "+ICCID:")
_QCCID = ("AT+QCCID", "+QCCID:")
_LTE = 2
_LTE_M = 3

FAMILIES = {
    "SIM7000": Family(
        ("SIM7000",), 1000, 1300, 12, ("AT+CCID", ""), _CLTS, _SIMCOM_TRIES, _SIMCOM_AWAKE, "AT+CFUN=1,1", _LTE_M, True
    ),
    "A7670": Family(
        ("A7670", "A7672"), 100, 3000, 15, _CICCID, _CTZU, _SIMCOM_TRIES, _SIMCOM_AWAKE, "AT+CRESET", _LTE, True
    ),
    "SIM7600": Family(("SIM7600",), 500, 3000, 20, _CICCID, _CTZU, _SIMCOM_TRIES, _SIMCOM_AWAKE, "AT+CRESET", _LTE),
    "BG95": Family(("BG95",), 750, 1000, 10, _QCCID, _CTZU, _QUECTEL_TRIES, _QUECTEL_AWAKE, "AT+CFUN=1,1", _LTE_M),
    "EC21": Family(("EC21",), 600, 800, 15, _QCCID, _CTZU, _QUECTEL_TRIES, _QUECTEL_AWAKE, "AT+CFUN=1,1", _LTE),
}


def family_of(model):
    # The name of the family that calls itself so, or None.
    for name, family in FAMILIES.items():
        if any(start in model for start in family.models):
            return name
    return None
