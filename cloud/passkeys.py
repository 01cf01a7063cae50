"""Passkeys: a phone or computer shows that its owner unlocked it. The cryptography is py_webauthn's; who then gets a
session is not decided here.

A challenge is good once, for five minutes, and only for the session or the ticket that it was made for. Nobody types a
contact: the passkey says whose it is.
"""

import asyncio
import base64
import dataclasses
import ipaddress
import logging
import secrets
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import msgspec

from cloud.chain import Draft
from cloud.clock import Clock
from cloud.proof_store import PasskeyRow, ProofStore
from cloud.settings import Settings
from cloud.store import Store

log = logging.getLogger("iomando.passkeys")

CHALLENGE_BYTES = 32
CHALLENGE_LIFE_MS = 5 * 60_000  # to look for the phone that has it
CHALLENGES = 10_000  # waiting at once: about 3 MB; then the oldest goes
PASSKEYS = 20  # of one person: each device of hers, and then some
NAME_CHARS = 60
RP_NAME = "iomando"
_CREATE, _GET = "create ", "get "  # what a challenge was made for


class NoName(Exception):
    """This installation cannot have passkeys; the message says why, and what to set."""


class BadPasskey(Exception):
    """It was not added; the message says why, in words."""


class Passkey(msgspec.Struct, frozen=True):
    """One of somebody's own; `id` is base64url."""

    id: str
    name: str
    created: int
    used: int | None


def rp_id(url: str) -> str:
    """The name that passkeys are bound to. Raises NoName."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        raise NoName(f"passkeys are bound to a host's name, and {host} is a number: set public_url to one with a name")
    if not host:
        raise NoName("passkeys are bound to a host's name: set public_url")
    if parts.scheme != "https" and host != "localhost" and not host.endswith(".localhost"):
        raise NoName("browsers have passkeys over https only: set public_url to an address with https")
    return host


class Passkeys:
    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store, self._clock, self._settings = ProofStore(store), clock, settings
        self._challenges: dict[str, tuple[bytes, int]] = {}

    def served_on(self, port: int) -> None:
        self._settings = dataclasses.replace(self._settings, port=port)

    @property
    def possible(self) -> bool:
        try:
            rp_id(self._settings.url)
        except NoName:
            return False
        return True

    # -- adding one

    async def begin_adding(self, person: str, session: str, label: str) -> dict[str, Any]:
        """What the browser's `navigator.credentials.create` wants; `label` is how the device calls the account. Raises
        NoName, BadPasskey."""
        rp = rp_id(self._settings.url)
        hers = await self._store.passkeys(person)
        if len(hers) >= PASSKEYS:
            raise BadPasskey(f"there are {PASSKEYS} already: remove one that is not used any more")
        challenge = self._challenge(_CREATE + session)
        return await asyncio.to_thread(_creation, rp, person, label, challenge, [row.id for row in hers])

    async def add(
        self, person: str, session: str, credential: dict[str, Any] | str, name: str, drafts: Iterable[Draft] = ()
    ) -> Passkey:
        """Raises NoName, BadPasskey. `drafts` are entered into the log in the same commit."""
        rp, now = rp_id(self._settings.url), self._clock.now()
        challenge = self._spend(_CREATE + session)
        if challenge is None:
            raise BadPasskey("this took too long, or was done already: begin anew")
        try:
            made = await asyncio.to_thread(_verify_creation, credential, challenge, rp, sorted(self._settings.origins))
        except Exception as error:
            log.info("a passkey was not added", extra={"person": person, "why": _why(error)})
            raise BadPasskey("the device's answer is not good for this page") from error
        row = PasskeyRow(made.credential_id, person, made.credential_public_key, made.sign_count, _clean(name), now)
        if not await self._store.add_passkey(row, PASSKEYS, now, drafts, session):
            raise BadPasskey("this passkey is known already, there are too many, or you have been signed out")
        log.info("passkey added", extra={"person": person})
        return _shown(row)

    # -- signing in

    async def begin_sign_in(self) -> tuple[str, dict[str, Any]]:
        """A ticket for `sign_in`, and what the browser's `navigator.credentials.get` wants. Raises NoName."""
        rp, ticket = rp_id(self._settings.url), secrets.token_urlsafe(24)
        return ticket, await asyncio.to_thread(_request, rp, self._challenge(_GET + ticket))

    async def sign_in(self, ticket: str, credential: dict[str, Any] | str) -> str | None:
        """Whose passkey answered, once a ticket; None: for whatever reason it is not good. Raises NoName."""
        rp, challenge = rp_id(self._settings.url), self._spend(_GET + ticket)
        if challenge is None:
            return None
        try:
            id_, handle = await asyncio.to_thread(_named, credential)
            row = await self._store.passkey(id_)
            if row is None or handle not in (None, row.person.encode()):
                log.info("a passkey that nobody has")
                return None
            origins = sorted(self._settings.origins)
            count = await asyncio.to_thread(_verify_answer, credential, challenge, rp, origins, row.public_key)
        except Exception as error:  # noqa: BLE001 - what a stranger sends may be anything
            log.info("a passkey was refused", extra={"why": _why(error)})
            return None
        if await self._store.passkey_used(row.id, count, self._clock.now()):
            return row.person
        if await self._store.passkey(row.id):  # else it was removed meanwhile
            counts = {"was": row.sign_count, "came": count}
            log.warning(
                "a passkey's counter went back: there may be a copy of it", extra={"person": row.person} | counts
            )
        return None

    # -- hers

    async def of(self, person: str) -> list[Passkey]:
        return [_shown(row) for row in await self._store.passkeys(person)]

    async def rename(self, person: str, id_: str, name: str) -> bool:
        raw = _bytes(id_)
        return raw is not None and await self._store.name_passkey(person, raw, _clean(name))

    async def remove(self, person: str, id_: str, drafts: Iterable[Draft] = ()) -> bool:
        raw = _bytes(id_)
        return raw is not None and await self._store.remove_passkeys(person, self._clock.now(), raw, drafts) == 1

    async def remove_all(self, person: str, drafts: Iterable[Draft] = ()) -> int:
        """How many; without any, nothing is entered."""
        return await self._store.remove_passkeys(person, self._clock.now(), None, drafts)

    # -- challenges

    def _challenge(self, key: str) -> bytes:
        """One at a time for each session; they stand in the order in which they end."""
        now = self._clock.now()
        self._challenges.pop(key, None)
        while self._challenges:
            oldest = next(iter(self._challenges))
            if len(self._challenges) < CHALLENGES and self._challenges[oldest][1] > now:
                break
            del self._challenges[oldest]
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        self._challenges[key] = challenge, now + CHALLENGE_LIFE_MS
        return challenge

    def _spend(self, key: str) -> bytes | None:
        challenge, ends = self._challenges.pop(key, (None, 0))
        return challenge if ends > self._clock.now() else None


