"""For each row of the table of routes one call that would do something: for tests of who may. A new route without a row
here is red.
"""

import base64
from collections.abc import Callable
from typing import Any

from cloud.routes import Route
from tests.api_town import POSTERS, SPARE_UNIT, passkey
from tests.given import ASKED
from tests.unit_side import UNIT

NOT_A_SECRET = "n" * 32
TICKET = "t" * 32
PERSON = {"home": "tom", "shop": "wes"}
GUEST = {"home": "gus", "shop": "gia"}
DOOR = {"home": "attic", "shop": "dock"}
REQUEST = {"home": "asked-home", "shop": "asked-shop"}
VERSION = {"version": 1}
ENDPOINT = "https://fcm.googleapis.com/fcm/send/nobody"
# the base point of P-256: a public key as any other
P256DH = "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"
ACCESS = {"doors": [], "uses": 3}

Body = Callable[[str], Any]
# handler → what it takes at a place; None: nothing
BODIES: dict[str, Any] = {
    **dict.fromkeys(("openapi", "begin_passkey", "sign_out", "list_sessions", "end_sessions", "end_session", "me")),
    "tick": None,
    **dict.fromkeys(("begin_new_passkey", "remove_passkey", "own_log", "own_guests", "ask_entry", "place")),
    **dict.fromkeys(("new_poster", "remove_person", "new_link", "lost_phone", "join_group", "leave_group")),
    **dict.fromkeys(("list_grants", "remove_grant", "who_may", "may", "then", "end_guest", "move_guest")),
    **dict.fromkeys(("alarms", "acknowledge_alarm", "alerts", "try_alerts")),
    **dict.fromkeys(("log", "log_csv", "log_json", "log_head", "test_box")),
    **dict.fromkeys(("opens", "host_units", "host_health")),
    **dict.fromkeys(("push_key", "subscription", "unsubscribe")),
    "subscribe": {"endpoint": ENDPOINT, "p256dh": P256DH, "auth": "a" * 22, "wants": ["alarms"]},
    "sign_in": {"secret": NOT_A_SECRET},
    "ask_code": {"contact": "+34612345699"},
    "check_code": {"ticket": TICKET, "code": "000000"},
    "finish_passkey": {"ticket": TICKET, "credential": {}},
    "look": {"secret": NOT_A_SECRET},
    "bind_guest": {"secret": NOT_A_SECRET},
    "edit_me": {"name": "Another"},
    "new_contact": {"contact": "+34612345698"},
    "check_contact": {"ticket": TICKET, "code": "000000"},
    "add_passkey": {"ticket": TICKET, "credential": {}},
    "set_pin": {"pin": "2846"},
    "clear_pin": {"old": "2846"},
    "press": lambda place: {
        "press_id": f"press-at-{place}".ljust(22, "x"),
        "door": DOOR[place],
        "action": "open",
        "at": ASKED,
    },
    "ask_access": lambda place: {"poster": POSTERS[place], "name": "Eve"},
    "decide": {"granted": True, "access": ACCESS},
    "edit_door": {**VERSION, "name": "Another"},
    "remove_door": VERSION,
    "new_place": {"name": "New", "zone": "Europe/Madrid", "owner": "+34612345697", "owner_name": "Olga"},
    "edit_place": {**VERSION, "name": "Another"},
    "new_door": {"name": "New", "unit": SPARE_UNIT, "number": 0, "drive": "open", "sensor": False},
    "offer_ownership": lambda place: {"person": PERSON[place]},
    "add_person": {"contact": "+34612345696", "name": "Nora"},
    "edit_person": {**VERSION, "name": "Another"},
    "set_role": {"role": "admin"},
    "change_contact": {"contact": "+34612345695"},
    "new_group": {"name": "New"},
    "edit_group": {**VERSION, "name": "Another"},
    "remove_group": VERSION,
    "new_grant": lambda place: {"person": PERSON[place], **ACCESS},
    "edit_grant": {**VERSION, "uses": 2},
    "preview": lambda place: {"person": PERSON[place], "suspended": True},
    **dict.fromkeys(("key_sets", "list_releases", "list_rollouts", "rollout", "wires")),
    **dict.fromkeys(("pause_rollout", "resume_rollout", "abort_rollout")),
    "add_key_set": {"signed": "AAAA"},
    "publish": {"manifest": "AAAA", "bundle": "AAAA"},
    "begin_rollout": {"release": 2},
    "preview_rollout": {"release": 2},
    "boxes": None,
    "edit_box": {"plan_mb": 50},
    "set_alerts": {"urls": ["tgram://123456789:abcdefghijklmnopqrstuvwxyzabcdefghi/987654321"]},
    "add_guest": {"name": "Gil", **ACCESS},
}
QUERIES: dict[str, Callable[[str], dict[str, str]]] = {
    "may": lambda place: {"person": PERSON[place], "door": DOOR[place]},
    "then": lambda _: {"at": str(ASKED)},
}
ABSENT = "nowhere"


def body_of(route: Route, place: str) -> Any:
    body = BODIES[route.handler]
    return body(place) if callable(body) else body


def query_of(route: Route, place: str) -> dict[str, str] | None:
    query = QUERIES.get(route.handler)
    return query(place) if query else None


def path_of(route: Route, place: str, who: str, *, absent: bool = False) -> str:
    """The route's path about things of a place, or of hers; `absent`: about one that is not there."""
    inside = {
        "place": place,
        "door": DOOR[place],
        "unit": UNIT,
        "person": GUEST[place] if "/guests/" in route.path else PERSON[place],
        "group": f"cleaners-{place}",
        "grant": f"{PERSON[place]}-{'gate' if place == 'home' else 'dock'}",
        "request": REQUEST[place],
        "alarm": f"alarm-{place}",
        "rollout": "1",
        "session": f"s-{who}-other",
        "passkey": base64.urlsafe_b64encode(passkey(who)).decode().rstrip("="),
    }
    if absent and route.parameters:
        inside[route.parameters[-1]] = ABSENT
    return route.path.format(**inside)
