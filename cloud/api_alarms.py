"""The calls about a place's alarms, and about where they go besides the app."""

import msgspec

from cloud import alert_urls
from cloud.alarm_desk import AlarmDesk
from cloud.alarm_types import AlarmRow, AlertsView, AlertTried, EditAlerts
from cloud.alerting import Alerting
from cloud.api import BUCKETS, Call
from cloud.app_socket import Bucket
from cloud.change_desk import Actor
from cloud.clock import Clock
from cloud.verbs import NotPossible
from cloud.views import Views

A_PLACE = (3, 0.02)  # tries at once, and a second after that: a message a minute to somebody else's service


class AlarmCalls:
    def __init__(self, desk: AlarmDesk, alerting: Alerting, views: Views, clock: Clock) -> None:
        self._desk, self._alerting, self._views, self._clock = desk, alerting, views, clock
        self._buckets: dict[str, Bucket] = {}

    async def alarms(self, call: Call) -> list[AlarmRow]:
        rows = []
        for alarm in await self._desk.latest(call.path["place"]):
            view = msgspec.structs.asdict(self._views.alarm(alarm))
            rows.append(AlarmRow(**view, ended=alarm.ended, times=alarm.times))
        return rows

    async def acknowledge_alarm(self, call: Call) -> None:
        actor = Actor.of(call.actor, call.still)
        await self._desk.acknowledge(call.path["place"], call.path["alarm"], actor)

    async def alerts(self, call: Call) -> AlertsView:
        place = call.path["place"]
        alerts = await self._alerting.of(place)
        kinds = tuple(alert_urls.service(url) or "?" for url in alerts.urls)
        return AlertsView(len(kinds), kinds, former_owner=self._alerting.are_of_a_former_owner(place, alerts))

    async def set_alerts(self, call: Call) -> None:
        assert isinstance(call.body, EditAlerts)
        await self._alerting.set(call.path["place"], call.body.urls, Actor.of(call.actor, call.still))

    async def try_alerts(self, call: Call) -> list[AlertTried]:
        place = call.path["place"]
        if len(self._buckets) > BUCKETS:
            self._buckets.clear()
        if not self._buckets.setdefault(place, Bucket(*A_PLACE)).take(self._clock.mono()):
            raise NotPossible("busy", "this was just tried; wait a minute")
        return [AlertTried(*tried) for tried in await self._alerting.try_all(place)]
