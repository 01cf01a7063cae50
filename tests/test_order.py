"""The order in which files of tests have their turn."""

from pathlib import Path

from tests import order

HERE = Path(__file__).parent


def test_what_is_said_to_wait_is_there() -> None:
    assert [name for name in order.WAITS if not (HERE / f"{name}.py").exists()] == []


def test_every_file_has_one_turn_and_what_waits_has_its_among_the_others() -> None:
    files = sorted(HERE.glob("test_*.py"))
    tests = [path for path in files for _ in range(3)]

    turns = order.in_order(tests)

    assert sorted(turns) == files
    waiting = [number for number, path in enumerate(turns) if path.stem in order.WAITS]
    assert waiting == [number * order.ONE_IN for number in range(len(order.WAITS))]
