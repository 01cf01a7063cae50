"""The firmware's sources as a unit gets them: constants put where they are read, and what nothing reads left out.

A unit keeps every name of a module in its heap for ever: an entry in a table, and the letters. So NAMES like this that
are bound once to a plain value are replaced by it wherever the firmware reads them; then whatever nothing reads any
more is blanked, functions and classes too. Lines stay where they are: a traceback tells the right one. What could be
read in ways that cannot be seen here (a module handed on as a value, globals()) stays. Never here: bytecode.
"""

import ast
import functools
import re
import struct
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from tools.edits import Places

CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")
SMALL_INT = 1 << 30  # from here on an int is an object on a 32-bit board, one more for each place where it stands
SHORT_TEXT = 10  # letters: up to here MicroPython keeps a text once, however often it is written
SEEING_ALL = {"globals", "locals", "vars", "dir", "eval", "exec", "__import__"}
STRANGE = (ast.JoinedStr, ast.Match, ast.NamedExpr, ast.Global)  # nothing in the firmware needs them, or is known here

Plain = int | str | bytes
Place = tuple[str, str]  # module, name in it
Edit = tuple[ast.stmt | ast.expr, str]  # and what comes in its place

COUNTED: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.LShift: lambda a, b: a << b,
    ast.BitOr: lambda a, b: a | b,
}


