"""What the build takes out of the firmware is what nothing reads, and what comes in its place means the same."""

import ast
import builtins
import functools
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.fold import folded

FIRMWARE = Path(__file__).parent.parent / "firmware"
ROOT_MAIN = {"root": "import main\nmain.run()\n"}


def fold(**sources: str) -> dict[str, str]:
    return folded(sources, ROOT_MAIN)


def run(sources: Mapping[str, str]) -> Any:
    """What `main.run()` gives."""
    loaded: dict[str, types.ModuleType] = {}

    def load(name: str, *_: Any) -> types.ModuleType:
        if name not in sources:
            return sys.modules.get(name) or __import__(name)
        if name not in loaded:
            loaded[name] = types.ModuleType(name)
            loaded[name].__dict__["__builtins__"] = {**vars(builtins), "__import__": load}
            exec(compile(sources[name], name, "exec"), vars(loaded[name]))
        return loaded[name]

    return load("main").run()


def test_a_constant_stands_where_it_is_read_and_its_name_is_gone() -> None:
    made = fold(
        wire='SIZE = 4  # bytes\nEDGE = SIZE << 2 | 1\nNAME = "ab"\n\n\ndef size():\n    return SIZE + EDGE\n',
        main="import wire\nLOW = -3\n\n\ndef run():\n    return wire.size() + wire.EDGE + LOW, wire.NAME\n",
    )

    assert made["wire"] == "  # bytes\n\n\n\n\ndef size():\n    return 4 + 17\n"
    assert made["main"] == "import wire\n\n\n\ndef run():\n    return wire.size() + 17 + (-3), 'ab'\n"


def test_what_was_imported_for_constants_only_is_not_imported() -> None:
    made = fold(
        wire="SIZE = 4\nOTHER = 5\ndef f(): return 1\n",
        pins="LED = 2\n",
        main="import pins\nfrom wire import (\n    SIZE,\n    f,\n)\n"
        "def run():\n    import wire\n    return SIZE, f(), pins.LED, wire.OTHER\n",
    )

    lines = made["main"].splitlines()
    assert lines[:5] == ["", "from wire import f", "", "", ""]
    assert lines[5:] == ["def run():", "    pass", "    return 4, f(), 2, 5"]
    assert made["pins"].strip() == ""


@pytest.mark.parametrize(
    "also",
    [
        "A = 2",
        "def f():\n    global B\n    B = 1\n    A = 3\n    return A",
        "def f(A):\n    return A",
        "class C:\n    A = 5",
        "for A in (7,):\n    pass",
        "import sys as A",
        "def A():\n    pass",
        "try:\n    pass\nexcept ValueError as A:\n    pass",
        "del A",
    ],
)
def test_a_name_that_is_ever_bound_to_something_else_is_left_alone(also: str) -> None:
    if "global" in also:
        with pytest.raises(SyntaxError, match="line 4"):
            fold(main=f"A = 1\nB = 1\n{also}\ndef run():\n    return A\n")
    else:
        text = f"A = 1\n{also}\ndef run():\n    return A, f, C\n"
        assert fold(main=text) == {"main": text}


@pytest.mark.parametrize(
    "reader",
    [
        "import wire\ndef run():\n    return getattr(wire, 'A')",
        "import wire as w\ndef run():\n    return w.A",
        "from wire import A as other\ndef run():\n    return other",
        "import wire\nimport sys\ndef run(wire=wire):\n    return wire.A",
        "import wire\ndef run():\n    wire.A = 6\n    return wire.A",
        "import between\ndef run():\n    return between.wire.A",
    ],
)
def test_what_may_be_read_in_another_way_stays(reader: str) -> None:
    sources = {"wire": "A = 1\n", "between": "import wire\n", "main": reader + "\n"}

    assert fold(**sources)["wire"] == "A = 1\n"
    assert run(fold(**sources)) == run(sources)


@pytest.mark.parametrize("call", ["globals()['A']", "vars()['A']", "eval('A')"])
def test_a_module_that_reads_its_own_names_as_texts_keeps_them(call: str) -> None:
    assert fold(main=f"A = 1\ndef run():\n    return {call}\n")["main"].startswith("A = 1\n")


def test_what_reads_the_table_of_modules_is_refused() -> None:
    with pytest.raises(SyntaxError, match=r"main\.py, line 3"):
        fold(main="import sys\ndef run():\n    return sys.modules['main'].A\n")


def test_a_name_of_its_own_that_it_imports_under_another_stays() -> None:
    made = fold(
        wire="class A:\n    pass\n", main="from wire import A as B\nclass A:\n    pass\ndef run():\n    return A, B\n"
    )

    assert "class A" in made["wire"]
    assert "class A" in made["main"]


def test_what_nothing_reads_goes_with_what_only_that_read() -> None:
    made = fold(
        wire="K = (1, 2)\ndef a():\n    return b()\ndef b():\n    return K\ndef again():\n    return again()\n"
        "class D:\n    def e(self):\n        return a()\n",
        main="import wire\nLIST = print(1)\ndef run():\n    return 1\n",
    )

    assert made["wire"].strip() == ""
    assert made["main"] == "\nLIST = print(1)\ndef run():\n    return 1\n"  # its making does something


