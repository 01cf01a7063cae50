"""Debian and Ubuntu packages without root: a private apt that borrows the machine's mirror and keyring.

State, lists and downloads live in the project's cache; the machine's own apt is only read. apt checks the
signatures and hashes. Never here: which packages the project wants, or what is done with them.
"""

import functools
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.cache import CACHE, PartError, locked, run, system_name

UPDATE_S = 180  # package lists are about 10 MB
DOWNLOAD_S = 600
LOCAL_S = 60  # commands that work on what is already here

KEYRINGS = {  # of the whole distribution, newer suites included; one name per release of the keyring package
    "debian": ("debian-archive-keyring.pgp", "debian-archive-keyring.gpg"),
    "ubuntu": ("ubuntu-archive-keyring.gpg",),
}
COMPONENTS = {"debian": "main", "ubuntu": "main universe"}  # where programs for developers are kept


def distribution() -> tuple[str, str]:
    """The machine's distribution and the code name of its suite, as os-release has them."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return "", ""
    return release.get("ID", ""), release.get("VERSION_CODENAME", "")


@dataclass
class Archive:
    """One set of package sources, with lists of its own. With `installed`, what the machine has need not be fetched."""

    name: str
    sources: str | None  # None: the machine's own
    installed: bool
    unreached: str = ""  # why some source gave no list; told only when what we want was not on the others

    @property
    def home(self) -> Path:
        return CACHE / "apt" / f"{system_name()}-{self.name}"

    def apt(self, tool: str, *arguments: str, timeout_s: float = LOCAL_S, cwd: Path | None = None) -> str:
        if shutil.which(tool) is None:
            raise PartError("packages can be fetched only on Debian and Ubuntu: there is no apt here")
        with locked(f"apt-{self.name}"):
            try:
                return run([tool, "-q", "-c", self._configured(), *arguments], timeout_s, cwd, {"LC_ALL": "C.UTF-8"})
            except PartError as error:
                raise PartError(self.unreached or str(error)) from error

    def update(self) -> None:
        """Fetch the lists. A source of the machine that is out of order does not matter if ours can be had."""
        try:
            self.apt("apt-get", "update", "-o", "APT::Update::Error-Mode=any", timeout_s=UPDATE_S)
        except PartError as error:
            self.unreached = str(error)

    def candidate(self, package: str) -> str | None:
        """The version that would be fetched, or None."""
        for line in self.apt("apt-cache", "policy", package).splitlines():
            key, _, value = line.strip().partition(": ")
            if key == "Candidate" and value != "(none)":
                return value
        if self.unreached:
            raise PartError(self.unreached)
        return None

    def unpack(self, package: str, into: Path) -> None:
        """Unpack a package, and every package it needs that the machine does not have, into one tree."""
        plan = self.apt("apt-get", "-s", "--no-install-recommends", "install", package).splitlines()
        wanted = [f"{words[1]}={_version(words)}" for line in plan if (words := line.split()) and words[0] == "Inst"]
        self.unpack_only(wanted or [package], into)

    def unpack_only(self, packages: list[str], into: Path) -> None:
        """Unpack these packages and nothing else."""
        downloads = into / "downloads"
        downloads.mkdir()
        self.apt("apt-get", "download", *packages, timeout_s=DOWNLOAD_S, cwd=downloads)
        for archive in sorted(downloads.glob("*.deb")):
            run(["dpkg-deb", "-x", archive, into], LOCAL_S)
        shutil.rmtree(downloads)

    def _configured(self) -> Path:
        """The private configuration's file, written at the first use; the settings are read after the machine's own."""
        home = self.home
        for folder in (home / "lists" / "partial", home / "archives" / "partial"):
            folder.mkdir(parents=True, exist_ok=True)
        (home / "nothing-installed").touch()
        lines = [
            f'Dir::State "{home}";',
            f'Dir::State::lists "{home}/lists";',
            f'Dir::Cache "{home}";',
            f'Dir::Cache::archives "{home}/archives";',
            'Dir::Cache::pkgcache "";',  # 100 MB to save a second
            'Dir::Cache::srcpkgcache "";',
            'Acquire::GzipIndexes "true";',
            'Acquire::Languages "none";',
            'Acquire::IndexTargets::deb-src::Sources::DefaultEnabled "false";',
            'APT::Sandbox::User "root";',  # as root apt would download as _apt, who may not write here
            'APT::Get::Assume-Yes "true";',
            "#clear APT::Update::Post-Invoke;",  # hooks of the machine's apt, for its own state
            "#clear APT::Update::Post-Invoke-Success;",
            "#clear APT::Update::Pre-Invoke;",
            "#clear DPkg::Post-Invoke;",
        ]
        status = "/var/lib/dpkg/status" if self.installed else home / "nothing-installed"
        lines.append(f'Dir::State::status "{status}";')
        if self.sources is not None:
            (home / "sources.list").write_text(self.sources)
            lines += [f'Dir::Etc::sourcelist "{home}/sources.list";', 'Dir::Etc::sourceparts "/dev/null";']
        configuration = home / "apt.conf"
        configuration.write_text("\n".join(lines) + "\n")
        return configuration


@functools.cache
def machine() -> Archive:
    """The machine's own suite; its lists are made fresh at the first call."""
    archive = Archive("own", sources=None, installed=True)
    archive.update()
    return archive


def newer_suite(suite: str) -> Archive:
    """A newer suite of the machine's distribution, from the same mirror; nothing of it counts as installed."""
    system, codename = distribution()
    own = machine()
    targets = own.apt(
        "apt-get", "indextargets", "--format", "$(CODENAME) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"
    )
    mirrors = [words[2] for line in targets.splitlines() if (words := line.split())[:2] == [codename, "main"]]
    if not mirrors:
        raise PartError(f"the machine's apt sources name no mirror of {system} {codename}")
    keyrings = [Path("/usr/share/keyrings") / name for name in KEYRINGS.get(system, ())]
    signed_by = next((f"[signed-by={keyring}] " for keyring in keyrings if keyring.exists()), "")
    archive = Archive(
        suite, sources=f"deb {signed_by}{mirrors[0]} {suite} {COMPONENTS.get(system, 'main')}\n", installed=False
    )
    archive.update()
    return archive


def _version(words: list[str]) -> str:
    """From `Inst name [installed] (version origin …`: the version that would come."""
    return next(word for word in words if word.startswith("("))[1:]
