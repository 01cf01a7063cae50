"""Log lines as JSON, one per stop of an open with its operation's id. Holds no names, numbers, secrets or addresses
of people."""

import asyncio
import datetime
import logging
import sys
from contextlib import nullcontext
from typing import TextIO

import msgspec

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
}


_encode = msgspec.json.Encoder(enc_hook=str).encode


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.datetime.fromtimestamp(record.created, datetime.UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "at": at,
            "level": record.levelname,
            "part": record.name,
            "what": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return _encode(line).decode()


class LinesOfATurn(logging.StreamHandler):
    """Writes what one turn of the event loop has said when that turn is over, in one piece: no open waits for its log.

    From WARNING on, and where no loop runs, at once.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._kept: list[logging.LogRecord] = []
        self._turn_of: asyncio.AbstractEventLoop | None = None

    def emit(self, record: logging.LogRecord) -> None:
        self._kept.append(record)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            loop = None
        if loop is None or record.levelno >= logging.WARNING:
            self.flush()
        elif self._turn_of is not loop:
            self._turn_of = loop
            loop.call_soon(self.flush)

    def flush(self) -> None:
        with self.lock or nullcontext():
            records, self._kept, self._turn_of = self._kept, [], None
            try:
                self.stream.write("".join([f"{self.format(record)}\n" for record in records]))
                self.stream.flush()
            except Exception:  # noqa: BLE001 - logging's own rule: a log that fails must not break what it tells of
                for record in records[:1]:
                    self.handleError(record)


def start(level: str) -> None:
    """Everything to standard error, as lines of JSON."""
    # What no line of ours says need not be found out for each: who called, and from which thread or process.
    logging._srcfile = None  # noqa: SLF001 - as the standard library's documentation says under "Optimization"
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = LinesOfATurn(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("iomando.mqtt").setLevel(max(logging.INFO, logging.getLevelName(level)))
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
