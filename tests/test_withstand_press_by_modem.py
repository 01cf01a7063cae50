"""A press while its unit's modem goes wrong: one truthful end, one pulse at most. In real time, so it takes long: a
modem needs half a minute to come online."""

from typing import Any

import pytest

from sim.cell import Cell
from sim.modem import Modem
from tests.scene import Scene, until
from tests.town_fixtures import story, together

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.long]
stories = together()

NETWORK = {"kind": "modem", "apn": "iot.example", "auth": "none", "user": None, "password": None, "pin": None}


def by_modem() -> dict[str, Any]:
    """What a story's unit has besides: a modem that finds its network quickly."""
    fields = {"network": NETWORK | {"board": "T-SIM7000G"}}
    modem = Modem("T-SIM7000G", cell=Cell(search_s=0.5))
    return {"fields": fields, "modem": modem}


def modem(s: Scene) -> Modem:
    assert s.board.modem is not None
    return s.board.modem


@story(**by_modem())
async def test_an_answer_that_the_network_hangs_up_on_is_known_when_the_unit_has_dialled_again(s: Scene) -> None:
    s.proxy.black_hole(up=True, down=False)
    press = await s.press()
    operation = await s.operation(press)
    await s.coil_on(operation["id"])
    said = len(s.board.console)
    modem(s).drop_data()
    s.proxy.heal()
    await s.connected(since=said)
    await until(lambda: s.row(operation["id"])["state"] == "DONE", "the truth")
    assert s.pulses(operation["id"]) == s.pulses() == 1


@story(**by_modem())
async def test_a_press_for_a_unit_that_has_just_been_hung_up_on_opens_once_or_never(s: Scene) -> None:
    said = len(s.board.console)
    modem(s).drop_data()
    operation = await s.outcome(await s.press())
    await s.connected(since=said)
    await s.opens()
    assert operation["state"] in ("DONE", "UNKNOWN", "NOT_SENT")
    assert s.pulses(operation["id"]) == (operation["state"] == "DONE")


@story(**by_modem())
async def test_a_press_for_a_unit_whose_modem_hangs_is_unknown_and_opens_nothing(s: Scene) -> None:
    modem(s).hang()
    operation = await s.ends(await s.press(), "UNKNOWN")
    assert s.pulses(operation["id"]) == s.pulses() == 0


@story(**by_modem())
async def test_a_press_in_a_gap_of_the_coverage_opens_once(s: Scene) -> None:
    modem(s).cell.change(coverage=False)
    press = await s.press()
    operation = await s.operation(press)
    await s.logged("sent", op=operation["id"])
    await s.logged("sent", op=operation["id"], again=True)
    modem(s).cell.change(coverage=True)
    await s.ends(press, "DONE")
    assert s.pulses(operation["id"]) == s.pulses() == 1


@story(**by_modem())
async def test_a_press_over_a_data_connection_that_ended_without_a_word_opens_nothing(s: Scene) -> None:
    modem(s).cell.change(silent_end=True)
    modem(s).drop_data()
    operation = await s.ends(await s.press(), "UNKNOWN")
    assert s.pulses(operation["id"]) == s.pulses() == 0
