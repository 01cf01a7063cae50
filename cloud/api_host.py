"""The calls of whoever runs the service: how each door box is, and how the service itself is. Reads only."""

import asyncio
import platform
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
from cryptography import x509

from cloud import VERSION, data_use, host_units, unit_facts
from cloud.access import Door
from cloud.api import Call
from cloud.boxes import day_of, month_of
from cloud.broker import Broker
from cloud.clock import Clock
from cloud.disk import SHED_AT, WARN_AT, Disk
from cloud.figure_store import FigureStore, UnitRow
from cloud.figure_types import (
    CertificateView,
    HealthView,
    HostPlace,
    HostUnit,
    HostUnits,
    HostUnitsQuery,
    PressesView,
    Wrong,
)
from cloud.health import STEPPED_S, resident
from cloud.live import Live
from cloud.operations import State
from cloud.policy import Policy
from cloud.unit_facts import Facts
from cloud.unit_news import troubles
from cloud.units import Units

DAY_MS = 24 * 3_600_000
SHARES = (0.5, 0.9)
WARN_DAYS = {"authority": 60, "broker": 25, "cloud": 60}  # ours of the broker renews itself 30 days ahead
FAILED = (State.NOT_SENT, State.DECLINED)


class HostCalls:
    """`keys`: the folder of this installation's certificates; `broker`: None while it is somebody else's."""

    def __init__(
        self,
        figures: FigureStore,
        policy: Policy,
        units: Units,
        live: Live,
        clock: Clock,
        disk: Disk,
        keys: Path,
        broker: Broker | None,
    ) -> None:
        self._figures, self._policy, self._units, self._live = figures, policy, units, live
        self._clock, self._disk, self._keys, self._broker = clock, disk, keys, broker
        self._since = clock.now()
        self._looking = asyncio.Semaphore(1)  # through ten thousand boxes: one look at a time

    # -- door boxes

    async def host_units(self, call: Call) -> HostUnits:
        asked, now = call.query, self._clock.now()
        assert isinstance(asked, HostUnitsQuery)
        month, every, plans = month_of(day_of(now)), list[HostUnit](), dict[str, int | None]()
        async with self._looking:
            async for rows in self._figures.units():
                every += [self._unit(row, month) for row in rows]
                plans |= {row.unit: row.plan_mb for row in rows}
        found = [unit for unit in every if (unit.faults or not asked.wrong) and host_units.matches(unit, asked.find)]
        shown = host_units.worst_first(found)[: asked.limit]
        used = await self._figures.data((unit.unit for unit in shown), month)
        units = [_with_data(unit, used.get(unit.unit, 0), plans[unit.unit]) for unit in shown]
        return HostUnits(now, units, len(found), len(every), sum(bool(unit.faults) for unit in every))

    def _unit(self, row: UnitRow, month: str) -> HostUnit:
        """Its data is counted only where it is shown."""
        link, facts = self._units.of(row.unit), unit_facts.read(row.facts)
        state = link.link if link else "never"
        if state == "online" and not self._units.broker_up:
            state = "away"
        spoke = link is not None and link.epoch is not None
        doors = self._policy.doors_of_unit.get(row.unit, {})
        faults = host_units.troubles(
            state,
            troubles(link.faults) if link and spoke else facts.troubles,
            coil=any(self._units.seen(row.unit, number).fault for number in doors),
            sensor=bool(link and link.sensor_fault),
            refused=self._units.refused(row.unit),
            falling=facts.signal.falling,
            data=_nearly_used(facts, month, row.plan_mb),
            tested=_tested(row.test),
        )
        return HostUnit(
            unit=row.unit,
            places=tuple(self._places(doors.values())),
            link=cast("Any", state),
            heard=link.heard if link else None,
            firmware=link.firmware if link and spoke else facts.firmware,
            network=cast("Any", facts.network),
            signal=cast("Any", unit_facts.word(facts.network, facts.dbm)),
            dbm=facts.dbm,
            data=0,
            share=None,
            faults=faults,
        )

    def _places(self, doors: Iterable[Door]) -> Iterator[HostPlace]:
        for place in sorted({door.place for door in doors}):
            yield HostPlace(place, self._policy.snapshot.sites[place].place.name)

    # -- the service

    async def host_health(self, _: Call) -> HealthView:
        now, snapshot, links = self._clock.now(), self._policy.snapshot, self._units.links()
        certificates = list(self._certificates(now))
        broker, used = self._broker, self._disk.used()
        async with self._looking:
            presses = await self._presses(now - DAY_MS)
        return HealthView(
            now=now,
            since=self._since,
            version=VERSION,
            python=platform.python_version(),
            sqlite=FigureStore.database,
            wrong=tuple(self._wrong(used, certificates)),
            disk_used=round(used, 4),
            disk_reserved=self._disk.reserved(),
            broker_up=self._units.broker_up,
            restarts=broker.restarts if broker else None,
            stepped_s=round(self._clock.stepped(), 1),
            memory=resident(),
            apps=len(self._live),
            online=links["online"],
            away=links["away"],
            never=links["never"],
            places=len(snapshot.sites),
            people=len(snapshot.people),
            certificates=certificates,
            presses=presses,
        )

    def _wrong(self, used: float, certificates: Iterable[CertificateView]) -> Iterator[Wrong]:
        if not self._units.broker_up:
            yield "broker"
        if used >= SHED_AT:
            yield "disk_full"
        elif used >= WARN_AT:
            yield "disk"
        if not self._disk.reserved():
            yield "reserve"
        if abs(self._clock.stepped()) > STEPPED_S:
            yield "clock"
        if any(each.days < WARN_DAYS[each.name] for each in certificates):
            yield "certificate"

    def _certificates(self, now: int) -> Iterator[CertificateView]:
        broker = self._broker
        found = {"authority": _read(self._keys / "authority.crt")}
        found["broker"] = broker.certificate() if broker else None
        # an outside broker is met with a certificate of its operator's making
        found["cloud"] = _read(self._keys / ("cloud.crt" if broker else "broker.crt"))
        for name, certificate in found.items():
            if certificate is not None:
                until = round(certificate.not_valid_after_utc.timestamp() * 1000)
                yield CertificateView(cast("Any", name), until, (until - now) // DAY_MS)

    async def _presses(self, since: int) -> PressesView:
        states = await self._figures.states(since)
        half, most = await self._figures.coil_ms(since, SHARES)
        return PressesView(
            asked=sum(states.values()),
            opened=states.get(State.DONE, 0) + states.get(State.ALREADY, 0),
            refused=states.get(State.REFUSED, 0),
            failed=sum(states.get(state, 0) for state in FAILED),
            unknown=states.get(State.UNKNOWN, 0),
            half_ms=half,
            most_ms=most,
        )


def _with_data(unit: HostUnit, used: int, plan_mb: int | None) -> HostUnit:
    return msgspec.structs.replace(unit, data=used, share=data_use.share(used, plan_mb))


def _nearly_used(facts: Facts, month: str, plan_mb: int | None) -> bool:
    return facts.alarmed is not None and facts.alarmed == f"{month} of {plan_mb}"


def _tested(text: str | None) -> bool | None:
    try:
        return bool(msgspec.json.decode(text, type=dict[str, Any]).get("ok")) if text else None
    except msgspec.MsgspecError:
        return None


def _read(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None
