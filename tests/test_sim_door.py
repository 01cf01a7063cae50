"""The door of the bench: what a coil sets going, what the contacts feel, and everything that can be wrong with it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sim.door import Door
from sim.pins import OUT, PULL_UP, Pins
from sim.timeline import Timeline

RELAY, CLOSE_RELAY, SENSE, CLOSED, OPEN = 18, 19, 21, 32, 33
TRAVEL_S = 10
WIRING = {"relay": RELAY, "closed_contact": CLOSED, "open_contact": OPEN, "travel_s": TRAVEL_S}
SCALE = 200  # a travel takes 50 ms


class Bench:
    """One door on bare pins, no program: the test is the unit."""

    def __init__(self, **wiring: Any) -> None:
        self.timeline = Timeline(SCALE)
        self.interrupts: list[int] = []
        self.pins = Pins(self.timeline, self.interrupts.append)
        self.edges: list[tuple[str, str, int]] = []
        self.times: list[int] = []
        self.door = Door(
            0, {"drive": "toggle"} | WIRING | wiring, self.pins, self.timeline, self._record, stays_open_s=100
        )
        for pin in (CLOSED, OPEN):
            self.pins.configure(self.now, pin, 1, PULL_UP, 2)
        for pin in (RELAY, CLOSE_RELAY):
            self.pins.configure(self.now, pin, OUT, 255, 0)

    @property
    def now(self) -> int:
        return self.timeline.reach(self.timeline.now())

    def _record(self, t_ns: int, door: int, kind: str, name: str, value: int) -> None:
        assert door == 0
        self.times.append(t_ns)
        self.edges.append((kind, name, value))

    def pulse(self, pin: int = RELAY) -> None:
        self.pins.set(self.now, pin, 1)
        self.pins.set(self.now, pin, 0)

    def read(self, pin: int) -> int:
        self.timeline.reach(self.timeline.now())
        return self.pins[pin].read()

    @property
    def state(self) -> str:
        self.timeline.reach(self.timeline.now())
        return self.door.state

    async def after(self, board_s: float) -> str:
        """The state when so many of the board's seconds have passed."""
        await asyncio.sleep(board_s / SCALE)
        return self.state


@pytest.fixture
async def bench() -> AsyncIterator[type[Bench]]:
    made: list[Bench] = []

    class Kept(Bench):
        def __init__(self, **wiring: Any) -> None:
            super().__init__(**wiring)
            made.append(self)

    yield Kept
    for each in made:
        each.timeline.clear()


async def test_contacts_are_low_when_made_and_the_door_starts_closed(bench: type[Bench]) -> None:
    b = bench(travel_s=60)
    assert (b.state, b.read(CLOSED), b.read(OPEN), b.edges) == ("closed", 0, 1, [])
    b.pulse()
    assert await b.after(10) == "opening"
    assert (b.read(CLOSED), b.read(OPEN)) == (1, 1)
    assert await b.after(60) == "open"
    assert (b.read(CLOSED), b.read(OPEN)) == (1, 0)


async def test_every_edge_of_a_contact_bounces_and_settles_within_5_ms(bench: type[Bench]) -> None:
    b = bench()
    b.pulse()
    await b.after(2 * TRAVEL_S)
    for name, settled in (("closed_contact", 0), ("open_contact", 1)):
        felt = [
            (t, value)
            for t, edge, value in zip(b.times, b.edges, [e[2] for e in b.edges], strict=True)
            if edge[1] == name
        ]
        assert len(felt) == 7
        assert felt[-1][1] == settled
        assert 0 < b.timeline.board_us(felt[-1][0] - felt[0][0]) < 5000


async def test_a_pin_interrupt_comes_for_the_edges_it_was_asked_for(bench: type[Bench]) -> None:
    b = bench()
    b.pins[CLOSED].trigger = 1  # rising: the contact breaks
    b.pulse()
    await b.after(2 * TRAVEL_S)
    assert b.interrupts == [CLOSED] * 4


async def test_toggle_starts_stops_and_reverses(bench: type[Bench]) -> None:
    b = bench(travel_s=100)
    b.pulse()
    assert await b.after(10) == "opening"
    b.pulse()
    assert b.state == "ajar"
    assert 0.1 <= b.door.position < 1
    b.pulse()
    assert b.state == "closing"
    assert await b.after(110) == "closed"


async def test_open_drive_opens_again_while_closing_and_closes_itself(bench: type[Bench]) -> None:
    b = bench(drive="open", travel_s=1)
    b.pulse()
    assert await b.after(10) == "open"
    b.pulse()
    assert b.state == "open"
    assert await b.after(120) == "closed"


