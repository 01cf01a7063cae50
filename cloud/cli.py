"""`iomando …`: the command line. Each command imports what it needs when it is called, so that help comes at once."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

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


async def _serve(settings, home, mosquitto, lit) -> None:
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
) -> None:
    """Everything on this machine: the service, a broker, and a simulated door unit that runs the real firmware."""
    from cloud.home import InUse
    from sim import demo as show
    from tools.parts import PartError

    try:
        code = asyncio.run(show.once(as_json=json) if once else show.run())
    except KeyboardInterrupt:
        code = 130 if once else 0
    except (InUse, PartError, OSError) as error:
        raise _fail(error) from error
    raise typer.Exit(code)


def main() -> None:
    app()


if __name__ == "__main__":
    sys.exit(main())
