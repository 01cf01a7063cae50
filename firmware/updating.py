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
        self._emptied = False  # the idle slot: what is in it is this update's
        self._task = None
        self.release = 0

    def begun(self, release, size):
        self.release = release
        self._task = asyncio.create_task(self._run(release, size))
        return self

    def on_block(self, frame):
        return self._blocks.take(frame)

    async def _run(self, release, size):
        reason = await self._outcome(release, size)
        have = self._have()
        self._over(self._blocks.loaded)
        if reason is None:
            print("update %d is written: restarting to try it" % release)
            self._say(wire.update_state, release, update_words.WRITTEN, update_words.NONE, have)
            self._clear_up()  # not sooner: until it is named, a power cut leads back to what is loaded
            self._leave()
            return
        print("update %d is not taken: reason %d" % (release, reason))
        if reason not in (update_words.NONE, update_words.MEMORY):  # after those two it is gone on with
            self._clear_up(True)
        if reason != update_words.NONE:
            self._say(wire.update_state, release, update_words.REFUSED, reason, have)

    async def _outcome(self, release, size):
        # None when it is written, else why not. Whatever goes wrong is the update's end, never the unit's.
        try:
            await self._load(release, size)
        except No as no:
            return no.args[0]
        except MemoryError:
            return update_words.MEMORY
        except OSError as error:
            print("update %d: %s" % (release, error))
            return update_words.FLASH
        except Exception as error:
            sys.print_exception(error)
            return update_words.MALFORMED

    def _clear_up(self, all_of_it=False):
        # The journal may need the room.
        try:
            self._store.drop()
            if all_of_it and self._emptied:
                self._store.make_room()
        except OSError as error:
            print("update %d: %s" % (self.release, error))

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
            return
        if not store.have(landing.bundle_of(release)):
            store.make_room()
        self._emptied = True
        self._loading()
        await self._blocks.part(wire.BUNDLE, release, landing.bundle_of(release), packed)
        await self._install(file, identity)
        self._try_out(release)

    def _check_offer(self, release, size):
        # What needs no byte of it to be said.
        import ota

        try:
            reason = ota.refusal_of_offer(release, size, self._facts())
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
        if found.counter != self.release:
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
            self._loading()
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

    def _loading(self):
        self._say(wire.update_state, self.release, update_words.LOADING, update_words.NONE, self._have())

    def _have(self):
        return self._store.have(landing.bundle_of(self.release))
