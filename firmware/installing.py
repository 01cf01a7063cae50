# A bundle whose manifest is signed becomes the files of the idle slot: unpacked piece by piece, then hashed back from
# the flash. Nothing is switched here. Generators: they yield between two reads or writes: others have their turn.
# Never here: whether it may be (ota.py), what runs (slots.py).
import hashlib

import landing
import manifest

COPY = 1024  # bytes at a time: what a flash write takes is what the unit does not answer in
WINDOW_BITS = 12  # of the bundle's compression: four kilobytes of memory, 3 kB less on the air than with one


class Damaged(Exception):
    # The bundle is not what its manifest says.
    pass


def install(store, release, identity):
    bundle = store.root + landing.bundle_of(release.counter)
    folder = store.root + store.idle + "/"
    for _ in _hashed(bundle, release.packed, release.digest):
        yield
    store.make_room()
    with open(bundle, "rb") as file:
        for _ in _unpacked(file, folder, release):
            yield
    for name, size, sha in release.files():
        for _ in _hashed(folder + name, size, sha):
            yield
    store.put(store.idle + "/files", manifest.table_of(release, identity))


def _hashed(name, size, sha):
    digest = hashlib.sha256(b"")
    with open(name, "rb") as file:
        piece = file.read(COPY)
        while piece:
            size -= len(piece)
            digest.update(piece)
            yield
            piece = file.read(COPY)
    if size or digest.digest() != sha:
        raise Damaged


def _unpacked(file, folder, release):
    import deflate

    with deflate.DeflateIO(file, deflate.ZLIB, WINDOW_BITS) as source:
        for name, size, _ in release.files():
            left = size
            with open(folder + name, "wb") as out:
                while left:
                    piece = _piece(source, left)
                    if not piece:
                        raise Damaged
                    out.write(piece)
                    left -= len(piece)
                    yield
        if _piece(source, 1):
            raise Damaged


def _piece(source, left):
    try:
        return source.read(min(left, COPY))
    except (OSError, ValueError, EOFError):
        raise Damaged
