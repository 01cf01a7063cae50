"""What the unit reckons that it costs on the air: near to what the kernel counts, cause by cause, and never torn."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.unit_side  # noqa: F401 - the unit's modules know each other by their bare names
from firmware import events, ledger, wire
from tests.far_side import DOOR
from tests.test_withstand_link import HEALED_S, Place, place, until

STRIKE = {**DOOR, "drive": "open", "pulse_ms": 100, "closed_contact": None, "open_contact": None}
NEAR = 0.15  # of what was counted
ASIDE = 2 * (75 + 91) + 2 * (48 + 28)  # the questions about two names, and about the time, which are no TCP
QUESTION = 400  # bytes that the reckoning of those may be off


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1 << 30), st.integers(0, 1 << 30))))
def test_totals_are_the_sums_of_each_cause_in_four_bytes(counted: list[tuple[int, int, int]]) -> None:
    book = ledger.Ledger()
    for cause, up, down in counted:
        book.count(cause, up, down)
    for cause in range(len(events.CAUSES)):
        assert book.totals()[2 * cause] == sum(u for c, u, _ in counted if c == cause) & 0xFFFFFFFF
        assert book.totals()[2 * cause + 1] == sum(d for c, _, d in counted if c == cause) & 0xFFFFFFFF


def test_every_frame_has_a_cause_and_heartbeats_are_for_staying_in_touch() -> None:
    causes = {kind: events.CAUSES[ledger.cause(kind)] for kind in (*wire.EXACT, *wire.AT_LEAST)}
    assert {kind for kind, cause in causes.items() if cause == "keepalive"} == {wire.ASK, wire.HEARTBEAT}
    assert causes[wire.COMMAND] == causes[wire.ANSWER] == "opens" and causes[wire.EVENTS] == "journal"


async def costs(p: Place, opens: int, idle_s: float) -> None:
    hello: tuple[Any, ...] = wire.hello_fields(await p.cloud.session.next_frame(wire.HELLO))
    p.cloud.epoch = hello[0]  # without a WELCOME: the first STATUS follows that
    for _ in range(opens):
        await p.cloud.ask()
        command = p.cloud.command(wire.OPEN)
        p.cloud.session.frame(command)
        await p.cloud.answer_to(command)
        await p.passes(3)
    await p.passes(idle_s)
    p.air.change_address()
    await p.back(HEALED_S, sessions=1)
    assert not p.far.journal.frames
    await p.cloud.adopt()
    await until(lambda: p.far.journal.of_type(wire.STATUS), 15)
    up, down = p.air.on_the_air()
    status: tuple[Any, ...] = wire.status_fields(p.far.journal.of_type(wire.STATUS)[-1])
    totals = status[-2]
    assert sum(totals[0::2]) == pytest.approx(up + ASIDE / 2, rel=NEAR, abs=QUESTION)
    assert sum(totals[1::2]) == pytest.approx(down + ASIDE / 2, rel=NEAR, abs=QUESTION)
    by_cause = {name: totals[2 * i] + totals[2 * i + 1] for i, name in enumerate(events.CAUSES)}
    assert by_cause["update"] == 0 and by_cause["opens"] == pytest.approx(opens * 330, rel=NEAR)


async def test_some_opens_some_idle_minutes_and_a_reconnect_are_reckoned_as_they_cost(tmp_path: Path) -> None:
    async with place(tmp_path, 20, 1, doors=[STRIKE]) as p:
        await costs(p, opens=10, idle_s=120)


@pytest.mark.long
async def test_twenty_opens_an_idle_hour_and_a_reconnect_are_reckoned_as_they_cost(tmp_path: Path) -> None:
    async with place(tmp_path, 40, 1, doors=[STRIKE]) as p:
        await costs(p, opens=20, idle_s=3600)
