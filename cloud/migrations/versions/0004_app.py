"""What people are told when nobody is looking at the app: alarms of a place, and phones that take web push."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT, BIG, WHOLE, BYTES = sa.Text, sa.BigInteger, sa.Integer, sa.LargeBinary


def upgrade() -> None:
    with op.batch_alter_table("places") as table:
        table.add_column(sa.Column("away_after_s", WHOLE, nullable=False, server_default="300"))
        table.add_column(sa.Column("again_s", WHOLE, nullable=False, server_default="1800"))
        table.add_column(sa.Column("installer_name", TEXT))
        table.add_column(sa.Column("installer_contact", TEXT))
        table.add_column(sa.Column("alert_urls", BYTES))
    op.create_table(
        "alarms",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("place", TEXT, sa.ForeignKey("places.id"), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("door", TEXT),
        sa.Column("unit", TEXT),
        sa.Column("since", BIG, nullable=False),
        sa.Column("due", BIG, nullable=False),
        sa.Column("raised", BIG),
        sa.Column("detail", TEXT, nullable=False, server_default="{}"),
        sa.Column("times", WHOLE, nullable=False, server_default="0"),
        sa.Column("told", BIG),
        sa.Column("again", BIG),
        sa.Column("over", BIG),
        sa.Column("acknowledged", BIG),
        sa.Column("acknowledged_by", TEXT),
        sa.Column("ended", BIG),
    )
    op.create_index("alarms_place", "alarms", ["place", "since"])
    op.create_table(
        "subscriptions",
        sa.Column("id", TEXT, primary_key=True),
        sa.Column("person", TEXT, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("session", TEXT, nullable=False),
        sa.Column("endpoint", TEXT, nullable=False),
        sa.Column("p256dh", BYTES, nullable=False),
        sa.Column("auth", BYTES, nullable=False),
        sa.Column("wants", TEXT, nullable=False),
        sa.Column("created", BIG, nullable=False),
    )
    op.create_index("subscriptions_person", "subscriptions", ["person"])
    op.create_index("subscriptions_session", "subscriptions", ["session"], unique=True)
