"""Settings of the doors of `given`'s unit, and what has become of them. Never here: what should."""

from msgspec.structs import replace

from cloud.store import UnitRow
from cloud.wanted import DoorSettings
from tests import configs
from tests.unit_side import UNIT
from tests.world import World

DOORS = (DoorSettings(0, "open_close", 20, 500), DoorSettings(1, "open", 1, 300), DoorSettings(2, "toggle", 12.5, 500))
SLOWER = (replace(DOORS[0], travel_s=25), *DOORS[1:])
TOLD = [(0, 2, 200, 500), (1, 0, 10, 300), (2, 1, 125, 500)]


async def row(world: World) -> UnitRow:
    (found,) = await world.store.units()
    return found


def numbers(world: World) -> list[int]:
    """Of all CONFIGs that left."""
    return [configs.config_fields(frame)[1] for frame in world.broker.configs()]


def shown(world: World) -> list[bool]:
    """Whether the settings are pending, each time that the unit is to be shown anew."""
    seen, changed = [], world.units.changed

    def spy(unit: str, doors: list[int] | None) -> None:
        seen.append(world.units.pending(unit))
        changed(unit, doors)

    world.units.changed = spy
    return seen


async def wants(world: World, doors: tuple[DoorSettings, ...] = DOORS) -> None:
    await world.units.want(UNIT, doors)
    await world.passes(2)
