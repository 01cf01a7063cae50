"""The verbs beside a dictionary: after any sequence of changes both hold the same, in memory, on disk and in the
log."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from cloud import grant_verbs, verbs
from cloud.access import Grant, Group, Member, Person, Role
from cloud.change_desk import Actor
from cloud.changes import Edit, concerned
from cloud.pictures import Pictures
from cloud.verbs import NotPossible
from tests.changing_side import assembled
from tests.given import ASKED, inhabited_database, plain, read_afresh, whole_log

NAMES = st.sampled_from(["ana", "pau", "adm", "noa", "eli"])  # the last two are new to the place
GUESTS = st.sampled_from(["gus", "gil"])
GROUPS, GRANTS = st.sampled_from(["crew", "cast"]), st.sampled_from(["one", "two", "ana-gate", "pau-lobby"])
DOORS = st.sets(st.sampled_from(["gate", "lobby", "garage"]), max_size=2)
ROLES = st.sampled_from(["owner", "admin", "member"])
MANAGING = ("owner", "admin")


class Beside(RuleBasedStateMachine):
    """`members`: person → role, suspended, may_invite, host; `groups`: group → people; `grants`: id → holder, doors,
    within."""

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(prefix="iomando-tests-")
        self.path = inhabited_database(Path(self.folder.name))
        self.policy, self.people = self.do(assembled(self.path))
        self.doors = {"gate", "lobby", "garage"}
        self.members: dict[str, dict[str, Any]] = {
            person: {"role": "owner" if person == "adm" else "member", "suspended": False, "invite": False}
            for person in ("ana", "pau", "adm")
        }
        self.groups: dict[str, set[str]] = {}
        self.grants: dict[str, tuple[str, frozenset[str], str | None]] = {
            f"{person}-{door}": (person, frozenset({door}), None) for person in ("ana", "pau") for door in self.doors
        }
        self.made = 0

    def do(self, work):
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        if hasattr(self, "people"):
            self.do(self.people._store.close())
            self.loop.close()
            self.folder.cleanup()

    def tries(self, due: bool, work) -> bool:
        """Whether it was done, which must be as the dictionaries say."""
        before = self.policy.snapshot
        try:
            done = bool(self.do(work))
        except NotPossible:
            assert not due
            assert self.policy.snapshot is before
            return False
        assert due
        self.made += done
        return True

    async def applied(self, plan) -> bool:
        """Through the desk; whoever is not named as concerned sees nothing new."""
        before = self.policy.snapshot
        edits = await self.people._apply(Actor("adm"), "tried", plan)
        after = self.policy.snapshot
        named = concerned(edits, before, after).get("home", set())
        if edits:
            pictures = Pictures("home", edits, before, after, ASKED, place_changed=False)
            one_by_one = Pictures("home", edits, before, after, ASKED, place_changed=False)
            for person in {*before.sites["home"].members, *after.sites["home"].members}:
                assert pictures.of(person) == one_by_one._look(person), "what is shared is what she would see alone"
                if person not in named:
                    seen = pictures.of(person)
                    assert not any(getattr(seen, name) for name in seen.__struct_fields__)
        return bool(edits)

    def owners(self) -> set[str]:
        return {p for p, m in self.members.items() if m["role"] == "owner" and not m["suspended"]}

    def manages(self, person: str) -> bool:
        member = self.members.get(person)
        return bool(member and member["role"] in MANAGING and not member["suspended"])

    def touches(self, by: str, person: str) -> bool:
        actor = self.members.get(by)
        return self.members[person]["role"] != "owner" or bool(actor and actor["role"] == "owner")

    def loses(self, person: str) -> None:
        del self.members[person]
        self.grants = {key: grant for key, grant in self.grants.items() if grant[0] != person}
        for people in self.groups.values():
            people.discard(person)

    # -- what happens to both

    @rule(group=GROUPS)
    def new_group(self, group: str) -> None:
        if group not in self.groups:
            made = Edit(None, Group(group, "home", group))
            assert self.tries(True, self.applied(lambda _: [made]))
            self.groups[group] = set()

    @rule(group=GROUPS, behind=st.sampled_from([0, 0, 1]))
    def remove_group(self, group: str, behind: int) -> None:
        site = self.policy.snapshot.sites["home"]
        version = site.groups[group].version - behind if group in site.groups else 1
        due = group in self.groups and not behind
        if self.tries(due, self.applied(lambda s: grant_verbs.remove_group(s, "home", group, version))):
            del self.groups[group]
            self.grants = {key: grant for key, grant in self.grants.items() if grant[0] != group}

    @rule(group=GROUPS, person=NAMES | GUESTS)
    def join(self, group: str, person: str) -> None:
        member = self.members.get(person)
        due = group in self.groups and member is not None and member["role"] != "guest"
        if self.tries(due, self.applied(lambda s: grant_verbs.join_group(s, "home", group, person))):
            self.groups[group].add(person)

    @rule(group=GROUPS, person=NAMES)
    def leave(self, group: str, person: str) -> None:
        due = group in self.groups
        if self.tries(due, self.applied(lambda s: grant_verbs.leave_group(s, "home", group, person))):
            self.groups[group].discard(person)

    @rule(grant=GRANTS, holder=NAMES | GROUPS | GUESTS, doors=DOORS)
    def new_grant(self, grant: str, holder: str, doors: set[str]) -> None:
        is_group = holder in ("crew", "cast")
        given = Grant(
            grant, "home", None if is_group else holder, holder if is_group else None, doors=tuple(sorted(doors))
        )
        known = holder in (self.groups if is_group else self.members)
        if grant in self.grants:
            return
        if self.tries(known and doors <= self.doors, self.applied(lambda s: grant_verbs.new_grant(s, given))):
            self.grants[grant] = (holder, frozenset(doors), None)

    @rule(grant=GRANTS, doors=DOORS, behind=st.sampled_from([0, 0, 1]))
    def edit_grant(self, grant: str, doors: set[str], behind: int) -> None:
        held = self.policy.snapshot.sites["home"].grants.get(grant)
        version = held.version - behind if held else 1
        due = grant in self.grants and doors <= self.doors and not behind
        change = {"doors": tuple(sorted(doors)), "uses": len(doors)}
        if self.tries(due, self.applied(lambda s: grant_verbs.edit_grant(s, "home", grant, version, **change))):
            self.grants[grant] = (self.grants[grant][0], frozenset(doors), self.grants[grant][2])

    @rule(grant=GRANTS)
    def remove_grant(self, grant: str) -> None:
        if self.tries(grant in self.grants, self.applied(lambda s: grant_verbs.remove_grant(s, "home", grant))):
            del self.grants[grant]

    @rule(door=st.sampled_from(["lobby", "garage"]))
    def remove_door(self, door: str) -> None:
        if self.tries(door in self.doors, self.applied(lambda s: verbs.remove_door(s, door, 1))):
            self.doors.discard(door)
            for key, (holder, doors, within) in list(self.grants.items()):
                if door in doors:
                    del self.grants[key]
                    if doors != {door}:
                        self.grants[key] = (holder, doors - {door}, within)

    @rule(person=NAMES, role=ROLES, by=ROLES)
    def add_person(self, person: str, role: Role, by: Role) -> None:
        due = person not in self.members and (role == "member" or by == "owner")

        def plan(snapshot):
            known = person in snapshot.people
            member = Member("home", person, role, person)
            return verbs.add_member(snapshot, member, None if known else Person(person, person, "en"), None, by)

        if self.tries(due, self.applied(plan)):
            self.members[person] = {"role": role, "suspended": False, "invite": False}

    @rule(person=NAMES, by=NAMES, suspended=st.booleans(), invite=st.booleans())
    def edit_member(self, person: str, by: str, suspended: bool, invite: bool) -> None:
        member = self.policy.snapshot.sites["home"].members.get(person)
        change = {"suspended": suspended, "may_invite": invite}
        due = person in self.members and self.touches(by, person) and not (suspended and self.owners() == {person})
        version = member.version if member else 1
        if self.tries(due, self.applied(lambda s: verbs.edit_member(s, "home", person, version, by, **change))):
            self.members[person] |= {"suspended": suspended, "invite": invite}

    @rule(person=NAMES | GUESTS, by=NAMES, role=ROLES)
    def set_role(self, person: str, by: str, role: Role) -> None:
        member, actor = self.members.get(person), self.members.get(by)
        due = member is not None and member["role"] != "guest"
        if due and member:
            high = member["role"] in MANAGING or role in MANAGING
            due = (not high or bool(actor and actor["role"] == "owner")) and not (
                role != "owner" and self.owners() == {person}
            )
        if self.tries(due, self.applied(lambda s: verbs.set_role(s, "home", person, role, by))):
            self.members[person]["role"] = role

    @rule(person=NAMES | GUESTS, by=NAMES)
    def remove_member(self, person: str, by: str) -> None:
        due = person in self.members and (by == person or self.touches(by, person)) and self.owners() != {person}
        if self.tries(due, self.applied(lambda s: verbs.remove_member(s, "home", person, by))):
            guests = [p for p, m in self.members.items() if m["role"] == "guest" and m.get("host") == person]
            for each in (*guests, person):
                self.loses(each)

    @rule(person=NAMES, to=NAMES, by=NAMES)
    def move_member(self, person: str, to: str, by: str) -> None:
        due = person in self.members and to not in self.members and self.touches(by, person)

        def plan(snapshot):
            known = to in snapshot.people
            new = snapshot.people[to] if known else Person(to, to, "en")
            return verbs.move_member(snapshot, "home", person, new, f"{to}@example.com", known=known, by=by)

        if self.tries(due, self.applied(plan)):
            self.members[to] = self.members[person]
            for member in self.members.values():
                if member.get("host") == person:
                    member["host"] = to
            for people in self.groups.values():
                if person in people:
                    people.add(to)
            self.grants = {
                key: (to if holder == person else holder, doors, to if within == person else within)
                for key, (holder, doors, within) in self.grants.items()
            }
            self.loses(person)

    def seen_by(self, person: str) -> set[str]:
        """The doors that she has an access to, by herself or with a group."""
        held = [of for who, of, _ in self.grants.values() if who == person or person in self.groups.get(who, ())]
        return {door for door in self.doors if any(not of or door in of for of in held)}

    @rule(guest=GUESTS, by=NAMES, doors=DOORS)
    def add_guest(self, guest: str, by: str, doors: set[str]) -> None:
        host = self.members.get(by)
        if guest in self.policy.snapshot.people:
            return  # a guest is a person of her own each time
        grant = Grant(f"of {guest}", "home", doors=tuple(sorted(doors)))
        invites = host and not host["suspended"] and (host["role"] in MANAGING or host["invite"])
        due = bool(invites) and doors <= self.doors and (self.manages(by) or doors <= self.seen_by(by))
        person = Person(guest, guest, "en", guest=True)
        if self.tries(due, self.applied(lambda s: grant_verbs.add_guest(s, person, grant, by))):
            self.members[guest] = {"role": "guest", "suspended": False, "invite": False, "host": by}
            self.grants[grant.id] = (guest, frozenset(doors), None if self.manages(by) else by)

    @rule(guest=GUESTS | NAMES, by=NAMES)
    def end_guest(self, guest: str, by: str) -> None:
        member = self.members.get(guest)
        due = bool(member and member["role"] == "guest" and (member.get("host") == by or self.manages(by)))
        if self.tries(due, self.applied(lambda s: grant_verbs.end_guest(s, "home", guest, by))):
            self.loses(guest)

    # -- what holds after each

    @invariant()
    def both_hold_the_same(self) -> None:
        if not hasattr(self, "people"):
            return
        site = self.policy.snapshot.sites["home"]
        found = {
            p: {"role": m.role, "suspended": m.suspended, "invite": m.may_invite} | ({"host": m.host} if m.host else {})
            for p, m in site.members.items()
        }
        assert found == self.members
        assert {p for p, of in site.groups_of.items() for _ in of} == {p for of in self.groups.values() for p in of}
        assert {g: {p for p, of in site.groups_of.items() if g in of} for g in site.groups} == self.groups
        held = {key: (g.person or g.group, frozenset(g.doors), g.within) for key, g in site.grants.items()}
        assert held == self.grants
        assert site.doors.keys() == self.doors
        assert self.owners(), "a place always keeps an owner"

    @invariant()
    def in_memory_is_what_is_on_disk(self) -> None:
        if not hasattr(self, "people"):
            return
        fresh = self.do(read_afresh(self.people._store))
        assert plain(self.policy.snapshot) == plain(fresh.snapshot)
        assert {d: self.policy.viewers(d) for d in self.doors} == {d: fresh.viewers(d) for d in self.doors}
        assert self.policy.version("home") == 1 + self.made

    @invariant()
    def each_change_has_its_line(self) -> None:
        if hasattr(self, "people"):
            lines = [json.loads(entry.detail) for entry in whole_log(self.path)]
            assert [line["what"] for line in lines] == ["tried"] * self.made


TestBeside = Beside.TestCase
TestBeside.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