async def test_a_gate_stays_open_while_its_coil_is_on(bench: type[Bench]) -> None:
    b = bench(drive="open", travel_s=1)
    b.pins.set(b.now, RELAY, 1)
    assert await b.after(140) == "open"
    b.pins.set(b.now, RELAY, 0)
    assert await b.after(120) == "closed"


async def test_two_channels_open_and_close_and_say_which_coil_it_was(bench: type[Bench]) -> None:
    b = bench(drive="open_close", close_relay=CLOSE_RELAY)
    b.pulse(CLOSE_RELAY)
    assert b.state == "closed"
    b.pulse()
    assert await b.after(2 * TRAVEL_S) == "open"
    b.pulse()
    assert b.state == "open"
    b.pulse(CLOSE_RELAY)
    assert b.state == "closing"
    coils = [edge[1:] for edge in b.edges if edge[0] == "coil"]
    assert coils == [
        ("close_relay", 1),
        ("close_relay", 0),
        *[("relay", 1), ("relay", 0)] * 2,
        ("close_relay", 1),
        ("close_relay", 0),
    ]


async def test_a_person_opens_it_without_any_coil(bench: type[Bench]) -> None:
    b = bench()
    b.door.human_opens()
    assert await b.after(2 * TRAVEL_S) == "open"
    b.door.human_closes()
    assert await b.after(2 * TRAVEL_S) == "closed"
    assert not [edge for edge in b.edges if edge[0] == "coil"]


async def test_a_broken_driver_reads_0_and_nothing_moves(bench: type[Bench]) -> None:
    b = bench()
    b.door.stick_coil(0)
    b.pins.set(b.now, RELAY, 1)
    assert (b.read(RELAY), b.door.coil_on, b.state, b.edges) == (0, False, "closed", [])
    b.door.stick_coil(None)
    assert (b.read(RELAY), b.door.coil_on, b.state) == (1, True, "opening")


async def test_a_welded_coil_is_on_and_reads_1(bench: type[Bench]) -> None:
    b = bench()
    b.door.stick_coil(1)
    assert (b.read(RELAY), b.door.coil_on, b.state) == (1, True, "opening")
    b.pins.reset(b.now)
    assert b.door.coil_on is True


async def test_with_a_sense_pin_the_output_reads_itself_and_the_fault_shows_there(bench: type[Bench]) -> None:
    b = bench(sense=SENSE)
    b.pins.set(b.now, RELAY, 1)
    assert (b.read(RELAY), b.read(SENSE)) == (1, 1)
    b.door.stick_coil(0)
    assert (b.read(RELAY), b.read(SENSE)) == (1, 0)
    b.pins.set(b.now, RELAY, 0)
    b.door.stick_coil(1)
    assert (b.read(RELAY), b.read(SENSE)) == (0, 1)


async def test_a_jammed_door_takes_the_pulse_and_does_not_move(bench: type[Bench]) -> None:
    b = bench()
    b.door.jammed = True
    b.pulse()
    assert b.state == "closed"
    assert [edge[0] for edge in b.edges] == ["coil", "coil"]


async def test_a_silent_sensor_says_nothing_of_a_door_that_moves(bench: type[Bench]) -> None:
    b = bench()
    b.door.silence_sensor()
    assert b.read(CLOSED) == 1
    count = len(b.edges)
    b.pulse()
    assert await b.after(2 * TRAVEL_S) == "open"
    assert [edge[0] for edge in b.edges[count:]] == ["coil", "coil"]
    b.door.silence_sensor(False)
    assert b.read(OPEN) == 0


async def test_a_reset_floats_the_pin_and_the_pull_down_keeps_the_coil_off(bench: type[Bench]) -> None:
    b = bench()
    b.pins.set(b.now, RELAY, 1)
    b.pins.reset(b.now)
    assert (b.door.coil_on, b.read(RELAY)) == (False, 0)


async def test_a_door_without_contacts_feels_nothing(bench: type[Bench]) -> None:
    b = bench(closed_contact=None, open_contact=None)
    b.pulse()
    assert await b.after(2 * TRAVEL_S) == "open"
    assert [edge[0] for edge in b.edges] == ["coil", "coil"]


async def test_put_moves_it_where_nobody_saw_it_go(bench: type[Bench]) -> None:
    b = bench()
    b.door.put(1.0)
    assert (b.state, b.read(CLOSED), b.read(OPEN), b.edges) == ("open", 1, 0, [])
