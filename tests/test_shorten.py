"""A program with short names does what the plain one does, and each name that someone else may know is kept."""

import ast
import builtins
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.fold import folded
from tools.shorten import shortened

FIRMWARE = Path(__file__).parent.parent / "firmware"


def short(**sources: str) -> dict[str, str]:
    return shortened(sources, {})


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


def test_parameters_private_functions_and_private_attributes_are_letters() -> None:
    text = (
        "_TABLE = {1: 2}\n\n\nclass Door:\n    def __init__(self, number):\n        self._number = number\n\n"
        "    def told(self, other=3):\n        return self._sum(other) + _twice(self._number)\n\n"
        "    def _sum(self, other):\n        return _TABLE[1] + other\n\n\ndef _twice(value):\n    return 2 * value\n"
        "\n\ndef run():\n    return Door(4).told()\n"
    )
    made = short(main=text)["main"]

    assert made == (
        "a = {1: 2}\n\n\nclass Door:\n    def __init__(self, c):\n        self.a = c\n\n"
        "    def told(self, d=3):\n        return self.b(d) + b(self.a)\n\n"
        "    def b(self, d):\n        return a[1] + d\n\n\ndef b(e):\n    return 2 * e\n"
        "\n\ndef run():\n    return Door(4).told()\n"
    )
    assert run({"main": made}) == run({"main": text}) == 13


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("word", "def f(word): return word\ndef run(): return f(word=1)"),  # by keyword
        ("word", "word = 3\ndef f(word): return word\ndef run(): return f(1), word"),  # the module's, too
        ("word", "class C:\n    word = 4\ndef f(word): return word\ndef run(): return f(1), C.word"),
        ("word", "import sys as word\ndef f(word): return word\ndef run(): return f(1)"),
        (
            "word",
            (
                "def f(word):\n    def g():\n        nonlocal word\n        word = 2\n"
                "    g()\n    return word\ndef run(): return f(1)"
            ),
        ),
        ("id", "def f(id): return id\ndef run(): return f(1), id(None) == id(None)"),  # the language's, too
        ("_word", "class C:\n    def __init__(self): self._word = 1\ndef run(): return getattr(C(), '_word')"),
        ("_word", "class C:\n    def __init__(self): self._word = 1\ndef run(): return C()._word"),
        (
            "_word",
            (
                "class C:\n    _word = 1\n    twice = 2 * _word\n    def f(self): return self._word\n"
                "def run(): return C().f()"
            ),
        ),
        (
            "_word",
            (
                "class B(list):\n    pass\nclass C(far.D):\n    def f(self):\n        self._word = 1\n"
                "        return self._word\ndef run(): return C().f()"
            ),
        ),
        ("_word", "_word = 1\ndef f(x): return locals()\ndef run(): return _word"),
        ("_word", "_word = 1\ndef f():\n    _word = 2\n    return _word\ndef run(): return f(), _word"),
        ("_word", "from far import _word\ndef run(): return _word"),
        ("_word", "import far\ndef run(): return far._word"),
    ],
)
def test_a_name_that_may_be_known_elsewhere_is_kept(name: str, text: str) -> None:
    sources = {"main": "import far\n" + text + "\n", "far": "_word = 7\nclass D: pass\n"}
    made = short(**sources)

    assert name in made["main"]
    assert run(made) == run(sources)


@pytest.mark.parametrize("seen", ["n=_WAIT", "*, n=_WAIT", "n=a", "n=lambda: 0, m=_WAIT"])
def test_a_method_s_letter_never_stands_before_what_a_default_argument_reads(seen: str) -> None:
    """A default is read among the names of its class: a method called like the constant would be handed in."""
    text = (
        "_WAIT = [1]\na = [2]\nclass C:\n    def _first(self): return 3\n    def _other(self): return 4\n"
        f"    def told(self, {seen}): return n, self._first(), self._other()\n"
        "def run():\n    told = C().told()\n    return str(told) if not callable(told[0]) else told[0]()\n"
    )
    made = short(main=text)

    assert "_first" not in made["main"]
    assert run(made) == run({"main": text})


def test_a_name_of_another_file_s_objects_is_kept_in_every_file() -> None:
    sources = {
        "far": "class D:\n    def __init__(self): self._word = 5\n",
        "main": "import far\nclass E:\n    def __init__(self): self._word = 6\ndef run(): return far.D()._word\n",
    }

    assert short(**sources) == sources


PARTS = ("self._a", "self._b(1)", "self._b(_A)", "_f(self._a)", "_f(first)", "second", "self.c", "_A", "far._g(2)", "a")
PARAMETERS = ("first, second=2, a=3", "a, first=1, second=2", "second, first, a=0")


@st.composite
def programs(draw: st.DrawFn) -> dict[str, str]:
    """A class with private parts in a file that has private parts, too; another file has some of the same names."""
    body = [draw(st.sampled_from(PARTS)) for _ in range(4)]
    parameters = draw(st.sampled_from(PARAMETERS))
    inner = draw(st.sampled_from(("first", "b", "_A", "x")))
    far = "class D:\n    def __init__(self, first): self._a = first\n    def _b(self, a): return [a, self._a]\n"
    far += "    def d(self): return self._b(9)\ndef _g(second): return D(second).d()\n"
    main = "import far\n_A = 5\n" + draw(st.sampled_from(("", "a = 8\n", "def a(): return 1\n", "_B = _A\n")))
    main += (
        f"class C:\n    def __init__(self, {parameters}):\n        self._a = [first, second, a]\n        self.c = 4\n"
    )
    main += f"    def _b(self, {inner}): return [{inner}, self._a]\n"
    main += f"    def told(self, {parameters}): return [{', '.join(body)}, (lambda first: [first, a])(1)]\n"
    main += "def _f(value, *others, **more): return [value, others]\n"
    main += "def run():\n    return C(1, 2).told(3, 4), [a for a in (1, 2)]\n"
    return {"main": main, "far": far}


@given(programs())
def test_a_shortened_program_gives_what_the_plain_one_gives(sources: dict[str, str]) -> None:
    made = short(**sources)

    assert run(made) == run(sources)
    assert len("".join(made.values())) < len("".join(sources.values()))
    for name, text in sources.items():
        assert [line[: len(line) - len(line.lstrip())] for line in made[name].splitlines()] == [
            line[: len(line) - len(line.lstrip())] for line in text.splitlines()
        ]


def test_the_units_programs_keep_their_shape_and_lose_a_third_of_their_names() -> None:
    texts = {path.stem: path.read_text() for path in FIRMWARE.glob("*.py")}
    kept = {name: texts.pop(name) for name in ("boot", "root_main")}
    plain = folded(texts, kept)
    made = shortened(plain, kept)

    assert {name: _shape(text) for name, text in made.items()} == {name: _shape(text) for name, text in plain.items()}
    assert len(_names(made)) < len(_names(plain)) * 2 / 3


def _shape(text: str) -> str:
    """A text's tree with every name and every text of it left out, and its lines."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        for field in ("id", "arg", "attr"):
            if getattr(node, field, None):
                setattr(node, field, "_")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            node.name = "_"
    return ast.dump(tree) + str([getattr(node, "lineno", 0) for node in ast.walk(tree)])


def _names(texts: Mapping[str, str]) -> set[str]:
    nodes = [node for text in texts.values() for node in ast.walk(ast.parse(text))]
    return {
        name
        for node in nodes
        for field in ("arg", "attr", "name")
        if isinstance(name := getattr(node, field, None), str)
    }
