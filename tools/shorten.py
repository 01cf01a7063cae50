"""The firmware's sources with short names for what only one file knows: each name's letters lie in the unit's heap.

Parameters, private functions and private attributes (`_so`) of a file are called a, b, c …, in every file the same few
letters. Lines stay where they are, so file and line of a traceback lead to the source; the function's name in it may be
a letter. A name that could be reached in ways that cannot be seen here (a text, a keyword, another file, a class of a
library) stays. Never here: constants and what is unused (fold.py, which comes first).
"""

import ast
import builtins
import itertools
import keyword
import string
from collections.abc import Iterator, Mapping

from tools.edits import Change, Places
from tools.fold import SEEING_ALL

OWN_WORDS = {"const", "self"}  # besides Python's own; self is in every file already
TAKEN = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *OWN_WORDS}
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
SCOPE = FUNCTION | ast.ClassDef


def shortened(sources: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    """`sources` by module name; `kept`: what goes to the unit as it is."""
    trees = {name: ast.parse(text, f"{name}.py") for name, text in {**sources, **kept}.items()}
    everything = _Everything(trees)
    return {name: _File(name, text, trees[name], everything).shortened() for name, text in sources.items()}


class _Everything:
    """What must be known of all files at once."""

    def __init__(self, trees: Mapping[str, ast.Module]) -> None:
        nodes = {name: list(ast.walk(tree)) for name, tree in trees.items()}
        every = [node for found in nodes.values() for node in found]
        self.keywords = {node.arg for node in every if isinstance(node, ast.keyword)}
        self.texts = {node.value for node in every if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        self.imported = {one.name for node in every if isinstance(node, ast.ImportFrom) for one in node.names}
        attributes = [node for node in every if isinstance(node, ast.Attribute)]
        self.attributes = {node.attr for node in attributes} | {one for node in every for one in _made_by(node)}
        self.of_others = {node.attr for node in attributes if not _is_self(node.value)}
        self.bases: set[str] = set()  # files whose classes build upon another's, and those others
        for name, found in nodes.items():
            here = {node.name for node in trees[name].body if isinstance(node, ast.ClassDef)} | set(dir(builtins))
            far = {id_ for node in found if isinstance(node, ast.ClassDef) for id_ in _names_in(node.bases)} - here
            if far:
                self.bases |= {name} | far | {one.module or "" for one in found if isinstance(one, ast.ImportFrom)}


class _File:
    def __init__(self, name: str, text: str, tree: ast.Module, everything: _Everything) -> None:
        self._name, self._places, self._tree, self._all = name, Places(text), tree, everything
        self._nodes = list(ast.walk(tree))
        self._ids = {one for node in self._nodes for one in _ids(node)}

    def shortened(self) -> str:
        if self._ids & SEEING_ALL:
            return self._places.data.decode()
        names = _short(sorted(self._parameters() | self._private()), TAKEN | self._ids)
        attributes = _short(sorted(self._own_attributes()), TAKEN | self._all.attributes | self._seen_in_classes(names))
        return self._places.changed(self._changes(names, attributes))

    def _parameters(self) -> set[str]:
        """Names of parameters that are nothing but local names, wherever they stand in this file."""
        found = {node.arg for node in self._nodes if isinstance(node, ast.arg)}
        other = {one for node in self._nodes for one in _fixed(node)}
        other |= {one for node in self._nodes if isinstance(node, ast.Module | ast.ClassDef) for one in _bound_in(node)}
        return found - other - self._all.keywords - TAKEN

    def _private(self) -> set[str]:
        """Private names at the top of this file that no other can see."""
        found = {one for one in _bound_in(self._tree) if _is_private(one)}
        other = {one for node in self._nodes for one in (*_fixed(node), *_nested(node))}
        return found - other - self._all.texts - self._all.imported - self._all.attributes

    def _own_attributes(self) -> set[str]:
        """Private attributes that this file's objects make, and everybody reads of `self` alone."""
        if self._name in self._all.bases:
            return set()
        made = {one for node in self._nodes for one in _made_by(node) if _is_private(one)}
        bare = {one for node in self._nodes if isinstance(node, ast.ClassDef) for one in _bare_in(node)}
        return made - self._all.of_others - self._all.texts - bare

    def _seen_in_classes(self, names: Mapping[str, str]) -> set[str]:
        """What the bodies of classes read, as it is called then: a method of that name would stand before it."""
        bare = {one for node in self._nodes if isinstance(node, ast.ClassDef) for one in _bare_in(node)}
        return {names.get(one, one) for one in bare}

    def _changes(self, names: Mapping[str, str], attributes: Mapping[str, str]) -> Iterator[Change]:
        methods = {id(one) for node in self._nodes if isinstance(node, ast.ClassDef) for one in node.body}
        for node in self._nodes:
            if isinstance(node, ast.Name) and node.id in names:
                yield *self._places.span(node), names[node.id]
            elif isinstance(node, ast.arg) and node.arg in names:
                yield *self._places.span(node), names[node.arg]
            elif isinstance(node, ast.Attribute) and node.attr in attributes:
                end = self._places.span(node)[1]
                yield end - len(node.attr), end, attributes[node.attr]
            elif isinstance(node, SCOPE):
                new = (attributes if id(node) in methods else names).get(node.name)
                if new is not None:
                    first = self._places.data.index(node.name.encode(), self._places.span(node)[0] + len("def "))
                    yield first, first + len(node.name), new


def _short(names: list[str], taken: set[str]) -> dict[str, str]:
    pairs = ("".join(pair) for pair in itertools.product(string.ascii_lowercase, repeat=2))
    letters = itertools.chain(string.ascii_lowercase, pairs)
    free = (one for one in letters if one not in taken)
    return {name: new for name in names if len(new := next(free)) < len(name)}


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _made_by(node: ast.AST) -> Iterator[str]:
    """Attributes that come into being here."""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_self(node.value):
        yield node.attr
    elif isinstance(node, ast.ClassDef):
        yield from _bound_in(node)


def _bound_in(scope: ast.Module | ast.ClassDef) -> Iterator[str]:
    """What the body of a module or a class binds, however deep in its statements."""
    left: list[ast.AST] = list(scope.body)
    while left:
        node = left.pop()
        if isinstance(node, SCOPE):
            yield node.name
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif not isinstance(node, ast.Lambda):
            left += ast.iter_child_nodes(node)


def _bare_in(scope: ast.ClassDef) -> Iterator[str]:
    """Names that the body of a class itself uses, other than by `def`."""
    left: list[ast.AST] = [*scope.body, *scope.bases]
    while left:
        node = left.pop()
        if isinstance(node, ast.Name):
            yield node.id
        if isinstance(node, FUNCTION):
            left += [*node.args.defaults, *filter(None, node.args.kw_defaults), *node.decorator_list]
        else:
            left += ast.iter_child_nodes(node)


def _fixed(node: ast.AST) -> Iterator[str]:
    """Names that stand where they are not looked for here."""
    if isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
    elif isinstance(node, ast.Global | ast.Nonlocal):
        yield from node.names
    elif isinstance(node, FUNCTION):
        yield from (one.name for one in ast.walk(node) if isinstance(one, SCOPE) and one is not node)


def _nested(node: ast.AST) -> Iterator[str]:
    """What functions and classes bind themselves."""
    if isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, SCOPE):
        yield from (one.id for one in ast.walk(node) if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load))
        yield from _bound_in(node) if isinstance(node, ast.ClassDef) else ()


def _ids(node: ast.AST) -> Iterator[str]:
    yield from _fixed(node)
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, SCOPE):
        yield node.name


def _names_in(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        yield from (one.id for one in ast.walk(node) if isinstance(one, ast.Name))
