"""The tables, as SQLAlchemy Core sees them. The migrations beside it make them; nothing else speaks of columns.

Ids are opaque texts, times whole milliseconds since 1970. Secrets are stored as SHA-256 (tokens, links, tickets),
slowly hashed (codes that people type) or sealed (unit keys). What is JSON says so.
"""

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()
TEXT, BIG, WHOLE, YES_NO, BYTES = sa.Text, sa.BigInteger, sa.Integer, sa.Boolean, sa.LargeBinary

HELD = sa.text("hold_s IS NOT NULL")

Kind = type[sa.types.TypeEngine[Any]]


def _id(name: str, of: str | None = None) -> sa.Column[str]:
    return sa.Column(name, TEXT, sa.ForeignKey(of), primary_key=True) if of else sa.Column(name, TEXT, primary_key=True)


def _of(name: str, of: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, sa.ForeignKey(of), nullable=False)


def _must(name: str, kind: Kind = TEXT) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _from(name: str, kind: Kind, start: str) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, server_default=start)


places = sa.Table(
    "places",
    metadata,
    _id("id"),
    _must("name"),
    _must("zone"),
    sa.Column("help_name", TEXT),
    sa.Column("help_contact", TEXT),
    sa.Column("other_way", TEXT),
    _from("policy", BIG, "1"),
    sa.Column("organisation", TEXT),  # by name: whose places these are
    sa.Column("address", TEXT),
    sa.Column("country", TEXT),
    sa.Column("region", TEXT),
    sa.Column("poster", BYTES),  # the secret of its "ask for access" poster
    _from("version", WHOLE, "1"),
    _from("away_after_s", WHOLE, "300"),  # a door box that is silent for so long is told
    _from("again_s", WHOLE, "1800"),  # what nobody has acknowledged is told again
    sa.Column("installer_name", TEXT),
    sa.Column("installer_contact", TEXT),
    sa.Column("alert_urls", BYTES),  # apprise URLs, sealed: they hold tokens
)

people = sa.Table(
    "people",
    metadata,
    _id("id"),
    _must("name"),
    _must("language"),
    sa.Column("phone", TEXT, unique=True),  # E.164
    sa.Column("email", TEXT, unique=True),  # in small letters
    _from("guest", YES_NO, "0"),
    _from("version", WHOLE, "1"),
)

members = sa.Table(
    "members",
    metadata,
    _id("place", "places.id"),
    _id("person", "people.id"),
    _must("role"),  # owner, admin, member, guest
    _must("name"),  # what the place calls her
    sa.Column("contact", TEXT),  # by which the place knows her: another place may know another one
    sa.Column("flat", TEXT),
    _from("suspended", YES_NO, "0"),
    _from("may_invite", YES_NO, "0"),
    _from("may_hold", YES_NO, "0"),  # keep a door open for a while
    sa.Column("host", TEXT),  # a guest: who made her link
    _from("version", WHOLE, "1"),
    sa.Index("members_person", "person"),
)

groups = sa.Table(
    "groups",
    metadata,
    _id("id"),
    _of("place", "places.id"),
    _must("name"),
    _from("version", WHOLE, "1"),
    sa.Index("groups_place", "place"),
)

group_members = sa.Table(
    "group_members",
    metadata,
    _id("group", "groups.id"),
    _id("person", "people.id"),
    _of("place", "places.id"),
    sa.Index("group_members_place", "place"),
)

staff = sa.Table("staff", metadata, _id("person", "people.id"), _id("role"))  # host, installer, maintainer

units = sa.Table(
    "units",
    metadata,
    _id("id"),
    sa.Column("key_0", BYTES),
    sa.Column("key_1", BYTES),
    _from("slot", WHOLE, "0"),
    sa.Column("heard", BIG),
    sa.Column("revoked", BIG),
    sa.Column("wanted", TEXT),  # JSON: the settings it should have
    sa.Column("journal", BYTES),  # the id of its journal that is being taken
    _from("journal_seq", BIG, "0"),  # the last record of it that is in the log
    sa.Column("facts", TEXT),  # JSON: what it last told of its network, SIM and modem
    sa.Column("test", TEXT),  # JSON: how its last self-test went
    sa.Column("plan_mb", WHOLE),  # of its mobile contract, a month; NULL: not known
    _from("wanted_number", BIG, "0"),
    _from("confirmed_number", BIG, "0"),
    sa.Column("wire", WHOLE),  # the version of the frames it was last heard to speak
)

