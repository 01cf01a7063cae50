"""Which addresses outside the app alarms of a place may go to. Pure.

Only services whose host is the service's own, whatever the address says: an address must not lead into the network
that the cloud stands in. Nothing behind a `?` but a region: there lie time limits, redirects, files to read.
"""

import re

# by apprise's name of the service: those whose plugins take no host, and post to one that is written into them
SERVICES = ("tgram", "pover", "discord", "slack", "pagerduty", "threema", "gchat", "signl4", "pbul", "line")
_SHAPE = re.compile(r"([a-z0-9]+)://[A-Za-z0-9_.:@+*#=/-]{8,360}(\?region=(eu|us))?")


def service(url: str) -> str | None:
    """Which service an address is of; None: of none that is taken."""
    found = _SHAPE.fullmatch(url)
    return found[1] if found and found[1] in SERVICES else None
