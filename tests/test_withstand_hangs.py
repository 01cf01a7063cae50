"""The program stops dead at an await, any of them: the watchdog restarts the unit, its coils are off, it is online
again and opens.

Each trap is tried in one story after the other until it snaps. Those that snap in none are told.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from firmware import wire
from sim import flash
from sim.access_point import AccessPoint
from sim.board import WDT, Board
from sim.cell import Card
from sim.modem import Faults, Modem
from sim.net import Net
from tests.far_side import DOOR, UNIT, Certificates, Cloud, FarSide
from tests.hanging import CHOSEN, trapped
from tests.unit_bench import Wire

SCALE = 20
AT_ONCE = 4  # boards at the same time on two cores: each is a process with a TLS handshake
ENOUGH_S = 40  # bounds a failure; the watchdog's minute is 3 s here
IDLE_S = 7  # of the host: 140 s of the unit's, in which it pings
EVERY = 17  # of the traps, in the sample
HEAP_WORDS_K = 160  # the traps are code, too
STRIKE = {**DOOR, "drive": "open", "closed_contact": 21, "open_contact": None, "travel_s": 1, "exit_button": 19}
NETWORK = {"kind": "modem", "apn": "iot.example", "auth": "none", "user": None, "password": None, "pin": None}


@dataclass(frozen=True)
class Story:
    """`parts`: what the board is made of beside the usual; `breaks`: what happens to it once it is online."""

    network: dict[str, Any]
    parts: Callable[[], dict[str, Any]] = dict
    breaks: Callable[[Board], None] | None = None
    fields: dict[str, Any] = field(default_factory=dict)


def modem(board: str, **how: Any) -> Callable[[], dict[str, Any]]:
    return lambda: {"modem": Modem(board, seed=1, **how)}


def mute(board: Board) -> None:
    assert board.modem is not None
    board.modem.hang()


def dark(board: Board) -> None:
    assert board.modem is not None
    board.modem.drop_data()


STORIES = {
    "a modem": Story({**NETWORK, "board": "T-A7670"}, modem("T-A7670"), dark),
    "a modem that hangs": Story({**NETWORK, "board": "T-SIM7000G"}, modem("T-SIM7000G"), mute),
    "one that a reset heals": Story(
        {**NETWORK, "board": "T-A7670"}, modem("T-A7670", faults=Faults(heals_by="reset")), mute
    ),
    "a SIM with a PIN": Story(
        {**NETWORK, "board": "T-SIM7000G", "pin": "1234"}, modem("T-SIM7000G", card=Card(pin="1234"))
    ),
    "Wi-Fi": Story(
        {"kind": "wifi", "ssid": "house", "password": "twelve words"},
        lambda: {"wifi": AccessPoint("house", "twelve words")},
    ),
    "a wire, power and a lid": Story({"kind": "wired"}, fields={"inputs": {"power": 22, "tamper": 23}}),
}


async def snaps(folder: Path, number: int, story: Story) -> bool:
    """Whether it did; then everything that must follow has."""
    files, _ = trapped()
    certificates = Certificates()
    async with FarSide(certificates.broker()) as far:
        net = await Net().start()
        net.tcp[8883] = ("127.0.0.1", far.port)
        fields = {"network": story.network, "keepalive_s": 60, **story.fields}
        unit = certificates.unit_files(port=8883, doors=[STRIKE], **fields)
        image = folder / f"flash-{number}"
        await asyncio.to_thread(flash.write, image, {**files, **unit, CHOSEN: str(number).encode()})
        how = {"net": net, "scale": SCALE, "stays_open_s": 2, "heap_words_k": HEAP_WORDS_K}
        board = Board(image, UNIT, [STRIKE], **how, **story.parts())
        try:
            await board.start()
            trap = asyncio.create_task(board.console_line(f"hangs at {number}", ENOUGH_S))
            life = asyncio.create_task(live(board, far, story))
            await asyncio.wait((trap, life), return_when=asyncio.FIRST_COMPLETED)
            snapped = trap.done() and not trap.exception()
            for each in (life, trap):
                each.cancel()
            await asyncio.gather(life, trap, return_exceptions=True)
            if not snapped:
                return False
            await healed(board, far)
            return True
        except BaseException as error:
            error.add_note("\n".join(board.console[-20:]))
            raise
        finally:
            await board.stop()
            await net.stop()


async def live(board: Board, far: FarSide, story: Story) -> None:
    """A start, an open, a hold, the button inside, a connection that breaks, another open, idle time."""
    button = Wire(board, STRIKE["exit_button"], made=False)
    inputs = [Wire(board, pin, made=True) for pin in story.fields.get("inputs", {}).values()]
    for number in (1, 2):
        cloud = await Cloud(await far.session(number, ENOUGH_S)).adopt()
        await opens(cloud)
        await cloud.door_becomes(wire.CLOSED)
        if number == 1:
            await holds(cloud)
            button.set(True)
            await cloud.door_becomes(wire.CLOSED)
            button.set(False)
            for each in inputs:
                each.set(False)
            story.breaks(board) if story.breaks else cloud.session.cut()
    await asyncio.sleep(IDLE_S)  # what only time brings: a ping, a record that was not urgent


async def opens(cloud: Cloud) -> None:
    command = cloud.command(wire.OPEN, ms=400, op_id=secrets.token_bytes(8))
    cloud.session.frame(command)
    assert await cloud.answer_to(command, ENOUGH_S) == wire.DONE


async def holds(cloud: Cloud) -> None:
    await cloud.ask()
    hold = cloud.command(wire.HOLD, arg=60, op_id=secrets.token_bytes(8))
    cloud.session.frame(hold)
    await cloud.answer_to(hold, ENOUGH_S)
    release = cloud.command(wire.RELEASE, op_id=secrets.token_bytes(8))
    cloud.session.frame(release)
    await cloud.answer_to(release, ENOUGH_S)
    await cloud.door_becomes(wire.CLOSED)


async def healed(board: Board, far: FarSide) -> None:
    boots, sessions, said = len(board.resets), len(far.sessions), len(board.console)
    assert await board.reset_seen(boots + 1, ENOUGH_S) == WDT
    assert [edge.value for edge in board.edges if edge.kind == "coil"][-1:] in ([], [0]), "the coil is off"
    await board.console_line("connected to", ENOUGH_S, since=said)
    cloud = await Cloud(await far.session(sessions + 1, ENOUGH_S)).adopt()
    await opens(cloud)


async def every(folder: Path, numbers: list[int], stories: list[Story]) -> list[str]:
    """Where the traps are that snapped in none of the stories."""
    room, (_, sites) = asyncio.Semaphore(AT_ONCE), trapped()

    async def one(number: int) -> bool:
        for story in stories:
            async with room:
                try:
                    if await snaps(folder, number, story):
                        return True
                except Exception as error:
                    error.add_note(f"after a hang at {sites[number]} (trap {number})")
                    raise
        return False

    found = await asyncio.gather(*(one(number) for number in numbers))
    return [sites[number] for number, snapped in zip(numbers, found, strict=True) if not snapped]


async def test_a_hang_at_some_of_the_awaits_ends_with_the_coil_off_and_the_unit_online(tmp_path: Path) -> None:
    _, sites = trapped()
    numbers = list(range(0, len(sites), EVERY))

    missed = await every(tmp_path, numbers, [STORIES["a modem"]])

    assert len(missed) <= len(numbers) // 2, missed


@pytest.mark.long
async def test_a_hang_at_every_await_ends_with_the_coil_off_and_the_unit_online(tmp_path: Path) -> None:
    _, sites = trapped()

    missed = await every(tmp_path, list(range(len(sites))), list(STORIES.values()))

    assert len(missed) <= len(sites) // 5, missed
