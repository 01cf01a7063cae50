"""The log of a place through HTTP: pages, heads, and files that can be verified without us."""

import asyncio
import csv
import io
import re
from pathlib import Path

from cloud import chain, export
from tests.api_side import ApiSide, town
from tests.given import ASKED

__all__ = ["town"]
DESCRIBED = Path(__file__).parent.parent / "docs" / "log.md"


async def busy(town: ApiSide) -> None:
    for number in range(12):
        town.clock.ms += 1000
        await town.press("tom" if number % 2 else "mia", "gate")
    await town.call("adm", "PATCH", "places/home/people/tom", {"version": 1, "name": "=SUM(A1)"})


async def downloaded(town: ApiSide) -> bytes:
    url = f"http://127.0.0.1:{town.port}/api/v1/places/home/log.json"
    async with town.http.get(url, headers=town.signed_in("adm")) as response:
        assert response.headers["Content-Disposition"] == 'attachment; filename="log-home.json"'
        return await response.read()


async def test_each_kind_that_is_described_can_be_asked_for(town: ApiSide) -> None:
    table = DESCRIBED.read_text().partition("| kind | |")[2].partition("\n\n")[0]
    kinds = [kind for row in table.splitlines() for kind in re.findall(r"`([a-z0-9_]+)`", (row + "||").split("|")[1])]

    refused = [k for k in kinds if (await town.call("adm", "GET", "places/home/log", query={"kind": k})).status != 200]

    assert len(kinds) > 20
    assert refused == []


async def test_a_page_is_the_newest_first_and_the_next_follows_it(town: ApiSide) -> None:
    await busy(town)
    every = (await town.call("adm", "GET", "places/home/log", query={"limit": "200"})).body

    pages, before = [], None
    while True:
        query = {"limit": "5", **({"before": str(before)} if before else {})}
        page = (await town.call("adm", "GET", "places/home/log", query=query)).body
        pages += page["lines"]
        if not page["more"]:
            break
        before = page["lines"][-1]["n"]

    assert pages == every["lines"]
    assert [line["n"] for line in pages] == list(range(len(pages), 0, -1))
    assert every["head"] == f"{pages[0]['n']}:{pages[0]['hash']}"
    head = await town.call("adm", "GET", "places/home/log/head", query={"n": "3"})
    assert head.body["head"] == f"3:{pages[-3]['hash']}"
    assert (await town.call("adm", "GET", "places/home/log/head")).body["head"] == every["head"]
    assert (await town.call("adm", "GET", "places/home/log/head", query={"n": "9999"})).status == 404


async def test_a_page_is_of_one_person_door_kind_and_time(town: ApiSide) -> None:
    await busy(town)

    async def asked(**query: str) -> list[dict[str, str]]:
        return (await town.call("adm", "GET", "places/home/log", query={"limit": "200", **query})).body["lines"]

    assert {line["who"] for line in await asked(person="tom")} == {"tom"}
    assert {line["kind"] for line in await asked(kind="press")} == {"press"}
    assert {line["kind"] for line in await asked(kind="change", person="adm")} == {"change"}
    assert await asked(door="attic") == []
    assert len(await asked(kind="press", since=str(ASKED + 3000), until=str(ASKED + 5000))) == 2
    assert (await asked(kind="press", person="tom"))[0]["who_name"] == "=SUM(A1)", "as she is called now"


async def test_the_spreadsheet_has_what_was_asked_for_oldest_first(town: ApiSide) -> None:
    await busy(town)
    url = f"http://127.0.0.1:{town.port}/api/v1/places/home/log.csv"

    async def rows(**query: str) -> list[dict[str, str]]:
        async with town.http.get(url, headers=town.signed_in("adm"), params=query) as response:
            assert response.status == 200
            return list(csv.DictReader(io.StringIO((await response.text()).lstrip("\ufeff"))))

    every = await rows()
    assert await rows(person="tom") == [row for row in every if row["who"] == "tom"] != []
    assert (
        await rows(kind="press", since=str(ASKED + 3000), until=str(ASKED + 5000))
        == [row for row in every if row["kind"] == "press"][2:4]
    )
    assert await rows(door="attic") == []


async def test_everybody_reads_what_the_logs_say_of_her_and_of_nobody_else(town: ApiSide) -> None:
    await busy(town)

    hers = (await town.call("tom", "GET", "me/log", query={"limit": "200"})).body

    assert {line["who"] for line in hers["lines"]} == {"tom"}
    assert len(hers["lines"]) >= 6
    assert (await town.call("tom", "GET", "me/log", query={"place": "shop"})).status == 404
    assert (await town.call("tom", "GET", "me/log", query={"person": "mia"})).status == 400
    assert (await town.call("tom", "GET", "me/log", query={"before": "3"})).status == 400
    assert (await town.call("eve", "GET", "me/log")).body["lines"] == []


async def test_a_session_of_one_place_reads_of_that_place_only(town: ApiSide) -> None:
    """Sco is of both; her session is of the shop."""
    await town.call("adm", "POST", "places/home/people/tom/link")
    assert await town.press("sco", "gate") == "access"

    assert {line["place"] for line in (await town.call("sco", "GET", "me/log")).body["lines"]} <= {"shop"}
    assert (await town.call("sco", "GET", "me/log", query={"place": "home"})).status == 404


async def test_the_json_is_verified_elsewhere_against_a_head_that_was_kept(town: ApiSide) -> None:
    await busy(town)
    head = (await town.call("adm", "GET", "places/home/log/head")).body["head"]

    file = await downloaded(town)
    entries = list(export.read(io.BytesIO(file)))

    assert chain.verify(entries, kept=[chain.Kept.read(head)]).whole
    assert file == b"".join(export.json(entries))


async def test_the_csv_is_whole_and_holds_no_formula(town: ApiSide) -> None:
    await busy(town)
    n = int((await town.call("adm", "GET", "places/home/log/head")).body["head"].partition(":")[0])

    answer = await town.call("adm", "GET", "places/home/log.csv")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))

    assert [int(row["n"]) for row in rows] == list(range(1, n + 1))
    assert "'=SUM(A1)" in {row["who name"] for row in rows}
    assert not [cell for row in rows for cell in row.values() if re.match(r"\s*[=+\-@\t\r]", cell)]
    assert {row["time"][-6:] for row in rows} == {"+02:00"}


async def test_a_long_log_is_sent_in_chunks_and_is_whole(town: ApiSide) -> None:
    drafts = [chain.Draft("home", ASKED, "press", "tom", detail={"n": n}) for n in range(2500)]
    await asyncio.gather(*map(town.wired.store.append, drafts))

    answer = await town.call("adm", "GET", "places/home/log.csv")
    entries = list(export.read(io.BytesIO(await downloaded(town))))

    assert answer.body.count(b"\r\n") == 2501
    assert len(entries) == 2500
    assert chain.verify(entries, head=await town.wired.logs.head("home")).whole


async def test_the_log_of_an_empty_place_is_an_empty_file(town: ApiSide) -> None:
    assert (await town.call("ada", "GET", "places/shop/log.json")).body == []
    assert (await town.call("ada", "GET", "places/shop/log.csv")).body.count(b"\r\n") == 1
