"""Every setting of the service, with its unit, its default and its reason to exist. Read once, at start.

From the environment (`IOMANDO_PORT=8080`) or a TOML file (`port = 8080`); the environment wins.
"""

import dataclasses
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from cloud import forwarded, push_rules


class BadSetting(Exception):
    """A setting that cannot be what it is; the message says which, what it is, and what it should be."""


@dataclasses.dataclass(frozen=True)
class Settings:
    home: Path = dataclasses.field(
        default=Path(".iomando"),
        metadata={"help": "folder of everything that is kept: database, keys, lock"},
    )
    host: str = dataclasses.field(default="127.0.0.1", metadata={"help": "address the app is served on"})
    port: int = dataclasses.field(default=8080, metadata={"help": "port the app is served on"})
    public_url: str = dataclasses.field(
        default="",
        metadata={"help": "how people reach the app, e.g. https://doors.example; default: host and port"},
    )
    admin_port: int = dataclasses.field(default=8081, metadata={"help": "metrics and /healthz, on 127.0.0.1 only"})
    broker_host: str = dataclasses.field(
        default="127.0.0.1",
        metadata={"help": "address the embedded broker listens on for units"},
    )
    broker_port: int = dataclasses.field(
        default=8883, metadata={"help": "port the embedded broker listens on for units"}
    )
    broker_name: str = dataclasses.field(
        default="localhost",
        metadata={"help": "name by which units reach the broker; stands in its certificate"},
    )
    broker_url: str = dataclasses.field(
        default="",
        metadata={"help": "mqtts://host:port of a broker of your own instead of the embedded one"},
    )
    trusted_proxy: str = dataclasses.field(
        default="",
        metadata={"help": "addresses or networks, separated by commas, whose X-Forwarded-For is believed"},
    )
    sms_url: str = dataclasses.field(
        default="",
        repr=False,
        metadata={
            "help": "who brings codes to phones: a URL of apprise, {to} where the number goes; holds its secrets"
        },
    )
    mail_url: str = dataclasses.field(
        default="",
        repr=False,
        metadata={"help": "the same for e-mail, e.g. mailtos://user:secret@smtp.example?to={to}"},
    )
    alert_urls: str = dataclasses.field(
        default="",
        repr=False,
        metadata={"help": "where this service tells its host of trouble: URLs of apprise, blanks between them"},
    )
    push_hosts: str = dataclasses.field(
        default="",
        metadata={"help": "web push services beside those of the browsers' makers: names, *.names, blanks between"},
    )
    disk_reserve_mb: int = dataclasses.field(
        default=16,
        metadata={"help": "MB kept aside so that opens can be recorded on a full disk"},
    )
    demo: int = dataclasses.field(
        default=0,
        metadata={"help": "1: release keys of a demo are taken, whose secrets everybody knows; 0 for anything real"},
    )
    log_level: str = dataclasses.field(default="INFO", metadata={"help": "DEBUG, INFO, WARNING or ERROR"})

    @property
    def url(self) -> str:
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def origins(self) -> frozenset[str]:
        """Where the app may be loaded from: websockets and changes from anywhere else are refused."""
        local = {f"http://{name}:{self.port}" for name in ("127.0.0.1", "localhost")}
        return frozenset({self.url} | (local if not self.public_url else set()))

    @property
    def proxies(self) -> tuple[forwarded.Network, ...]:
        return forwarded.networks(self.trusted_proxy)

    @property
    def secure(self) -> bool:
        return self.url.startswith("https://")


def read(environment: Mapping[str, str] = os.environ, file: Path | None = None) -> Settings:
    """Settings from the TOML file, overruled by the environment. Raises BadSetting."""
    fields = {field.name: field for field in dataclasses.fields(Settings)}
    types = get_type_hints(Settings)
    values: dict[str, Any] = {}
    if file:
        try:
            values |= tomllib.loads(file.read_text())
        except (OSError, ValueError) as error:
            raise BadSetting(f"{file}: {error}") from error
        for name in values.keys() - fields.keys():
            raise BadSetting(f"{file}: there is no setting {name!r}; `iomando serve --help` lists them")
    for name in fields:
        if (value := environment.get(f"IOMANDO_{name.upper()}")) not in (None, ""):
            values[name] = value
    settings = Settings(**{name: _typed(name, types[name], value) for name, value in values.items()})
    _check(settings)
    return settings


def _typed(name: str, kind: type, value: object) -> Any:
    """Environments hold text only; in a TOML file 8080.5 or true is no port."""
    try:
        if isinstance(value, str) or (isinstance(value, kind) and not isinstance(value, bool)):
            return kind(value)
    except ValueError as error:
        raise BadSetting(f"{name} is {value!r}, but should be {_KINDS[kind]}") from error
    raise BadSetting(f"{name} is {value!r}, but should be {_KINDS[kind]}")


_KINDS = {int: "a whole number", str: "text", Path: "a folder"}


def _is_url(text: str, schemes: tuple[str, ...]) -> bool:
    """An address of one of these schemes: host and maybe port, nothing behind it."""
    try:
        parts = urlsplit(text)
        port_is_none_or_good = parts.port != 0
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname) and port_is_none_or_good and parts.path in ("", "/")


def _check(settings: Settings) -> None:
    for name in ("port", "admin_port", "broker_port"):
        if not 0 <= getattr(settings, name) <= 65535:
            raise BadSetting(f"{name} is {getattr(settings, name)}, but a port is 1 to 65535 (0: any free one)")
    if settings.public_url and not _is_url(settings.public_url, ("http", "https")):
        raise BadSetting(f"public_url is {settings.public_url!r}, but should look like https://doors.example")
    if settings.broker_url and not _is_url(settings.broker_url, ("mqtt", "mqtts")):
        raise BadSetting(f"broker_url is {settings.broker_url!r}, but should look like mqtts://broker.example:8883")
    try:
        forwarded.networks(settings.trusted_proxy)
    except ValueError as error:
        raise BadSetting(f"trusted_proxy is {settings.trusted_proxy!r}, but {error}") from error
    try:
        push_rules.named(settings.push_hosts)
    except ValueError as error:
        raise BadSetting(f"push_hosts is {settings.push_hosts!r}, but {error}") from error
    _check_gateways(settings)
    if settings.log_level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise BadSetting(f"log_level is {settings.log_level!r}, but should be DEBUG, INFO, WARNING or ERROR")
    if settings.disk_reserve_mb < 1:
        raise BadSetting("disk_reserve_mb is less than 1: without a reserve no open could be recorded on a full disk")


def _check_gateways(settings: Settings) -> None:
    """What is wrong is said without what was set: it holds secrets."""
    for name in ("sms_url", "mail_url", "alert_urls"):
        urls = getattr(settings, name).split()
        if not all(re.match(r"[a-z][a-z0-9]*://.", url, re.IGNORECASE) for url in urls):
            raise BadSetting(f"{name} should be like mailtos://user:secret@smtp.example, as apprise has them")
        if name != "alert_urls" and urls and (len(urls) > 1 or "{to}" not in urls[0]):
            raise BadSetting(f"{name} should be one URL with {{to}} in it, where the receiver goes")


def described() -> list[tuple[str, str, str]]:
    """(environment name, default, what it is) of each setting, for --help."""
    return [
        (
            f"IOMANDO_{field.name.upper()}",
            str(field.default) or "-",
            field.metadata["help"],
        )
        for field in dataclasses.fields(Settings)
    ]
