"""Who may import whom. The table is the architecture; a change of it is a decision, not a repair."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("cloud", "firmware", "sim", "tools", "bench")

MICROPYTHON = {  # what MicroPython has on an ESP32 and the firmware may use
    *("asyncio", "array", "binascii", "collections", "deflate", "errno", "gc", "hashlib", "io", "json", "micropython"),
    *("os", "random", "select", "socket", "struct", "sys", "time", "tls", "umqtt", "vfs"),
}
HARDWARE = {"machine", "network", "esp32"}
HARDWARE_USERS = {"main", "boot"}
IMPURE = {  # clocks, chance and everything outside the process
    *("time", "datetime", "random", "secrets", "os", "pathlib", "io", "tempfile", "shutil", "subprocess"),
    *("asyncio", "threading", "socket", "select", "ssl", "tls", "aiohttp", "paho", "umqtt", "logging"),
    *("sqlite3", "sqlalchemy", "aiosqlite", "alembic"),
}
SQL = {"sqlite3", "sqlalchemy", "aiosqlite", "alembic"}

# Pure: now, ids and bytes come in as arguments. The set says what else of ours such a file may know.
PURE = {
    "firmware/wire.py": set(),
    "firmware/settings_wire.py": set(),
    "firmware/update_words.py": set(),
    "firmware/ota.py": {"update_words"},
    "firmware/probation.py": {"update_words"},
    "firmware/no.py": set(),
    "firmware/manifest.py": set(),
    "firmware/signatures.py": set(),
    "firmware/ed25519.py": set(),
    "firmware/events.py": set(),
    "firmware/commands.py": {"wire"},
    "firmware/absence.py": set(),
    "firmware/checks.py": set(),
    "firmware/access_point.py": {"settings_wire"},
    "firmware/config_network.py": {"access_point", "boards", "checks", "settings_wire"},
    "firmware/moved.py": {"wire"},
    "firmware/noting.py": {"commands", "events", "moved", "wire"},
    "firmware/telling.py": {"events", "moved"},
    "firmware/answers.py": {"release"},
    "firmware/boards.py": set(),
    "firmware/ladder.py": set(),
    "firmware/modems.py": set(),
    "firmware/keepalive.py": set(),
    "firmware/ledger.py": {"events", "wire"},
    "firmware/packets.py": {"wire"},
    "firmware/release.py": set(),
    "cloud/access.py": {"cloud.hours"},
    "cloud/addresses.py": set(),
    "cloud/alarm_lines.py": {"cloud.alarms", "cloud.chain"},
    "cloud/alarm_signs.py": {"cloud.access", "cloud.alarms", "cloud.data_use", "cloud.unit_facts"},
    "cloud/alarm_texts.py": {"cloud.alarms", "cloud.hours", "cloud.notify_texts"},
    "cloud/alarms.py": {"cloud.hours"},
    "cloud/alert_urls.py": set(),
    "cloud/api_queries.py": {"cloud.api_types", "cloud.messages"},
    "cloud/buttons.py": set(),
    "cloud/callers.py": {"cloud.access", "cloud.routes", "cloud.sessions"},
    "cloud/chain.py": set(),
    "cloud/changes.py": {"cloud.access", "cloud.hours"},
    "cloud/codes.py": set(),
    "cloud/contacts.py": set(),
    "cloud/devices.py": set(),
    "cloud/export.py": {"cloud.chain"},
    "cloud/forwarded.py": set(),
    "cloud/night.py": {"cloud.hours"},
    "cloud/notices.py": {"cloud.access", "cloud.changes", "cloud.messages"},
    "cloud/notify_texts.py": {"cloud.codes"},
    "cloud/openapi.py": {"cloud.api_types", "cloud.routes"},
    "cloud/operations.py": set(),
    "cloud/holds.py": {"cloud.access", "cloud.operations", "cloud.rules"},
    "cloud/routes.py": {
        *(
            "cloud.alarm_types",
            "cloud.api_queries",
            "cloud.api_types",
            "cloud.box_types",
            "cloud.figure_types",
            "cloud.log_types",
        ),
        *("cloud.messages", "cloud.push_types", "cloud.release_types", "cloud.what_if_types"),
    },
    "cloud/release_rules.py": {"firmware.ed25519", "firmware.manifest", "firmware.signatures", "firmware.wire"},
    "cloud/release_types.py": {"cloud.api_types", "cloud.messages", "cloud.rollout"},
    "cloud/rollout.py": set(),
    "cloud/rules.py": {"cloud.access", "cloud.operations"},
    "cloud/back_in_time.py": {"cloud.access", "cloud.chain", "cloud.changes"},
    "cloud/previews.py": {
        *("cloud.access", "cloud.api_types", "cloud.changes", "cloud.grant_verbs", "cloud.verbs"),
        "cloud.what_if_types",
    },
    "cloud/what_if.py": {"cloud.access", "cloud.hours", "cloud.what_if_types"},
    "cloud/grant_verbs.py": {"cloud.access", "cloud.changes", "cloud.verbs"},
    "cloud/hours.py": set(),
    "cloud/push_rules.py": set(),
    "cloud/push_texts.py": {"cloud.hours", "cloud.notify_texts"},
    "cloud/push_types.py": {"cloud.api_types", "cloud.push_rules"},
    "cloud/figure_types.py": {"cloud.api_queries", "cloud.messages"},
    "cloud/host_units.py": {"cloud.figure_types"},
    "cloud/opens_by_hour.py": {"cloud.hours"},
    "cloud/messages.py": {"cloud.hours", "cloud.operations"},
    "cloud/naming.py": set(),
    "cloud/pictures.py": {"cloud.access", "cloud.changes", "cloud.messages", "cloud.notices"},
    "cloud/records.py": {"cloud.chain", "cloud.operations"},
    "cloud/verbs.py": {"cloud.access", "cloud.changes", "cloud.hours", "cloud.naming"},
    "cloud/data_use.py": set(),
    "cloud/journal_lines.py": {
        *("cloud.access", "cloud.chain", "cloud.operations", "cloud.unit_clock", "cloud.unit_facts", "cloud.unit_news"),
    },
    "cloud/unit_clock.py": set(),
    "cloud/unit_facts.py": {"cloud.unit_news"},
    "cloud/unit_link.py": {"cloud.operations", "cloud.unit_news", "firmware.settings_wire", "firmware.wire"},
    "cloud/unit_news.py": {"firmware.events", "firmware.update_words", "firmware.wire"},
    "cloud/wanted.py": {"firmware.settings_wire", "firmware.wire"},
}

# Files that alone may import a thing; for everyone else of the same side it is out of reach.
ONLY = {
    "firmware from cloud": (
        {"firmware"},
        {"units", "unit_link", "wanted", "releases", "enrolment", "unit_news"} | {"release_rules", "rollout_desk"},
    ),
    "SQL": (
        SQL,
        {"store", "log_store", "commit", "database", "schema", "env", "versions", "people", "enrolment"}
        | {
            "identity_store",
            "proof_store",
            "link_store",
            "change_store",
            "unit_store",
            "alarm_store",
            "push_store",
            "figure_store",
            "release_store",
            "release_schema",
            "orphans",
        },
    ),
    "MQTT": ({"paho"}, {"mqtt"}),
    "the bench and the tools": ({"sim", "bench", "tools"}, {"cli"}),
    "the wiring": ({"cloud.app"}, {"cli"}),
}

# What stands above a file and must not be known to it.
ABOVE = {
    "cloud/api.py": {"cloud.web", "cloud.store", "cloud.schema", "cloud.people", "cloud.opening", "cloud.live"},
    "cloud/web.py": {"cloud.store", "cloud.commit", "cloud.database", "cloud.schema", "cloud.units", "cloud.mqtt"},
    "cloud/app_socket.py": {"cloud"},
    "cloud/store.py": {"cloud.web", "cloud.live", "cloud.opening", "cloud.units", "cloud.people"},
    "cloud/units.py": {"cloud.web", "cloud.live", "cloud.opening", "cloud.people"},
    "cloud/live.py": {"cloud.web", "cloud.opening", "cloud.units", "cloud.people"},
    "cloud/opening.py": {"cloud.web", "cloud.people", "cloud.app"},
    "cloud/mqtt.py": {"cloud"},
    "cloud/broker.py": {"cloud.store", "cloud.units", "cloud.app", "cloud.web"},
}

BARE_PYTHON = {"bootstrap", "apt", "cache", "progress"}  # runs before anything is installed


def files(*folders: str) -> list[Path]:
    return sorted(
        path for folder in folders for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts
    )


def imports(path: Path) -> set[str]:
    """Every module a file imports, wherever in it; what only type checkers read does not count."""
    return set(_imports(ast.parse(path.read_text())))


def _imports(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = node.module or ""
        is_package = (ROOT / module.replace(".", "/")).is_dir()
        yield from (f"{module}.{alias.name}" for alias in node.names) if is_package else [module]
    for child in ast.iter_child_nodes(node):
        yield from _imports(child)


def reaches(names: set[str], forbidden: set[str]) -> set[str]:
    """Those names that are, or lie inside, something forbidden."""
    return {name for name in names if any(name == stop or name.startswith(f"{stop}.") for stop in forbidden)}


def top(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def test_the_table_speaks_of_files_that_exist() -> None:
    named = {*PURE, *ABOVE, *(f"tools/{name}.py" for name in BARE_PYTHON)}

    assert {name for name in named if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("name", PURE)
def test_a_pure_file_reaches_nothing_outside_itself(name: str) -> None:
    used = imports(ROOT / name)
    flat = {path.stem for path in files("firmware")} if name.startswith("firmware/") else set()
    of_ours = reaches(used, {*OURS, *flat})

    assert reaches(used, IMPURE) == set()
    assert of_ours <= PURE[name]


def test_the_firmware_uses_only_what_the_unit_has() -> None:
    flat = {path.stem for path in files("firmware")}
    strange = {
        (path.name, name)
        for path in files("firmware")
        for name in top(imports(path)) - MICROPYTHON - flat - (HARDWARE if path.stem in HARDWARE_USERS else set())
    }

    assert strange == set()


@pytest.mark.parametrize("what", ONLY)
def test_in_the_cloud_only_its_owner_touches(what: str) -> None:
    thing, owners = ONLY[what]
    strange = {
        (str(path.relative_to(ROOT)), name)
        for path in files("cloud")
        if not owners & {path.stem, path.parent.name}
        for name in reaches(imports(path), thing)
    }

    assert strange == set()


@pytest.mark.parametrize("name", ABOVE)
def test_nobody_looks_up(name: str) -> None:
    assert reaches(imports(ROOT / name), ABOVE[name]) == set()


@pytest.mark.parametrize("folder", ["cloud", "firmware", "tools"])
def test_no_import_goes_in_a_circle(folder: str) -> None:
    stem = "" if folder == "firmware" else f"{folder}."
    modules = {stem + path.stem: path for path in files(folder)}
    edges = {name: imports(path) & modules.keys() for name, path in modules.items()}
    while leaves := {name for name, needs in edges.items() if not needs & edges.keys()}:
        edges = {name: needs for name, needs in edges.items() if name not in leaves}

    assert edges == {}


def test_the_shims_use_only_micropython_and_each_other() -> None:
    strange = {
        (path.name, name)
        for path in files("sim/shims")
        for name in top(imports(path)) - MICROPYTHON - {"shims", "_partition"}  # that one is loaded by another name
    }

    assert strange == set()


def test_the_bench_itself_knows_no_cloud() -> None:
    """Only what prepares or starts a whole town does: a unit is tested against any cloud."""
    whole_towns = {"demo", "town", "street"}
    strange = {
        (path.name, name)
        for path in files("sim")
        if path.stem not in whole_towns
        for name in reaches(imports(path), {"cloud", "firmware"})
    }

    assert strange == set()


def test_the_tools_know_neither_cloud_nor_bench() -> None:
    strange = {
        (path.name, name) for path in files("tools") for name in reaches(imports(path), {"cloud", "sim", "bench"})
    }

    assert strange == set()


@pytest.mark.parametrize("name", sorted(BARE_PYTHON))
def test_the_bootstrap_needs_nothing_but_python(name: str) -> None:
    used = imports(ROOT / f"tools/{name}.py")
    of_tools = {found.removeprefix("tools.") for found in reaches(used, {"tools"})}

    assert top(used) - sys.stdlib_module_names - {"tools"} == set()
    assert of_tools <= BARE_PYTHON


def test_no_file_is_past_400_lines() -> None:
    long = {path.name: lines for path in files(*OURS, "tests") if (lines := len(path.read_text().splitlines())) > 400}

    assert long == {}
