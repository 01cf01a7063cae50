"""Settings come from where they should, and a wrong one is told with its name before anything starts."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from cloud.settings import BadSetting, Settings, described, read


def toml(folder: Path, text: str) -> Path:
    file = folder / "iomando.toml"
    file.write_text(text)
    return file


def test_without_any_setting_it_serves_this_machine_only() -> None:
    settings = read({})

    assert settings == Settings()
    assert (settings.host, settings.broker_host) == ("127.0.0.1", "127.0.0.1")


def test_every_setting_is_read_from_the_environment_and_from_a_file(tmp_path: Path) -> None:
    given: dict[str, Any] = {
        "home": "elsewhere",
        "host": "0.0.0.0",
        "port": 1,
        "public_url": "https://doors.example",
        "admin_port": 2,
        "broker_host": "192.0.2.1",
        "broker_port": 3,
        "broker_name": "broker.example",
        "broker_url": "mqtts://broker.example:8883",
        "trusted_proxy": "10.0.0.0/8, ::1",
        "sms_url": "json://sms.example/{to}",
        "mail_url": "mailtos://smtp.example?to={to}",
        "alert_urls": "json://one.example json://two.example",
        "push_hosts": "push.example *.push.example",
        "disk_reserve_mb": 4,
        "demo": 1,
        "log_level": "DEBUG",
    }
    assert set(given) == {field.name for field in dataclasses.fields(Settings)}
    file = toml(tmp_path, "\n".join(f"{name} = {value!r}" for name, value in given.items()))

    expected = {**given, "home": Path("elsewhere")}
    from_environment = read({f"IOMANDO_{name.upper()}": str(value) for name, value in given.items()})

    assert from_environment == read({}, file) == Settings(**expected)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    assert read({"IOMANDO_PORT": "90"}, toml(tmp_path, "port = 80")).port == 90


def test_an_empty_variable_is_none(tmp_path: Path) -> None:
    assert read({"IOMANDO_PORT": ""}, toml(tmp_path, "port = 80")).port == 80


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "http"),
        ("port", "80.5"),
        ("port", "-1"),
        ("admin_port", "65536"),
        ("broker_port", "1e3"),
        ("public_url", "doors.example"),
        ("public_url", "ftp://doors.example"),
        ("public_url", "https://"),
        ("public_url", "https://[::1"),
        ("public_url", "https://doors.example/app"),
        ("broker_url", "https://broker.example"),
        ("broker_url", "mqtts://"),
        ("broker_url", "mqtts://broker.example:99999"),
        ("log_level", "loud"),
        ("disk_reserve_mb", "0"),
    ],
)
def test_a_setting_that_cannot_be_is_told_with_its_name_and_value(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as told:
        read({f"IOMANDO_{name.upper()}": value})
    assert name in str(told.value)
    assert name == "disk_reserve_mb" or value in str(told.value)


@pytest.mark.parametrize(
    "line", ["port = true", "port = 80.5", "port = [80]", "host = 5", "home = 1", "log_level = {}"]
)
def test_a_value_of_another_type_in_a_file_is_told(tmp_path: Path, line: str) -> None:
    with pytest.raises(BadSetting, match=line.partition(" ")[0]):
        read({}, toml(tmp_path, line))


@pytest.mark.parametrize(
    ("text", "told"), [("colour = 1", "colour"), ("port 80", "iomando.toml"), ("\0", "iomando.toml")]
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadSetting, match=told):
        read({}, toml(tmp_path, text))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"none\.toml"):
        read({}, tmp_path / "none.toml")


def test_every_setting_is_described_for_help() -> None:
    rows = {name: what for name, _, what in described()}

    assert set(rows) == {f"IOMANDO_{field.name.upper()}" for field in dataclasses.fields(Settings)}
    assert all(len(what) > 10 for what in rows.values())


def test_behind_a_public_address_the_app_is_at_home_only_there() -> None:
    public = read({"IOMANDO_PUBLIC_URL": "https://doors.example/"})

    assert public.origins == {"https://doors.example"}
    assert public.secure


def test_on_this_machine_both_of_its_names_are_home() -> None:
    assert read({}).origins == {"http://127.0.0.1:8080", "http://localhost:8080"}
    assert not read({}).secure


def test_an_origin_is_compared_whole() -> None:
    origins = read({"IOMANDO_PUBLIC_URL": "https://doors.example"}).origins
    others = ["http://doors.example", "https://doors.example.evil", "https://evil.doors.example", "null", "", None]
    others += ["https://doors.example:8443", "https://doors.example.", "https://DOORS.example", "doors.example"]

    assert not any(other in origins for other in others)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sms_url", "json://user:hush@sms.example"),
        ("sms_url", "user:hush@sms.example/{to}"),
        ("mail_url", "mailto://user:hush@smtp.example?to={to} mailto://b?to={to}"),
        ("alert_urls", "json://user:hush@one.example hush"),
    ],
)
def test_a_url_that_cannot_be_is_told_without_its_secrets(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refused:
        read({f"IOMANDO_{name.upper()}": value})

    assert name in str(refused.value)
    assert "hush" not in str(refused.value)


def test_settings_that_are_printed_show_no_secrets() -> None:
    settings = read({"IOMANDO_SMS_URL": "json://user:hush@sms.example/{to}", "IOMANDO_ALERT_URLS": "json://hush"})

    assert "hush" not in repr(settings)
    assert "hush" not in str(described())
