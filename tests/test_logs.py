"""A line of the log is one line of JSON, whatever is put into it."""

import asyncio
import io
import json
import logging
import threading

import pytest

from cloud import logs
from cloud.operations import State


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch):
    """What was logged, a dictionary a line; the log is put back after the test."""
    out, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(logs.sys, "stderr", out)
    for setting in ("_srcfile", "logThreads", "logProcesses", "logMultiprocessing"):
        monkeypatch.setattr(logging, setting, getattr(logging, setting))
    logs.start("INFO")
    yield lambda: [json.loads(line) for line in out.getvalue().removesuffix("\n").split("\n") if line]
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_says_when_what_and_of_which_operation(lines) -> None:
    logging.getLogger("iomando.opening").info("recorded", extra={"op": "0a", "state": State.SENT, "reason": None})

    (line,) = lines()
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "INFO",
        "part": "iomando.opening",
        "what": "recorded",
        "op": "0a",
        "state": "SENT",
        "reason": None,
    }


def test_what_breaks_lines_does_not_break_them(lines) -> None:
    logging.getLogger("iomando").warning('two\nlines "quoted" \x00 \u2028 é', extra={"why": 'a\n"b"'})

    (line,) = lines()
    assert line["what"] == 'two\nlines "quoted" \x00 \u2028 é'
    assert line["why"] == 'a\n"b"'


def test_an_error_brings_its_trace_in_the_same_line(lines) -> None:
    try:
        [].pop()
    except IndexError:
        logging.getLogger("iomando").exception("failed")

    (line,) = lines()
    assert line["trace"].endswith("IndexError: pop from empty list")


def test_what_json_does_not_know_is_told_as_text(lines) -> None:
    logging.getLogger("iomando").info("odd", extra={"error": OSError(28, "no room"), "raw": b"\xff"})

    (line,) = lines()
    assert line["error"] == "[Errno 28] no room"


def test_below_its_level_nothing_is_said(lines) -> None:
    logging.getLogger("iomando").debug("details")
    logging.getLogger("alembic").info("details")

    assert lines() == []


async def test_what_one_turn_says_is_written_when_it_is_over(lines) -> None:
    log = logging.getLogger("iomando")

    log.info("one")
    log.info("two")
    assert lines() == []
    await asyncio.sleep(0)

    assert [line["what"] for line in lines()] == ["one", "two"]


async def test_a_warning_is_written_at_once_and_after_what_was_said_before_it(lines) -> None:
    log = logging.getLogger("iomando")

    log.info("one")
    log.warning("two")

    assert [line["what"] for line in lines()] == ["one", "two"]


async def test_a_thread_writes_at_once_and_nothing_is_written_twice(lines) -> None:
    log = logging.getLogger("iomando")

    log.info("of the loop")
    thread = threading.Thread(target=log.info, args=("of a thread",))
    thread.start()
    thread.join()

    assert [line["what"] for line in lines()] == ["of the loop", "of a thread"]
    await asyncio.sleep(0)
    assert len(lines()) == 2


def test_what_a_loop_says_in_its_last_turn_is_not_lost_with_it(lines) -> None:
    def speak() -> None:
        logging.getLogger("iomando").info("last words")
        loop.stop()

    loop = asyncio.new_event_loop()
    loop.call_soon(speak)
    loop.run_forever()
    loop.close()
    assert lines() == []

    logging.getLogger().handlers[0].flush()  # as Python does at its end

    assert [line["what"] for line in lines()] == ["last words"]