# -- py_webauthn, in a thread: its first import takes a while, and so may what a stranger sends


def _creation(rp: str, person: str, label: str, challenge: bytes, have: list[bytes]) -> dict[str, Any]:
    from webauthn import generate_registration_options
    from webauthn.helpers import options_to_json_dict, structs

    options = generate_registration_options(
        rp_id=rp,
        rp_name=RP_NAME,
        user_id=person.encode(),
        user_name=label,
        user_display_name=label,
        challenge=challenge,
        timeout=CHALLENGE_LIFE_MS,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=id_) for id_ in have],
    )
    return options_to_json_dict(options)


def _request(rp: str, challenge: bytes) -> dict[str, Any]:
    from webauthn import generate_authentication_options
    from webauthn.helpers import options_to_json_dict, structs

    required = structs.UserVerificationRequirement.REQUIRED
    options = generate_authentication_options(
        rp_id=rp, challenge=challenge, timeout=CHALLENGE_LIFE_MS, user_verification=required
    )
    return options_to_json_dict(options)


def _verify_creation(credential: dict[str, Any] | str, challenge: bytes, rp: str, origins: list[str]) -> Any:
    from webauthn import verify_registration_response

    return verify_registration_response(
        credential=credential,
        expected_challenge=challenge,
        expected_rp_id=rp,
        expected_origin=origins,
        require_user_verification=True,
    )


def _named(credential: dict[str, Any] | str) -> tuple[bytes, bytes | None]:
    """Which passkey it says it is, and whose."""
    from webauthn.helpers import parse_authentication_credential_json

    parsed = parse_authentication_credential_json(credential)
    return parsed.raw_id, parsed.response.user_handle


def _verify_answer(
    credential: dict[str, Any] | str, challenge: bytes, rp: str, origins: list[str], public_key: bytes
) -> int:
    """Its counter. Whether that has risen is decided in the store, once it is known that the passkey itself says so."""
    from webauthn import verify_authentication_response

    return verify_authentication_response(
        credential=credential,
        expected_challenge=challenge,
        expected_rp_id=rp,
        expected_origin=origins,
        credential_public_key=public_key,
        credential_current_sign_count=0,
        require_user_verification=True,
    ).new_sign_count


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]


def _shown(row: PasskeyRow) -> Passkey:
    return Passkey(base64.urlsafe_b64encode(row.id).decode().rstrip("="), row.name, row.created, row.used)


def _bytes(id_: str) -> bytes | None:
    try:
        return base64.b64decode(id_ + "=" * (-len(id_) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None


def _clean(name: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:NAME_CHARS] or "passkey"
