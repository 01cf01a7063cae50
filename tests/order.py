"""In which order files of tests are handed to the processes that run them: those that mostly wait among those that
mostly work, what takes long first, so that neither the cores are idle nor something long is left for the end. Never
here: a test.
"""

from itertools import groupby
from pathlib import Path

import pytest

WAITS = (  # files whose tests wait for deadlines, moments of a bench, or programs that start; the longest first
    *("test_withstand_modem", "test_bench", "test_demo", "test_withstand_alarms", "test_app_end_to_end"),
    *("test_link", "test_withstand_host", "test_withstand_changes", "test_withstand_restarts", "test_servers"),
    *("test_withstand_forgery", "test_bootstrap", "test_withstand_settings", "test_withstand_cuts", "test_sim_links"),
    *("test_withstand_link", "test_withstand_certificates", "test_app_manage_end_to_end", "test_withstand_floods"),
    *("test_unit", "test_withstand_people", "test_people_killed", "test_withstand_air", "test_withstand_hangs"),
    *("test_withstand_hardware", "test_withstand_wifi", "test_withstand_years", "test_opening_storm", "test_sim_modem"),
    *("test_withstand_holds", "test_withstand_journal", "test_withstand_power", "test_attack_late_calls", "test_parts"),
)
BROWSERS = "test_app_"  # these work most
ONE_IN = 4  # of the files, until they are used up: with more, they would wait at the same time


def in_order(paths: list[Path]) -> list[Path]:
    """One path for each test: every file once, in the order in which they are to be begun."""
    sizes = {path: len(list(tests)) for path, tests in groupby(sorted(paths))}
    places = {name: place for place, name in enumerate(WAITS)}
    waiting = sorted((path for path in sizes if path.stem in places), key=lambda path: places[path.stem])
    working = sizes.keys() - set(waiting)
    order = sorted(working, key=lambda path: (not path.stem.startswith(BROWSERS), -sizes[path], path))
    for number, path in enumerate(waiting):
        order.insert(number * ONE_IN, path)
    return order


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {path: place for place, path in enumerate(in_order([item.path for item in items]))}
    items.sort(key=lambda item: places[item.path])
