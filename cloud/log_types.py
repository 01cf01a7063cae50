"""What the calls about a place's log give. Only shapes; a line itself is pushed, too, and stands in `messages`."""

import msgspec

from cloud.messages import LogLine


class LogPage(msgspec.Struct, frozen=True):
    """Newest first; `more`: there are older ones, ask with `before` = the last n."""

    lines: list[LogLine]
    more: bool
    head: str


class HeadView(msgspec.Struct, frozen=True):
    head: str
