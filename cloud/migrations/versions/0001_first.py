"""The first tables: places, people, units, doors, grants, sessions, operations."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    text, big, whole = sa.Text, sa.BigInteger, sa.Integer
    op.create_table(
        "places",
        sa.Column("id", text, primary_key=True),
        sa.Column("name", text, nullable=False),
        sa.Column("zone", text, nullable=False),
        sa.Column("help_name", text),
        sa.Column("help_contact", text),
        sa.Column("other_way", text),
        sa.Column("policy", big, nullable=False, server_default="1"),
    )
    op.create_table(
        "people",
        sa.Column("id", text, primary_key=True),
        sa.Column("name", text, nullable=False),
        sa.Column("language", text, nullable=False),
    )
    op.create_table(
        "admins",
        sa.Column("place", text, sa.ForeignKey("places.id"), primary_key=True),
        sa.Column("person", text, sa.ForeignKey("people.id"), primary_key=True),
    )
    op.create_table(
        "units",
        sa.Column("id", text, primary_key=True),
        sa.Column("key_0", sa.LargeBinary),
        sa.Column("key_1", sa.LargeBinary),
        sa.Column("slot", whole, nullable=False, server_default="0"),
        sa.Column("heard", big),
        sa.Column("revoked", big),
    )
    op.create_table(
        "doors",
        sa.Column("id", text, primary_key=True),
        sa.Column("place", text, sa.ForeignKey("places.id"), nullable=False),
        sa.Column("name", text, nullable=False),
        sa.Column("unit", text, sa.ForeignKey("units.id"), nullable=False),
        sa.Column("number", whole, nullable=False),
        sa.Column("drive", text, nullable=False),
        sa.Column("sensor", sa.Boolean, nullable=False),
        sa.Column("travel_s", sa.Float, nullable=False),
        sa.Column("pulse_ms", whole, nullable=False),
        sa.UniqueConstraint("unit", "number"),
    )
    op.create_table(
        "grants",
        sa.Column("id", text, primary_key=True),
        sa.Column("person", text, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("door", text, sa.ForeignKey("doors.id"), nullable=False),
        sa.Column("starts", big),
        sa.Column("ends", big),
    )
    op.create_table(
        "links",
        sa.Column("secret", sa.LargeBinary, primary_key=True),
        sa.Column("person", text, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("expires", big, nullable=False),
        sa.Column("used", big),
    )
    op.create_table(
        "sessions",
        sa.Column("id", text, primary_key=True),
        sa.Column("token", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("person", text, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("device", text, nullable=False),
        sa.Column("created", big, nullable=False),
        sa.Column("used", big, nullable=False),
        sa.Column("ended", big),
    )
    op.create_table(
        "operations",
        sa.Column("id", text, primary_key=True),
        sa.Column("press_id", text, nullable=False),
        sa.Column("person", text, sa.ForeignKey("people.id"), nullable=False),
        *[sa.Column(name, text, nullable=False) for name in ("session", "place", "door", "unit", "action", "way")],
        sa.Column("asked", big, nullable=False),
        sa.Column("recorded", big, nullable=False),
        sa.Column("state", text, nullable=False),
        sa.Column("reason", text),
        sa.Column("heard", big),
        sa.Column("command", sa.LargeBinary),
        sa.Column("movement", text),
        *[sa.Column(name, whole) for name in ("allowed", "sent", "coil", "moving", "done")],
        sa.UniqueConstraint("person", "press_id"),
    )
    op.create_index("doors_place", "doors", ["place"])
    op.create_index("grants_door", "grants", ["door"])
    op.create_index("operations_state", "operations", ["state"])
    op.create_index("operations_recorded", "operations", ["recorded"])
    op.create_index("operations_place", "operations", ["place", "recorded"])
