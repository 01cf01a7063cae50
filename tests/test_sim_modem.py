"""The simulated modem as a chip meets it on its serial line: power, key, commands, faults. Fifty times as fast."""

import re
from datetime import UTC, datetime

import pytest

from sim.cell import Card, Cell
from sim.modem import Faults
from sim.serial_line import Ends
from sim.shims.frames import LCP, REQUEST, opened
from tests.modem_side import desk

BOARDS = ["T-SIM7000G", "T-A7670", "T-SIM7600", "T-Call-A7670"]


@pytest.mark.parametrize("board", BOARDS)
async def test_a_key_pressed_too_shortly_does_nothing_and_long_enough_turns_it_on_then_off(board: str) -> None:
    async with desk(board, on=False) as d:
        habits = d.modem.habits
        await d.pulse(d.wiring.key, habits.on_ms - 40)
        await d.after(habits.boot_s + 5)
        assert (d.modem.state, d.said) == ("off", b"")
        await d.pulse(d.wiring.key, habits.on_ms + 1)
        await d.says(f"{habits.boot[-1]}\r\n".encode())
        assert b"+CPIN: READY" in d.said
        await d.pulse(d.wiring.key, habits.off_ms + 1)
        await d.until(lambda: d.modem.state == "off", "the modem to go")
        await d.says(b"NORMAL POWER DOWN\r\n")


async def test_a_modem_without_its_supply_hears_no_key_and_lives_through_a_reset_of_the_chip() -> None:
    async with desk("T-A7670", on=False) as d:
        d.set(d.wiring.power, 0)
        await d.after(1)
        await d.pulse(d.wiring.key, 200)
        assert d.modem.state == "off"
        d.set(d.wiring.power, 1)
        await d.turn_on()
        d.set_later(d.wiring.power, 1, 0.35)
        d.pins.reset(d.now())  # every pin floats, until boot.py
        await d.after(2)
        assert d.modem.state == "command"
        d.set(d.wiring.power, 0)
        await d.after(0.6)
        assert d.modem.state == "off"


@pytest.mark.parametrize(("board", "level"), [("T-A7670", 1), ("T-Call-A7670", 0)])
async def test_the_reset_pin_starts_it_again_by_its_own_polarity(board: str, level: int) -> None:
    async with desk(board) as d:
        await d.pulse(d.wiring.reset, 2600, 1 - level)
        assert d.modem.state == "command"
        assert d.modem.boots == 1
        await d.pulse(d.wiring.reset, 500, level)
        assert d.modem.boots == 1
        await d.pulse(d.wiring.reset, 2600, level)
        assert d.modem.boots == 2


async def test_it_echoes_until_told_not_to_and_tells_errors_as_it_was_told_to() -> None:
    async with desk("T-SIM7000G", card=Card(pin="1234")) as d:
        await d.ask("ATE1")
        assert (await d.ask("AT")) == "AT\r\nOK"
        await d.ask("ATE0")
        assert await d.ask("AT+NONSENSE") == "ERROR"
        assert await d.ask("AT+COPS?") == "ERROR"
        await d.ask("AT+CMEE=1")
        assert await d.ask("AT+COPS?") == "+CME ERROR: 11"
        await d.ask("AT+CMEE=2")
        assert await d.ask("AT+COPS?") == "+CME ERROR: SIM PIN required"
        assert await d.ask("at+cgmm") == "SIMCOM_SIM7000G\nOK"


async def test_noise_pieces_and_other_lines_leave_every_answer_whole() -> None:
    async with desk(faults=Faults(noise=True, urcs=1.0, split=True), seed=5) as d:
        for _ in range(5):
            lines = (await d.ask("AT+CSQ")).split("\n")
            assert lines[-1] == "OK"
            assert "+CSQ: 21,99" in lines
            assert len(lines) == 4  # one strange line before each of its own


async def test_what_is_said_while_it_answers_is_lost_and_counted() -> None:
    async with desk() as d:
        t_ns = d.now()
        d.write(b"AT+CSQ\r", t_ns)
        d.write(b"AT+CGMM\r", t_ns)
        await d.says(b"OK\r\n")
        assert d.modem.talked_over == 8
        assert b"SIMCOM" not in d.said


async def test_wrong_pins_burn_tries_that_the_loss_of_power_does_not_give_back() -> None:
    card = Card(pin="1234")
    async with desk("T-A7670", card=card) as d:
        await d.ask("AT+CMEE=2")
        assert await d.ask("AT+CPIN?") == "+CPIN: SIM PIN\nOK"
        assert await d.ask('AT+CPIN="0000"') == "+CME ERROR: incorrect password"
        assert await d.ask("AT+SPIC") == "+SPIC: 2,10,0,10\nOK"
        d.modem.brown_out()
        await d.turn_on()
        await d.ask("AT+CMEE=2")
        await d.ask('AT+CPIN="0000"')
        assert await d.ask('AT+CPIN="0000"') == "+CME ERROR: SIM PUK required"
        assert await d.ask('AT+CPIN="1234"') == "+CME ERROR: SIM PUK required"
        assert await d.ask("AT+CPIN?") == "+CPIN: SIM PUK\nOK"
        assert card.tried == ["0000"] * 3


