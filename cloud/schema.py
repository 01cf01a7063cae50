"""The tables, as SQLAlchemy Core sees them. The migrations beside it make them; nothing else speaks of columns.

Ids are opaque texts, times whole milliseconds since 1970. Secrets are stored as SHA-256 (tokens, links) or sealed
(unit keys).
"""

import sqlalchemy as sa

metadata = sa.MetaData()

places = sa.Table(
    "places",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("zone", sa.Text, nullable=False),
    sa.Column("help_name", sa.Text),
    sa.Column("help_contact", sa.Text),
    sa.Column("other_way", sa.Text),
    sa.Column("policy", sa.BigInteger, nullable=False, server_default="1"),
)

people = sa.Table(
    "people",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
)

admins = sa.Table(
    "admins",
    metadata,
    sa.Column("place", sa.Text, sa.ForeignKey("places.id"), primary_key=True),
    sa.Column("person", sa.Text, sa.ForeignKey("people.id"), primary_key=True),
)

units = sa.Table(
    "units",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("key_0", sa.LargeBinary),
    sa.Column("key_1", sa.LargeBinary),
    sa.Column("slot", sa.Integer, nullable=False, server_default="0"),
    sa.Column("heard", sa.BigInteger),
    sa.Column("revoked", sa.BigInteger),
)

doors = sa.Table(
    "doors",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("place", sa.Text, sa.ForeignKey("places.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, sa.ForeignKey("units.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("drive", sa.Text, nullable=False),
    sa.Column("sensor", sa.Boolean, nullable=False),
    sa.Column("travel_s", sa.Float, nullable=False),
    sa.Column("pulse_ms", sa.Integer, nullable=False),
    sa.UniqueConstraint("unit", "number"),
    sa.Index("doors_place", "place"),
)

grants = sa.Table(
    "grants",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("door", sa.Text, sa.ForeignKey("doors.id"), nullable=False),
    sa.Column("starts", sa.BigInteger),
    sa.Column("ends", sa.BigInteger),
    sa.Index("grants_door", "door"),
)

links = sa.Table(
    "links",
    metadata,
    sa.Column("secret", sa.LargeBinary, primary_key=True),
    sa.Column("person", sa.Text, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Column("used", sa.BigInteger),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("token", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("person", sa.Text, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("used", sa.BigInteger, nullable=False),
    sa.Column("ended", sa.BigInteger),
)

operations = sa.Table(
    "operations",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("press_id", sa.Text, nullable=False),
    sa.Column("person", sa.Text, sa.ForeignKey("people.id"), nullable=False),
    sa.Column("session", sa.Text, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("door", sa.Text, nullable=False),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("way", sa.Text, nullable=False),
    sa.Column("asked", sa.BigInteger, nullable=False),
    sa.Column("recorded", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("heard", sa.BigInteger),
    sa.Column("command", sa.LargeBinary),
    sa.Column("movement", sa.Text),
    sa.Column("allowed", sa.Integer),
    sa.Column("sent", sa.Integer),
    sa.Column("coil", sa.Integer),
    sa.Column("moving", sa.Integer),
    sa.Column("done", sa.Integer),
    sa.UniqueConstraint("person", "press_id"),
    sa.Index("operations_state", "state"),
    sa.Index("operations_recorded", "recorded"),
    sa.Index("operations_place", "place", "recorded"),  # each app that connects asks for its place's latest
)
