"""What is peculiar to each family of modems, and to each board that carries one: from the vendors' manuals and from
captures. The pins are this bench's own copy, so that a slip in the firmware's shows.

SIM7000 and A7670 are kept in full; the others answer as far as their manuals were read. Never here: behaviour.
"""

from dataclasses import dataclass

from sim.cell import LTE

READY = "*ready*"  # in `boot`: how the SIM is, as +CPIN tells it


@dataclass(frozen=True)
class Habits:
    model: str
    on_ms: int  # how long the key must be pressed to turn it on
    off_ms: int  # and to turn a running one off: the shortest that has been seen to
    boot_s: float  # deaf after power-up
    boot: tuple[str, ...]  # what it says then
    iccid: str  # the command
    iccid_answer: str  # {} is the number
    pin_tries: tuple[str, str]  # the command, and its answer with {} for the tries left
    nitz: tuple[str, bool]  # the command that makes it take the network's time; whether only after registering again
    first_year: tuple[int, int]  # what its clock begins with: year, month
    off: tuple[str, str]  # the command, its answer
    reset: str  # the command
    reset_pin_ms: int = 0  # how long its reset must be held
    connect: str = "CONNECT"
    act: int = LTE
    cs_registers: bool = True  # +CREG follows; on Cat-M and NB it may stay at searching
    dtr: int = 0  # AT&D after power-up
    escape: str = "OK"  # what it says when +++ has led back to commands
    dial_refused: str | None = None  # an APN that is refused shows in the answer to the dial; None: in PPP
    sleeps: str = "AT+CSCLK"  # the command that lets the UART sleep
    knows: tuple[str, ...] = ()  # further commands that it answers with OK


SIMCOM = ("AT+CNMP=", "AT+CMNB=", "AT+CSCLK=", "AT+CNSMOD=", "AT+CPSMS=", "AT+CEDRXS=")
QUECTEL = ("AT+QCFG=", "AT+QSCLK=", "AT+CPSMS=", "AT+CEDRXS=", "AT+QICSGP=")

FAMILIES = {
    "SIM7000": Habits(
        model="SIMCOM_SIM7000G",
        on_ms=950,
        off_ms=950,
        boot_s=4.5,
        boot=("RDY", "+CFUN: 1", READY, "SMS Ready"),
        iccid="AT+CCID",
        iccid_answer="{}",
        pin_tries=("AT+SPIC", "+SPIC: {},10,0,10"),
        nitz=("AT+CLTS", True),
        first_year=(1980, 1),
        off=("AT+CPOWD=1", "NORMAL POWER DOWN"),
        reset="AT+CFUN=1,1",
        connect="CONNECT 115200",
        cs_registers=False,
        knows=SIMCOM,
    ),
    "A7670": Habits(
        model="A7670E-FASE",
        on_ms=90,
        off_ms=2500,
        boot_s=8.0,
        boot=("*ATREADY: 1", READY, "SMS DONE", "PB DONE"),
        iccid="AT+CICCID",
        iccid_answer="+ICCID: {}",
        pin_tries=("AT+SPIC", "+SPIC: {},10,0,10"),
        nitz=("AT+CTZU", False),
        first_year=(1970, 1),
        off=("AT+CPOF", "OK"),
        reset="AT+CRESET",
        reset_pin_ms=2000,
        connect="CONNECT 115200",
        knows=SIMCOM,
    ),
    "SIM7600": Habits(
        model="SIMCOM_SIM7600G-H",
        on_ms=450,
        off_ms=2500,
        boot_s=12.0,
        boot=("RDY", READY, "SMS DONE", "PB DONE"),
        iccid="AT+CICCID",
        iccid_answer="+ICCID: {}",
        pin_tries=("AT+SPIC", "+SPIC: {},10,0,10"),
        nitz=("AT+CTZU", False),
        first_year=(1970, 1),
        off=("AT+CPOF", "OK"),
        reset="AT+CRESET",
        reset_pin_ms=200,
        connect="CONNECT 115200",
        dtr=2,
        dial_refused="NO CARRIER",
        knows=SIMCOM,
    ),
    "BG95": Habits(
        model="BG95-M3",
        on_ms=500,
        off_ms=650,
        boot_s=4.0,
        boot=("RDY", "APP RDY"),
        iccid="AT+QCCID",
        iccid_answer="+QCCID: {}",
        pin_tries=("AT+QPINC?", '+QPINC: "SC",{},10'),
        nitz=("AT+CTZU", False),
        first_year=(1980, 1),
        off=("AT+QPOWD=1", "OK"),
        reset="AT+CFUN=1,1",
        act=8,
        cs_registers=False,
        dtr=2,
        escape="NO CARRIER",
        dial_refused="NO CARRIER",
        sleeps="AT+QSCLK",
        knows=QUECTEL,
    ),
    "EC21": Habits(
        model="EC21",
        on_ms=500,
        off_ms=650,
        boot_s=5.0,
        boot=("RDY", READY, "+QUSIM: 1", "+CFUN: 1", "+QIND: SMS DONE", "+QIND: PB DONE"),
        iccid="AT+QCCID",
        iccid_answer="+QCCID: {}",
        pin_tries=("AT+QPINC?", '+QPINC: "SC",{},10'),
        nitz=("AT+CTZU", False),
        first_year=(1980, 1),
        off=("AT+QPOWD=1", "OK"),
        reset="AT+CFUN=1,1",
        connect="CONNECT 150000000",
        dtr=2,
        dial_refused="NO CARRIER",
        sleeps="AT+QSCLK",
        knows=QUECTEL,
    ),
}


@dataclass(frozen=True)
class Wiring:
    """GPIO of each of the modem's signals; None: not connected."""

    tx: int
    rx: int
    key: int = 4  # high presses it: a transistor inverts
    dtr: int | None = None  # low: asserted
    power: int | None = None  # high feeds the modem; None: always fed
    reset: int | None = None
    reset_level: int = 1
    radio: int | None = None  # high: radio on


BOARDS = {
    "T-SIM7000G": ("SIM7000", Wiring(tx=27, rx=26, dtr=25)),
    "T-A7670": ("A7670", Wiring(tx=26, rx=27, dtr=25, power=12, reset=5)),
    "T-SIM7600": ("SIM7600", Wiring(tx=27, rx=26, dtr=32, radio=25)),
    "T-Call-A7670": ("A7670", Wiring(tx=26, rx=25, dtr=14, reset=27, reset_level=0)),
}
