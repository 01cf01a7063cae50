"""What a cloud can have to show, as the messages' own objects: people, places, doors, operations. Only data."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS

Object = dict[str, Any]


def person(**fields: Any) -> Object:
    rights = {"admin": False, "guest": False, "scope": None, "manages": [], "invites": [], "holds": [], "pin": False}
    return {"id": "p1", "name": "Núria Ferrer", "language": "en", **rights, **fields}


def place(**fields: Any) -> Object:
    help_ = {"name": "Joan, the caretaker", "contact": "+34 600 123 456"}
    return {
        "id": "mallorca",
        "name": "Carrer Mallorca 120",
        "zone": "Europe/Madrid",
        "help": help_,
        "other_way": None,
        **fields,
    }


def door(id: str, name: str, **fields: Any) -> Object:  # noqa: A002 - the field's own name
    return {
        "id": id,
        "place": "mallorca",
        "name": name,
        "drive": "toggle",
        "sensor": True,
        "travel_s": 12,
        "state": "closed",
        "since": None,
        "link": "online",
        "heard": None,
        "faults": [],
        "may": {"allowed": True, "reason": None, "next": None, "until": None},
        "action": "open",
        "hold": None,
        **fields,
    }


def hold(until: int | None, **fields: Any) -> Object:
    """Who holds a door open; Núria, unless `fields` say otherwise."""
    return {"who": "Núria Ferrer", "person": "p1", "until": until, **fields}


def operation(door_id: str, **fields: Any) -> Object:
    """One press; allowed and sent unless `fields` say otherwise. `stops` are added to those two."""
    stops = {"allowed": 8, "sent": 10, "coil": None, "moving": None, "done": None} | fields.pop("stops", {})
    return {
        "id": "op0",
        "press_id": "press-of-a-scene-000000",
        "door": door_id,
        "action": "open",
        "state": "SENT",
        "reason": None,
        "asked": 0,
        "waiting": False,
        "heard": None,
        "stops": stops,
        "movement": None,
        "person": {"id": "p1", "name": "Núria Ferrer"},
        **fields,
    }


def me(you: Object, **fields: Any) -> Object:
    """What GET me says of her."""
    return {
        "id": you["id"],
        "name": you["name"],
        "language": you["language"],
        "phone": "+34600123456",
        "email": None,
        "scope": you["scope"],
        "pin": you["pin"],
        "passkeys": [],
        "staff": [],
        **fields,
    }


def grant(id: str, **fields: Any) -> Object:  # noqa: A002 - the field's own name
    """An access of p1 to every door, always, unless `fields` say otherwise."""
    return {
        "id": id,
        "place": "mallorca",
        "person": "p1",
        "group": None,
        "group_name": None,
        "doors": [],
        "hours": {},
        "starts": None,
        "ends": None,
        "uses": None,
        "suspended": False,
        "within": None,
        "note": "",
        "version": 1,
        **fields,
    }


@dataclass
class Scene:
    doors: list[Object]
    you: Object = field(default_factory=person)
    places: list[Object] = field(default_factory=lambda: [place()])
    operations: list[Object] = field(default_factory=list)
    grants: list[Object] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)
    alarms: list[Object] = field(default_factory=list)
    answers: dict[tuple[str, str], Any] = field(default_factory=dict)  # (method, path) -> what the cloud answers


def one_door(_: int) -> Scene:
    return Scene([door("garage", "Garage")])


def no_doors(_: int) -> Scene:
    return Scene([], places=[])


def four_doors(now: int) -> Scene:
    """Each in another condition, as a place with four doors has on an ordinary day."""
    return Scene(
        [
            door("garage", "Garage"),
            door("stairs", "Stairwell", drive="open", state="open", since=now - 3 * HOUR_MS, action=None),
            door("gate", "Courtyard gate", may={"allowed": False, "reason": "hours", "next": now + 2 * HOUR_MS}),
            door("bikes", "Bicycle room", sensor=False, state="unknown", drive="open", travel_s=0),
        ]
    )


def conditions(now: int) -> Scene:
    """The states a door can be in while it is seen."""
    return Scene(
        [
            door("a", "Garage", state="opening", action=None),
            door("b", "Ramp", state="closing", action="open"),
            door("c", "Service entrance", link="away", heard=now - 20 * MINUTE_MS),
            door("d", "Roof", link="never", state="unknown", sensor=True),
            door("e", "Pool", state="unknown", faults=["sensor"]),
            door("f", "Lift", faults=["coil"]),
        ]
    )


def held(now: int) -> Scene:
    """Doors that are held open, and one that could be."""
    name = "Montserrat Puigdevall i Casademunt"
    return Scene(
        [
            door("front", "Front door", drive="open"),
            door("lobby", "Lobby", drive="open", hold=hold(now + HOUR_MS)),
            door("yard", "Courtyard", drive="open", sensor=False, hold=hold(now + 26 * HOUR_MS, who=name, person="p9")),
        ],
        you=person(holds=["mallorca"]),
    )


def long_names(now: int) -> Scene:
    name = "Aparcament subterrani de la comunitat de propietaris, planta −2, porta de servei"
    other = place(id="x", name="Comunitat de propietaris del carrer de la Diputació 248–252 bis")
    return Scene(
        [
            door("garage", name, place="x"),
            door(
                "b",
                "Donaudampfschifffahrtsgesellschaftskapitänseingang",
                place="x",
                state="open",
                since=now - 50 * HOUR_MS,
            ),
        ],
        places=[other],
    )


def many_doors(_: int) -> Scene:
    rooms = [
        door(f"d{i}", f"Trastero {i}", drive="open", sensor=i % 3 > 0, state="closed" if i % 3 else "unknown")
        for i in range(1, 61)
    ]
    return Scene([door("garage", "Sótano −1"), *rooms])


def places(_: int) -> Scene:
    return Scene(
        [
            door("garage", "Garage"),
            door("stairs", "Stairwell"),
            door("house", "Front door", place="sitges"),
            door("barn", "Barn", place="alella"),
        ],
        places=[place(), place(id="sitges", name="Passeig de la Ribera 8"), place(id="alella", name="Alella")],
    )


def admin(now: int) -> Scene:
    """An admin, with a morning's log."""
    scene = four_doors(now)
    scene.you = person(admin=True, name="Pere Admin")
    pere, nuria, joan = (
        {"id": "p1", "name": "Pere Admin"},
        {"id": "p2", "name": "Núria Ferrer"},
        {"id": "p3", "name": "Joan Puig"},
    )
    done = {"state": "DONE", "movement": "moved", "stops": {"coil": 412, "moving": 600, "done": 11200}}
    rows: list[tuple[str, Object, int, Object]] = [
        ("garage", nuria, 2, done),
        ("bikes", joan, 14, {"state": "DONE", "stops": {"coil": 390}}),
        ("stairs", pere, 63, {"state": "ALREADY"}),
        ("garage", joan, 95, {"state": "DONE", "movement": "did_not_move", "stops": {"coil": 398}}),
        ("gate", joan, 100, {"state": "REFUSED", "reason": "access", "stops": {"allowed": None, "sent": None}}),
        ("garage", nuria, 130, {"state": "UNKNOWN"}),
        ("gate", pere, 1500, {"state": "NOT_SENT", "reason": "away", "stops": {"sent": None}}),
    ]
    scene.operations = [
        operation(
            where, id=f"log{i}", press_id=f"press-of-the-log-{i:06}", asked=now - ago * MINUTE_MS, person=who, **what
        )
        for i, (where, who, ago, what) in enumerate(rows)
    ]
    return scene


def sessions(now: int) -> list[Object]:
    day = 24 * HOUR_MS
    return [
        {"id": "s1", "device": "Chrome on Android", "created": now - 30 * day, "used": now, "current": True},
        {"id": "s2", "device": "Safari on iPhone", "created": now - 90 * day, "used": now - 2 * day, "current": False},
    ]


SCENES: dict[str, Callable[[int], Scene]] = {
    scene.__name__: scene
    for scene in (one_door, no_doors, four_doors, conditions, held, long_names, many_doors, places, admin)
}
