"""The calls about web push: the key, and what this very session is told of. Each session has one subscription."""

import base64
import logging
import secrets

from cryptography.hazmat.primitives.asymmetric import ec

from cloud.api import Call
from cloud.clock import Clock
from cloud.push_rules import AUTH_BYTES, P256DH_BYTES, service_of
from cloud.push_store import Subscription
from cloud.push_types import PushKey, PushView, Subscribe
from cloud.pushing import Pushing
from cloud.verbs import NotPossible

log = logging.getLogger("iomando.push")


class PushCalls:
    def __init__(self, pushing: Pushing, clock: Clock) -> None:
        self._pushing, self._store, self._clock = pushing, pushing.subscriptions, clock

    async def push_key(self, _call: Call) -> PushKey:
        return PushKey(self._pushing.key)

    async def subscription(self, call: Call) -> PushView:
        found = await self._store.of_session(call.actor.id)
        return PushView(found.wants if found else None)  # pyright: ignore[reportArgumentType]

    async def subscribe(self, call: Call) -> None:
        body, actor = call.body, call.actor
        assert isinstance(body, Subscribe)
        service = service_of(body.endpoint, self._pushing.services)
        if service is None:
            log.warning("a subscription to a strange address", extra={"person": actor.person, "session": actor.id})
            raise NotPossible("invalid", "this browser's push service is not one that this service sends to")
        keys = _point(body.p256dh), _bytes(body.auth, AUTH_BYTES)
        wants, now = tuple(dict.fromkeys(body.wants)), self._clock.now()
        one = Subscription(secrets.token_hex(8), actor.person, actor.id, body.endpoint, *keys, wants, now)
        if not await self._store.put(one):
            raise NotPossible("session", "nobody is signed in here, or no longer")
        log.info("takes pushes", extra={"person": actor.person, "session": actor.id, "service": service.host})

    async def unsubscribe(self, call: Call) -> None:
        await self._store.remove(call.actor.id)


def _point(text: str) -> bytes:
    """A key that something can be encrypted for: a point of the curve, and no other one."""
    raw = _bytes(text, P256DH_BYTES)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError:
        raise NotPossible("invalid", "`p256dh` is no public key of a browser") from None
    return raw


def _bytes(text: str, length: int) -> bytes:
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(raw) != length:
        raise NotPossible("invalid", "this is not what a browser's subscription has")
    return raw
