"""`iomando …`: the command line. Each command imports what it needs when it is called, so that help comes at once."""

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloud import cli_access, cli_admin, cli_log, cli_person, cli_release, cli_unit

if TYPE_CHECKING:
    from cloud.home import Home
    from cloud.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _settings_help() -> str:
    from cloud.settings import described

    width = max(len(name) for name, _, _ in described())
    lines = [f"{name:{width}}  {what} (now {default})" for name, default, what in described()]
    return (
        "\b\nSettings, from the environment, or without IOMANDO_ and in small letters from the TOML file:\n"
        + "\n".join(lines)
    )


def _fail(message: object) -> typer.Exit:
    typer.echo(f"iomando: {message}", err=True)
    return typer.Exit(1)


@app.command(epilog=_settings_help())
def serve(
    config: Annotated[Path | None, typer.Option(help="a TOML file with settings")] = None,
) -> None:
    """Run the service: the app, the rules, the broker, the units' link."""
    from cloud import logs
    from cloud.database import NewerSchema
    from cloud.home import Home, InUse
    from cloud.settings import BadSetting, read
    from tools.parts import PartError, lit, mosquitto

    try:
        settings = read(file=config)
        logs.start(settings.log_level)
        with Home(settings.home) as home:
            asyncio.run(_serve(settings, home, mosquitto, lit()))
    except (BadSetting, InUse, NewerSchema, PartError, OSError, RuntimeError) as error:
        raise _fail(error) from error


async def _serve(settings: "Settings", home: "Home", mosquitto: Callable[[], list[str]], lit: Path) -> None:
    from cloud.app import serving

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving(settings, home, mosquitto, lit) as service:
        typer.echo(f"iomando serves {service.url} (Ctrl-C ends it)")
        await stop.wait()


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="open one door, print the receipt, end")] = False,
    json: Annotated[bool, typer.Option("--json", help="with --once: the receipt as JSON")] = False,
    lan: Annotated[
        str | None, typer.Option(help="serve phones of this network too: this machine's address there, or 1 to find it")
    ] = None,
) -> None:
    """Everything on this machine: the service, a broker, and a simulated door unit that runs the real firmware."""
    from cloud.home import InUse
    from sim import demo as show
    from tools.parts import PartError

    try:
        code = asyncio.run(show.once(as_json=json) if once else show.run(lan))
    except KeyboardInterrupt:
        code = 130 if once else 0
    except (InUse, PartError, OSError) as error:
        raise _fail(error) from error
    raise typer.Exit(code)


app.add_typer(cli_access.app, name="access")
app.add_typer(cli_admin.app, name="admin")
app.add_typer(cli_log.app, name="log")
app.add_typer(cli_person.app, name="person")
app.add_typer(cli_release.app, name="release")
app.add_typer(cli_unit.app, name="unit")


@app.command()
def sim(
    units: Annotated[Path, typer.Argument(help="folder that `iomando unit enrol` filled")],
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="run only so many of them")] = 50,
    edges: Annotated[Path | None, typer.Option(help="file that gets every edge of coil and sensor")] = None,
) -> None:
    """Run simulated units (real firmware in real MicroPython, one process each) against their cloud, until Ctrl-C."""
    from sim.fleet import run
    from tools.parts import PartError

    try:
        asyncio.run(run(units, count, edges))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    except (PartError, OSError, ValueError) as error:
        raise _fail(error) from error


def main() -> None:
    if sys.argv[1:] != ["serve"]:
        app()
        return
    try:
        serve()  # nothing to parse: what typer parses with (pydantic) would take 7 MiB for as long as the service runs
    except typer.Exit as ended:
        sys.exit(ended.exit_code)


if __name__ == "__main__":
    sys.exit(main())