@pytest.mark.parametrize(
    ("card", "told"),
    [
        (Card(missing=True), "+CME ERROR: SIM not inserted"),
        (Card(broken=True), "+CME ERROR: SIM failure"),
        (Card(busy_s=30), "+CME ERROR: SIM busy"),
    ],
)
async def test_a_card_that_does_not_serve_is_told_and_nothing_registers(card: Card, told: str) -> None:
    async with desk(card=card) as d:
        await d.ask("AT+CMEE=2")
        assert await d.ask("AT+CPIN?") == told
        await d.after(4)
        assert (await d.ask("AT+CEREG?"))[:11] in ("+CEREG: 0,0", "+CEREG: 0,2")
        assert await d.ask("ATD*99#") != "CONNECT"


async def test_the_right_pin_opens_the_card_and_it_registers() -> None:
    async with desk(card=Card(pin="1234", tries=2)) as d:
        assert await d.ask("AT+CEREG?") == "+CEREG: 0,0\nOK"
        assert await d.ask('AT+CPIN="1234"') == "OK"
        await d.until(lambda: b"+CPIN: READY" in d.said, "the card")
        await d.registered()
        assert await d.ask("AT+SPIC") == "+SPIC: 3,10,0,10\nOK"


@pytest.mark.parametrize(
    ("cell", "stat"),
    [(Cell(), 1), (Cell(roaming=True), 5), (Cell(denied=True), 3), (Cell(coverage=False), 2), (Cell(search_s=90), 2)],
)
async def test_registration_tells_home_roaming_denied_and_searching_apart(cell: Cell, stat: int) -> None:
    async with desk("T-A7670", cell=cell) as d:
        await d.after(4)
        for name in ("CREG", "CGREG", "CEREG"):
            assert await d.ask(f"AT+{name}?") == f"+{name}: 0,{stat}\nOK"


async def test_on_cat_m_the_registration_for_calls_stays_searching_and_changes_are_told_when_wanted() -> None:
    async with desk("T-SIM7000G") as d:
        await d.registered()
        assert await d.ask("AT+CREG?") == "+CREG: 0,2\nOK"
        await d.ask("AT+CEREG=1")
        d.modem.cell.change(coverage=False)
        await d.says(b"+CEREG: 2\r\n")
        d.modem.cell.change(coverage=True)
        await d.says(b"+CEREG: 1\r\n")


async def test_a_radio_that_is_not_let_on_by_its_pin_finds_no_network() -> None:
    async with desk("T-SIM7600") as d:
        await d.after(4)
        assert await d.ask("AT+CFUN?") == "+CFUN: 4\nOK"
        assert await d.ask("AT+CEREG?") == "+CEREG: 0,0\nOK"
        d.set(d.wiring.radio, 1)
        await d.registered()
        d.set(d.wiring.radio, 0)
        assert not d.modem.radio.registered


async def clock(d: object) -> tuple[datetime, int]:
    told = re.match(r'\+CCLK: "(.*)([+-]\d\d)"', await d.ask("AT+CCLK?"))  # type: ignore[attr-defined]
    assert told
    return datetime.strptime(told[1], "%y/%m/%d,%H:%M:%S").replace(tzinfo=UTC), int(told[2])


async def test_it_takes_the_networks_time_only_when_it_registers_after_it_was_told_to_and_keeps_that_setting() -> None:
    async with desk("T-SIM7000G", cell=Cell(zone=8)) as d:
        await d.registered()
        await d.ask("AT+CLTS=1")
        assert (await clock(d))[0].year == 1980
        await d.ask("AT&W")
        await d.ask("AT+CFUN=4")
        await d.ask("AT+CFUN=1")
        await d.registered()
        shown, zone = await clock(d)
        assert zone == 8
        assert abs(shown.timestamp() - 8 * 900 - datetime.now(UTC).timestamp()) < 120
        d.modem.brown_out()
        await d.turn_on()
        await d.registered()
        assert (await clock(d))[0].year == datetime.now(UTC).year


