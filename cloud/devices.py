"""What to call a device in a list of sessions: its browser and system, from what the browser says of itself. Pure.

A name for eyes, never for a decision: whoever likes can say anything. What is not known stays as it was sent.
"""

import re

CHARS = 80  # of what is kept of it
# the first that matches; browsers name the ones they descend from, so the youngest come first
_BROWSERS = (
    ("Edge", r"\bEdg(?:A|iOS)?/"),
    ("Opera", r"\bOPR/|\bOPX/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\bFirefox/|\bFxiOS/"),
    ("Chrome", r"\b(?:Headless)?Chrome/|\bCriOS/"),
    ("Safari", r"\bVersion/[\d.]+.*Safari/|AppleWebKit/.*Mobile/"),
)
_SYSTEMS = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows NT\b"),
    ("Mac", r"\bMacintosh\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("Linux", r"\bLinux\b"),
)
LONGEST = 1000  # of a header that is looked at: browsers say 100 to 250 characters


def named(user_agent: str) -> str:
    """'Safari · iPhone'; what is no known browser as it was sent, cut."""
    text = user_agent[:LONGEST]
    browser = next((name for name, sign in _BROWSERS if re.search(sign, text)), None)
    system = next((name for name, sign in _SYSTEMS if re.search(sign, text)), None)
    if browser and system:
        return f"{browser} · {system}"
    # headers may hold bytes that are no text
    kept = text[:CHARS].encode(errors="replace").decode()
    return "".join(character for character in kept if character.isprintable()).strip() or "unknown"
