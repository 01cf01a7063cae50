"""Who may make which call: a session and what the path names against who is what at which place. Pure.

Whether she may open a door stands in `access`; what only an owner may do within a call in `verbs`.
"""

from collections.abc import Mapping

from cloud.access import Member, Site, Snapshot
from cloud.routes import Role, Route
from cloud.sessions import Session

STAFF: dict[Role, tuple[str, ...]] = {
    "host": ("host",),
    "installer": ("host", "installer"),
    "keeper": ("host", "installer"),
    "maintainer": ("maintainer",),
}


def refused(route: Route, path: Mapping[str, str], caller: Session | None, snapshot: Snapshot) -> str | None:
    """The reason, None: she may. What she must not know of is `unknown`, as if it were not there. `decider`: whom a
    request is for stands on disk, so the handler finds it; `keeper`: of door boxes, an admin or whoever mounts them."""
    role = route.role
    if role == "public":
        return None
    if caller is None:
        return "session"
    if role in ("person", "decider"):
        return None
    if role == "unscoped":
        return "scope" if caller.place is not None else None
    staff = caller.place is None and any(caller.person in snapshot.staff.get(of, ()) for of in STAFF.get(role, ()))
    if role in ("host", "maintainer"):
        return None if staff else "role"
    site = snapshot.sites.get(place_of(path, snapshot) or "")
    if site is None:
        return "unknown"
    return None if staff else _at_place(role, path, caller, site)


def place_of(path: Mapping[str, str], snapshot: Snapshot) -> str | None:
    """The place that a path names, or that what it names belongs to."""
    if "place" in path:
        return path["place"]
    if "door" in path:
        return snapshot.place_of.get(path["door"])
    if "grant" in path:
        return next((place for place, site in snapshot.sites.items() if path["grant"] in site.grants), None)
    return None


def _at_place(role: Role, path: Mapping[str, str], caller: Session, site: Site) -> str | None:
    member = site.members.get(caller.person) if caller.place in (None, site.place.id) else None
    if member is None:
        return "unknown"
    if _is(role, path.get("person"), member, site):
        return None
    named = "place" in path and role != "inviter"
    return "role" if named or site.manages(caller.person) else "unknown"


def _is(role: Role, subject: str | None, member: Member, site: Site) -> bool:
    manages = site.manages(member.person)
    match role:
        case "member":
            return True
        case "admin" | "keeper":
            return manages
        case "owner":
            return manages and member.role == "owner"
        case "admin_or_self":
            return manages or subject == member.person
        case "inviter":
            guest = site.members.get(subject or "")
            return manages or (guest is not None and guest.role == "guest" and guest.host == member.person)
        case _:
            return False
