"""What can go wrong with a modem, its SIM and its network, and what must become of it: a table of scenarios, each with
a tale that says what happens and by when the unit is online again or has told the true reason.

Seconds are the board's. Never here: the bench they run on (test_withstand_modem.py).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from firmware import events
from sim.cell import Card, Cell
from sim.modem import Faults

if TYPE_CHECKING:
    from tests.test_withstand_modem import Bench

COLD_S = 120  # from power-on to online, the network's share included
BACK_S = 60  # promise 11: after a drop that was seen
HEALED_S = 180  # promise 11: after a silent loss or a hang, from when it happened
TOLD_S = 150  # until a reason is known
COMMAND_LIVES_S = 9  # what comes later than that is too late
RECORDED_S = 120  # a short outage is none
GIVES_UP_S = 240  # until one attempt at registration is over
RESTS_S = 1000  # a rest that spares a dead SIM, and an attempt after it
TOLD_ALL_S = 70  # online, until there is nothing left to tell
WAKEUPS = 60  # in an idle minute
IDLE_MINUTES = 2
LONG_SCALE = 40  # for tales that rest for long: a handshake still has a second of the host's

PAP = {"auth": "pap", "user": "bench", "password": "pass word"}
CHAP = {"auth": "chap", "user": "bench", "password": "pass word"}

Tale = Callable[["Bench"], Awaitable[None]]


@dataclass(frozen=True)
class Scenario:
    """`modem` is called for each run: cell, card and faults change as the tale goes on."""

    name: str
    board: str
    tale: Tale
    modem: Callable[[], dict[str, Any]] = dict
    network: dict[str, Any] = field(default_factory=dict)
    scale: int = 20
    lost_rxidle: float = 0.0


async def comes_online(b: "Bench") -> None:
    await b.online(COLD_S)


async def comes_online_late(b: "Bench") -> None:
    await b.online(GIVES_UP_S)


async def tells_the_other_modem(b: "Bench") -> None:
    await b.online(COLD_S)
    await b.line(f"its modem says that it is {b.modem.habits.model}")


def tells(reason: int, words: str, heal: Callable[["Bench"], None], back_s: int = RESTS_S) -> Tale:
    """The reason is on the console in words; when it is over the unit comes back by itself, and tells the cloud."""

    async def tale(b: "Bench") -> None:
        await b.line(f"no network: {words}", TOLD_S)
        await b.passes(RECORDED_S)
        heal(b)
        await b.online(back_s)
        assert (await b.recorded(events.ONLINE)).detail == reason

    return tale


async def tries_no_pin_twice(b: "Bench") -> None:
    await b.line("no network: the SIM does not take the PIN", TOLD_S)
    b.board.reset()
    await b.reset_seen(2)
    await b.line("no network: the SIM does not take the PIN", TOLD_S)
    b.board.power_off()
    b.board.power_on()
    await b.reset_seen(3)
    await b.line("no network: the SIM does not take the PIN", TOLD_S)
    assert b.modem.card.tried == ["4321"]
    b.modem.card.pin, b.modem.card.open = None, True
    await b.online(RESTS_S)


async def keeps_its_hands_off_a_sim_with_one_try(b: "Bench") -> None:
    await b.line("no network: the PIN of unit.json is not tried", TOLD_S)
    assert b.modem.card.tried == []


async def roams_and_says_so(b: "Bench") -> None:
    await b.online(COLD_S)
    assert (await b.condition()).roaming == 1


def returns(act: Callable[["Bench"], None], within_s: int) -> Tale:
    """Online, then this, and online again."""

    async def tale(b: "Bench") -> None:
        await b.online(COLD_S)
        act(b)
        await b.online(within_s)

    return tale


async def finds_its_modem_in_data_mode(b: "Bench") -> None:
    await b.online(COLD_S)
    assert b.modem.state == "data"
    b.board.reset()
    await b.online(COLD_S)
    assert b.modem.boots == 1  # its key was left alone


async def leaves_a_modem_alone_that_is_starting(b: "Bench") -> None:
    await b.modem_is("command")
    b.board.reset()
    await b.online(COLD_S)
    assert b.modem.boots == 1


async def comes_back_with_the_network(b: "Bench") -> None:
    await b.online(COLD_S)
    b.modem.cell.change(coverage=False)
    await b.passes(120)
    b.modem.cell.change(coverage=True)
    await b.online(BACK_S)


async def lives_through_a_short_gap(b: "Bench") -> None:
    await b.online(COLD_S)
    b.modem.cell.change(coverage=False)
    await b.passes(8)
    b.modem.cell.change(coverage=True)
    await b.passes(30)
    assert len(b.far.sessions) == 1
    await b.opens_nothing()


async def hears_in_time(b: "Bench") -> None:
    await b.online(COLD_S)
    await b.recorded(events.BOOT)
    await b.passes(60)  # nothing is awaited any more
    await b.opens_nothing()
    assert b.passed() < COMMAND_LIVES_S


async def wakes_seldom_when_nothing_happens(b: "Bench") -> None:
    await b.online(COLD_S)
    await b.passes(TOLD_ALL_S)
    before = b.board.chip.wakeups
    await b.passes(60 * IDLE_MINUTES)
    assert b.board.chip.wakeups - before <= WAKEUPS * IDLE_MINUTES


async def asks_a_time_server(b: "Bench") -> None:
    await b.online(COLD_S)
    assert (await b.recorded(events.TIME)).detail == 2
    assert b.net.times.asked >= 1


async def takes_the_networks_time(b: "Bench") -> None:
    await b.online(COLD_S)
    assert (await b.recorded(events.TIME)).detail == 1


def hang(b: "Bench") -> None:
    b.modem.hang()


def brown_out(b: "Bench") -> None:
    b.modem.brown_out()


def drop(b: "Bench") -> None:
    b.modem.drop_data()


def insert(b: "Bench") -> None:
    b.modem.card.missing = False


def mend(b: "Bench") -> None:
    b.modem.card.broken = False


def unlock(b: "Bench") -> None:
    b.modem.card.pin, b.modem.card.puk_locked, b.modem.card.open = None, False, True


def allow(b: "Bench") -> None:
    b.modem.cell.change(denied=False)


def subscribe(b: "Bench") -> None:
    b.modem.cell.change(data=True, apn=None)


def forgive(b: "Bench") -> None:
    b.modem.cell.change(auth=None)


def with_faults(**faults: Any) -> Callable[[], dict[str, Any]]:
    return lambda: {"faults": Faults(**faults)}


def in_cell(**cell: Any) -> Callable[[], dict[str, Any]]:
    return lambda: {"cell": Cell(**cell)}


def with_card(**card: Any) -> Callable[[], dict[str, Any]]:
    return lambda: {"card": Card(**card)}


SIM7000, A7670, SIM7600, T_CALL = "T-SIM7000G", "T-A7670", "T-SIM7600", "T-Call-A7670"
WRONG_PIN, RIGHT_PIN = {"pin": "4321"}, {"pin": "1234"}

SCENARIOS = [
    # cold starts
    Scenario("SIM7000 from cold", SIM7000, comes_online),
    Scenario("A7670 from cold", A7670, comes_online),
    Scenario("SIM7600 from cold", SIM7600, comes_online),
    Scenario("T-Call from cold", T_CALL, comes_online),
    Scenario("BG95 on a foreign board", SIM7000, tells_the_other_modem, lambda: {"family": "BG95"}),
    Scenario("EC21 on a foreign board", SIM7600, tells_the_other_modem, lambda: {"family": "EC21"}),
    Scenario("noise, pieces, other lines", SIM7000, comes_online, with_faults(noise=True, urcs=0.3, split=True)),
    Scenario("an echo that stays", A7670, comes_online, with_faults(keeps_echo=True, urcs=0.1)),
    Scenario("a slow start", A7670, comes_online_late, with_faults(slow_boot_s=8)),
    Scenario("silent after its start", SIM7000, comes_online_late, with_faults(dumb_s=12)),
    Scenario("RXIDLE lost half of the time", SIM7000, comes_online, lost_rxidle=0.5),
    Scenario("RXIDLE always lost", A7670, hears_in_time, lost_rxidle=1.0),
    Scenario("nothing happens", SIM7000, wakes_seldom_when_nothing_happens),
    Scenario("found in data mode", A7670, finds_its_modem_in_data_mode),
    Scenario("found starting", SIM7000, leaves_a_modem_alone_that_is_starting),
    # the SIM
    Scenario("the right PIN", A7670, comes_online, with_card(pin="1234"), RIGHT_PIN),
    Scenario("a wrong PIN", SIM7000, tries_no_pin_twice, with_card(pin="1234"), WRONG_PIN, LONG_SCALE),
    Scenario("one try left", A7670, keeps_its_hands_off_a_sim_with_one_try, with_card(pin="1234", tries=1), RIGHT_PIN),
    Scenario(
        "no PIN in unit.json",
        SIM7000,
        tells(events.NET_PIN_MISSING, "the SIM wants a PIN", unlock),
        with_card(pin="1234"),
        scale=LONG_SCALE,
    ),
    Scenario(
        "a blocked SIM",
        A7670,
        tells(events.NET_PUK, "the SIM is blocked", unlock),
        with_card(pin="1234", puk_locked=True),
        RIGHT_PIN,
        LONG_SCALE,
    ),
    Scenario("no SIM", SIM7000, tells(events.NET_SIM_MISSING, "there is no SIM", insert), with_card(missing=True)),
    Scenario("a broken SIM", A7670, tells(events.NET_SIM_BUSY, "the SIM does not", mend), with_card(broken=True)),
    Scenario("a SIM that takes its time", SIM7000, comes_online, with_card(busy_s=15)),
    # the network
    Scenario("minutes of searching", SIM7000, comes_online_late, in_cell(search_s=150)),
    Scenario("roaming", A7670, roams_and_says_so, in_cell(roaming=True)),
    Scenario("refused", SIM7000, tells(events.NET_DENIED, "the network refuses this SIM", allow), in_cell(denied=True)),
    Scenario(
        "no data in the contract",
        SIM7600,
        tells(events.NET_APN, "the network gives no data connection", subscribe),
        in_cell(data=False),
    ),
    Scenario(
        "a wrong APN, told by PPP",
        SIM7000,
        tells(events.NET_PPP, "the data connection does not come about", subscribe),
        in_cell(apn="other.example"),
    ),
    Scenario("PAP", SIM7000, comes_online, in_cell(auth=(1, "bench", "pass word")), PAP),
    Scenario("CHAP", A7670, comes_online, in_cell(auth=(2, "bench", "pass word")), CHAP),
    Scenario(
        "a wrong password",
        A7670,
        tells(events.NET_AUTH, "the network refuses user or password", forgive),
        in_cell(auth=(1, "bench", "changed")),
        PAP,
    ),
    Scenario("two minutes without coverage", SIM7000, comes_back_with_the_network),
    Scenario("a gap in the coverage", A7670, lives_through_a_short_gap),
    # the time
    Scenario("the network's time", A7670, takes_the_networks_time),
    Scenario("a wrong time zone", SIM7000, comes_online, in_cell(clock="wrong zone")),
    Scenario("the year 1980", A7670, asks_a_time_server, in_cell(clock="1980")),
    Scenario("no time at all", SIM7000, asks_a_time_server, in_cell(clock="none")),
    # in the middle of it
    Scenario("the network hangs up", SIM7000, returns(drop, BACK_S)),
    Scenario("no carrier, and no more", A7670, returns(drop, HEALED_S), in_cell(polite=False)),
    Scenario("an end that nobody tells", SIM7000, returns(drop, HEALED_S), in_cell(silent_end=True)),
    Scenario("a hang, until its key", SIM7000, returns(hang, HEALED_S)),
    Scenario("a hang, until its reset", A7670, returns(hang, HEALED_S), with_faults(heals_by="reset")),
    Scenario("a hang, until its power", A7670, returns(hang, HEALED_S), with_faults(heals_by="power")),
    Scenario("a hang in a command", SIM7000, comes_online_late, with_faults(hangs_at="AT+CSQ")),
    Scenario("a brown-out", SIM7000, returns(brown_out, HEALED_S)),
    Scenario("a brown-out of the other", A7670, returns(brown_out, HEALED_S)),
]
