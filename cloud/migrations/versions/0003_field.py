"""Units in the field: their journal, clocks, network and data; doors that are kept open for a while."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT, BIG, WHOLE, YES_NO, BYTES = sa.Text, sa.BigInteger, sa.Integer, sa.Boolean, sa.LargeBinary


def upgrade() -> None:
    with op.batch_alter_table("units") as table:
        table.add_column(sa.Column("journal", BYTES))
        table.add_column(sa.Column("journal_seq", BIG, nullable=False, server_default="0"))
        table.add_column(sa.Column("facts", TEXT))
        table.add_column(sa.Column("test", TEXT))
        table.add_column(sa.Column("plan_mb", WHOLE))
    with op.batch_alter_table("members") as table:
        table.add_column(sa.Column("may_hold", YES_NO, nullable=False, server_default="0"))
    with op.batch_alter_table("operations") as table:
        table.add_column(sa.Column("hold_s", WHOLE))
    op.create_table(
        "boots",
        sa.Column("unit", TEXT, sa.ForeignKey("units.id"), primary_key=True),
        sa.Column("epoch", TEXT, primary_key=True),
        sa.Column("clock", TEXT, nullable=False),
        sa.Column("heard", BIG, nullable=False),
    )
    op.create_table(
        "data_use",
        sa.Column("unit", TEXT, sa.ForeignKey("units.id"), primary_key=True),
        sa.Column("day", TEXT, primary_key=True),
        sa.Column("cause", TEXT, primary_key=True),
        sa.Column("up", BIG, nullable=False, server_default="0"),
        sa.Column("down", BIG, nullable=False, server_default="0"),
    )
    held = sa.text("hold_s IS NOT NULL")
    op.create_index("operations_hold", "operations", ["recorded"], sqlite_where=held, postgresql_where=held)
