# Whether enough of the keys that count have signed a release: by the set it names, which follows the one that this unit
# trusts. Reckoned in slices. Loaded for this one step. Never here: layouts (signatures.py), numbers (ed25519.py).
import asyncio
import gc

import ed25519
import landing
import signatures
import update_words
from no import No


async def prove(signed, store, next_keys):
    # No unless it is. next_keys(number): bytes of the signed key set that the cloud has under that number.
    by, start = signatures.read_signatures(signed)
    body = memoryview(signed)[start:]
    wanted = _key_set_of(body)
    keys = signatures.read_keys_of(store.read(landing.KEYS))
    while keys.number < wanted:
        keys = await _following(keys, await next_keys(keys.number + 1), store)
    if keys.number != wanted:
        raise No(update_words.SIGNATURE)
    await _check(signatures.RELEASE_WORDS, body, by, keys)


def _key_set_of(body):
    import sys

    import manifest  # for as long as this takes: four kilobytes

    try:
        return manifest.key_set_of(body)
    finally:
        del sys.modules["manifest"]


async def _following(keys, signed, store):
    # The set that follows, signed by enough of these and by enough of its own.
    by_old, at = signatures.read_signatures(signed)
    by_new, at = signatures.read_signatures(signed, at)
    body = signed[at:]
    new = signatures.read_keys(body)
    if new.number != keys.number + 1 or (new.demo and not keys.demo):
        raise No(update_words.SIGNATURE)
    await _check(signatures.KEYS_WORDS, body, by_old, keys)
    await _check(signatures.KEYS_WORDS, body, by_new, new)
    store.keep_keys(signed)
    return new


async def _check(domain, body, found, keys):
    message = signatures.message(domain, body)
    try:
        checks = signatures.wanted_checks(found, keys)
    except ValueError:
        raise No(update_words.SIGNATURE)
    kept = gc.threshold()
    gc.threshold(gc.mem_free() // 4)  # a signature leaves a megabyte of garbage: most of its time would go there
    try:
        await _all_good(checks, message)
    finally:
        gc.threshold(kept)


async def _all_good(checks, message):
    for key, signature in checks:
        good = False
        for verdict in ed25519.verifying(key, message, signature):
            good = verdict is True
            await asyncio.sleep_ms(0)
        if not good:
            raise No(update_words.SIGNATURE)