@pytest.mark.parametrize(("kind", "off_s"), [("wrong zone", 3600), ("1980", None), ("none", None)])
async def test_a_networks_time_may_be_wrong_or_never_come(kind: str, off_s: int | None) -> None:
    async with desk("T-A7670", cell=Cell(clock=kind, zone=4)) as d:  # type: ignore[arg-type]
        await d.ask("AT+CTZU=1")
        await d.registered()
        shown, zone = await clock(d)
        if off_s is None:
            assert shown.year in (1970, 1980)
        else:
            assert abs(datetime.now(UTC).timestamp() - off_s - (shown.timestamp() - zone * 900)) < 120


async def test_in_data_mode_commands_are_answered_by_ppp_and_only_a_guarded_escape_leads_back() -> None:
    async with desk() as d:
        await d.registered()
        await d.dial()
        since = len(d.said)
        d.write(b"AT\r")
        await d.until(lambda: d.said.endswith(b"~") and len(d.said) > since, "a frame")
        frame = opened(d.said[since:].strip(b"~"))
        assert frame is not None
        assert frame[:2] == (LCP, REQUEST)
        d.write(b"+++")  # no silence before it
        await d.after(2)
        assert d.modem.state == "data"
        d.write(b"+++")
        d.write(b"A", d.now() + d.timeline.length_ns(500_000))  # no silence after it
        await d.after(2)
        assert d.modem.state == "data"
        d.write(b"+++")
        await d.says(b"OK\r\n")
        assert await d.ask("AT") == "OK"
        assert (await d.ask("ATO", "CONNECT")).startswith("CONNECT")
        await d.after(1.1)
        d.write(b"+++")
        await d.says(b"OK\r\n")
        assert await d.ask("ATH") == "OK"
        assert await d.ask("ATO") == "NO CARRIER"


@pytest.mark.parametrize(("setting", "state", "held"), [(0, "data", True), (1, "command", True), (2, "command", False)])
async def test_dtr_does_as_it_was_told_to(setting: int, state: str, held: bool) -> None:
    async with desk() as d:
        await d.registered()
        await d.ask(f"AT&D{setting}")
        d.set(d.wiring.dtr, 0)
        await d.dial()
        await d.pulse(d.wiring.dtr, 300)
        await d.after(0.2)
        assert d.modem.state == state
        if state == "command":
            assert d.modem.suspended == held


async def test_a_call_ends_politely_or_with_no_carrier_alone_or_with_no_word() -> None:
    for cell, last in (
        (Cell(), b"~\r\nNO CARRIER\r\n"),
        (Cell(polite=False), b"CONNECT 115200\r\n\r\nNO CARRIER\r\n"),
        (Cell(silent_end=True), b"CONNECT 115200\r\n"),
    ):
        async with desk(cell=cell) as d:
            await d.registered()
            await d.dial()
            d.modem.drop_data()
            await d.after(2)
            await d.says(last)
            assert (d.modem.state == "data") == cell.silent_end


@pytest.mark.parametrize("heals_by", ["key", "reset", "power"])
async def test_a_hang_ends_by_what_it_takes_and_by_nothing_less(heals_by: str) -> None:
    async with desk("T-A7670", faults=Faults(heals_by=heals_by)) as d:  # type: ignore[arg-type]
        d.modem.hang()
        since = len(d.said)
        d.write(b"AT\r")
        await d.after(3)
        assert len(d.said) == since
        await d.pulse(d.wiring.key, 2600)
        assert (d.modem.state == "off") == (heals_by == "key")
        if heals_by != "key":
            await d.pulse(d.wiring.reset, 2600)
            assert (d.modem.boots == 2) == (heals_by == "reset")
        if heals_by == "power":
            d.set(d.wiring.power, 0)
            await d.after(1)
            d.set(d.wiring.power, 1)
        if heals_by != "reset":
            await d.turn_on()
        await d.until(lambda: d.modem.state == "command", "it to be well")
        assert (await d.ask("AT")).endswith("OK")


@pytest.mark.parametrize("ends", [Ends(26, 27), Ends(27, 26, 9600)])
async def test_on_wrong_pins_or_at_a_wrong_rate_nothing_is_heard(ends: Ends) -> None:
    async with desk() as d:
        since = len(d.said)
        d.line.open(ends, 8192)
        d.write(b"AT\r")
        await d.after(2)
        assert len(d.said) == since
        assert d.modem.heard == ["ATE0"]


async def test_what_the_chips_buffer_has_no_room_for_is_lost() -> None:
    async with desk(on=False) as d:
        d.line.open(Ends(27, 26), 256)
        d.line.close()
        await d.pulse(d.wiring.key, d.modem.habits.on_ms + 100)
        await d.until(lambda: d.modem.state == "command", "the modem to have booted")
        await d.after(1)
        assert d.said == b""  # nobody had opened the line
        d.line.open(Ends(27, 26), 256)
        d.stop_reading()
        d.line.say(d.now(), b"x" * 1000)
        await d.after(1)
        assert d.line.unread() == 256
        assert d.line.lost == 744
