"""The calls that read a place's log: pages, the head, all of it as a file."""

import asyncio
import datetime
from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

from cloud import export
from cloud.access import Site, Snapshot
from cloud.api import Call, File
from cloud.api_queries import ExportQuery, LogQuery, OwnLogQuery
from cloud.chain import Entry, Head
from cloud.log_store import Filter, LogStore
from cloud.log_types import HeadView, LogPage
from cloud.policy import Policy
from cloud.verbs import NotPossible
from cloud.views import Views


class LogCalls:
    def __init__(self, logs: LogStore, policy: Policy, views: Views) -> None:
        self._logs, self._policy, self._views = logs, policy, views

    async def log(self, call: Call) -> LogPage:
        place, asked = call.path["place"], call.query
        assert isinstance(asked, LogQuery)
        found = await self._page(place, asked, asked.person)
        lines = [self._views.line(entry) for entry in found[: asked.limit]]
        return LogPage(lines, len(found) > asked.limit, str(await self._logs.head(place)))

    async def own_log(self, call: Call) -> LogPage:
        """What stands in the logs of her places of her; where she is no member any more nothing is hers to read."""
        asked, actor = call.query, call.actor
        assert isinstance(asked, OwnLogQuery)
        if asked.before is not None and asked.place is None:
            raise NotPossible("malformed", "a number is of one place: say which")
        wanted = {actor.place, asked.place} - {None}
        places = [p for p in self._policy.places(actor.person) if wanted <= {p}]
        if asked.place is not None and not places:
            raise NotPossible("unknown", "there is no such place of yours")
        found: list[Entry] = []
        for place in places:
            found += await self._page(place, asked, actor.person)
        found.sort(key=lambda entry: (-entry.at, entry.place, -entry.n))
        return LogPage([self._views.line(entry) for entry in found[: asked.limit]], len(found) > asked.limit, "")

    async def _page(self, place: str, asked: LogQuery | OwnLogQuery, who: str | None) -> list[Entry]:
        """One more than asked for: whether there are older ones."""
        which = Filter(who, asked.door, asked.kind or None, asked.since, asked.until, asked.before)
        return await self._logs.page(place, asked.limit + 1, which)

    async def log_head(self, call: Call) -> HeadView:
        place, n = call.path["place"], call.query.n
        if n is None:
            return HeadView(str(await self._logs.head(place)))
        hashed = await self._logs.hash_at(place, n)
        if hashed is None:
            raise NotPossible("unknown", "the log has no such entry")
        return HeadView(str(Head(n, hashed)))

    async def log_csv(self, call: Call) -> File:
        place = call.path["place"]
        asked = call.query
        assert isinstance(asked, ExportQuery)
        which = Filter(asked.person, asked.door, asked.kind or None, asked.since, asked.until)
        return File(f"log-{place}.csv", "text/csv; charset=utf-8", self._csv(place, which))

    async def log_json(self, call: Call) -> File:
        place = call.path["place"]
        return File(f"log-{place}.json", "application/json", self._json(place))

    async def _csv(self, place: str, which: Filter) -> AsyncIterator[bytes]:
        site = self._policy.snapshot.sites[place]
        zone, names = ZoneInfo(site.place.zone), _names(site, self._policy.snapshot)

        def local(at: int) -> str:
            return datetime.datetime.fromtimestamp(at / 1000, zone).isoformat(timespec="milliseconds")

        head = "".join(export.csv([], local, names))
        yield head.encode()
        async for chunk in self._logs.stream(place, which=which):
            text = await asyncio.to_thread(lambda chunk=chunk: "".join(export.csv(chunk, local, names)))
            yield text[len(head) :].encode()

    async def _json(self, place: str) -> AsyncIterator[bytes]:
        """As `export.json` writes all of them at once."""
        began = False
        async for chunk in self._logs.stream(place):
            *parts, _end = await asyncio.to_thread(lambda chunk=chunk: list(export.json(chunk)))
            text = b"".join(parts)
            yield b",\n" + text.removeprefix(b"[\n") if began else text
            began = True
        yield b"\n]\n" if began else b"".join(export.json([]))


def _names(site: Site, snapshot: Snapshot) -> dict[str, str]:
    """What the place calls its people and doors; those who have left as they call themselves."""
    called = {member.person: member.name for member in site.members.values()}
    called |= {door.id: door.name for door in site.doors.values()}
    return {person.id: person.name for person in snapshot.people.values()} | called
