"""What the log says of an alarm: that it began, was acknowledged, ended. Pure: written with the alarm itself."""

from cloud.alarms import Alarm
from cloud.chain import Draft

By = tuple[str | None, str | None, str | None]  # person, session, way
BY_ITSELF: By = (None, None, None)


def entry_of(before: Alarm | None, after: Alarm, now: int, by: By = BY_ITSELF) -> Draft | None:
    """None: nothing that anybody should read later."""
    if after.shown and (before is None or not before.shown):
        return _draft(after, now, "alarm", {"since": after.since, **after.detail})
    if by != BY_ITSELF:
        return _draft(after, now, "alarm_acknowledged", {}, by)
    if before is not None and before.live and not after.live:
        return _draft(after, now, "alarm_ended", {"since": after.since})
    return None


def _draft(alarm: Alarm, now: int, kind: str, detail: dict[str, object], by: By = BY_ITSELF) -> Draft:
    unit = {"unit": alarm.unit} if alarm.unit else {}
    said = {"alarm": alarm.id, "what": alarm.kind, **unit, **detail}
    return Draft(alarm.place, now, kind, *by, door=alarm.door, detail=said)
