# Runs the test functions of one file beside this one, in MicroPython or in CPython: `run.py FILE PATH...`.
# Prints a line per test: "ok NAME", or "no NAME" and the traceback, indented. Never here: a test.
import asyncio
import io
import sys
import time

ON_UNIT = sys.implementation.name == "micropython"


def traceback(error):
    if ON_UNIT:
        text = io.StringIO()
        sys.print_exception(error, text)
        return text.getvalue()
    import traceback

    return "".join(traceback.format_exception(error))


def stand_in():
    # What firmware files import at their top and CPython does not have; a test that needs it runs on the unit only.
    class Waiting:
        readable = writable = None

    sys.modules["waiting"] = Waiting
    time.ticks_ms = lambda: int(time.monotonic() * 1000)
    time.ticks_diff = lambda a, b: a - b
    time.ticks_add = lambda a, b: a + b


def main():
    name, *paths = sys.argv[1:]
    sys.path[:0] = paths
    if not ON_UNIT:
        stand_in()
    tests = vars(__import__(name)) if not ON_UNIT else __import__(name).__dict__
    for test in sorted(key for key in tests if key.startswith("test_")):
        try:
            done = tests[test]()
            if hasattr(done, "send"):
                asyncio.run(done)
        except Exception as error:
            print("no", test)
            for line in traceback(error).split("\n"):
                print("   ", line)
        else:
            print("ok", test)


main()
