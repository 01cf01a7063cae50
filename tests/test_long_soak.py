"""Opens for minutes while everything around them fails at random, by a seed that a red test names."""

import asyncio
import os
import random
import signal
from pathlib import Path
from typing import Any

import pytest

from sim import town
from sim.phone import Phone
from sim.proxy import Proxy
from sim.street import Street

pytestmark = pytest.mark.long

OPENS = int(os.environ.get("IOMANDO_SOAK_OPENS", "60"))
SEED = int(os.environ.get("IOMANDO_SOAK_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
EACH = 250  # presses of one person: whoever presses on and on is slowed down (LONG_RUN in cloud/api_doors.py)
ENDED_S = 60  # an answer comes within 15 s of the record; the rest is for a service that has to start first
DOOR = town.DoorPlan("Garage", "open", travel_s=1)
FAULTS = ("nothing", "nothing", "cut", "reset", "hold", "power", "hang", "broker", "service")


class Soak:
    def __init__(self, home: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.cloud = town.Cloud(home)
        self.proxy = Proxy("127.0.0.1", self.cloud.broker_port)
        self.ended: dict[str, dict[str, Any]] = {}

    async def fault(self, street: Street, what: str) -> None:
        board = street.board
        if what == "cut":
            await self.proxy.cut()
        elif what == "reset":
            await self.proxy.reset()
        elif what == "hold":
            self.proxy.up.hold()
            self.proxy.down.hold()
            await asyncio.sleep(self.random.uniform(0, 12))
            self.proxy.heal()
        elif what == "power":
            board.power_off()
            await asyncio.sleep(self.random.uniform(0, 3))
            board.power_on()
        elif what == "hang" and board.program is not None:
            board.hang()
            await asyncio.sleep(self.random.uniform(0, 3))
            if board.program is not None:
                board.resume()
        elif what == "broker":
            line = next(line for line in reversed(self.cloud.log) if line["what"] == "broker runs")
            os.kill(line["pid"], signal.SIGKILL)
        elif what == "service":
            self.cloud.kill()
            await self.cloud.stop()
            await self.cloud.start()

    async def open_once(self, street: Street, phone: Phone, door: str) -> None:
        if phone.ws is None or phone.ws.closed:
            await phone.hang_up()
            phone.stream = None
            await phone.watch()
        press_id = await phone.press(door)
        fault = asyncio.create_task(self.fault(street, self.random.choice(FAULTS)))
        await asyncio.sleep(self.random.uniform(0, 0.05))
        await fault
        async with asyncio.timeout(ENDED_S):
            while True:
                if phone.ws is None or phone.ws.closed:
                    await phone.hang_up()
                    phone.stream = None
                    await phone.watch()
                known = [o for o in phone.operations.values() if o["press_id"] == press_id]
                if known and known[0]["state"] != "SENT":
                    break
                if not known and phone.stream:
                    press_id = await phone.press(door, press_id=press_id)
                await asyncio.sleep(0.2)


@pytest.mark.parametrize("seed", [SEED])
async def test_whatever_fails_each_press_ends_once_and_no_coil_goes_on_without_its_command(
    tmp_path: Path, seed: int
) -> None:
    soak = Soak(tmp_path, seed)
    turns = -(-OPENS // EACH)
    made = await town.make(tmp_path, (town.UnitPlan((DOOR,)),), soak.cloud.broker_port, users=turns)
    people = [made.user, *(f"user{number}" for number in range(2, turns + 1))]
    street = Street(tmp_path, made, soak.cloud.broker_port, stays_open_s=0.5)
    operations: list[dict[str, Any]] = []
    try:
        await soak.cloud.start()
        await soak.proxy.start()
        street.net.tcp[soak.cloud.broker_port] = ("127.0.0.1", soak.proxy.port)
        await street.start()
        for turn, person in enumerate(people):
            async with Phone(soak.cloud.url) as phone:
                await phone.sign_in(await town.new_link(tmp_path, person))
                await phone.watch()
                for _ in range(min(EACH, OPENS - turn * EACH)):
                    await soak.open_once(street, phone, made.doors["Garage"])
                operations += await every_operation(soak.cloud, phone)
    finally:
        await street.stop()
        await soak.proxy.stop()
        await soak.cloud.stop()

    on = [edge for edge in street.edges() if edge.kind == "coil" and edge.value]
    ids = [edge.op for edge in on]
    assert None not in ids, "a coil went on without a command"
    assert len(ids) == len(set(ids)), "two pulses for one press"
    state = {o["id"]: o["state"] for o in operations}
    assert {state[op] for op in ids if op in state} <= {"DONE", "UNKNOWN"}, (
        "a door moved of which something else was told"
    )
    assert all(op in ids for op, told in state.items() if told == "DONE"), "told DONE, and no coil went on"
    assert "SENT" not in state.values()
    assert sum(told == "DONE" for told in state.values()) >= OPENS // 4, "not everything was refused or lost"


async def every_operation(cloud: town.Cloud, phone: Phone) -> list[dict[str, Any]]:
    """All that the phone was ever told of, each as it stood last."""
    last: dict[str, dict[str, Any]] = {}
    for message in phone.messages:
        last |= {operation["id"]: operation for operation in message.get("operations", [])}
    return list(last.values())
