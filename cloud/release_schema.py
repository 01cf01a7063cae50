"""The tables of releases and roll-outs, beside those of `schema`, whose metadata they join."""

import sqlalchemy as sa

from cloud.schema import BIG, BYTES, TEXT, WHOLE, metadata

key_sets = sa.Table(
    "key_sets",
    metadata,
    sa.Column("number", BIG, primary_key=True, autoincrement=False),
    sa.Column("signed", BYTES, nullable=False),
    sa.Column("added", BIG, nullable=False),
    sa.Column("by", TEXT),
)

releases = sa.Table(
    "releases",
    metadata,
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

rollouts = sa.Table(
    "rollouts",
    metadata,
    sa.Column("id", BIG, primary_key=True, autoincrement=False),
    sa.Column("release", BIG, sa.ForeignKey("releases.counter"), nullable=False),
    sa.Column("state", TEXT, nullable=False),
    sa.Column("wave", WHOLE, nullable=False),
    sa.Column("plan", TEXT, nullable=False),  # JSON of rollout.Plan
    sa.Column("started", BIG, nullable=False),
    sa.Column("by", TEXT),
    sa.Column("why", TEXT),  # it is halted
    sa.Column("forgiven", BIG, nullable=False),
    sa.Column("ended", BIG),
)

rollout_units = sa.Table(
    "rollout_units",
    metadata,
    sa.Column("rollout", BIG, sa.ForeignKey("rollouts.id"), primary_key=True),
    sa.Column("unit", TEXT, sa.ForeignKey("units.id"), primary_key=True),
    sa.Column("turn", WHOLE, nullable=False),  # in which order they are offered it
    sa.Column("wave", WHOLE),
    sa.Column("state", TEXT, nullable=False),
    sa.Column("reason", TEXT),
    *[sa.Column(name, BIG) for name in ("offered", "moved", "ended", "failed", "again")],
    sa.Column("away_s", WHOLE),
    sa.Column("tries", WHOLE, nullable=False),
)

unit_releases = sa.Table(  # which units ever ran a release, and how well
    "unit_releases",
    metadata,
    sa.Column("unit", TEXT, sa.ForeignKey("units.id"), primary_key=True),
    sa.Column("release", BIG, primary_key=True),
    sa.Column("since", BIG, nullable=False),
    sa.Column("crashes", WHOLE, nullable=False, server_default="0"),
    sa.Column("opens", WHOLE, nullable=False, server_default="0"),
)
