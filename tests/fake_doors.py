"""What a press becomes at the fake cloud: the operation as recorded, and a healthy door that moves.

`python -m tests.fake_doors four_doors` shows a scene of app_scenes.py at a printed address, with doors that move.
"""

import asyncio
import itertools
import sys
from typing import TYPE_CHECKING, Any

from tests import app_scenes

if TYPE_CHECKING:
    from tests.fake_cloud import FakeCloud, Press

SHOWN_ON_PORT = 8090

_numbers = itertools.count(1)


def recorded(cloud: "FakeCloud", press: "Press", **fields: Any) -> dict[str, Any]:
    """The operation that a press becomes: allowed and sent, unless `fields` say otherwise."""
    return app_scenes.operation(
        press["door"],
        id=f"op{next(_numbers)}",
        press_id=press["press_id"],
        action=press["action"],
        person={"id": cloud.you["id"], "name": cloud.you["name"]},
        asked=press["at"],
        **fields,
    )


async def moves(cloud: "FakeCloud", press: "Press") -> dict[str, Any]:
    """What a healthy door does, slowly enough to watch; the default for looking at scenes by hand."""
    operation = recorded(cloud, press)
    await cloud.push(operations=(operation,))
    cloud.run(_move(cloud, press, operation))
    return {"operation": operation["id"]}


async def _move(cloud: "FakeCloud", press: "Press", operation: dict[str, Any]) -> None:
    door = cloud.doors[press["door"]]
    await asyncio.sleep(0.4)
    if not door["sensor"]:
        await cloud.operation(operation, {"coil": 412}, state="DONE")
        return
    operation = await cloud.operation(operation, {"coil": 412}, state="DONE", movement="awaited")
    await asyncio.sleep(0.2)
    opening = press["action"] == "open"
    await cloud.door(door["id"], state="opening" if opening else "closing", action=None)
    operation = await cloud.operation(operation, {"moving": 600}, movement="moving")
    await asyncio.sleep(2)
    after = {"open": "close", "close": "open"}.get(press["action"]) if door["drive"] != "open" else None
    await cloud.door(door["id"], state="open" if opening else "closed", action=after)
    await cloud.operation(operation, {"done": 2600}, movement="moved")


async def show(scene: str) -> None:
    from tests.fake_cloud import STARTS_AT_MS, FakeCloud

    cloud = FakeCloud(app_scenes.SCENES[scene](STARTS_AT_MS))
    cloud.port = SHOWN_ON_PORT
    await cloud.start()
    sys.stdout.write(f"{scene}: {cloud.address}  (others: {' '.join(app_scenes.SCENES)})\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(show(sys.argv[1] if len(sys.argv) > 1 else "one_door"))
