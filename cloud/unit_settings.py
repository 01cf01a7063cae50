"""The settings that are wanted of units: written down, sent until the unit has confirmed or refused them, shown.

Which are due and which count stands in `wanted`; which frame is believed, in `unit_link`. Never here: whose settings a
person may change.
"""

import asyncio
import base64
import logging
from collections.abc import Callable, Coroutine, Iterable, Sequence

import msgspec

from cloud.clock import Clock
from cloud.sealing import BadSeal, Sealer
from cloud.store import Store, UnitRow
from cloud.unit_link import News, UnitLink
from cloud.wanted import AccessPoint, DoorSettings, Kept, Wanted, checked, on_the_wire

log = logging.getLogger("iomando.units")

Lists = tuple[list[tuple[str, int]], list[bytes]]  # the servers a unit connects to, the authorities it trusts (DER)


class UnitSettings:
    """`publish(unit, frame)`: whether it was handed over. `changed(unit)`: it should be shown anew. `busy(unit)`: a
    restart now would cost a press its answer. `lists()`: what stands in a CONFIG beside the doors; without it none is
    sent."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        publish: Callable[[UnitLink, bytes], bool],
        sealer: Sealer,
    ) -> None:
        self._store, self._clock, self._publish, self._sealer = store, clock, publish, sealer
        self._wanted: dict[str, Wanted] = {}
        self._one_by_one = asyncio.Lock()  # what is wanted changes on disk, then here, before the next change
        self._tasks: set[asyncio.Task[None]] = set()
        self.changed: Callable[[str], None] = lambda _unit: None
        self.busy: Callable[[str], bool] = lambda _unit: False
        self.lists: Callable[[], Lists] | None = None

    def add(self, row: UnitRow) -> None:
        self._wanted[row.id] = Wanted(kept_of(row), row.wanted_number, row.confirmed_number)

    def forget(self, unit: str) -> None:
        self._wanted.pop(unit, None)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def of(self, unit: str) -> Wanted | None:
        return self._wanted.get(unit)

    async def want(self, unit: UnitLink, doors: Sequence[DoorSettings]) -> None:
        found = checked(doors)
        async with self._one_by_one:
            wanted = self._wanted.get(unit.id)
            if wanted is None:
                raise LookupError(f"there is no unit {unit.id} any more")
            if wanted.same(found):
                return
            number = wanted.next_number(unit.settings_number)
            await self._become(unit, wanted, wanted.kept.with_doors(found), number)
        log.info("settings wanted", extra={"unit": unit.id, "number": wanted.number})
        self._show_and_send(unit)

    async def reload(self, units: Iterable[UnitLink]) -> None:
        """Another process, the command line, may want something else of them."""
        async with self._one_by_one:
            rows, newer = {row.id: row for row in await self._store.units()}, list[UnitLink]()
            for unit in units:
                row, wanted = rows.get(unit.id), self._wanted.get(unit.id)
                if row and wanted and row.wanted_number > wanted.number:
                    wanted.become(kept_of(row), row.wanted_number)
                    if (unit.settings_number or 0) >= wanted.number:  # nobody there knew what the unit has told
                        await self._become(unit, wanted, wanted.kept, wanted.next_number(unit.settings_number))
                    newer.append(unit)
        for unit in newer:
            self._show_and_send(unit)

    def hear(self, unit: UnitLink, news: News) -> None:
        """A frame that is believed: a HELLO says which settings are in use, a CONFIG_ACK what became of some."""
        wanted = self._wanted.get(unit.id)
        if wanted is None:
            return
        if news.settings:
            number, in_use = news.settings
            self._note(self._told(unit, number) if in_use else self._refused(unit, number), unit)
        elif news.hello:
            told = unit.settings_number or 0
            if wanted.overtaken(told):
                self._note(self._want_again(unit, told), unit)
            elif wanted.news(told):
                self._note(self._told(unit, told), unit)
            else:
                self.send(unit)

    def send(self, unit: UnitLink) -> None:
        """If there is something to send, and now is the time."""
        wanted, mono, told = self._wanted.get(unit.id), self._clock.mono(), unit.settings_number
        if wanted is None or self.lists is None or unit.link != "online" or unit.epoch is None or told is None:
            return
        if not wanted.due(unit.epoch, told, mono) or unit.moving or self.busy(unit.id):
            return
        try:
            account = account_of(wanted.kept.access_point, unit.id, self._sealer)
            frame = unit.settings(wanted.number, *self.lists(), on_the_wire(wanted.kept.doors), account)
        except (ValueError, BadSeal):
            log.exception("settings cannot be sent", extra={"unit": unit.id, "number": wanted.number})
            wanted.sent(unit.epoch, mono)
            return
        if self._publish(unit, frame):
            wanted.sent(unit.epoch, mono)
            log.info("settings sent", extra={"unit": unit.id, "number": wanted.number})

    async def _told(self, unit: UnitLink, number: int) -> None:
        """The unit has the settings with this number in use: those that are wanted, or not yet, or no longer."""
        async with self._one_by_one:
            wanted = self._wanted.get(unit.id)
            if wanted is None or not wanted.news(number):
                return
            await self._store.confirmed(unit.id, number)
            wanted.confirmed = number
            pending, kept = wanted.pending, wanted.kept
            if number == wanted.number and kept.access_point != kept.proven:
                proven = msgspec.structs.replace(kept, proven=kept.access_point)
                await self._become(unit, wanted, proven, number)
        what = "settings not in use" if pending else "settings confirmed"
        log.info(what, extra={"unit": unit.id, "number": number})
        self._show_and_send(unit)

    async def _refused(self, unit: UnitLink, number: int) -> None:
        async with self._one_by_one:
            wanted = self._wanted.get(unit.id)
            if wanted is None or wanted.number != number or not wanted.pending or wanted.refused:
                return
            await self._become(unit, wanted, msgspec.structs.replace(wanted.kept, refused=True), number)
        log.warning("settings refused", extra={"unit": unit.id, "number": number})
        self.changed(unit.id)

    async def _want_again(self, unit: UnitLink, told: int) -> None:
        """The unit has settings that are not ours: what is wanted needs a higher number to be taken."""
        async with self._one_by_one:
            wanted = self._wanted.get(unit.id)
            if wanted is None or not wanted.overtaken(told):
                return
            kept = msgspec.structs.replace(wanted.kept, refused=False)
            await self._become(unit, wanted, kept, wanted.next_number(told))
        log.warning("settings of another hand", extra={"unit": unit.id, "number": told})
        self._show_and_send(unit)

    async def _become(self, unit: UnitLink, wanted: Wanted, kept: Kept, number: int) -> None:
        if not await self._store.want(unit.id, msgspec.json.encode(kept).decode(), number):
            raise LookupError(f"there is no unit {unit.id} any more, or it has newer settings")
        wanted.become(kept, number)

    def _show_and_send(self, unit: UnitLink) -> None:
        self.changed(unit.id)
        self.send(unit)

    def _note(self, step: Coroutine[None, None, None], unit: UnitLink) -> None:
        async def noted() -> None:
            try:
                await step
            except Exception:  # its next HELLO says the same again
                log.exception("settings not noted", extra={"unit": unit.id})

        task = asyncio.create_task(noted(), name="settings")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def account_of(point: AccessPoint | None, unit: str, sealer: Sealer) -> tuple[str, str, str, str] | None:
    """As a CONFIG tells it. Raises BadSeal."""
    if point is None:
        return None
    password = sealer.open(base64.b64decode(point.sealed), unit).decode() if point.sealed else ""
    return point.apn, point.auth, point.user, password


def access_point(apn: str, auth: str, user: str, password: str, unit: str, sealer: Sealer) -> AccessPoint:
    sealed = base64.b64encode(sealer.seal(password.encode(), unit)).decode() if password else ""
    return AccessPoint(apn, auth, user, sealed)


def kept_of(row: UnitRow) -> Kept:
    try:
        return msgspec.json.decode(row.wanted, type=Kept) if row.wanted else Kept()
    except msgspec.MsgspecError:
        log.exception("a unit's wanted settings cannot be read: none are sent", extra={"unit": row.id})
        return Kept(refused=True)
