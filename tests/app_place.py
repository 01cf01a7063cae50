"""A place as those who manage it see it, and what the cloud says about it: people, accesses, groups, requests, a log.
Only data."""

from typing import Any

from tests.app_scenes import HOUR_MS, MINUTE_MS, Object, Scene, door, grant, operation, person

PLACE = "places/mallorca"
QR = (
    "data:image/svg+xml;utf8,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'%3E"
    "%3Cpath d='M1 1h3v3H1zM5 1h3v3H5zM1 5h3v3H1zM6 6h2v2H6z'/%3E%3C/svg%3E"
)
WEDNESDAYS = {"windows": [{"days": [2], "starts": 1080, "ends": 1200}]}


def member(person_id: str, name: str, **fields: Any) -> Object:
    view = {"contact": "+34 600 123 456", "signed_in": True, "groups": []}
    view |= {key: fields.pop(key) for key in list(fields) if key in view}
    plain = {"role": "member", "flat": None, "suspended": False, "host": None, "version": 1}
    rights = {"may_invite": False, "may_hold": False}
    return {"member": {"place": "mallorca", "person": person_id, "name": name, **plain, **rights, **fields}, **view}


def door_admin(door_id: str, name: str, *, pending: bool = False, **fields: Any) -> Object:
    plain = {
        "id": door_id,
        "place": "mallorca",
        "name": name,
        "unit": "0a0b0c0d",
        "number": 0,
        "drive": "toggle",
        "sensor": True,
        "travel_s": 12,
        "pulse_ms": 500,
        "left_open_s": 600,
        "version": 1,
    }
    return {"door": {**plain, **fields}, "pending": pending}


def box(unit: str, **fields: Any) -> Object:
    """A door box on a wire that has told nothing yet, unless `fields` say otherwise."""
    told = ("heard", "away_since", "told", "signal", "dbm", "rat", "operator", "iccid", "imei", "firmware")
    more = ("keepalive_s", "heap_kb", "unsent", "outage", "test", "update")
    wrong = dict.fromkeys(("falling", "roaming", "journal_fault", "power_lost", "tampered"), False)
    data: Object = {"month": "2026-11", "total": 0, "causes": [], "plan_mb": None, "share": None}
    data |= {"probably_out": False, **fields.pop("data", {})}
    plain = {"unit": unit, "doors": [], "link": "online", "network": "wired", "data": data}
    return {**dict.fromkeys((*told, *more)), **wrong, **plain, **fields}


def boxes(now: int) -> list[Object]:
    """One on a mobile network, well, with four fifths of its plan used; one on Wi-Fi that is away and out of sorts."""
    causes = [
        {"cause": "keepalive", "up": 1_020_000, "down": 940_000},
        {"cause": "opens", "up": 412_000, "down": 398_000},
        {"cause": "journal", "up": 96_000, "down": 31_000},
        {"cause": "update", "up": 0, "down": 0},
        {"cause": "handshakes", "up": 610_000, "down": 703_000},
    ]
    total = sum(one["up"] + one["down"] for one in causes)
    mobile = box(
        "0a0b0c0d",
        doors=["garage"],
        heard=now - 4_000,
        told=now - 2 * HOUR_MS,
        network="modem",
        signal="good",
        dbm=-79,
        rat="LTE-M",
        operator="Movistar",
        iccid="8934071100281234567",
        imei="862636051234567",
        firmware=41,
        keepalive_s=120,
        heap_kb=63,
        unsent=0,
        outage={"since": now - 26 * HOUR_MS, "until": now - 25 * HOUR_MS, "seconds": 740, "why": "denied"},
        data={"total": total, "causes": causes, "plan_mb": 5, "share": total / 5_000_000},
        test={"at": now - 7 * HOUR_MS, "ok": True, "ms": 812, "why": None},
    )
    lost = box(
        "1a1b1c1d",
        doors=["stairs"],
        link="away",
        heard=now - 50 * MINUTE_MS,
        away_since=now - 50 * MINUTE_MS,
        network="wifi",
        signal="weak",
        dbm=-84,
        falling=True,
        firmware=40,
        power_lost=True,
        outage={"since": now - 4 * HOUR_MS, "until": None, "seconds": None, "why": "wifi_password"},
        data={"total": 1_234_000, "causes": causes[:2]},
        test={"at": now - 7 * HOUR_MS, "ok": False, "ms": None, "why": "silent"},
    )
    return [mobile, lost]


def alarm(id: str, kind: str, **fields: Any) -> Object:  # noqa: A002 - the field's own name
    nobody = dict.fromkeys(("door", "unit", "acknowledged", "acknowledged_by", "again"))
    return {"id": id, "place": "mallorca", "kind": kind, "detail": {}, **nobody, **fields}


def request(id: str, **fields: Any) -> Object:  # noqa: A002 - the field's own name
    plain = {"kind": "access", "door": None, "flat": None, "state": "open", "decided_by": None, "decided": None}
    return {"id": id, "place": "mallorca", **plain, **fields}


