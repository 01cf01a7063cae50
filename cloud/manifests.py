"""The installed app's manifest: the same for everybody, and for who is signed in a shortcut to each of her likeliest
doors. A shortcut shows a door; only a finger opens it.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from cloud.access import Door
from cloud.clock import Clock
from cloud.policy import Policy
from cloud.sessions import Session
from cloud.store import Store

SHORTCUTS = 4  # what phones show of them when the icon is pressed long
SHORT_NAME_CHARS = 12  # what a launcher shows of a name before it cuts it
LOOKED_AT = 200  # her latest presses: a few weeks of an ordinary person
LOOKED_BACK_MS = 90 * 24 * 3600 * 1000  # a door of a flat she has left goes with the season
ICON = {"src": "/app/icon-192.png", "sizes": "192x192", "type": "image/png"}


def likely(doors: Iterable[Door], pressed: Iterable[str]) -> list[Door]:
    """Those pressed most come first, then by name. `pressed`: door ids."""
    often = Counter(pressed)
    return sorted(doors, key=lambda door: (-often[door.id], door.name.casefold(), door.id))[:SHORTCUTS]


def shortcuts(doors: Sequence[Door], names: dict[str, str]) -> list[dict[str, Any]]:
    """`names`: of places. A name that two of the doors share says where."""
    shared = {name for name, count in Counter(door.name for door in doors).items() if count > 1}
    return [
        {
            "name": f"{door.name} · {names[door.place]}" if door.name in shared else door.name,
            "short_name": door.name[:SHORT_NAME_CHARS],
            "url": f"/#door={door.id}",
            "icons": [ICON],
        }
        for door in doors
    ]


class Manifests:
    def __init__(self, base: Path, policy: Policy, store: Store, clock: Clock) -> None:
        self._base: dict[str, Any] = json.loads(base.read_text())
        self._policy, self._store, self._clock = policy, store, clock

    async def of(self, session: Session | None) -> bytes:
        if session is None:
            return json.dumps(self._base).encode()
        doors = self._policy.sees(session.person, session.place)
        since = self._clock.now() - LOOKED_BACK_MS
        history = await self._store.recent([session.person], (), since, LOOKED_AT)
        chosen = likely(doors, [operation.door for operation in history])
        names = {door.place: self._policy.snapshot.sites[door.place].place.name for door in chosen}
        return json.dumps({**self._base, "shortcuts": shortcuts(chosen, names)}).encode()
