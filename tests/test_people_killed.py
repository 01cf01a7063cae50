"""A process that is killed in a burst of an admin's changes: each acknowledged one is there with its line, none
half."""

import asyncio
import json
import random
import sys
from pathlib import Path
from typing import Any

from cloud import change_desk, changes
from cloud.access import Grant
from cloud.change_store import ChangeStore, described
from cloud.changes import Edit
from cloud.store import Store
from tests.changing_side import assembled
from tests.given import ADM, inhabited_database, read_afresh, whole_log

KILLS = 6
ROOT = Path(__file__).resolve().parent.parent
Rows = dict[tuple[str, str], Any]


async def rows(path: Path) -> Rows:
    """Everything of the place, as the log would describe it."""
    store = Store(path)
    found: Rows = {}
    for thing in await ChangeStore(store).things():
        (told,) = described([Edit(None, thing)], changes.place_of(thing) or "")
        told["after"].pop("policy", None)
        found[told["kind"], changes.key(thing)] = json.loads(json.dumps(told["after"]))
    await store.close()
    return found


def replayed(rows: Rows, entries: list[Any]) -> Rows:
    """The rows, with all that these lines of the log say was done to them."""
    for entry in entries:
        for edit in json.loads(entry.detail).get("edits", []):
            before, after = edit["before"], edit["after"]
            key = edit["kind"], _key(edit["kind"], after or before)
            assert rows.get(key) == before, "a line that begins at something else than the one before it left"
            if after is None:
                del rows[key]
            else:
                rows[key] = after
    return rows


def _key(kind: str, thing: dict[str, Any]) -> str:
    if kind == "member":
        return thing["person"]
    return f"{thing['group']} {thing['person']}" if kind == "group_member" else thing["id"]


async def test_killed_at_any_moment_the_rows_are_what_the_whole_log_says(tmp_path: Path) -> None:
    path, chance = inhabited_database(tmp_path), random.Random(7)
    before = await rows(path)
    acknowledged = 0
    for kill in range(KILLS):
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.changing_side", str(path), str(kill)),
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        assert child.stdout is not None
        for _ in range(chance.randrange(1, 60)):
            assert await child.stdout.readline(), "it ended by itself"
        child.kill()
        said = (await child.stdout.read()).decode().split("\n")
        await child.wait()
        last = next((int(line.split(" ")[1]) for line in reversed(said[:-1])), 0)

        entries = whole_log(path)
        found = await rows(path)
        assert replayed(dict(before), [*whole_log(path, ""), *entries]) == found
        store = Store(path)
        version = (await read_afresh(store)).version("home")
        await store.close()
        assert version == 1 + sum(entry.kind == "change" for entry in entries)
        assert version >= last
        assert len(entries) > acknowledged
        acknowledged = len(entries)


async def test_every_acknowledged_change_of_a_killed_process_is_there(tmp_path: Path) -> None:
    path = inhabited_database(tmp_path)
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.changing_side", str(path), "3"), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert child.stdout is not None
    said = [await child.stdout.readline() for _ in range(80)]
    child.kill()
    said += (await child.stdout.read()).splitlines()
    await child.wait()

    log = "".join(entry.detail for entry in whole_log(path) if entry.kind == "change")
    versions = [int(line.split()[1]) for line in said if len(line.split()) == 2]
    assert max(versions) <= 1 + log.count('"what"')
    named = [line.split()[0].decode() for line in said if len(line.split()) == 2]
    quiet = [each for each in named if each not in log]  # a group joined or left names no new id
    assert len(quiet) < len(named) / 2


async def test_whoever_is_gone_before_the_answer_leaves_a_whole_change(tmp_path: Path) -> None:
    """A caller that is cancelled, at whichever step, leaves disk, memory and log agreeing."""
    path = inhabited_database(tmp_path)
    policy, people = await assembled(path)
    for n in range(60):
        task = asyncio.create_task(people.add_grant(ADM, Grant(f"g{n}", "home", "ana", doors=("gate",))))
        for _ in range(n):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await people.add_grant(ADM, Grant("last", "home", "ana", doors=("gate",)))  # whatever goes on goes before it

    fresh = await read_afresh(people._store)
    assert policy.snapshot.sites["home"].grants == fresh.snapshot.sites["home"].grants
    assert policy.version("home") == fresh.version("home")
    changed = [entry for entry in whole_log(path) if entry.kind == "change"]
    assert len(changed) == len(policy.snapshot.sites["home"].grants) - 6 == policy.version("home") - 1
    await people._store.close()


async def test_whoever_is_gone_between_the_commit_and_what_follows_leaves_it_known_here(tmp_path: Path) -> None:
    """Else an access that was removed on disk would go on opening, as far as this process knows."""
    policy, people = await assembled(inhabited_database(tmp_path))
    commit, committed, go = people._changes.store.commit, asyncio.Event(), asyncio.Event()

    async def slowly(*how: Any) -> Any:
        done = await commit(*how)
        committed.set()
        await go.wait()
        return done

    people._changes.store.commit = slowly  # pyright: ignore[reportAttributeAccessIssue]
    removal = asyncio.create_task(people.remove_grant(ADM, "home", "ana-gate"))
    await committed.wait()
    removal.cancel()
    await asyncio.gather(removal, return_exceptions=True)
    go.set()
    people._changes.store.commit = commit
    await asyncio.gather(*change_desk._RUNNING)

    assert "ana-gate" not in policy.snapshot.sites["home"].grants
    assert policy.version("home") == (await read_afresh(people._store)).version("home") == 2
    await people._store.close()