def test_a_large_number_or_a_long_text_stands_in_one_place_at_most() -> None:
    twice = "BIG = 1 << 30\nLONG = b'abc'\ndef run():\n    return BIG, BIG, LONG, LONG\n"

    assert fold(main=twice) == {"main": twice}
    assert "1073741824" in fold(main="BIG = 1 << 30\ndef run():\n    return BIG\n")["main"]


NAMES = ("A", "B", "_C", "low")
VALUES = st.sampled_from(["0", "-7", "0x10", "'t'", "'a longer text'", "b'\\0'", "True", "(1, 2)", "1 << 40"])
OTHER = st.sampled_from(["one.A", "one.B", "B", "_C", "low", "A", "one._C"])


@st.composite
def programs(draw: st.DrawFn) -> dict[str, str]:
    """Two modules that bind some names, some of them twice, and read their own and each other's in several places."""
    texts = {}
    for name in ("one", "main"):
        lines = ["import one"] if name == "main" else []
        lines += (
            draw(st.sampled_from([[], ["from one import A"], ["from one import B, low"]])) if name == "main" else []
        )
        lines += [f"{bound} = {draw(VALUES)}" for bound in NAMES]
        for _ in range(draw(st.integers(0, 3))):
            bound, kind = draw(st.sampled_from(NAMES)), draw(st.integers(0, 4))
            lines += {
                0: [f"{bound} = {bound}, 'again'"],
                1: [f"def f_{bound}({bound}=None): return {bound}"],
                2: [f"class K_{bound}:", f"    {bound} = [{bound}]"],
                3: [f"def g_{bound}():", f"    {bound} = 5", f"    return [{bound} for {bound} in (1,)]"],
                4: [f"N_{bound} = {bound}"],
            }[kind]
        reads = [draw(OTHER) for _ in range(3)] if name == "main" else ["A", "_C"]
        lines += [
            "def run():",
            f"    return [{', '.join(reads)}], [(lambda: {reads[0]})(), -{reads[1]} if type({reads[1]}) is int else 0]",
        ]
        texts[name] = "\n".join(lines) + "\n"
    texts["main"] += "inner = run\ndef run(): return inner(), one.run()\n" if draw(st.booleans()) else ""
    return texts


@given(programs())
def test_a_folded_program_gives_what_the_plain_one_gives(sources: dict[str, str]) -> None:
    made = fold(**sources)

    assert run(made) == run(sources)
    for name, text in sources.items():
        assert made[name].count("\n") == text.count("\n")


@functools.cache
def of_the_unit() -> tuple[dict[str, str], dict[str, str]]:
    texts = {path.stem: path.read_text() for path in FIRMWARE.glob("*.py")}
    kept = {name: texts.pop(name) for name in ("boot", "root_main")}
    return texts, folded(texts, kept)


def test_in_the_folded_firmware_every_name_of_a_module_is_there() -> None:
    _, made = of_the_unit()
    trees = {name: ast.parse(text) for name, text in made.items()}
    bound = {name: set(_at_the_top(tree)) for name, tree in trees.items()}
    missing = {
        (name, node.value.id, node.attr)
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in _modules(tree) & made.keys()
        if node.attr not in bound[node.value.id]
    }
    taken = {
        (name, node.module, alias.name)
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in made
        for alias in node.names
        if alias.name not in bound[node.module]
    }

    assert missing == taken == set()


def test_in_the_folded_firmware_every_global_that_was_there_and_is_read_is_there() -> None:
    plain, made = of_the_unit()
    for name, text in made.items():
        code = compile(text, name, "exec")
        lost = set(_at_the_top(ast.parse(plain[name]))) - set(_at_the_top(ast.parse(text)))
        assert _globals_read(code) & lost == set(), name


def test_the_folded_firmware_has_its_lines_where_the_sources_have_them() -> None:
    plain, made = of_the_unit()
    for name, text in plain.items():
        lines = {node.name: node.lineno for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
        assert all(
            lines[node.name] == node.lineno for node in ast.parse(made[name]).body if isinstance(node, ast.FunctionDef)
        )
        assert made[name].count("\n") == text.count("\n")


def test_folding_takes_a_fourth_of_the_names_and_no_less() -> None:
    plain, made = of_the_unit()

    def names(texts: Mapping[str, str]) -> int:
        return sum(len(set(_at_the_top(ast.parse(text)))) for text in texts.values())

    assert names(made) < 0.75 * names(plain)


def _modules(tree: ast.Module) -> set[str]:
    return {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}


def _at_the_top(tree: ast.Module) -> list[str]:
    code = compile(tree, "top", "exec")
    return list(code.co_names)


def _globals_read(code: types.CodeType) -> set[str]:
    import dis

    read = {one.argval for one in dis.get_instructions(code) if one.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return read.union(*(_globals_read(one) for one in code.co_consts if isinstance(one, types.CodeType)))
