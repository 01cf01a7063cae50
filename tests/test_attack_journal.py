"""A door box that lies, is buggy or was set back, and a network that lies about the time: what their records become."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud.unit_facts import Facts
from cloud.unit_news import Boot, Moved, TimeTold
from cloud.unit_store import BOOTS
from firmware import events
from tests.boxes_side import acks, lines, moved, tells
from tests.given import inhabited_database
from tests.test_journal_lines import BOOTED, EARLIER, HERE, THERE, means, unit
from tests.world import World

DAY_MS = 86_400_000


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with World(inhabited_database(tmp_path)) as world:
        yield world


async def test_a_unit_whose_memory_was_set_back_is_told_of_no_number_that_it_does_not_have(world: World) -> None:
    """It would not believe that, and send the same again every half minute, for ever."""
    await tells(world, *[moved() for _ in range(9)])
    await tells(world, moved(), moved(), first=3)

    assert acks(world) == [9, 4]
    assert len(lines(world)) == 9


async def test_boots_that_a_unit_makes_up_fill_no_disk(world: World) -> None:
    for n in range(12):
        made_up = []
        for i in range(15):
            wall = world.time.now() - DAY_MS
            made_up += [
                (0, events.BOOT, 0, 1, bytes([0xFF, n, i, 0, 0, 0, 0, 0])),
                (1, events.TIME, 0, 1, wall.to_bytes(8, "big")),
            ]
        await tells(world, *made_up, first=1 + 30 * n)

    assert acks(world)[-1] == 360
    with sqlite3.connect(world.path) as connection:
        ((kept,),) = connection.execute("SELECT count(*) FROM boots").fetchall()
    assert kept <= BOOTS


def test_a_network_that_tells_an_old_time_puts_no_record_before_what_came_before_it() -> None:
    """A cell that is no operator's told the box that it is last year."""
    last = BOOTED - DAY_MS
    found = means(
        *(Boot(0, EARLIER, "power"), TimeTold(10, last - 300 * DAY_MS), Moved(20, 0, "opened")),
        *(Boot(0, HERE, "power"), Moved(600, 0, "closed")),
        boot=EARLIER,
        of=unit(facts=Facts(journal_at=last)),
    )
    opened = next(draft for draft in found.lines if draft.kind == "moved_otherwise")

    assert last <= opened.at <= BOOTED + 1000
    assert opened.detail["time"] == "unknown"
    assert found.clocks == {}


def test_nor_before_a_boot_of_the_same_frame() -> None:
    found = means(
        *(TimeTold(10, BOOTED - 2 * DAY_MS), Moved(20, 0, "opened")),
        *(Boot(0, EARLIER, "power"), TimeTold(10, BOOTED - 300 * DAY_MS), Moved(20, 0, "closed")),
        boot=THERE,
    )
    at = [draft.at for draft in found.lines if draft.kind == "moved_otherwise"]

    assert at == sorted(at)
    assert list(found.clocks) == [THERE]


def test_a_network_that_is_ahead_puts_no_record_after_the_boot_that_followed() -> None:
    found = means(Boot(0, EARLIER, "power"), TimeTold(10, BOOTED + 1_800_000), Moved(20, 0, "opened"), boot=EARLIER)
    opened = next(draft for draft in found.lines if draft.kind == "moved_otherwise")

    assert opened.at <= BOOTED + 1000
    assert opened.detail["time"] == "unknown"
