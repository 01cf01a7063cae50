"""The app's own files as they are served: read once, compressed once, each with its hash; the page that loads them, and
the service worker that keeps them on phones. Nothing of a person is in them.

Of the libraries only those files are here that the app imports. What changes on disk is served after the next start:
one process serves one version. Decides nothing, answers no request itself (web.py).
"""

import gzip
import hashlib
import json
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

PAGE, WORKER, FIRST = "/", "/sw.js", "/app/app.js"
NOT_FILES = {"index.html", "sw.js", "manifest.webmanifest"}  # served at addresses of their own
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
PRELOADS = "<!-- modulepreload: by cloud/shell.py -->"
HASH_CHARS = 16  # tells versions apart; secures nothing
LEAST_GAIN = 0.95  # what compression does not shrink to this is served as it is: pictures

# Comments and indents are a fifth of what a phone would fetch. Whole lines of them, and those behind code in which no
# text is begun and not ended; lines stay where they are. What is not surely a comment is left.
_COMMENT = re.compile(r"^ *// .*$", re.MULTILINE)
_INDENT = re.compile(r"^ +", re.MULTILINE)
_TRAILING = re.compile(r'^([^"`\n]*(?:"[^"`\n]*"[^"`\n]*)*[;,{(]) // .*$', re.MULTILINE)
_STATIC = re.compile(r'(?:^|[;}\s])(?:import|export)\s*(?:[\w*{}\s,$]+?from\s*)?"([^"]+)"')
_DYNAMIC = re.compile(r'\bimport\(\s*"([^"]+)"\s*\)')


class Asset(msgspec.Struct, frozen=True):
    """`zipped` None: it is no smaller."""

    media: str
    body: bytes
    zipped: bytes | None
    digest: str

    @classmethod
    def of(cls, media: str, body: bytes) -> "Asset":
        zipped = gzip.compress(body, 9, mtime=0)
        small = zipped if len(zipped) < LEAST_GAIN * len(body) else None
        return cls(media, body, small, hashlib.sha256(body).hexdigest()[:HASH_CHARS])


class Shell:
    """`files`: what is served by path, page and worker included. `first`: the modules of the first screen."""

    def __init__(self, pwa: Path, lit: Path) -> None:
        named = sorted(p for p in pwa.rglob("*") if p.suffix in TYPES and p.name not in NOT_FILES)
        self.files = {f"/app/{path.relative_to(pwa)}": _read(path, ours=True) for path in named}
        page = (pwa / "index.html").read_text()
        table = import_map(page)
        for url in reached(self.files, table, self.files, lit):
            self.files.setdefault(url, _read(lit / url.removeprefix("/lib/")))
        self.first = [u for u in closure([FIRST], self.files, table) if u != FIRST]
        links = "\n    ".join(f'<link rel="modulepreload" href="{url}">' for url in self.first)
        self.files[PAGE] = Asset.of("text/html", page.replace(PRELOADS, links).encode())
        kept = {url: asset.digest for url, asset in sorted(self.files.items()) if asset.media != TYPES[".png"]}
        worker = (pwa / "sw.js").read_text()
        self.version = hashlib.sha256(json.dumps([kept, worker]).encode()).hexdigest()[:HASH_CHARS]
        shell = json.dumps({"version": self.version, "files": kept}, separators=(",", ":"))
        self.files[WORKER] = Asset.of("text/javascript", f"const SHELL = {shell};\n{bare(worker)}".encode())


def _read(path: Path, *, ours: bool = False) -> Asset:
    body = path.read_bytes()
    script = ours and path.suffix == ".js"
    return Asset.of(
        TYPES.get(path.suffix, "application/octet-stream"), bare(body.decode()).encode() if script else body
    )


def bare(script: str) -> str:
    """Without its comments and how it is set out, line by line the same."""
    return _INDENT.sub("", _TRAILING.sub(r"\1", _COMMENT.sub("", script)))


def import_map(page: str) -> dict[str, str]:
    """Bare name → address, as the page tells the browser."""
    found = re.search(r'<script type="importmap">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1])["imports"] if found else {}


def imports(text: str, *, later: bool) -> list[str]:
    """What a module names; `later`: also what it loads only when it is wanted."""
    return _STATIC.findall(text) + (_DYNAMIC.findall(text) if later else [])


def resolved(name: str, base: str, table: dict[str, str]) -> str:
    if name.startswith((".", "/")):
        return posixpath.normpath(posixpath.join(posixpath.dirname(base), name))
    if name in table:
        return table[name]
    start = max((key for key in table if key.endswith("/") and name.startswith(key)), key=len, default="")
    return table[start] + name.removeprefix(start) if start else name


def closure(roots: Iterable[str], files: dict[str, Asset], table: dict[str, str]) -> list[str]:
    """The modules that load at once with these, those nearest to them first."""
    found, seen = list(roots), set(roots)
    for url in found:
        for name in imports(files[url].body.decode(), later=False) if url in files else ():
            one = resolved(name, url, table)
            if one in files and one not in seen:
                seen.add(one)
                found.append(one)
    return found


def reached(files: dict[str, Asset], table: dict[str, str], roots: Iterable[str], lit: Path) -> list[str]:
    """Every file of the libraries that any of ours comes to."""
    todo, seen = [(url, files[url].body) for url in roots if url.endswith(".js")], set[str]()
    while todo:
        base, body = todo.pop()
        for name in imports(body.decode(), later=True):
            url = resolved(name, base, table)
            path = lit / url.removeprefix("/lib/")
            if url.startswith("/lib/") and url not in seen and path.is_file():
                seen.add(url)
                todo.append((url, path.read_bytes()))
    return sorted(seen)
