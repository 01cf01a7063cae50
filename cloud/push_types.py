"""What the calls about web push take and give. Only shapes."""

from typing import Annotated

import msgspec

from cloud.api_types import Body
from cloud.push_rules import ENDPOINT_CHARS, Kind

Endpoint = Annotated[str, msgspec.Meta(max_length=ENDPOINT_CHARS)]
BrowserKey = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{87}\Z")]  # 65 bytes
BrowserSecret = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{22}\Z")]  # 16 bytes
Wants = Annotated[tuple[Kind, ...], msgspec.Meta(min_length=1, max_length=4)]


class PushKey(msgspec.Struct, frozen=True):
    """What a browser subscribes with (`applicationServerKey`)."""

    key: str


class Subscribe(Body, frozen=True):
    """What the browser's subscription says of itself, and what she wants to be told of on this phone."""

    endpoint: Endpoint
    p256dh: BrowserKey
    auth: BrowserSecret
    wants: Wants


class PushView(msgspec.Struct, frozen=True):
    """None: nothing is pushed for this session."""

    wants: tuple[Kind, ...] | None
