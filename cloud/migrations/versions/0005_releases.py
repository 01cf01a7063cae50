"""Releases of the firmware, the keys that sign them, and how each goes through the fleet."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT, BIG, WHOLE, BYTES = sa.Text, sa.BigInteger, sa.Integer, sa.LargeBinary


def upgrade() -> None:
    with op.batch_alter_table("units") as table:
        table.add_column(sa.Column("wire", WHOLE))
    op.create_table(
        "key_sets",
        sa.Column("number", BIG, primary_key=True, autoincrement=False),
        sa.Column("signed", BYTES, nullable=False),
        sa.Column("added", BIG, nullable=False),
        sa.Column("by", TEXT),
    )
    op.create_table(
        "releases",
        sa.Column("counter", BIG, primary_key=True, autoincrement=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("key_set", BIG, nullable=False),
        sa.Column("replaces", BIG, nullable=False),
        sa.Column("signed", BYTES, nullable=False),
        sa.Column("bundle", BYTES, nullable=False),
        sa.Column("notes", TEXT, nullable=False),
        sa.Column("published", BIG, nullable=False),
        sa.Column("by", TEXT),
    )
    op.create_table(
        "rollouts",
        sa.Column("id", BIG, primary_key=True, autoincrement=False),
        sa.Column("release", BIG, sa.ForeignKey("releases.counter"), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("wave", WHOLE, nullable=False),
        sa.Column("plan", TEXT, nullable=False),
        sa.Column("started", BIG, nullable=False),
        sa.Column("by", TEXT),
        sa.Column("why", TEXT),
        sa.Column("forgiven", BIG, nullable=False),
        sa.Column("ended", BIG),
    )
    op.create_table(
        "rollout_units",
        sa.Column("rollout", BIG, sa.ForeignKey("rollouts.id"), primary_key=True),
        sa.Column("unit", TEXT, sa.ForeignKey("units.id"), primary_key=True),
        sa.Column("turn", WHOLE, nullable=False),
        sa.Column("wave", WHOLE),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("reason", TEXT),
        *[sa.Column(name, BIG) for name in ("offered", "moved", "ended", "failed", "again")],
        sa.Column("away_s", WHOLE),
        sa.Column("tries", WHOLE, nullable=False),
    )
    op.create_table(
        "unit_releases",
        sa.Column("unit", TEXT, sa.ForeignKey("units.id"), primary_key=True),
        sa.Column("release", BIG, primary_key=True),
        sa.Column("since", BIG, nullable=False),
        sa.Column("crashes", WHOLE, nullable=False, server_default="0"),
        sa.Column("opens", WHOLE, nullable=False, server_default="0"),
    )