boots = sa.Table(  # what turns a unit's own seconds into wall time, boot by boot
    "boots",
    metadata,
    _id("unit", "units.id"),
    _id("epoch"),
    _must("clock"),  # JSON of unit_clock.Clock
    _must("heard", BIG),
)

data_use = sa.Table(  # bytes of a unit by its own count, by day (UTC, YYYY-MM-DD) and cause
    "data_use",
    metadata,
    _id("unit", "units.id"),
    _id("day"),
    _id("cause"),
    _from("up", BIG, "0"),
    _from("down", BIG, "0"),
)

doors = sa.Table(
    "doors",
    metadata,
    _id("id"),
    _of("place", "places.id"),
    _must("name"),
    _of("unit", "units.id"),
    _must("number", WHOLE),
    _must("drive"),
    _must("sensor", YES_NO),
    _must("travel_s", sa.Float),
    _must("pulse_ms", WHOLE),
    sa.Column("left_open_s", WHOLE),
    _from("version", WHOLE, "1"),
    sa.UniqueConstraint("unit", "number"),
    sa.Index("doors_place", "place"),
)

grants = sa.Table(
    "grants",
    metadata,
    _id("id"),
    _of("place", "places.id"),
    sa.Column("person", TEXT, sa.ForeignKey("people.id")),
    sa.Column("group", TEXT, sa.ForeignKey("groups.id")),
    _from("doors", TEXT, "[]"),  # JSON list of ids; none: every door of the place
    _from("hours", TEXT, "{}"),  # JSON of hours.Hours
    sa.Column("starts", BIG),
    sa.Column("ends", BIG),
    sa.Column("uses", WHOLE),  # left; NULL: no limit
    _from("suspended", YES_NO, "0"),
    sa.Column("within", TEXT),  # person: only while she may open herself
    _from("note", TEXT, ""),
    _from("version", WHOLE, "1"),
    sa.Index("grants_place", "place"),
)

