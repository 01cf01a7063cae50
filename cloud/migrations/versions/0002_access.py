"""Who may open what, and when: members, groups, grants with hours; codes, passkeys, requests; the chained log."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT, BIG, WHOLE, YES_NO, BYTES = sa.Text, sa.BigInteger, sa.Integer, sa.Boolean, sa.LargeBinary
ALWAYS = json.dumps({})


def upgrade() -> None:
    _places_and_doors()
    _people()
    _grants()
    _sign_in()
    _requests()
    _log()
    with op.batch_alter_table("units") as table:
        table.add_column(sa.Column("wanted", TEXT))
        table.add_column(sa.Column("wanted_number", BIG, nullable=False, server_default="0"))
        table.add_column(sa.Column("confirmed_number", BIG, nullable=False, server_default="0"))
    with op.batch_alter_table("operations") as table:
        table.add_column(sa.Column("grant", TEXT))
        table.add_column(sa.Column("spent", YES_NO, nullable=False, server_default="0"))


def _places_and_doors() -> None:
    with op.batch_alter_table("places") as table:
        table.add_column(sa.Column("organisation", TEXT))
        for name in ("address", "country", "region"):
            table.add_column(sa.Column(name, TEXT))
        table.add_column(sa.Column("poster", BYTES))
        table.add_column(sa.Column("version", WHOLE, nullable=False, server_default="1"))
    with op.batch_alter_table("doors") as table:
        table.add_column(sa.Column("left_open_s", WHOLE))
        table.add_column(sa.Column("version", WHOLE, nullable=False, server_default="1"))


def _people() -> None:
    with op.batch_alter_table("people") as table:
        table.add_column(sa.Column("phone", TEXT))
        table.add_column(sa.Column("email", TEXT))
        table.add_column(sa.Column("guest", YES_NO, nullable=False, server_default="0"))
        table.add_column(sa.Column("version", WHOLE, nullable=False, server_default="1"))
        table.create_unique_constraint("people_phone", ["phone"])
        table.create_unique_constraint("people_email", ["email"])
    op.create_table(
        "members",
        sa.Column("place", TEXT, sa.ForeignKey("places.id"), primary_key=True),
        sa.Column("person", TEXT, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("contact", TEXT),
        sa.Column("flat", TEXT),
        sa.Column("suspended", YES_NO, nullable=False, server_default="0"),
        sa.Column("may_invite", YES_NO, nullable=False, server_default="0"),
        sa.Column("host", TEXT),
        sa.Column("version", WHOLE, nullable=False, server_default="1"),
    )
    op.create_index("members_person", "members", ["person"])
    op.execute(
        "INSERT INTO members (place, person, role, name) "
        "SELECT a.place, a.person, 'owner', p.name FROM admins a JOIN people p ON p.id = a.person"
    )
    op.execute(
        "INSERT OR IGNORE INTO members (place, person, role, name) "
        "SELECT DISTINCT d.place, g.person, 'member', p.name FROM grants g JOIN doors d ON d.id = g.door "
        "JOIN people p ON p.id = g.person"
    )
    op.drop_table("admins")
    op.create_table(
        "groups",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("place", TEXT, sa.ForeignKey("places.id"), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("version", WHOLE, nullable=False, server_default="1"),
    )
    op.create_index("groups_place", "groups", ["place"])
    op.create_table(
        "group_members",
        sa.Column("group", TEXT, sa.ForeignKey("groups.id"), primary_key=True),
        sa.Column("person", TEXT, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("place", TEXT, sa.ForeignKey("places.id"), nullable=False),
    )
    op.create_index("group_members_place", "group_members", ["place"])
    op.create_table(
        "staff",
        sa.Column("person", TEXT, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("role", TEXT, primary_key=True),
    )


def _grants() -> None:
    op.rename_table("grants", "old_grants")
    op.drop_index("grants_door", "old_grants")
    op.create_table(
        "grants",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("place", TEXT, sa.ForeignKey("places.id"), nullable=False),
        sa.Column("person", TEXT, sa.ForeignKey("people.id")),
        sa.Column("group", TEXT, sa.ForeignKey("groups.id")),
        sa.Column("doors", TEXT, nullable=False, server_default="[]"),
        sa.Column("hours", TEXT, nullable=False, server_default="{}"),
        sa.Column("starts", BIG),
        sa.Column("ends", BIG),
        sa.Column("uses", WHOLE),
        sa.Column("suspended", YES_NO, nullable=False, server_default="0"),
        sa.Column("within", TEXT),
        sa.Column("note", TEXT, nullable=False, server_default=""),
        sa.Column("version", WHOLE, nullable=False, server_default="1"),
    )
    op.create_index("grants_place", "grants", ["place"])
    op.execute(
        "INSERT INTO grants (id, place, person, doors, starts, ends) "
        "SELECT g.id, d.place, g.person, json_array(g.door), g.starts, g.ends "
        "FROM old_grants g JOIN doors d ON d.id = g.door"
    )
    op.drop_table("old_grants")


def _sign_in() -> None:
    with op.batch_alter_table("links") as table:
        table.add_column(sa.Column("kind", TEXT, nullable=False, server_default="sign-in"))
        table.add_column(sa.Column("place", TEXT))
        table.add_column(sa.Column("made_by", TEXT))
        table.add_column(sa.Column("created", BIG, nullable=False, server_default="0"))
        table.add_column(sa.Column("ended", BIG))
    op.create_index("links_person", "links", ["person"])
    with op.batch_alter_table("sessions") as table:
        table.add_column(sa.Column("place", TEXT))
        table.add_column(sa.Column("way", TEXT, nullable=False, server_default="link"))
        table.add_column(sa.Column("address", TEXT))
    op.create_table(
        "codes",
        sa.Column("ticket", BYTES, primary_key=True),
        sa.Column("contact", TEXT, nullable=False),
        sa.Column("purpose", TEXT, nullable=False),
        sa.Column("person", TEXT),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("code", TEXT),
        sa.Column("created", BIG, nullable=False),
        sa.Column("expires", BIG, nullable=False),
        sa.Column("tries", WHOLE, nullable=False, server_default="0"),
        sa.Column("used", BIG),
    )
    op.create_index("codes_contact", "codes", ["contact", "created"])
    op.create_index("codes_created", "codes", ["created"])
    op.create_table(
        "pins",
        sa.Column("person", TEXT, sa.ForeignKey("people.id"), primary_key=True),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("failed", WHOLE, nullable=False, server_default="0"),
        sa.Column("paused_until", BIG),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", BYTES, primary_key=True),
        sa.Column("person", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("public_key", BYTES, nullable=False),
        sa.Column("sign_count", BIG, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("created", BIG, nullable=False),
        sa.Column("used", BIG),
    )
    op.create_index("passkeys_person", "passkeys", ["person"])


def _requests() -> None:
    op.create_table(
        "requests",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("place", TEXT, sa.ForeignKey("places.id"), nullable=False),
        sa.Column("person", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("door", TEXT),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("flat", TEXT),
        sa.Column("created", BIG, nullable=False),
        sa.Column("state", TEXT, nullable=False, server_default="open"),
        sa.Column("decided_by", TEXT),
        sa.Column("decided", BIG),
        sa.Column("contact", TEXT),
    )
    op.create_index("requests_place", "requests", ["place", "state"])


def _log() -> None:
    op.create_table(
        "log",
        sa.Column("place", TEXT, primary_key=True),
        sa.Column("n", BIG, primary_key=True),
        sa.Column("at", BIG, nullable=False),
        sa.Column("stored", BIG, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("who", TEXT),
        sa.Column("session", TEXT),
        sa.Column("way", TEXT),
        sa.Column("door", TEXT),
        sa.Column("operation", TEXT),
        sa.Column("detail", TEXT, nullable=False),
        sa.Column("hash", BYTES, nullable=False),
    )
    op.create_index("log_who", "log", ["place", "who", "n"])
    op.create_table(
        "heads",
        sa.Column("place", TEXT, primary_key=True),
        sa.Column("n", BIG, nullable=False),
        sa.Column("hash", BYTES, nullable=False),
        sqlite_with_rowid=False,
    )
