# The SIM: is it there, does it want its PIN, is the PIN still worth a try. Says which wire, setting or contract to look
# at. Never here: when a PIN may be tried (sim_pin.py); never said or kept: the PIN.
import time

import answers
import events
from bearers import NoNetwork
from sim_pin import FULL

ANSWER_MS = 5000
PIN_MS = 20000
LOOK_MS = 1000
BUSY_MS = 20000  # a SIM that starts
MISSING_MS = 6000  # a modem that starts says so before it has looked
ICCID_DIGITS = 18  # at least

READY = 0
WANTS_PIN = 1
WANTS_PUK = 2
MISSING = 3
BUSY = 4
_WORDS = (  # of +CPIN and of +CME ERROR
    ("SIM PIN2", READY),
    ("SIM PUK2", READY),
    ("SIM PIN", WANTS_PIN),
    ("SIM PUK", WANTS_PUK),
    ("NOT INSERTED", MISSING),
    ("REMOVED", MISSING),
    ("NOT READY", BUSY),
    ("READY", READY),
)
_CODES = {10: MISSING, 11: WANTS_PIN, 12: WANTS_PUK}  # of +CME ERROR where it is a number
_INCORRECT = ("+CME ERROR: INCORRECT PASSWORD", "+CME ERROR: 16")

_SAID = {
    WANTS_PUK: (events.NET_PUK, "the SIM is blocked and wants its PUK: put it into a phone and unblock it"),
    MISSING: (events.NET_SIM_MISSING, "there is no SIM, or it lies the wrong way round: put it in with the power off"),
    BUSY: (events.NET_SIM_BUSY, "the SIM does not answer the modem: seat it anew, or try it in a phone"),
}
_NO_PIN = "the SIM wants a PIN and unit.json has none: put it there (network.pin), or turn it off in a phone"
_WRONG = (
    "the SIM does not take the PIN of unit.json (network.pin); it is not tried again, so that the SIM is not blocked"
)
_NOT_TRIED = "the PIN of unit.json is not tried: the SIM has %s tries left; put the right one into a phone once"
_NOT_WRITTEN = "the PIN is not tried, because the attempt cannot be written down: the flash does not take it"


async def state(at):
    # One look.
    end, lines = await at.ask("AT+CPIN?", ANSWER_MS, "+CPIN:")
    text = (lines[-1] if lines else end).upper()
    code = answers.number(text[text.rfind(":") + 1 :].strip()) if ":" in text else None
    if code is not None:
        return _CODES.get(code, BUSY)
    for word, found in _WORDS:
        if word in text:
            return found
    return BUSY


async def ready(at, family, pin, record):
    # Until the SIM can be used; NoNetwork when it cannot.
    found = await _settled(at, time.ticks_ms())
    if found == WANTS_PIN:
        await _enter(at, family, pin, record)
        found = await _settled(at, time.ticks_ms())
        if found == WANTS_PIN:
            found = BUSY
    if found != READY:
        raise NoNetwork(*_SAID[found])


async def iccid(at, family):
    command, start = family.iccid
    return answers.digits(await at.told(command, ANSWER_MS, start), ICCID_DIGITS)


async def _settled(at, began):
    while True:
        found = await state(at)
        passed = time.ticks_diff(time.ticks_ms(), began)
        if found not in (MISSING, BUSY) or passed >= (MISSING_MS if found == MISSING else BUSY_MS):
            return found
        await at.quiet(LOOK_MS)


async def _enter(at, family, pin, record):
    if pin is None:
        raise NoNetwork(events.NET_PIN_MISSING, _NO_PIN)
    card = await iccid(at, family)
    tries = await _tries(at, family)
    if not record.allows(pin, card, tries):
        left = "an unknown number of" if tries is None else tries
        said = _WRONG if record.refused(pin, card) else _NOT_TRIED % left
        raise NoNetwork(events.NET_PIN_WRONG, said)
    if not record.tries_now(pin, card) and tries != FULL:
        raise NoNetwork(events.NET_SIM_BUSY, _NOT_WRITTEN)
    end, _ = await at.ask('AT+CPIN="%s"' % pin, PIN_MS)
    wrong = end.upper().startswith(_INCORRECT)
    if end != "OK" and not wrong:
        left = await _tries(at, family)
        wrong = tries is not None and left is not None and left < tries
    if wrong:
        record.ended(pin, card, False)
        raise NoNetwork(events.NET_PIN_WRONG, _WRONG)
    if end == "OK":
        record.ended(pin, card, True)


async def _tries(at, family):
    # None: it does not say.
    command, start, place = family.tries
    for line in await at.told(command, ANSWER_MS, start):
        told = answers.fields(line)
        if len(told) > place:
            return answers.number(told[place])
    return None
