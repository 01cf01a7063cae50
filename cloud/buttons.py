"""What may be asked of a door by how it is driven, and what its one button asks for now. Pure.

Who may ask it stands in `access`; what the unit makes of it in the firmware's `commands`.
"""

ACTIONS = {
    "open": ("open", "hold", "release"),
    "toggle": ("open", "close", "press"),
    "open_close": ("open", "close"),
}


def offer(drive: str, sensor: bool, state: str) -> str | None:
    """What the door's one button asks for in this state: `open`, `close`, `press`, or None while its unit would
    decline it."""
    if drive == "open":
        return "open"
    if drive == "toggle" and (not sensor or state == "unknown"):
        return "press"
    if state == "opening" or (drive == "toggle" and state == "closing"):
        return None
    return "close" if state == "open" else "open"
