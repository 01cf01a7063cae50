"""What tests of codes, pins, passkeys and sessions are given: a store with people in it, a clock that is set, and the
parts on top of them. Never here: what should become of any of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cloud.code_desk import CodeDesk
from cloud.passkeys import Passkeys
from cloud.settings import Settings
from cloud.slow_hash import SlowHash
from cloud.store import Store
from tests.authenticator import Authenticator
from tests.code_side import Pigeon
from tests.identity_side import Hand, peopled_database


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(peopled_database(tmp_path))
    yield store
    await store.close()


@pytest.fixture
async def hasher() -> AsyncIterator[SlowHash]:
    hasher = SlowHash()
    yield hasher
    hasher.close()


@pytest.fixture
def pigeon() -> Pigeon:
    return Pigeon()


@pytest.fixture
async def desk(store: Store, clock: Hand, hasher: SlowHash, pigeon: Pigeon) -> AsyncIterator[CodeDesk]:
    desk = CodeDesk(store, clock, hasher, pigeon)
    yield desk
    await desk.close()


@pytest.fixture
def passkeys(store: Store, clock: Hand) -> Passkeys:
    return Passkeys(store, clock, Settings(public_url="https://doors.example"))


@pytest.fixture
def device() -> Authenticator:
    return Authenticator()
