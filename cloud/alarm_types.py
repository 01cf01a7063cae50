"""What the calls about a place's alarms take and give. Only shapes; an alarm as it is pushed stands in `messages`."""

from typing import Annotated

import msgspec

from cloud.api_types import Body
from cloud.messages import AlarmView

AlertUrl = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
AlertUrls = Annotated[tuple[AlertUrl, ...], msgspec.Meta(max_length=5)]


class AlarmRow(AlarmView, frozen=True):
    """`ended`: when it was over; None: it still is so. `times`: how often it was told."""

    ended: int | None = None
    times: int = 0


class AlertsView(msgspec.Struct, frozen=True):
    """Where alarms go besides the app: how many addresses, and of which services. Never the addresses: they hold
    tokens. `former_owner`: who set them owns this place no more."""

    count: int
    kinds: tuple[str, ...]
    former_owner: bool = False


class EditAlerts(Body, frozen=True):
    """All of them, in place of what was there; none: nothing goes out any more."""

    urls: AlertUrls


class AlertTried(msgspec.Struct, frozen=True):
    """One address, by its service, and whether that took the message."""

    kind: str
    delivered: bool
