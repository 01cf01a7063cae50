# One update, from the cloud's offer to the restart into the new slot: what to ask for next, whether it is signed, where
# it goes. Loaded when there is an offer, let go when it is over. Never here: rules (ota.py), layouts (manifest.py,
# wire.py), flash (slots.py).
import asyncio
import hashlib
import time

import ed25519
import manifest
import ota
import slots
import update_words as words
import wire

WAIT_MS = 20000  # for a block; at 300 B/s and round trips of a second it takes five
PATIENCE = 15  # blocks asked for in vain, five minutes: the cloud offers again when there is a reason
QUIET_MS = 200  # between two looks whether the doors rest


class No(Exception):
    # args[0]: a reason of update_words.py
    pass


class Updating:
    # facts(): ota.Facts; say(build, *fields): voice.say; resting(): no coil works; restart(): as soon as doors let it.
    def __init__(self, unit, store, facts, say, resting, restart):
        self._unit = unit
        self._store = store
        self._facts = facts
        self._say = say
        self._resting = resting
        self._restart = restart
        self._came = asyncio.Event()
        self._wanted = None  # (part, of, offset, length) that is awaited
        self._block = None  # (size, bytes) that came for it
        self._rate = 0  # bytes a second
        self.release = 0
        self.loaded = 0  # bytes, whatever became of them
        self.task = None

    def offered(self, release, size, key_set):
        # Begins, unless it is at that already.
        if self.task is None:
            self.release = release
            self.task = asyncio.create_task(self._run(release, size, key_set))

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
            except slots.Damaged:
                raise No(words.CONTENT)
            except ValueError:
                raise No(words.MALFORMED)
            except OSError as error:
                print("update %d: %s" % (release, error))
                raise No(words.FLASH)
        except No as no:
            print("update %d is not taken: reason %d" % (release, no.args[0]))
            if no.args[0] not in (words.NONE, words.FLASH):
                self._store.drop()
            if no.args[0] != words.NONE:
                self._state(words.REFUSED, no.args[0])
        finally:
            self.task = None

    async def _load(self, release, size, key_set):
        self._check_offer(release, size)
        self._store.begin(release)
        file = slots.manifest_of(release)
        await self._part(wire.MANIFEST, release, file, size)
        found, identity = await self._signed(self._store.read(file))
        if found.counter != release or found.kind != manifest.APPLICATION:
            raise No(words.MALFORMED)
        reason = ota.refusal(found, identity, self._facts())
        if reason:
            raise No(reason)
        if not self._store.have(slots.bundle_of(release)):
            self._store.make_room()
        self._state(words.LOADING)
        await self._part(wire.BUNDLE, release, slots.bundle_of(release), found.packed)
        for _ in self._store.install(found, identity):
            await self._quiet()
        self._store.try_out(release)
        self._state(words.WRITTEN)
        print("update %d is written: restarting to try it" % release)
        self._restart()

    def _check_offer(self, release, size):
        # What needs no byte of it to be said.
        facts = self._facts()
        if release <= facts.running[0] or release < facts.floor[0]:
            raise No(words.OLD)
        if facts.tried.get(release, 0) >= ota.TRIES:
            raise No(words.FAILED_TWICE)
        if size > manifest.MAX_BYTES:
            raise No(words.MALFORMED)

    async def _signed(self, signed):
        # (Release, identity) once enough of the keys that count have signed just these bytes.
        signatures, start = manifest.read_signatures(signed)
        body = signed[start:]
        release = manifest.read_release(body)
        keys = manifest.read_keys_of(self._store.read(slots.KEYS))
        while keys.number < release.key_set:
            keys = await self._next_keys(keys)
        if keys.number != release.key_set:
            raise No(words.SIGNATURE)
        await self._check(manifest.RELEASE_WORDS, body, signatures, keys)
        return release, hashlib.sha256(body).digest()[:8]

    async def _next_keys(self, keys):
        # The set that follows, signed by enough of these and by enough of its own.
        signed = await self._whole(wire.KEY_SET, keys.number + 1)
        by_old, at = manifest.read_signatures(signed)
        by_new, at = manifest.read_signatures(signed, at)
        body = signed[at:]
        new = manifest.read_keys(body)
        if new.number != keys.number + 1 or (new.demo and not keys.demo):
            raise No(words.SIGNATURE)
        await self._check(manifest.KEYS_WORDS, body, by_old, keys)
        await self._check(manifest.KEYS_WORDS, body, by_new, new)
        self._store.keep_keys(signed)
        return new

    async def _check(self, domain, body, signatures, keys):
        message = manifest.message(domain, body)
        try:
            checks = manifest.wanted_checks(signatures, keys)
        except ValueError:
            raise No(words.SIGNATURE)
        for key, signature in checks:
            good = False
            for verdict in ed25519.verifying(key, message, signature):
                good = verdict is True
                await asyncio.sleep_ms(0)
            if not good:
                raise No(words.SIGNATURE)

    # -- blocks

    async def _part(self, part, of, file, size):
        # Until the file has all of it; what it has is not asked for again.
        while self._store.have(file) < size:
            have = self._store.have(file)
            total, data = await self._ask(part, of, have, size - have)
            if total != size:
                raise No(words.GONE if not total else words.MALFORMED)
            await self._quiet()
            self._store.add(file, data)

    async def _whole(self, part, of):
        # A small part that is not kept before it is checked.
        found = b""
        size = 1
        while len(found) < size:
            size, data = await self._ask(part, of, len(found), manifest.MAX_KEYS_BYTES)
            if not 0 < size <= manifest.MAX_KEYS_BYTES:
                raise No(words.KEYS)
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
            self.loaded += len(data)
            self._rate = ota.measured(self._rate, len(data), time.ticks_diff(time.ticks_ms(), asked))
            return size, data
        self._wanted = None
        raise No(words.NONE)

    async def _quiet(self):
        # Others have their turn; and while a door works, it has all turns.
        await asyncio.sleep_ms(0)
        while not self._resting():
            await asyncio.sleep_ms(QUIET_MS)

    def _state(self, state, reason=words.NONE):
        have = self._store.have(slots.bundle_of(self.release))
        self._say(wire.update_state, self.release, state, reason, have)
