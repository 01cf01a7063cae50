"""`iomando release …`: releases of the firmware and how one goes through the fleet, beside a running service. Every act
stands in the log of the installation.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cloud.releases import Releases
    from cloud.rollout import Rollout
    from cloud.rollout_desk import RolloutDesk

app = typer.Typer(no_args_is_help=True, help="Releases of the firmware, and how one goes through the fleet.")

Act = Callable[["Releases", "RolloutDesk"], Awaitable[str]]
Id = Annotated[int, typer.Argument(help="number of the roll-out; `iomando release list` shows it")]


def _fail(message: object) -> typer.Exit:
    typer.echo(f"iomando: {message}", err=True)
    return typer.Exit(1)


def _do(act: Act, *, changes: bool = True) -> None:
    from cloud.beside import NotThere
    from cloud.settings import BadSetting
    from cloud.verbs import NotPossible

    try:
        told, seen = asyncio.run(_beside(act, changes=changes))
    except NotPossible as error:
        raise _fail(error.detail) from error
    except (BadSetting, NotThere, OSError) as error:
        raise _fail(error) from error
    typer.echo(told)
    if not seen:
        typer.echo("No service is running here: it will know when it starts.", err=True)


async def _beside(act: Act, *, changes: bool) -> tuple[str, bool]:
    from cloud.beside import beside
    from cloud.home import Home
    from cloud.releases import Releases
    from cloud.rollout_desk import RolloutDesk
    from cloud.sealing import Sealer, sealing_key
    from cloud.settings import read
    from cloud.units import Units

    settings = read()
    async with beside(settings) as it:
        nobody = Units(it.store, it.clock, Sealer(sealing_key(Home(settings.home).keys / "sealing.key")))
        releases = Releases(it.store, it.clock, demo=settings.demo > 0)
        desk = RolloutDesk(releases, it.policy, nobody, it.clock)
        await desk.load()
        told = await act(releases, desk)
        return told, not changes or it.tell_service()


@app.command("list")
def list_() -> None:
    """What is published, and every roll-out."""

    async def act(releases: "Releases", _: "RolloutDesk") -> str:
        health = await releases.store.health()
        lines = ["release  version      bytes  units  without a crash"]
        for row in releases.published:
            known = health.get(row.counter)
            share = f"{known.well / known.units:.1%}" if known else "-"
            units = known.units if known else 0
            lines.append(f"{row.counter:>7}  {row.version:<10} {row.packed:>7} {units:>6}  {share}")
        rollouts = await releases.store.rollouts()
        return "\n".join([*lines, *[await _line(releases, each) for each in rollouts]])

    _do(act, changes=False)


@app.command()
def keys(
    add: Annotated[Path | None, typer.Option(help="a signed key set, to be added")] = None,
) -> None:
    """The sets of release keys that are known here."""

    async def act(releases: "Releases", _: "RolloutDesk") -> str:
        from cloud import release_rules
        from cloud.change_desk import COMMAND_LINE

        if add:
            await releases.add_key_set(add.read_bytes(), COMMAND_LINE)
        found = [release_rules.keys_of(signed) for signed in releases.key_sets.values()]
        words = [f"set {k.number}: {k.threshold} of {len(k.keys)} must sign{' (a demo)' * k.demo}" for k in found]
        return "\n".join(words) or "none yet"

    _do(act, changes=add is not None)


@app.command()
def publish(
    manifest: Annotated[Path, typer.Argument(help="the signed manifest")],
    bundle: Annotated[Path, typer.Argument(help="its bundle")],
) -> None:
    """Publish a signed release; all of it is checked. Nobody is offered it yet."""

    async def act(releases: "Releases", _: "RolloutDesk") -> str:
        from cloud.change_desk import COMMAND_LINE

        row = await releases.publish(manifest.read_bytes(), bundle.read_bytes(), COMMAND_LINE)
        return f"release {row.counter} ({row.version}) is published"

    _do(act)


@app.command("roll-out")
def roll_out(
    release: Annotated[int, typer.Argument(help="its counter")],
    canary: Annotated[list[str] | None, typer.Option(help="a unit of the first wave; may be repeated")] = None,
    any_time: Annotated[bool, typer.Option("--any-time", help="not only at night")] = False,
) -> None:
    """Send the newest release out, in waves."""

    async def act(_: "Releases", desk: "RolloutDesk") -> str:
        from cloud.change_desk import COMMAND_LINE
        from cloud.rollout import NIGHT, Plan

        plan = Plan(canaries=tuple(canary or ()), hours=None if any_time else NIGHT)
        begun = await desk.begin(release, plan, COMMAND_LINE)
        return f"roll-out {begun.id} of release {release} has begun"

    _do(act)


@app.command()
def pause(rollout: Id) -> None:
    """Offer it to nobody more; who loads it goes on."""
    _tell(rollout, "pause")


@app.command()
def resume(rollout: Id) -> None:
    """Go on; the failures so far count no more."""
    _tell(rollout, "resume")


@app.command()
def abort(rollout: Id) -> None:
    """End it; who has it keeps it."""
    _tell(rollout, "abort")


def _tell(rollout: int, verb: str) -> None:
    async def act(releases: "Releases", desk: "RolloutDesk") -> str:
        from cloud.change_desk import COMMAND_LINE

        return await _line(releases, await desk.tell(rollout, verb, COMMAND_LINE))

    _do(act)


@app.command()
def show(rollout: Id) -> None:
    """How each unit is with it, as far as it is on disk."""

    async def act(releases: "Releases", _: "RolloutDesk") -> str:
        from cloud.verbs import NotPossible

        found = await releases.store.rollout(rollout)
        if found is None:
            raise NotPossible("unknown", "there is no such roll-out")
        lines = [await _line(releases, found)]
        for row in await releases.store.rows(rollout):
            reason = f" ({row.reason})" if row.reason else ""
            away = f", {row.away_s} s away" if row.away_s is not None else ""
            lines.append(f"{row.unit}  wave {row.wave or '-'}  {row.state}{reason}{away}")
        return "\n".join(lines)

    _do(act, changes=False)


async def _line(releases: "Releases", rollout: "Rollout") -> str:
    counts = Counter(row.state for row in await releases.store.rows(rollout.id))
    states = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    why = f": {rollout.why}" if rollout.why else ""
    return f"roll-out {rollout.id} of release {rollout.release}: {rollout.state}{why}, wave {rollout.wave} ({states})"
