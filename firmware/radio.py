# From a modem that answers to one that is registered in a network: who it is, that it never sleeps, its access point
# name, and what the network tells of itself, the time first. Never here: the SIM (sim_card.py), the dial (data.py).
import time

import answers
import events
import modems
from at import Silent
from bearers import NoNetwork

PROBE_MS = 300
PROBES = 4  # a modem finds out our speed by the first of them
WAKING_MS = 500  # between two questions to one that starts
ANSWER_MS = 5000
RADIO_MS = 8000  # AT+CFUN
LOOK_MS = 2000
DENIED_MS = 30000  # a denial that stands so long is one
KINDS = ("CEREG", "CGREG", "CREG")  # LTE, packets of 2G and 3G, calls
LEAST_IMEI = 14  # digits

_SEARCHING = "the modem finds no network: look at the antenna, or take it to where a phone has one"
_DENIED = "the network refuses this SIM: look at the contract, at roaming, at whether the SIM is active"


async def answers_at(at, probes=PROBES):
    for _ in range(probes):
        try:
            await at.ask("AT", PROBE_MS)
            await at.settle()
            return True
        except Silent:
            pass
    return False


async def wakes(at, boot_s):
    # Within so long of its start. False: it did not.
    began = time.ticks_ms()
    while time.ticks_diff(time.ticks_ms(), began) < boot_s * 1000:
        if await answers_at(at, 1):
            return True
        await at.quiet(WAKING_MS - PROBE_MS)
    return False


async def identify(at):
    # (what it calls itself, its IMEI)
    await at.ask("ATE0", ANSWER_MS)
    await at.told("AT+CMEE=2", ANSWER_MS)
    await at.told("AT&D2", ANSWER_MS)  # DTR: hang up, and back to commands
    models = await at.told("AT+CGMM", ANSWER_MS, "")
    imei = answers.digits(await at.told("AT+GSN", ANSWER_MS, ""), LEAST_IMEI)
    return (models[0] if models else ""), imei


async def stay_awake(at, family):
    # Its radio on, whoever left it off, and no sleep.
    lines = await at.told("AT+CFUN?", ANSWER_MS, "+CFUN:")
    if lines and answers.number(answers.fields(lines[-1])[0]) != 1:
        await at.ask("AT+CFUN=1", RADIO_MS)
    for command in family.awake:
        await at.told(command, ANSWER_MS)


async def take_time(at, family):
    # The network's time is taken by the modem from now on.
    command, start, turn_on = family.zone
    lines = await at.told(command, ANSWER_MS, start)
    if not any(answers.number(answers.fields(line)[0]) == 1 for line in lines):
        for command in turn_on:  # some of them wear the modem's flash
            await at.told(command, ANSWER_MS)


async def restart_radio(at):
    await at.ask("AT+CFUN=4", RADIO_MS)
    await at.ask("AT+CFUN=1", RADIO_MS)


async def name_access_point(at, apn):
    # True when it was another one: then the radio has started anew, because LTE asks for it when it registers.
    for line in await at.told("AT+CGDCONT?", ANSWER_MS, "+CGDCONT:"):
        told = answers.fields(line)
        if len(told) >= 3 and answers.number(told[0]) == modems.CONTEXT and told[2].lower() == apn.lower():
            return False
    await at.ask('AT+CGDCONT=%d,"IP","%s"' % (modems.CONTEXT, apn), ANSWER_MS)
    await restart_radio(at)
    return True


async def registration(at):
    # One look: answers.HOME, ROAMING or DENIED; None: not registered yet.
    states = []
    for kind in KINDS:
        lines = await at.told("AT+%s?" % kind, ANSWER_MS, "+%s:" % kind)
        state = answers.registration(lines)
        if state in (answers.HOME, answers.ROAMING):
            return state
        states.append(state)
    lte, packets, calls = states
    others = (packets, calls).count(answers.DENIED)
    # A modem for LTE-M says of calls that they are denied while it still searches.
    denied = lte == answers.DENIED or others == 2 or (others and lte != answers.SEARCHING)
    return answers.DENIED if denied else None


async def register(at, ms):
    # True: as a guest of the network. NoNetwork when there is none for us in so long.
    began = time.ticks_ms()
    denied_since = None
    while True:
        state = await registration(at)
        if state in (answers.HOME, answers.ROAMING):
            return state == answers.ROAMING
        now = time.ticks_ms()
        if state != answers.DENIED:
            denied_since = None
        elif denied_since is None:
            denied_since = now
        if denied_since is not None and time.ticks_diff(now, denied_since) >= DENIED_MS:
            raise NoNetwork(events.NET_DENIED, _DENIED)
        if time.ticks_diff(now, began) >= ms:
            raise NoNetwork(events.NET_SEARCHING, _SEARCHING)
        await at.quiet(LOOK_MS)


async def network_time(at):
    return answers.unix(await at.told("AT+CCLK?", ANSWER_MS, "+CCLK:"))


async def conditions(at, family):
    # (dBm, place in events.RATS, operator's name)
    dbm = answers.dbm(await at.told("AT+CSQ", ANSWER_MS, "+CSQ:"))
    name, rat = answers.operator(await at.told("AT+COPS?", ANSWER_MS, "+COPS:"), family.lte)
    return dbm, events.NO_RAT if rat is None else rat, name
