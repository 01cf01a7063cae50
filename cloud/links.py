"""Links that people are given: invitations, guests' links, posters. Made, drawn as a picture, looked at.

A secret stands behind the # of an address: browsers send that to nobody. Who may give whom a link is decided elsewhere.
"""

import asyncio
import base64
import hashlib
import io
import secrets
from collections.abc import Callable, Iterable
from typing import Literal

import segno

from cloud import access
from cloud.access import Site
from cloud.api_types import Invitation, LinkView, Poster
from cloud.chain import Draft
from cloud.clock import Clock
from cloud.link_store import LinkRow, LinkStore, Opened
from cloud.policy import Policy
from cloud.sessions import GUEST, INVITATION, Session, Sessions
from cloud.store import Store
from cloud.verbs import NotPossible

State = Literal["new", "bound", "ended"]
DAY_MS = 24 * 3600 * 1000
INVITATION_LIFE_MS = 7 * DAY_MS  # to somebody who is on holiday; it is good once
GUEST_LIFE_MS = 30 * DAY_MS  # of a guest's link that has no end of its own, until a phone has it
POSTER_BYTES = 24
NOT_ONE_OF_OURS = "this link was used, has expired, or is not one of ours"


class Links:
    def __init__(self, store: Store, sessions: Sessions, policy: Policy, clock: Clock, url: Callable[[], str]) -> None:
        self._store, self._sessions, self._policy, self._clock, self._url = (
            LinkStore(store),
            sessions,
            policy,
            clock,
            url,
        )
        self._one_by_one = asyncio.Lock()  # of two new links at once one is the older, and has ended

    async def invite(self, by: Session, place: str, person: str, grant: str | None = None) -> Invitation:
        """A fresh one: those she has not used are good no longer."""
        return await self._fresh(by, place, person, INVITATION, INVITATION_LIFE_MS, "sign-in", grant)

    async def guest(
        self, by: Session, place: str, person: str, ends: int | None, grant: str | None = None
    ) -> Invitation:
        life = max(1, ends - self._clock.now()) if ends is not None else GUEST_LIFE_MS
        return await self._fresh(by, place, person, GUEST, life, "guest", grant)

    async def _fresh(
        self, by: Session, place: str, person: str, kind: str, life: int, word: str, grant: str | None
    ) -> Invitation:
        now = self._clock.now()
        detail = {"what": "link_made", "person": person, "link": kind}
        draft = Draft(place, now, "change", by.person, by.id, "app", detail=detail)
        async with self._one_by_one:
            await self._sessions.end_links(person, kind, place)
            secret = await self._sessions.link(person, kind, place, by.person, life, now, [draft])
        link = f"{self._url()}/#{word}={secret}"
        return Invitation(person, link, await picture(link), now + life, grant)

    # -- looking

    async def look(self, secret: str) -> LinkView:
        """What it is for; nothing is spent, and a link that is over tells no more than that. Raises NotPossible."""
        found = await self._store.link(_hash(secret))
        if found is None:
            poster = await self.place_of_poster(secret)
            if poster is None:
                raise NotPossible("link", NOT_ONE_OF_OURS)
            place = self._policy.snapshot.sites[poster].place
            return LinkView("poster", "new", place.name, zone=place.zone)
        state = self._state(found)
        site = self._policy.snapshot.sites.get(found.place or "")
        name = site.place.name if site else None
        if found.kind == GUEST:
            return self._guest(found, site, state) if site else LinkView("guest", "ended")
        called = self._called(found.person, site) if state == "new" else None
        kind = "invitation" if found.kind == INVITATION else "sign-in"
        return LinkView(kind, state, name, name=called)

    def _called(self, person: str, site: Site | None) -> str | None:
        """What the place calls her: whoever made the link of a place may look at it, too."""
        if site is not None:
            return site.members[person].name if person in site.members else None
        known = self._policy.snapshot.people.get(person)
        return known.name if known else None

    def _guest(self, found: LinkRow, site: Site, state: State) -> LinkView:
        guest = site.members.get(found.person)
        if guest is None or state == "ended":
            return LinkView("guest", "ended", site.place.name)
        now, snapshot = self._clock.now(), self._policy.snapshot
        doors = [door for door in site.doors.values() if access.may_see(guest.person, door, snapshot)]
        verdicts = [access.may_open(guest.person, door.id, snapshot, now) for door in doors]
        host = site.members.get(guest.host or "")
        grant = next((held.grant for held in site.held_by(guest.person)), None)
        return LinkView(
            "guest",
            state,
            site.place.name,
            tuple(door.name for door in doors),
            guest.name,
            host.name if host else None,
            any(verdict.allowed for verdict in verdicts),
            min((v.next for v in verdicts if v.next is not None), default=None),
            grant.ends if grant else None,
            grant.hours if grant else None,
            grant.uses if grant else None,
            site.place.zone,
        )

    def _state(self, found: LinkRow | None) -> State:
        if found is None or found.ended is not None:
            return "ended"
        if found.used is not None:
            return "bound" if found.kind == GUEST else "ended"
        return "new" if found.expires > self._clock.now() else "ended"

    async def is_bound(self, secret: str) -> bool:
        found = await self._store.link(_hash(secret))
        return found is not None and found.kind == GUEST and self._state(found) == "bound"

    async def guests(self, people: Iterable[str]) -> dict[str, tuple[State, int | None]]:
        """The state of each one's link, and since when a phone has it."""
        found = await self._store.guests(people)
        return {person: (self._state(link), link.used) for person, link in found.items()}

    async def opened(self, people: Iterable[str]) -> dict[str, Opened]:
        return await self._store.opened(people)

    # -- posters

    async def poster(self, by: Session, place: str) -> Poster:
        """Whoever scans it may ask to become a person of the place; nothing more."""
        secret, now = secrets.token_urlsafe(POSTER_BYTES), self._clock.now()
        draft = Draft(place, now, "change", by.person, by.id, "app", detail={"what": "poster_made"})
        await self._store.set_poster(place, _hash(secret), [draft], now)
        link = f"{self._url()}/#ask={secret}"
        return Poster(link, await picture(link))

    async def place_of_poster(self, secret: str) -> str | None:
        place = await self._store.place_of_poster(_hash(secret))
        return place if place in self._policy.snapshot.sites else None


async def picture(link: str) -> str:
    """A QR code as a data: address, which the app's page may show."""
    return await asyncio.to_thread(_picture, link)


def _picture(link: str) -> str:
    drawn = io.BytesIO()
    segno.make(link, micro=False, error="m").save(drawn, kind="svg", xmldecl=False, svgns=True, border=4, scale=4)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()
