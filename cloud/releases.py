"""Releases of the firmware and the keys that sign them: taken from maintainers, checked, kept, given out in parts.

Decides nothing: what may be published stands in `release_rules`. Never here: who is offered one (rollout_desk.py).
"""

import asyncio
from collections.abc import Callable
from typing import Any

from cloud import release_rules
from cloud.chain import Draft
from cloud.change_desk import Actor
from cloud.clock import Clock
from cloud.release_store import ReleaseRow, ReleaseStore
from cloud.store import Store
from cloud.unit_news import BlockWanted
from cloud.verbs import NotPossible
from firmware import wire


class Releases:
    """`published`: newest first. `demo`: key sets whose secrets everybody knows are taken."""

    def __init__(self, store: Store, clock: Clock, *, demo: bool = False) -> None:
        self.store = ReleaseStore(store)
        self._clock, self._demo = clock, demo
        self.changed: Callable[[], None] = lambda: None
        self.key_sets: dict[int, bytes] = {}
        self.published: list[ReleaseRow] = []
        self.boards: dict[int, tuple[str, ...]] = {}  # that a release is for
        self._kept: tuple[int, bytes, bytes] | None = None  # a release, its manifest, its bundle

    def refuse_demo(self) -> None:
        """RuntimeError where real doors would trust keys whose secrets everybody knows."""
        if not self._demo and any(release_rules.keys_of(signed).demo for signed in self.key_sets.values()):
            raise RuntimeError("the release keys in here are a demo's, known to everybody: begin a home of your own")

    async def load(self) -> None:
        """As it stands on disk."""
        self.key_sets = await self.store.key_sets()
        self.published = await self.store.releases()
        manifests = await self.store.manifests()
        self.boards = {counter: release_rules.boards_of(signed) for counter, signed in manifests.items()}
        self.changed()

    def of(self, counter: int) -> ReleaseRow | None:
        return next((each for each in self.published if each.counter == counter), None)

    @property
    def newest_keys(self) -> bytes | None:
        return self.key_sets[max(self.key_sets)] if self.key_sets else None

    async def add_key_set(self, signed: bytes, by: Actor) -> int:
        keys = await _judged(lambda: release_rules.check_keys(signed, self.newest_keys, demo=self._demo))
        about = {"key_set": keys.number, "keys": len(keys.keys), "threshold": keys.threshold}
        draft = drafted(self._clock.now(), by, "key_set_added", **about)
        if not await self.store.add_key_set(keys.number, signed, draft):
            raise NotPossible("conflict", f"there is a key set {keys.number} or a later one")
        await self.load()
        return keys.number

    async def publish(self, signed: bytes, bundle: bytes, by: Actor) -> ReleaseRow:
        """All of it is checked here, and again by each unit. The same once more is no news."""
        if self.published and await self.store.parts(self.published[0].counter) == (signed, bundle):
            return self.published[0]
        above = self.published[0].counter if self.published else 0
        found = await _judged(lambda: release_rules.check_release(signed, bundle, self.newest_keys, above))
        version = release_rules.version_of(found)
        draft = drafted(self._clock.now(), by, "release_published", release=found.counter, version=version)
        facts = (found.counter, version, found.key_set, found.replaces, found.notes)
        row = ReleaseRow(*facts, draft.at, by.person, len(signed), len(bundle))
        if not await self.store.add_release(row, signed, bundle, draft):
            raise NotPossible("conflict", f"release {found.counter} or a later one is published")
        await self.load()
        return row

    async def part(self, wanted: BlockWanted) -> bytes:
        """Empty: there is no such part."""
        if wanted.part == wire.KEY_SET:
            return self.key_sets.get(wanted.of, b"")
        if self._kept is None or self._kept[0] != wanted.of:
            parts = await self.store.parts(wanted.of)
            if parts is None:
                return b""
            self._kept = (wanted.of, *parts)
        return {wire.MANIFEST: self._kept[1], wire.BUNDLE: self._kept[2]}.get(wanted.part, b"")


def drafted(now: int, by: Actor, what: str, **detail: Any) -> Draft:
    """A line of the installation's log."""
    return Draft("", now, "change", by.person, by.session, by.way, detail={"what": what, **detail})


async def _judged(check: Callable[[], Any]) -> Any:
    """In a thread: a signature takes milliseconds, in which doors are to open."""
    try:
        return await asyncio.get_running_loop().run_in_executor(None, check)
    except release_rules.Refused as error:
        raise NotPossible("invalid", str(error)) from error
