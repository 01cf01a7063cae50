# One update, from the cloud's offer to the restart into the new slot: what to load next, whether it is signed, where it
# goes. Loaded when there is an offer, let go when it is over; what one step needs, for that step: a unit with a modem
# has no room for all of it at once. Never here: rules (ota.py), layouts (manifest.py, wire.py), flash (landing.py).
import asyncio
import gc
import hashlib
import sys

import landing
import update_words
import wire
from blocks import Blocks
from no import No

IMAGE = 2  # as in manifest.py


def let_go(names):
    # Of files that were loaded for one step: the next one needs their room.
    for name in names:
        if name in sys.modules:
            del sys.modules[name]
    gc.collect()


class Updating:
    # store: landing.Landing; facts(): ota.Facts; say(build, *fields): voice.say; resting(): no coil works; leave(): for
    # the new slot, as soon as doors let it; over(bytes that were loaded); chip(): (machine, esp32).
    def __init__(self, store, facts, say, resting, leave, over, chip=None):
        self._store = store
        self._chip = chip
        self._facts = facts
        self._say = say
        self._leave = leave
        self._over = over
        self._blocks = Blocks(store, say, resting)
        self._release = 0
        self._task = None

    def offered(self, release, size, key_set):
        self._release = release
        self._task = asyncio.create_task(self._run(release, size))

    def on_block(self, frame):
        return self._blocks.take(frame)

    async def _run(self, release, size):
        # Whatever goes wrong is the update's end, never the unit's.
        reason = None
        try:
            await self._load(release, size)
        except No as no:
            reason = no.args[0]
        except MemoryError:
            reason = update_words.MEMORY
        except OSError as error:
            print("update %d: %s" % (release, error))
            reason = update_words.FLASH
        except Exception as error:
            sys.print_exception(error)
            reason = update_words.MALFORMED
        have = self._store.have(landing.bundle_of(release))
        self._over(self._blocks.loaded)
        if reason is None:
            self._leave()
            return
        print("update %d is not taken: reason %d" % (release, reason))
        try:
            if reason not in (update_words.NONE, update_words.MEMORY):  # after those two it is gone on with
                self._store.drop()
            if reason != update_words.NONE:
                self._say(wire.update_state, release, update_words.REFUSED, reason, have)
        except (OSError, MemoryError) as error:
            print("update %d: %s" % (release, error))

    async def _load(self, release, size):
        self._check_offer(release, size)
        store = self._store
        store.begin(release)
        file = landing.manifest_of(release)
        await self._blocks.part(wire.MANIFEST, release, file, size)
        await self._prove(file)
        found, identity = self._checked(file)
        packed, digest, kind = found.packed, found.digest, found.kind
        found = None  # read again: five kilobytes that a long load can do without
        if kind == IMAGE:
            await self._image(release, packed, digest, identity)
        else:
            if not store.have(landing.bundle_of(release)):
                store.make_room()
            self._state(update_words.LOADING)
            await self._blocks.part(wire.BUNDLE, release, landing.bundle_of(release), packed)
            await self._install(file, identity)
            self._try_out(release)
        self._state(update_words.WRITTEN)
        print("update %d is written: restarting to try it" % release)
        try:
            self._store.drop()  # not sooner: until it is named, a power cut leads back here
        except OSError:
            pass  # the next one clears it away

    def _check_offer(self, release, size):
        # What needs no byte of it to be said.
        import ota

        try:
            reason = ota.refusal_of_offer(release, self._facts())
        finally:
            let_go(("ota",))
        if reason:
            raise No(reason)
        if size > landing.MOST:
            raise No(update_words.MALFORMED)

    async def _prove(self, file):
        # Enough of the keys that count have signed just these bytes, or No.
        import proving

        try:
            await proving.prove(self._store.read(file), self._store, self._blocks.keys)
        except ValueError:
            raise No(update_words.MALFORMED)
        finally:
            let_go(("proving", "ed25519", "signatures"))

    def _checked(self, file):
        # (Release, identity) of a manifest that is proven; No when this unit does not want it.
        import ota

        try:
            found, identity = self._release_in(file)
            reason = ota.refusal(found, identity, self._facts())
        except ValueError:
            raise No(update_words.MALFORMED)
        finally:
            let_go(("ota", "manifest", "signatures"))
        if found.counter != self._release:
            reason = update_words.MALFORMED
        if reason:
            raise No(reason)
        return found, identity

    def _release_in(self, file):
        import manifest
        import signatures

        signed = self._store.read(file)
        body = memoryview(signed)[signatures.read_signatures(signed)[1] :]
        return manifest.read_release(body), hashlib.sha256(body).digest()[:8]

    async def _install(self, file, identity):
        import installing

        try:
            found, again = self._release_in(file)
            if again != identity:
                raise No(update_words.CONTENT)  # the flash has turned a bit since it was proven
            for _ in installing.install(self._store, found, identity):
                await self._blocks.quiet()
        except (ValueError, installing.Damaged):
            raise No(update_words.CONTENT)
        finally:
            let_go(("installing", "manifest", "signatures"))

    async def _image(self, release, size, digest, identity):
        import image

        try:
            partition = image.idle(self._chip()[1].Partition)
            self._state(update_words.LOADING)
            sink = image.Sink(self._store, partition, size)
            await self._blocks.part(wire.BUNDLE, release, landing.bundle_of(release), size, sink)
            for _ in image.hashed(partition, size, digest):
                await self._blocks.quiet()
            image.try_out(self._slots(), partition, release, identity)
        finally:
            let_go(("image", "slots"))

    def _slots(self):
        from slots import Slots

        return Slots(self._store.running, self._store.root)

    def _try_out(self, release):
        self._slots().try_out(release)
        let_go(("slots",))

    def _state(self, state):
        have = self._store.have(landing.bundle_of(self._release))
        self._say(wire.update_state, self._release, state, update_words.NONE, have)
