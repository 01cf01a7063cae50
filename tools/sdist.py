"""Fetch one source archive from the package index that pip is set up with; run as a program, in a process of its own.

pip finds the file and fetches it (its index, mirrors, certificates, proxies, log-in); only pip's build step is left
out, which cannot handle archives that hold MicroPython code. That needs pip's inner classes, so pip is pinned in the
lock and a test runs this file against it.
"""

import hashlib
import sys
from pathlib import Path


def fetch(name: str, version: str, sha256: str, into: Path) -> Path:
    """Download the archive and hold it against its pinned hash before anything is written."""
    from pip._internal.commands.download import DownloadCommand
    from pip._vendor.packaging.specifiers import SpecifierSet

    command = DownloadCommand("download", "")
    options, _ = command.parse_args(["--no-deps", "--no-binary=:all:", "--quiet"])
    with command.main_context():
        session = command.get_default_session(options)
        finder = command._build_package_finder(options, session)
        found = finder.find_best_candidate(name, SpecifierSet(f"=={version}")).best_candidate
        if found is None:
            sys.exit(f"the package index has no source archive of {name} {version}, or cannot be reached")
        response = session.get(found.link.url_without_fragment, headers={"Accept-Encoding": "identity"})
        response.raise_for_status()
        content = response.content
    if hashlib.sha256(content).hexdigest() != sha256:
        sys.exit(f"{found.link.filename} is not the file this project was tested with: its hash differs")
    path = into / found.link.filename
    path.write_bytes(content)
    return path


if __name__ == "__main__":
    package, wanted_version, wanted_sha256, folder = sys.argv[1:]
    print(fetch(package, wanted_version, wanted_sha256, Path(folder)))
