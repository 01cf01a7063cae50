# One update, from the cloud's offer to the restart into the new slot: what to ask for next, whether it is signed, where
# it goes. Loaded when there is an offer, let go when it is over. Never here: rules (ota.py), layouts (manifest.py,
# wire.py), flash (slots.py).
import asyncio
import gc
import hashlib
import sys
import time

import ota
import slots
import update_words
import wire
from ota import No

WAIT_MS = 20000  # for a block; at 300 B/s and round trips of a second it takes five
PATIENCE = 15  # blocks asked for in vain, five minutes: the cloud offers again when there is a reason
MAX_KEYS_BYTES = 1024  # of a signed key set
QUIET_MS = 200  # between two looks whether the doors rest


def let_go(names):
    # Of files that were loaded for one step: the next one needs their room.
    for name in names:
        if name in sys.modules:
            del sys.modules[name]
    gc.collect()


class Updating:
    # facts(): ota.Facts; say(build, *fields): voice.say; resting(): no coil works; leave(): for the new slot, as
    # soon as doors let it; over(bytes that were loaded).
    def __init__(self, store, facts, say, resting, leave, over):
        self._store = store
        self._facts = facts
        self._say = say
        self._resting = resting
        self._leave = leave
        self._over = over
        self._came = asyncio.Event()
        self._wanted = None  # (part, of, offset, length) that is awaited
        self._block = None  # (size, bytes) that came for it
        self._rate = 0  # bytes a second
        self._release = 0
        self._loaded = 0  # bytes, whatever became of them
        self._task = None

    def offered(self, release, size, key_set):
        self._release = release
        self._task = asyncio.create_task(self._run(release, size, key_set))

    def on_block(self, frame):
        _, part, of, offset, size, data = wire.block_fields(frame)
        if self._wanted is None or (part, of, offset) != self._wanted[:3] or self._block is not None:
            return False  # late, doubled, of another release
        if len(data) > self._wanted[3] or (size and not data) or offset + len(data) > size:
            return False
        self._block = (size, data)
        self._came.set()
        return True

    async def _run(self, release, size, key_set):
        try:
            try:
                await self._load(release, size, key_set)
            except ValueError:
                raise No(update_words.MALFORMED)
            except MemoryError:
                raise No(update_words.MEMORY)
            except OSError as error:
                print("update %d: %s" % (release, error))
                raise No(update_words.FLASH)
        except No as no:
            print("update %d is not taken: reason %d" % (release, no.args[0]))
            if no.args[0] not in (update_words.NONE, update_words.FLASH):
                self._store.drop()
            if no.args[0] != update_words.NONE:
                self._state(update_words.REFUSED, no.args[0])
        finally:
            self._over(self._loaded)

    async def _load(self, release, size, key_set):
        self._check_offer(release, size)
        self._store.begin(release)
        file = slots.manifest_of(release)
        await self._part(wire.MANIFEST, release, file, size)
        found, identity = await self._signed(self._store.read(file))
        if found.counter != release:
            raise No(update_words.MALFORMED)
        reason = ota.refusal(found, identity, self._facts())
        if reason:
            raise No(reason)
        if not self._store.have(slots.bundle_of(release)):
            self._store.make_room()
        self._state(update_words.LOADING)
        await self._part(wire.BUNDLE, release, slots.bundle_of(release), found.packed)
        import installing

        try:
            for _ in installing.install(self._store, found, identity):
                await self._quiet()
        except installing.Damaged:
            raise No(update_words.CONTENT)
        self._store.try_out(release)
        self._state(update_words.WRITTEN)
        print("update %d is written: restarting to try it" % release)
        self._leave()

    def _check_offer(self, release, size):
        # What needs no byte of it to be said.
        facts = self._facts()
        if release <= facts.running[0] or release < facts.floor[0]:
            raise No(update_words.OLD)
        if facts.tried.get(release, 0) >= ota.TRIES:
            raise No(update_words.FAILED_TWICE)
        if size > slots.MOST:
            raise No(update_words.MALFORMED)

    async def _signed(self, signed):
        # (Release, identity) once enough of the keys that count have signed just these bytes.
        import proving

        await proving.prove(signed, self._store, self._next_keys)
        let_go(("proving", "ed25519"))
        import manifest
        import signatures

        body = memoryview(signed)[signatures.read_signatures(signed)[1] :]
        return manifest.read_release(body), hashlib.sha256(body).digest()[:8]

    async def _next_keys(self, number):
        # The signed key set with that number, as the cloud has it.
        return await self._whole(wire.KEY_SET, number)

    # -- blocks

    async def _part(self, part, of, file, size):
        # Until the file has all of it; what it has is not asked for again.
        while self._store.have(file) < size:
            have = self._store.have(file)
            total, data = await self._ask(part, of, have, size - have)
            if total != size:
                raise No(update_words.GONE if not total else update_words.MALFORMED)
            await self._quiet()
            self._store.add(file, data)

    async def _whole(self, part, of):
        # A small part that is not kept before it is checked.
        found = b""
        size = 1
        while len(found) < size:
            size, data = await self._ask(part, of, len(found), MAX_KEYS_BYTES)
            if not 0 < size <= MAX_KEYS_BYTES:
                raise No(update_words.KEYS)
            found += data
        return found

    async def _ask(self, part, of, offset, left):
        # (bytes of the whole part, those from offset on) as the cloud gives them; asked again when nothing comes.
        for _ in range(PATIENCE):
            await self._quiet()
            length = ota.length(self._rate, wire.BLOCK_MAX, left)
            self._block = None
            self._came.clear()
            self._wanted = (part, of, offset, length)
            asked = time.ticks_ms()
            self._say(wire.block_wanted, part, of, offset, length)
            try:
                await asyncio.wait_for_ms(self._came.wait(), WAIT_MS)
            except asyncio.TimeoutError:
                self._rate //= 2
                continue
            self._wanted = None
            size, data = self._block
            self._loaded += len(data)
            self._rate = ota.measured(self._rate, len(data), time.ticks_diff(time.ticks_ms(), asked))
            return size, data
        self._wanted = None
        raise No(update_words.NONE)

    async def _quiet(self):
        # Others have their turn; and while a door works, it has all turns.
        await asyncio.sleep_ms(0)
        while not self._resting():
            await asyncio.sleep_ms(QUIET_MS)

    def _state(self, state, reason=update_words.NONE):
        have = self._store.have(slots.bundle_of(self._release))
        self._say(wire.update_state, self._release, state, reason, have)
