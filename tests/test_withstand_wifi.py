"""The real firmware over Wi-Fi: it joins, says the true reason when it cannot, and is back in the time it promises."""

import asyncio
from pathlib import Path

import pytest

from firmware import events, wire
from sim.access_point import AccessPoint
from sim.lateness import Stopwatch
from tests.far_side import Cloud
from tests.unit_bench import STRIKE, beside, powered, pulses, result, side_by_side

pytestmark = pytest.mark.asyncio(loop_scope="module")
running = side_by_side()

SCALE = 20
ENOUGH_S = 40
BACK_S = 60  # promise 11
GRACE_S = 2  # of the board's, beyond the bound and what the host was late
NAME, PASSWORD = "Escala B", "twelve words of it"
WIFI = {"network": {"kind": "wifi", "ssid": NAME, "password": PASSWORD}}


@beside
async def test_a_unit_joins_a_wifi_opens_and_tells_how_it_is_connected(tmp_path: Path) -> None:
    async with powered(tmp_path, STRIKE, scale=SCALE, fields=WIFI, wifi=AccessPoint(NAME, PASSWORD)) as (board, far):
        cloud = await Cloud(await far.session(timeout=ENOUGH_S)).adopt()
        assert await result(cloud, wire.OPEN) == wire.DONE
        status = wire.status_fields(await far.journal.sent(wire.STATUS, timeout=ENOUGH_S))
        assert (status[3], status[5]) == (events.WIFI, AccessPoint().rssi)
        assert pulses(board) == 1


@beside
async def test_a_wrong_password_is_told_as_that_and_by_no_sentence_itself(tmp_path: Path) -> None:
    point = AccessPoint(NAME, "another one of them")
    async with powered(tmp_path, STRIKE, scale=SCALE, fields=WIFI, wifi=point) as (board, far):
        await board.console_line(f'the Wi-Fi "{NAME}" does not take the password (network.password)', ENOUGH_S)
        await passes(120)
        point.change(password=PASSWORD)
        await Cloud(await far.session(timeout=ENOUGH_S)).adopt()
        assert (await far.journal.told(events.ONLINE, timeout=ENOUGH_S)).detail == events.NET_WIFI_PASSWORD
        assert not [line for line in board.console if PASSWORD in line]


@beside
async def test_an_access_point_that_was_away_for_two_minutes_has_its_unit_back_in_one(tmp_path: Path) -> None:
    point = AccessPoint(NAME, PASSWORD)
    async with powered(tmp_path, STRIKE, scale=SCALE, fields=WIFI, wifi=point) as (board, far):
        await far.session(timeout=ENOUGH_S)
        point.change(there=False)
        await board.console_line(f'no Wi-Fi of the name "{NAME}" is heard here', ENOUGH_S)
        await passes(120)
        point.change(there=True)
        sessions, watch = len(far.sessions), Stopwatch(board)
        session = await far.session(sessions + 1, ENOUGH_S)
        assert watch.passed_s <= BACK_S + GRACE_S + watch.late_s
        cloud = await Cloud(session).adopt()
        assert await result(cloud, wire.OPEN) == wire.DONE
        assert pulses(board) == 1


async def passes(seconds: float) -> None:
    """Of the unit's."""
    await asyncio.sleep(seconds / SCALE)