links = sa.Table(
    "links",
    metadata,
    sa.Column("secret", BYTES, primary_key=True),
    _of("person", "people.id"),
    _must("expires", BIG),
    sa.Column("used", BIG),
    _from("kind", TEXT, "sign-in"),  # sign-in, invitation, guest
    sa.Column("place", TEXT),  # what its session is good for; NULL: everywhere
    sa.Column("made_by", TEXT),
    _from("created", BIG, "0"),
    sa.Column("ended", BIG),
    sa.Index("links_person", "person"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    _id("id"),
    sa.Column("token", BYTES, nullable=False, unique=True),
    _of("person", "people.id"),
    _must("device"),
    _must("created", BIG),
    _must("used", BIG),
    sa.Column("ended", BIG),
    sa.Column("place", TEXT),  # as its link's
    _from("way", TEXT, "link"),  # link, code, passkey, guest
    sa.Column("address", TEXT),  # hash of where it was begun: a known address is not held up by strangers
)

codes = sa.Table(
    "codes",
    metadata,
    sa.Column("ticket", BYTES, primary_key=True),
    _must("contact"),
    _must("purpose"),  # sign-in, contact (a change of it), printed (by `iomando person code`: good with any ticket)
    sa.Column("person", TEXT),
    _must("address"),
    sa.Column("code", TEXT),  # slowly hashed; NULL: nobody is known by this contact, nothing was sent
    _must("created", BIG),
    _must("expires", BIG),
    _from("tries", WHOLE, "0"),
    sa.Column("used", BIG),
    sa.Index("codes_contact", "contact", "created"),
    sa.Index("codes_created", "created"),
)

pins = sa.Table(
    "pins",
    metadata,
    _id("person", "people.id"),
    _must("hash"),
    _from("failed", WHOLE, "0"),
    sa.Column("paused_until", BIG),
)

passkeys = sa.Table(
    "passkeys",
    metadata,
    sa.Column("id", BYTES, primary_key=True),
    _of("person", "people.id"),
    _must("public_key", BYTES),
    _must("sign_count", BIG),
    _must("name"),
    _must("created", BIG),
    sa.Column("used", BIG),
    sa.Index("passkeys_person", "person"),
)

requests = sa.Table(
    "requests",
    metadata,
    _id("id"),
    _of("place", "places.id"),
    _of("person", "people.id"),
    _must("kind"),  # access (to become a member), entry (to be let in once), ownership (offered to her)
    sa.Column("door", TEXT),
    _must("name"),
    sa.Column("flat", TEXT),
    _must("created", BIG),
    _from("state", TEXT, "open"),  # open, granted, declined
    sa.Column("decided_by", TEXT),
    sa.Column("decided", BIG),
    sa.Column("contact", TEXT),
    sa.Index("requests_place", "place", "state"),
)

alarms = sa.Table(  # what those who manage a place should know and do something about
    "alarms",
    metadata,
    _id("id"),
    _of("place", "places.id"),
    _must("kind"),
    sa.Column("door", TEXT),
    sa.Column("unit", TEXT),
    _must("since", BIG),
    _must("due", BIG),  # from when on it is one: what passes before is forgotten
    sa.Column("raised", BIG),  # NULL: it may pass yet, and is shown to nobody
    _from("detail", TEXT, "{}"),  # JSON
    _from("times", WHOLE, "0"),  # told so far
    sa.Column("told", BIG),  # the last time
    sa.Column("again", BIG),  # when it is told next; NULL: not again
    sa.Column("over", BIG),  # no longer so, and still to be acknowledged
    sa.Column("acknowledged", BIG),
    sa.Column("acknowledged_by", TEXT),
    sa.Column("ended", BIG),
    sa.Index("alarms_place", "place", "since"),
)

subscriptions = sa.Table(  # a browser that takes web push for the session in it
    "subscriptions",
    metadata,
    _id("id"),
    _of("person", "people.id"),
    _must("session"),
    _must("endpoint"),
    _must("p256dh", BYTES),
    _must("auth", BYTES),
    _must("wants"),  # JSON: the kinds she asked for
    _must("created", BIG),
    sa.Index("subscriptions_person", "person"),
    sa.Index("subscriptions_session", "session", unique=True),
)

operations = sa.Table(
    "operations",
    metadata,
    _id("id"),
    _must("press_id"),
    _of("person", "people.id"),
    *[_must(name) for name in ("session", "place", "door", "unit", "action", "way")],
    _must("asked", BIG),
    _must("recorded", BIG),
    _must("state"),
    sa.Column("reason", TEXT),
    sa.Column("heard", BIG),
    sa.Column("command", BYTES),
    sa.Column("movement", TEXT),
    *[sa.Column(name, WHOLE) for name in ("allowed", "sent", "coil", "moving", "done")],
    sa.Column("grant", TEXT),  # by which it was allowed, or which refused
    _from("spent", YES_NO, "0"),  # one use of that grant
    sa.Column("hold_s", WHOLE),  # for how long a `hold` was asked
    sa.UniqueConstraint("person", "press_id"),
    sa.Index("operations_state", "state"),
    sa.Index("operations_recorded", "recorded"),
    sa.Index("operations_hold", "recorded", sqlite_where=HELD, postgresql_where=HELD),  # few: no open pays for it
    sa.Index("operations_place", "place", "recorded"),  # each app that connects asks for its place's latest
)

log = sa.Table(
    "log",
    metadata,
    _id("place"),  # '': the installation itself
    sa.Column("n", BIG, primary_key=True, autoincrement=False),
    _must("at", BIG),  # when it happened
    _must("stored", BIG),
    _must("kind"),
    sa.Column("who", TEXT),
    sa.Column("session", TEXT),
    sa.Column("way", TEXT),
    sa.Column("door", TEXT),
    sa.Column("operation", TEXT),
    _must("detail"),  # JSON
    _must("hash", BYTES),  # over the one before and all of the above: see chain.py
    sa.Index("log_who", "place", "who", "n"),  # her own history; each further index costs every open 10 µs
)

heads = sa.Table("heads", metadata, _id("place"), _must("n", BIG), _must("hash", BYTES), sqlite_with_rowid=False)