def admin_data(now: int) -> Object:
    return {
        "place": {
            "id": "mallorca",
            "name": "Carrer Mallorca 120",
            "zone": "Europe/Madrid",
            "policy": 7,
            "help_name": "Joan, the caretaker",
            "help_contact": "+34 600 123 456",
            "other_way": None,
            "organisation": None,
            "address": "Carrer de Mallorca, 120, Barcelona",
            "country": "ES",
            "region": "CT",
            "version": 3,
            "away_after_s": 300,
            "again_s": 1800,
            "installer_name": "Ferran Mas",
            "installer_contact": "+34 600 999 111",
        },
        "doors": [door_admin("garage", "Garage"), door_admin("stairs", "Stairwell", pending=True, drive="open")],
        "people": [
            member("p1", "Pere Admin", role="owner", flat="4-1"),
            member("p2", "Núria Ferrer", flat="2-1", may_invite=True, groups=["cleaners"]),
            member("p3", "Joan Puig", suspended=True, contact="joan@example.org"),
            member("p4", "Imma Soler", signed_in=False),
            member("p5", "Plumber", role="guest", host="p2", contact=None, signed_in=False),
        ],
        "groups": [{"id": "cleaners", "place": "mallorca", "name": "Cleaners", "version": 1}],
        "grants": [
            grant("g1"),
            grant("g2", person="p2", doors=["garage"], hours=WEDNESDAYS, version=4),
            grant("g3", person=None, group="cleaners", group_name="Cleaners", doors=["stairs"]),
            grant("g5", person="p5", within="p2", ends=now + 6 * HOUR_MS, uses=2),
        ],
        "requests": [
            request("r1", person="p8", name="Marta Vila", flat="3-2", created=now - 12 * MINUTE_MS),
            request("r2", person="p2", name="Núria Ferrer", kind="entry", door="garage", created=now - 2 * MINUTE_MS),
        ],
        "head": "412:" + "ab" * 32,
        "holidays": True,
        "second_owner": True,
    }


def line(n: int, at: int, kind: str, **fields: Any) -> Object:
    empty = dict.fromkeys(("who", "who_name", "session", "way", "door", "door_name", "operation"))
    fields = {"detail": {}, **fields}
    return {"place": "mallorca", "n": n, "at": at, "stored": at, "kind": kind, "hash": "ab" * 32, **empty, **fields}


NURIA = {"who": "p2", "who_name": "Núria Ferrer"}
GARAGE = {"door": "garage", "door_name": "Garage"}


def log_lines(now: int) -> list[Object]:
    """Newest first."""
    before = grant("g2", person="p2", doors=["garage"])
    after = {**before, "hours": WEDNESDAYS}
    changed = {"what": "access_changed", "edits": [{"kind": "grant", "before": before, "after": after}]}
    return [
        line(412, now - 2 * MINUTE_MS, "moved_otherwise", **GARAGE, detail={"state": "open"}),
        line(411, now - 5 * MINUTE_MS, "movement", **GARAGE, **NURIA, detail={"movement": "moved", "done": 11_200}),
        line(410, now - 5 * MINUTE_MS, "answer", **GARAGE, **NURIA, detail={"state": "DONE", "coil": 412}),
        line(409, now - 5 * MINUTE_MS, "press", **GARAGE, **NURIA, detail={"action": "open", "state": "SENT"}),
        line(408, now - HOUR_MS, "change", who="p1", who_name="Pere Admin", detail=changed),
        line(407, now - 2 * HOUR_MS, "press", **GARAGE, **NURIA, detail={"state": "REFUSED", "reason": "hours"}),
        line(406, now - 3 * HOUR_MS, "unit_away", **GARAGE),
        line(405, now - 30 * HOUR_MS, "sign_in", **NURIA, detail={"device": "Safari on iPhone"}),
    ]


def invitation(now: int, link: str = "https://doors.example/#sign-in=SECRETSECRETSECRETSECRET") -> Object:
    return {"person": "p9", "link": link, "qr": QR, "expires": now + 72 * HOUR_MS, "grant": None}


def verdicts(now: int) -> list[Object]:
    """Why Núria can open the stairs now, and the garage not."""
    yes: Object = {"person": "p2", "door": "stairs", "allowed": True, "reason": None, "rule": "g3"}
    no: Object = {"person": "p2", "door": "garage", "allowed": False, "reason": "hours", "rule": "g2"}
    return [{**yes, "next": None, "until": None}, {**no, "next": now + 8 * HOUR_MS, "until": None}]


def nobody_concerned(_: Any) -> Object:
    return {"lets_in": [], "shuts_out": [], "now_in": [], "now_out": [], "days": 14}


def managed(now: int) -> Scene:
    """An owner of one place, who also invites guests."""
    head = "412:" + "ab" * 32
    page = {"lines": log_lines(now), "more": True, "head": head}
    guest: Object = {"person": "p5", "place": "mallorca", "name": "Plumber", "host": "p1", "state": "new"}
    guest["grants"] = [grant("g5", person="p5", doors=["garage"], ends=now + 6 * HOUR_MS, uses=2)]
    return Scene(
        [door("garage", "Garage"), door("stairs", "Stairwell", drive="open")],
        you=person(name="Pere Admin", admin=True, manages=["mallorca"], invites=["mallorca"], holds=["mallorca"]),
        operations=[operation("garage", state="DONE", movement="moved", asked=now - HOUR_MS, stops={"done": 900})],
        grants=[grant("g1")],
        heads={"mallorca": head},
        answers={
            ("GET", PLACE): admin_data(now),
            ("GET", f"{PLACE}/boxes"): boxes(now),
            ("GET", f"{PLACE}/log"): page,
            ("GET", f"{PLACE}/log/head"): {"head": head},
            ("GET", f"{PLACE}/may"): {"at": now, "answers": verdicts(now), "beyond": False},
            ("POST", f"{PLACE}/preview"): nobody_concerned,
            ("GET", "me/guests"): [guest],
            ("GET", "me/log"): {**page, "more": False},
        },
    )
