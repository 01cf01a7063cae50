"""SQL of alarms and of where else they are told. Each that begins to be one, is acknowledged or ends stands in its
place's log in the same commit. Decides nothing.
"""

from typing import Any

import msgspec
import sqlalchemy as sa

from cloud import schema
from cloud.alarms import KINDS, Alarm, Key
from cloud.chain import Draft
from cloud.identity_store import writing
from cloud.operations import Movement
from cloud.store import Store

LISTED = 100  # of a place, in its list: the log has them all
_FIELDS = Alarm.__struct_fields__
_COLUMNS = ", ".join(_FIELDS)
_NEW = ", ".join(f"{name} = excluded.{name}" for name in _FIELDS[1:])
# Only our own constants are put into these texts; values are parameters.
PUT = (
    f"INSERT INTO alarms ({_COLUMNS}) VALUES ({', '.join('?' * len(_FIELDS))}) "  # noqa: S608
    f"ON CONFLICT (id) DO UPDATE SET {_NEW}"
)
FORGET = "DELETE FROM alarms WHERE id = ? AND raised IS NULL"
ENDS = (Movement.MOVED, Movement.DID_NOT_MOVE, Movement.DID_NOT_FINISH)
_alarms, _places, _operations = schema.alarms, schema.places, schema.operations


class AlarmStore:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def live(self) -> list[Alarm]:
        """Those that have not ended, and what may become one; of kinds that are known here."""
        known = _alarms.c.kind.in_(list(KINDS))
        return await self._all(sa.select(_alarms).where(_alarms.c.ended.is_(None), known))

    async def told(self, since: int) -> dict[Key, int]:
        """What was told last, and when, of those that have ended."""
        of = sa.func.coalesce(_alarms.c.door, _alarms.c.unit)
        query = sa.select(_alarms.c.place, _alarms.c.kind, of, sa.func.max(_alarms.c.told))
        query = query.where(_alarms.c.told > since).group_by(_alarms.c.place, _alarms.c.kind, of)
        async with self._store.reads.connect() as c:
            return {(place, kind, thing): at for place, kind, thing, at in await c.execute(query)}

    async def latest(self, place: str) -> list[Alarm]:
        """Newest first, ended ones too."""
        query = sa.select(_alarms).where(_alarms.c.place == place, _alarms.c.raised.is_not(None))
        return await self._all(query.order_by(_alarms.c.raised.desc(), _alarms.c.id).limit(LISTED))

    async def put(self, alarm: Alarm, entry: Draft | None = None) -> None:
        """As it is from now on. Raises NotWritten."""
        values = [getattr(alarm, name) for name in _FIELDS]
        values[_FIELDS.index("detail")] = msgspec.json.encode(alarm.detail).decode()
        await self._store.commits.write(PUT, values, (), entry)

    async def forget(self, alarm: Alarm) -> None:
        """It has passed, and nobody ever knew of it."""
        await self._store.commits.write(FORGET, (alarm.id,))

    async def movements(self, door: str, count: int) -> list[str]:
        """How the last movements that were asked of a door ended, the latest first."""
        ended = _operations.c.movement.in_([str(each) for each in ENDS])
        query = sa.select(_operations.c.movement).where(_operations.c.door == door, ended)
        async with self._store.reads.connect() as c:
            return list((await c.execute(query.order_by(_operations.c.recorded.desc()).limit(count))).scalars())

    async def alerts(self, place: str) -> bytes | None:
        """Sealed."""
        query = sa.select(_places.c.alert_urls).where(_places.c.id == place)
        async with self._store.reads.connect() as c:
            return (await c.execute(query)).scalar()

    async def set_alerts(self, place: str, sealed: bytes | None, draft: Draft, now: int) -> None:
        async with writing(self._store, now) as one:
            await one.connection.execute(_places.update().where(_places.c.id == place).values(alert_urls=sealed))
            one.drafts.append(draft)

    async def _all(self, query: "sa.Select[Any]") -> list[Alarm]:
        async with self._store.reads.connect() as c:
            return [_alarm(row) for row in (await c.execute(query)).mappings()]


def _alarm(row: Any) -> Alarm:
    values: dict[str, Any] = {name: row[name] for name in _FIELDS}
    try:
        values["detail"] = msgspec.json.decode(row["detail"], type=dict[str, Any])
    except msgspec.MsgspecError:  # the service must begin whatever stands there
        values["detail"] = {}
    return Alarm(**values)