def folded(sources: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    """`sources` by module name, folded; `kept`: what goes to the unit as it is, and may read them."""
    return dict(_folded(tuple(sorted(sources.items())), tuple(sorted(kept.items()))))


@functools.lru_cache(maxsize=8)
def _folded(sources: tuple[tuple[str, str], ...], kept: tuple[tuple[str, str], ...]) -> dict[str, str]:
    texts = dict(sources)
    while True:
        build = _Build(texts, dict(kept))
        smaller = {name: build.text(name) for name in texts}
        if smaller == texts:
            return texts
        texts = smaller


class _Module:
    """One source, and what each name in it means."""

    def __init__(self, name: str, text: str, firmware: frozenset[str]) -> None:
        self.name, self.text, self.tree = name, text, ast.parse(text, f"{name}.py")
        self.nodes = list(ast.walk(self.tree))
        self.parents = {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}
        self.bound = Counter(name for node in self.nodes for name in _bindings(node))
        self.named = Counter(node.id for node in self.nodes if isinstance(node, ast.Name))
        modules: Counter[str] = Counter()
        names: Counter[Place] = Counter()
        renamed: set[str] = set()  # here they may be names of something else
        for node in self.nodes:
            self._refuse(node)
            if isinstance(node, ast.Import):
                modules.update(alias.name for alias in node.names if alias.name in firmware)
            elif isinstance(node, ast.ImportFrom) and node.module in firmware:
                names.update((node.module, alias.name) for alias in node.names)
                renamed.update(alias.name for alias in node.names if alias.asname)
        # names that are nothing else anywhere in this file
        self.modules = {one for one, times in modules.items() if self.bound[one] == times}
        taken = {name: (source, name) for (source, name), times in names.items() if self.bound[name] == times}
        self.taken = {name: place for name, place in taken.items() if name not in renamed}
        self.handed_on = modules.keys() - self.modules  # modules of which this file may read anything
        self.imported = names.keys() - set(self.taken.values())
        for node in self.nodes:
            if isinstance(node, ast.Name) and not isinstance(self.parents[node], ast.Attribute):
                self.handed_on |= {node.id} & self.modules

    def _refuse(self, node: ast.AST) -> None:
        strange = isinstance(node, STRANGE)
        if isinstance(node, ast.Attribute) and node.attr == "modules":
            user = self.parents[node]
            deleted = isinstance(user, ast.Subscript) and isinstance(user.ctx, ast.Del)
            strange = not deleted and not isinstance(user, ast.Compare)
        if strange:
            line = getattr(node, "lineno", 0)
            raise SyntaxError(f"{self.name}.py, line {line}: fold.py does not know what this may read")

    def place(self, node: ast.AST) -> Place | None:
        """Of what binding a name, or a name of a module, speaks."""
        if isinstance(node, ast.Name) and node.id not in self.modules:
            return self.taken.get(node.id, (self.name, node.id))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in self.modules:
            return node.value.id, node.attr
        return None


@functools.lru_cache(maxsize=256)
def _module(name: str, text: str, firmware: frozenset[str]) -> _Module:
    """Most stay as they are from one step to the next."""
    return _Module(name, text, firmware)


class _Build:
    """All sources of one firmware at one step."""

    def __init__(self, sources: Mapping[str, str], kept: Mapping[str, str]) -> None:
        texts = {**sources, **kept}
        self.modules = {name: _module(name, text, frozenset(texts)) for name, text in texts.items()}
        self.sources = set(sources)
        self.whole: set[str] = set()  # modules of which anything may be read
        self.imported: set[Place] = set()
        self.written: set[Place] = set()
        self.reads: Counter[Place] = Counter()
        for module in self.modules.values():
            self._look(module)
        for module in self.modules.values():  # what one imported and others read there
            for name in (*module.taken, *module.modules):
                if self._read_there(module.name, name):
                    self.imported.add(module.taken.get(name, (name, "")))
                    self.whole |= {name} & module.modules
        self.values = self._values()

    def _look(self, module: _Module) -> None:
        self.whole |= module.handed_on
        self.imported |= module.imported
        if module.named.keys() & SEEING_ALL:
            self.whole |= {module.name, *module.modules}
        for node in module.nodes:
            place = module.place(node)
            if place is None or not isinstance(node, ast.Name | ast.Attribute):
                continue
            if isinstance(node.ctx, ast.Load):
                self.reads[place] += 1
            elif isinstance(node, ast.Attribute):
                self.written.add(place)

    def _read_there(self, module: str, name: str) -> bool:
        """Read as a name of this module, by others."""
        return module in self.whole or (module, name) in self.imported or self.reads[module, name] > 0

    def _values(self) -> dict[Place, Plain]:
        """Every constant that is to stand where it is read; those made of others come after the others."""
        found: dict[Place, Plain] = {}
        before = -1
        while len(found) > before:
            before = len(found)
            for module in map(self.modules.__getitem__, self.sources):
                for name, node in _constants(module):
                    place, value = (module.name, name), _value(node, module, found)
                    if value is not None and place not in self.written and self._cheap(place, value):
                        found[place] = value
        return found

    def _cheap(self, place: Place, value: Plain) -> bool:
        if isinstance(value, int):
            return abs(value) < SMALL_INT or self.reads[place] <= 1
        return (isinstance(value, str) and len(value) <= SHORT_TEXT) or self.reads[place] <= 1

    def text(self, name: str) -> str:
        module = self.modules[name]
        edits = [*self._unread(module), *self._unused(module), *self._replaced(module)]
        places = Places(module.text)
        return places.changed((*places.span(node), new) for node, new in edits)

    def _replaced(self, module: _Module) -> Iterator[Edit]:
        for node in module.nodes:
            place = module.place(node)
            if isinstance(node, ast.Call):
                value = _value(node, module, self.values)  # of struct.calcsize()
                if value is not None:
                    yield node, repr(value)
            elif place in self.values and isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                value = self.values[place]
                sticks = isinstance(module.parents[node], ast.Attribute) or (isinstance(value, int) and value < 0)
                yield node, f"({value!r})" if sticks else repr(value)

    def _unread(self, module: _Module) -> Iterator[Edit]:
        """What the module binds at its top without another effect, and nothing reads but itself."""
        if module.name in self.whole:
            return
        for node in module.tree.body:
            if (name := _made_by(node)) is None or module.bound[name] > 1:
                continue
            place = (module.name, name)
            inside = sum(isinstance(one, ast.Name) and module.place(one) == place for one in ast.walk(node))
            inside -= isinstance(node, ast.Assign)  # there the name itself stands, too
            if place not in self.imported | self.written and self.reads[place] == inside:
                yield node, ""

    def _unused(self, module: _Module) -> Iterator[Edit]:
        """Imports of the firmware's own that nothing reads now: what they were for stands there itself."""
        ours = {*module.taken, *module.modules}
        for node in module.nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [one.name for one in node.names]
                left = [n for n in names if n not in ours or module.named[n] or self._read_there(module.name, n)]
                if len(left) < len(names):
                    head = "import " if isinstance(node, ast.Import) else f"from {node.module} import "
                    yield node, head + ", ".join(left) if left else "pass"


def _bindings(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name


def _constants(module: _Module) -> Iterator[tuple[str, ast.expr]]:
    for node in module.tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) if CONSTANT.fullmatch(name) and module.bound[name] == 1:
                yield name, node.value


def _value(node: ast.expr, module: _Module, known: Mapping[Place, Plain]) -> Plain | None:
    match node:
        case ast.Constant(value=bool() | int() | str() | bytes() as value):
            return value
        case ast.Name() | ast.Attribute():
            return known.get(module.place(node) or ("", ""))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = _value(operand, module, known)
            return -value if isinstance(value, int) else None
        case ast.BinOp(left=left, op=op, right=right) if type(op) in COUNTED:
            a, b = _value(left, module, known), _value(right, module, known)
            return COUNTED[type(op)](a, b) if isinstance(a, int) and isinstance(b, int) else None
        case ast.Call(func=ast.Attribute(value=ast.Name("struct"), attr="calcsize"), args=[one], keywords=[]):
            layout = _value(one, module, known)
            return struct.calcsize(layout) if isinstance(layout, str) and layout[:1] == ">" else None
    return None


def _made_by(node: ast.stmt) -> str | None:
    """The name that a statement binds, if that is all it does."""
    match node:
        case ast.FunctionDef(decorator_list=[], args=args) | ast.AsyncFunctionDef(decorator_list=[], args=args):
            return node.name if all(map(_calm, args.defaults)) and not args.kw_defaults else None
        case ast.ClassDef(decorator_list=[], keywords=[]):
            return node.name if all(map(_calm, node.bases)) and all(map(_made_by, node.body)) else None
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name if _calm(node.value) else None
        case ast.Pass():
            return "pass"
    return None


def _calm(node: ast.AST) -> bool:
    """Reckoned without an effect on anything else."""
    if isinstance(node, ast.expr_context | ast.operator | ast.unaryop):
        return True
    calm = ast.Constant | ast.Name | ast.Attribute | ast.Tuple | ast.List | ast.Dict | ast.BinOp | ast.UnaryOp
    reckoned = isinstance(node, calm) or (isinstance(node, ast.Call) and ast.unparse(node.func) == "struct.calcsize")
    return reckoned and all(map(_calm, ast.iter_child_nodes(node)))
