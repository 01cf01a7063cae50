"""A stolen phone, signed in, against the admin who ends its sessions."""

import asyncio
from pathlib import Path

from cloud.chain import Draft
from cloud.change_desk import Actor
from cloud.proof_store import PasskeyRow, ProofStore
from tests.api_side import ApiSide, town
from tests.given import ASKED

__all__ = ["town"]
ADM = Actor("adm", "s-adm")


def _row(number: int = 0) -> PasskeyRow:
    return PasskeyRow(f"thief-{number}".encode(), "tom", b"", 0, "thief's", ASKED)


async def _keys(town: ApiSide) -> list[tuple[object, ...]]:
    return town.rows("SELECT id FROM passkeys WHERE person = 'tom'")


async def test_a_passkey_is_not_kept_for_a_session_that_has_ended(town: ApiSide) -> None:
    await town.wired.people.lost_phone(ADM, "home", "tom")
    drafts = [Draft("home", ASKED, "change", "tom", "s-tom", "app", detail={"what": "passkey_added"})]
    before = town.dump()
    assert not await ProofStore(town.wired.store).add_passkey(_row(), 20, ASKED, drafts, session="s-tom")
    assert town.dump() == before


async def test_a_passkey_that_is_added_while_the_phone_is_reported_does_not_stay(tmp_path: Path) -> None:
    """Whichever is first: her sessions end before her passkeys go, and none is kept for one that has ended."""
    async with ApiSide(tmp_path / "town") as side:
        store = ProofStore(side.wired.store)
        adding = [store.add_passkey(_row(n), 50, ASKED, session="s-tom") for n in range(20)]
        await asyncio.gather(*adding[:10], side.wired.people.lost_phone(ADM, "home", "tom"), *adding[10:])
        assert await _keys(side) == []
