"""What is wrong with a door box, for whoever runs the service: which of the known troubles it has, and which box has to
be looked after first. Pure: what it told and how it is connected come in.
"""

from collections.abc import Collection, Iterable

from cloud.figure_types import HostUnit, Trouble

# The worst first: somebody is at the box; doors that do not open; what will keep them from opening.
WORST: tuple[Trouble, ...] = (
    *("tamper", "away", "coil", "sensor", "power", "journal", "test", "settings", "data", "signal", "never"),
)
ALL_IN_ORDER = len(WORST)


def troubles(
    link: str,
    told: Collection[str],
    *,
    coil: bool,
    sensor: bool,
    refused: bool,
    falling: bool,
    data: bool,
    tested: bool | None,
) -> tuple[Trouble, ...]:
    """`told`: of itself, `journal`, `power`, `tamper`; `refused`: it does not take its settings; `data`: its plan is
    nearly used; `tested`: how its last self-test went, None: it had none."""
    so = {
        **{name: name in told for name in ("tamper", "power", "journal")},
        "away": link == "away",
        "never": link == "never",
        "coil": coil,
        "sensor": sensor,
        "settings": refused,
        "signal": falling,
        "data": data,
        "test": tested is False,
    }
    return tuple(name for name in WORST if so[name])


def worst_first(units: Iterable[HostUnit]) -> list[HostUnit]:
    """Of those that are away the one that fell silent last: the others are known."""
    return sorted(units, key=_urgency)


def _urgency(unit: HostUnit) -> tuple[int, int, str]:
    first = WORST.index(unit.faults[0]) if unit.faults else ALL_IN_ORDER
    return first, -(unit.heard or 0) if unit.link == "away" else 0, unit.unit


def matches(unit: HostUnit, find: str) -> bool:
    wanted = find.strip().casefold()
    return wanted in unit.unit or any(wanted in place.name.casefold() for place in unit.places)
