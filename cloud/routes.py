"""Every call under /api/v1 as data: who may call it, what it takes and gives. The service serves this table, the
OpenAPI document is made from it, and the tests try every row as everybody.

Nothing is done here. Who counts as what stands in `callers`.
"""

from typing import Any, Literal

import msgspec

from cloud import alarm_types as a
from cloud import api_queries as q
from cloud import api_types as t
from cloud import box_types as b
from cloud import figure_types as f
from cloud import push_types as p
from cloud import release_types as r
from cloud import what_if_types as w
from cloud.log_types import HeadView, LogPage
from cloud.messages import GrantView, PostedPress, Reply, SignIn

PREFIX = "/api/v1/"
COOKIE = "iomando"
BODY_BYTES = 64 * 1024  # two years of hours, date by date
PRESS_BYTES = 4096  # a press has five short fields

Role = Literal[
    "public",
    "person",
    "unscoped",
    "member",
    "admin",
    "owner",
    "admin_or_self",
    "inviter",
    "decider",
    "host",
    "installer",
    "keeper",
    "maintainer",
]
Rate = Literal["changes", "reads", "exports", "public", "links", "presses", "free"]


class Route(msgspec.Struct, frozen=True):
    """`gives` None: nothing, or a file where `media` is no JSON. `handler`: the method of that name in one of the api
    files."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    role: Role
    handler: str
    summary: str
    takes: Any = None
    query: type[q.Query] | None = None
    gives: Any = None
    status: int = 204
    rate: Rate = "changes"
    media: str = "application/json"
    body_bytes: int = BODY_BYTES

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))


def _get(path: str, role: Role, handler: str, gives: Any, summary: str, **more: Any) -> Route:
    return Route("GET", path, role, handler, summary, gives=gives, status=200, **{"rate": "reads", **more})


def _post(path: str, role: Role, handler: str, summary: str, **more: Any) -> Route:
    status = {"status": 200} if more.get("gives") is not None else {}
    return Route("POST", path, role, handler, summary, **{**status, **more})


def _made(path: str, role: Role, handler: str, takes: Any, gives: Any, summary: str) -> Route:
    return Route("POST", path, role, handler, summary, takes=takes, gives=gives, status=201)


def _put(path: str, role: Role, handler: str, takes: Any, summary: str, **more: Any) -> Route:
    return Route("PUT", path, role, handler, summary, takes=takes, **more)


def _patch(path: str, role: Role, handler: str, takes: Any, summary: str, **more: Any) -> Route:
    return Route("PATCH", path, role, handler, summary, takes=takes, **more)


def _delete(path: str, role: Role, handler: str, summary: str, **more: Any) -> Route:
    return Route("DELETE", path, role, handler, summary, **more)


_PUBLIC: dict[str, Any] = {"rate": "public"}
_BOX = "places/{place}/boxes/{unit}"
_PERSON = "places/{place}/people/{person}"
_GROUP = "places/{place}/groups/{group}"
_GRANT = "places/{place}/grants/{grant}"
_GUEST = "places/{place}/guests/{person}"

ROUTES: tuple[Route, ...] = (
    _get("openapi.json", "public", "openapi", dict[str, Any], "This description", **_PUBLIC),
    # -- signing in
    _post("sign-in", "public", "sign_in", "Exchange a link's secret for the cookie, once", takes=SignIn, rate="links"),
    _post(
        *("sign-in/code", "public", "ask_code", "Have a code sent: the answer is the same for every contact"),
        **{"takes": t.AskCode, "gives": t.TicketView, "status": 202, **_PUBLIC},
    ),
    _post("sign-in/verify", "public", "check_code", "Sign in with a code", takes=t.CheckCode, **_PUBLIC),
    _post("sign-in/passkey/begin", "public", "begin_passkey", "Options to get", gives=t.PasskeyOptions, **_PUBLIC),
    _post("sign-in/passkey", "public", "finish_passkey", "Sign in with a passkey", takes=t.PasskeyAnswer, **_PUBLIC),
    _post(
        "links/look",
        "public",
        "look",
        "What a link is for; spends nothing",
        takes=t.Look,
        gives=t.LinkView,
        rate="links",
    ),
    _post("guest", "public", "bind_guest", "Bind a guest's link to this phone", takes=t.Look, rate="links"),
    _post("sign-out", "person", "sign_out", "End this session", rate="free"),
    _get("sessions", "person", "list_sessions", list[t.SessionView], "Where she is signed in"),
    _delete("sessions", "person", "end_sessions", "End all but this one", rate="free"),
    _delete("sessions/{session}", "person", "end_session", "End one of hers", rate="free"),
    # -- me
    _get("me", "person", "me", t.MeView, "Who she is"),
    _get("tick", "person", "tick", t.TickView, "The time: who gets it may press by POST before her websocket is up"),
    _patch("me", "person", "edit_me", t.EditMe, "Change her name or language", gives=t.MeView, status=200),
    _post(
        *("me/contact", "unscoped", "new_contact", "Have a code sent to a new number or address of hers"),
        takes=t.NewContact,
        gives=t.TicketView,
    ),
    _post("me/contact/verify", "unscoped", "check_contact", "Take the new one over", takes=t.CheckCode),
    _post("me/passkeys/begin", "unscoped", "begin_new_passkey", "Options to create", gives=t.PasskeyOptions),
    _made("me/passkeys", "unscoped", "add_passkey", t.PasskeyAnswer, t.PasskeyView, "Keep a new passkey"),
    _delete("me/passkeys/{passkey}", "unscoped", "remove_passkey", "Forget one of hers"),
    _put("me/pin", "person", "set_pin", t.SetPin, "Ask for four digits at every open"),
    _delete("me/pin", "person", "clear_pin", "Ask no longer", takes=t.ClearPin),
    _get("me/log", "person", "own_log", LogPage, "What the logs say of her", query=q.OwnLogQuery),
    _get("me/guests", "person", "own_guests", list[t.GuestView], "Guests she invited"),
    _get("push/key", "person", "push_key", p.PushKey, "What a browser subscribes to web push with"),
    _get("me/push", "person", "subscription", p.PushView, "What this session is told of by web push"),
    _put("me/push", "person", "subscribe", p.Subscribe, "Have this browser told, instead of what it had"),
    _delete("me/push", "person", "unsubscribe", "Push nothing to this session any more"),
    # -- doors
    _post(
        *("presses", "person", "press", "Press a door's button; what becomes of it is pushed"),
        takes=PostedPress,
        gives=Reply,
        rate="presses",
        body_bytes=PRESS_BYTES,
    ),
    _made("doors/{door}/ask", "member", "ask_entry", None, t.Asked, "Ask to be let in once"),
    _made("asks", "unscoped", "ask_access", t.Ask, t.Asked, "Ask to become a person of a place, from its poster"),
    _post("requests/{request}", "decider", "decide", "Grant or decline what was asked", takes=t.Decide),
    _patch("doors/{door}", "admin", "edit_door", t.EditDoor, "Change a door"),
    _delete("doors/{door}", "installer", "remove_door", "Remove a door", takes=t.Removal),
    # -- a place
    _made("places", "host", "new_place", t.NewPlace, t.Created, "Make a place and its first owner"),
    _get("places/{place}", "admin", "place", t.PlaceAdmin, "Everything of a place"),
    _patch("places/{place}", "admin", "edit_place", t.EditPlace, "Change a place"),
    _made("places/{place}/doors", "installer", "new_door", t.NewDoor, t.Created, "Put a door in"),
    _made("places/{place}/poster", "admin", "new_poster", None, t.Poster, "A new poster; the old one ends"),
    _made("places/{place}/ownership", "owner", "offer_ownership", t.Offer, t.Asked, "Offer to make somebody an owner"),
    # -- its alarms
    _get("places/{place}/alarms", "admin", "alarms", list[a.AlarmRow], "The last alarms, ended ones too"),
    _post("places/{place}/alarms/{alarm}/acknowledge", "admin", "acknowledge_alarm", "See to it: told no more"),
    _get("places/{place}/alerts", "admin", "alerts", a.AlertsView, "Where alarms go besides the app"),
    _put("places/{place}/alerts", "owner", "set_alerts", a.EditAlerts, "Have alarms sent to these addresses"),
    _post("places/{place}/alerts/test", "owner", "try_alerts", "Send each a message", gives=list[a.AlertTried]),
    # -- its door boxes
    _get("places/{place}/boxes", "keeper", "boxes", list[b.BoxView], "How its door boxes are"),
    _patch(_BOX, "keeper", "edit_box", b.EditBox, "What a box's contract allows", gives=b.BoxView, status=200),
    _post(f"{_BOX}/test", "admin", "test_box", "Try the whole way to a door box, now; nothing opens", status=202),
    # -- figures, and how the service is
    _get("places/{place}/opens", "admin", "opens", f.OpensView, "Opens by hour and weekday", query=f.OpensQuery),
    _get("host/units", "host", "host_units", f.HostUnits, "Every door box, the worst first", query=f.HostUnitsQuery),
    _get("host/health", "host", "host_health", f.HealthView, "How the service is"),
    # -- firmware: its releases, and how one goes through the fleet
    _get("key-sets", "maintainer", "key_sets", list[r.KeySetView], "The sets of release keys, oldest first"),
    _made("key-sets", "maintainer", "add_key_set", r.AddKeySet, r.KeySetView, "Add the set that follows"),
    _get("releases", "maintainer", "list_releases", list[r.ReleaseView], "What is published, newest first"),
    _post(
        *("releases", "maintainer", "publish", "Publish a signed release: all of it is checked"),
        takes=r.Publish,
        gives=r.ReleaseView,
        status=201,
        body_bytes=r.PUBLISH_BYTES,
    ),
    _get("rollouts", "maintainer", "list_rollouts", list[r.RolloutView], "Roll-outs, newest first"),
    _made("rollouts", "maintainer", "begin_rollout", r.StartRollout, r.RolloutView, "Send the newest release out"),
    _post(
        *("rollouts/preview", "maintainer", "preview_rollout", "What a roll-out would be: its waves, and who fits"),
        takes=r.StartRollout,
        gives=r.RolloutPreview,
        rate="reads",
    ),
    _get("wires", "maintainer", "wires", r.WireView, "Units that an upgrade of the service would orphan"),
    _get("rollouts/{rollout}", "maintainer", "rollout", r.RolloutDetail, "How each unit is with it, now"),
    _post("rollouts/{rollout}/pause", "maintainer", "pause_rollout", "Offer it to nobody more"),
    _post("rollouts/{rollout}/resume", "maintainer", "resume_rollout", "Go on; failures so far count no more"),
    _post("rollouts/{rollout}/abort", "maintainer", "abort_rollout", "End it; who has it keeps it"),
    # -- people
    _made("places/{place}/people", "admin", "add_person", t.NewPerson, t.Invitation, "Add a person"),
    _patch(_PERSON, "admin", "edit_person", t.EditPerson, "Change what the place knows of her, suspend, resume"),
    _delete(_PERSON, "admin_or_self", "remove_person", "All she has here goes"),
    _put(f"{_PERSON}/role", "owner", "set_role", t.SetRole, "Make her an owner, an admin or a member"),
    _made(f"{_PERSON}/link", "admin", "new_link", None, t.Invitation, "A new invitation; old ones end"),
    _made(f"{_PERSON}/lost", "admin", "lost_phone", None, t.Invitation, "Her phone is lost: sessions end, rights stay"),
    _put(
        *(f"{_PERSON}/contact", "admin", "change_contact", t.NewContact, "All she has here goes to another number"),
        gives=t.Invitation,
        status=201,
    ),
    # -- groups
    _made("places/{place}/groups", "admin", "new_group", t.NewGroup, t.Created, "Make a group"),
    _patch(_GROUP, "admin", "edit_group", t.EditGroup, "Rename a group"),
    _delete(_GROUP, "admin", "remove_group", "Remove a group and what it may open", takes=t.Removal),
    _put(f"{_GROUP}/people/{{person}}", "admin", "join_group", None, "Put her into the group"),
    _delete(f"{_GROUP}/people/{{person}}", "admin", "leave_group", "Take her out"),
    # -- who may open what, and when
    _get("places/{place}/grants", "admin", "list_grants", list[GrantView], "Every access at the place"),
    _made("places/{place}/grants", "admin", "new_grant", t.NewGrant, t.Created, "Give access"),
    _patch(_GRANT, "admin", "edit_grant", t.EditGrant, "Change an access"),
    _delete(_GRANT, "admin", "remove_grant", "Take an access away", query=q.GrantQuery),
    _delete("grants/{grant}", "admin", "remove_grant", "The same, by its id alone", query=q.GrantQuery),
    _post(
        *("places/{place}/preview", "admin", "preview", "Whom a change would let in or shut out"),
        takes=w.Preview,
        gives=w.PreviewView,
    ),
    _get("places/{place}/who", "admin", "who_may", w.MayWas, "Who may enter at a moment", query=q.WhoQuery),
    _get("places/{place}/may", "admin", "may", w.MayWas, "Whether one person may", query=q.MayQuery),
    _get(
        *("places/{place}/then", "admin", "then", w.ThenView, "Who could enter, and how the doors stood"),
        query=q.ThenQuery,
    ),
    # -- guests
    _made("places/{place}/guests", "member", "add_guest", t.NewGuest, t.Invitation, "Invite a guest"),
    _delete(_GUEST, "inviter", "end_guest", "End a guest's access"),
    _made(
        f"{_GUEST}/move", "inviter", "move_guest", None, t.Invitation, "A new link; the phone that has the old is out"
    ),
    # -- the log
    _get("places/{place}/log", "admin", "log", LogPage, "A page of the log, newest first", query=q.LogQuery),
    _get(
        "places/{place}/log.csv",
        "admin",
        "log_csv",
        None,
        "All of it, or of a person, door, kind, time; for a spreadsheet",
        query=q.ExportQuery,
        media="text/csv",
        rate="exports",
    ),
    _get(
        *("places/{place}/log.json", "admin", "log_json", list[dict[str, Any]], "All of it, to be verified elsewhere"),
        rate="exports",
    ),
    _get("places/{place}/log/head", "admin", "log_head", HeadView, "The head after an entry", query=q.HeadQuery),
)


def longest(parameter: str) -> int:
    """Characters of an id in a path: an authenticator's may have 1,023 bytes."""
    return 1400 if parameter == "passkey" else 40
