"""What the app keeps of what is pushed beyond the doors: accesses, news, a place's things, its log; and that whatever
the network does to the pushes, it ends up with what the cloud would show."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.async_api import Page

from tests.app_place import WEDNESDAYS, admin_data, door_admin, line, member, request
from tests.app_scenes import door, grant, person, place
from tests.fake_cloud import STARTS_AT_MS as NOW

pytestmark = pytest.mark.asyncio(loop_scope="session")

FOLD = """async (events) => {
    const { reduce, start } = await import("/app/store.js");
    const freeze = (value) => {
        if (value && typeof value === "object") Object.values(value).forEach(freeze);
        return Object.freeze(value);
    };
    return events.reduce((state, event) => freeze(reduce(state, event)), start);
}"""
# As session.js does it: a page that finds something missing comes back for a whole picture.
WATCH = """async ({pushes, snapshot}) => {
    const { reduce, start } = await import("/app/store.js");
    const hear = (state, message) => reduce(state, { kind: "message", t: 0, message });
    let state = hear(start, pushes[0]);
    let asked = 0;
    for (const message of pushes.slice(1)) {
        state = hear(state, message);
        if (!state.lost) continue;
        asked += 1;
        state = hear(reduce(state, { kind: "down", t: 0 }), snapshot);
        break; // all that follows on this connection is in the picture
    }
    const { doors, grants, you, places } = state;
    return { shown: { doors, grants, you, places }, asked };
}"""

Event = dict[str, Any]
ID = {"people": "person"}  # a member's id is her person's


def heard(**message: Any) -> Event:
    return {"kind": "message", "t": 0, "message": {"now": NOW, **message}}


def snapshot(**fields: Any) -> Event:
    empty = {"places": [place()], "operations": [], "doors": [door("garage", "Garage")], "grants": [], "heads": {}}
    return heard(type="snapshot", stream="s1", n=1, **{"you": person(manages=["mallorca"]), **empty, **fields})


def change(n: int = 2, **fields: Any) -> Event:
    return heard(type="change", n=n, **fields)


def managed(data: Any = None) -> list[Event]:
    """A page of a place that has been asked for, and the answer."""
    answer = {"kind": "managed", "t": 0, "place": "mallorca", "data": data or admin_data(NOW)}
    return [snapshot(), {"kind": "managing", "t": 0, "place": "mallorca"}, answer]


def edit(kind: str, key: str, thing: Any) -> Event:
    return {"kind": kind, "place": "mallorca", "key": key, "thing": thing}


@pytest.fixture
def fold(pure_page: Page):
    async def run(*events: Event) -> dict[str, Any]:
        return await pure_page.evaluate(FOLD, list(events))

    return run


# -- hers


async def test_an_access_that_is_pushed_takes_the_place_of_the_old_one(fold):
    old, new = grant("g1"), grant("g1", hours=WEDNESDAYS, version=2)
    state = await fold(snapshot(grants=[old, grant("g2")]), change(grants=[new], gone_grants=["g2"]))

    assert state["grants"] == [new]


async def test_news_are_kept_until_they_are_put_away(fold):
    new = grant("g1", hours=WEDNESDAYS)
    news = [{"kind": "changed", "place": "mallorca", "doors": ["garage"], "grant": "g1"}]
    events = [snapshot(grants=[grant("g1")]), change(grants=[new], news=news)]
    (note,) = (await fold(*events))["news"]

    assert (note["kind"], note["names"], note["grant"]) == ("changed", ["Garage"], new)
    assert (await fold(*events, {"kind": "news_read", "t": 0, "id": note["id"]}))["news"] == []


async def test_the_latest_word_on_one_access_is_enough(fold):
    news = [{"kind": "changed", "place": "mallorca", "doors": ["garage"], "grant": "g1"}]
    first, second = grant("g1", uses=3), grant("g1", uses=2)
    state = await fold(snapshot(), change(2, grants=[first], news=news), change(3, grants=[second], news=news))

    assert [note["grant"] for note in state["news"]] == [second]


async def test_a_door_that_was_taken_away_is_told_once_not_twice(fold):
    news = [{"kind": "ended", "place": "mallorca", "doors": ["garage"]}]
    state = await fold(snapshot(), change(gone=["garage"], news=news))

    assert state["news"] == []
    assert [one["id"] for one in state["farewells"]] == ["garage"]


async def test_another_person_inherits_no_news_and_no_place(fold):
    news = [{"kind": "declined", "place": "mallorca", "doors": ["garage"]}]
    state = await fold(*managed(), change(news=news), snapshot(you=person(id="p9")))

    assert (state["news"], state["managed"], state["logs"]) == ([], {}, {})


# -- a place's things


@pytest.mark.parametrize(
    ("kind", "key", "thing", "where"),
    [
        ("group", "cleaners", {"id": "cleaners", "place": "mallorca", "name": "Neteja", "version": 2}, "groups"),
        ("grant", "g2", grant("g2", person="p2", uses=5, version=5), "grants"),
        ("request", "r1", request("r1", person="p8", name="Marta Vila", created=NOW, state="granted"), "requests"),
        ("door", "garage", door_admin("garage", "Garatge", pending=True, version=2), "doors"),
        ("member", "p2", member("p2", "Núria F.", version=2, groups=[]), "people"),
    ],
)
async def test_a_thing_that_was_edited_is_shown_as_it_is_now_and_only_that(fold, kind, key, thing, where):
    before = admin_data(NOW)
    data = (await fold(*managed(), change(edits=[edit(kind, key, thing)])))["managed"]["mallorca"]["data"]

    assert thing in data[where]
    assert len(data[where]) == len(before[where])
    assert {name: data[name] for name in data if name != where} == {n: before[n] for n in before if n != where}


@pytest.mark.parametrize(
    ("kind", "key", "where"),
    [
        ("group", "cleaners", "groups"),
        ("grant", "g2", "grants"),
        ("request", "r1", "requests"),
        ("door", "garage", "doors"),
        ("member", "p2", "people"),
    ],
)
async def test_a_thing_that_is_gone_is_gone_from_the_list(fold, kind, key, where):
    data = (await fold(*managed(), change(edits=[edit(kind, key, None)])))["managed"]["mallorca"]["data"]

    assert len(data[where]) == len(admin_data(NOW)[where]) - 1
    assert key not in {one.get("id") or one.get("member", one.get("door"))[ID.get(where, "id")] for one in data[where]}


async def test_an_older_version_never_takes_the_place_of_a_newer_one(fold):
    old, new = grant("g2", person="p2", version=3), grant("g2", person="p2", version=9)
    data = await fold(
        *managed(), change(2, edits=[edit("grant", "g2", new)]), change(3, edits=[edit("grant", "g2", old)])
    )
    grants = data["managed"]["mallorca"]["data"]["grants"]

    assert new in grants
    assert old not in grants


async def test_what_is_pushed_while_the_answer_is_on_its_way_is_not_lost(fold):
    asking = {"kind": "managing", "t": 0, "place": "mallorca"}
    answer = {"kind": "managed", "t": 0, "place": "mallorca", "data": admin_data(NOW)}
    pushed = change(edits=[edit("grant", "g9", grant("g9")), edit("grant", "g2", None)])
    state = await fold(snapshot(), asking, pushed, answer)
    ids = {one["id"] for one in state["managed"]["mallorca"]["data"]["grants"]}

    assert "g9" in ids
    assert "g2" not in ids


async def test_a_second_owner_ends_the_advice_to_make_one(fold):
    second = member("p2", "Núria Ferrer", role="owner", version=2)
    data = (await fold(*managed(), change(edits=[edit("member", "p2", second)])))["managed"]["mallorca"]["data"]

    assert admin_data(NOW)["second_owner"] is True
    assert data["second_owner"] is False


async def test_a_new_picture_means_the_place_is_asked_for_again(fold):
    state = await fold(*managed(), snapshot())

    assert state["managed"]["mallorca"]["stale"] is True
    assert state["managed"]["mallorca"]["data"]["place"]["name"] == "Carrer Mallorca 120"


async def test_who_no_longer_manages_a_place_keeps_nothing_of_it(fold):
    assert (await fold(*managed(), change(you=person(manages=[]))))["managed"] == {}


# -- the log


async def test_log_lines_follow_each_other_and_come_once(fold):
    first, second = line(1, NOW, "press"), line(2, NOW, "answer")
    log = heard(type="log", lines=[first, second])
    state = await fold(snapshot(), log, log)

    assert state["logs"]["mallorca"] == {"lines": [second, first], "gaps": 0}


async def test_a_line_that_is_missing_is_noticed(fold):
    state = await fold(
        snapshot(), heard(type="log", lines=[line(1, NOW, "press")]), heard(type="log", lines=[line(3, NOW, "press")])
    )

    assert state["logs"]["mallorca"]["gaps"] == 1
    assert [one["n"] for one in state["logs"]["mallorca"]["lines"]] == [3]


async def test_after_an_absence_lines_may_be_missing(fold):
    state = await fold(snapshot(), heard(type="log", lines=[line(1, NOW, "press")]), snapshot())

    assert state["logs"]["mallorca"] == {"lines": [], "gaps": 1}


# -- lost, doubled, reordered


async def test_a_tick_that_counts_more_than_was_heard_means_a_loss(fold):
    assert (await fold(snapshot(), change(2), heard(type="tick", sent=1)))["lost"] is False
    assert (await fold(snapshot(), change(2), heard(type="tick", sent=2)))["lost"] is True


async def test_a_new_connection_counts_from_nothing(fold):
    down = {"kind": "down", "t": 0}
    state = await fold(snapshot(), change(2), heard(type="tick", sent=2), down, snapshot(), heard(type="tick", sent=0))

    assert state["lost"] is False


DOORS = ("a", "b", "c")
changes = st.one_of(
    st.tuples(st.just("door"), st.sampled_from(DOORS), st.sampled_from(["open", "closed", "opening"])),
    st.tuples(st.just("gone"), st.sampled_from(DOORS)),
    st.tuples(st.just("grant"), st.sampled_from(DOORS), st.integers(0, 5)),
    st.tuples(st.just("gone_grant"), st.sampled_from(DOORS)),
    st.tuples(st.just("you"), st.booleans()),
    st.tuples(st.just("place"), st.sampled_from(["one", "two"])),
)


class Server:
    """What the cloud would show, and what it has pushed to get there."""

    def __init__(self) -> None:
        self.n = 1
        self.doors: dict[str, Any] = {"a": door("a", "A")}
        self.grants: dict[str, Any] = {}
        self.you, self.place = person(), place()
        self.pushed: list[dict[str, Any]] = []

    def snapshot(self) -> dict[str, Any]:
        shown = {"doors": list(self.doors.values()), "grants": list(self.grants.values()), "you": self.you}
        shown |= {"places": [self.place], "operations": [], "heads": {}}
        return copy.deepcopy({"type": "snapshot", "stream": "s", "n": self.n, "now": NOW, **shown})

    def do(self, what: tuple[Any, ...]) -> None:
        self.n += 1
        fields: dict[str, Any] = {}
        match what:
            case ("door", key, state):
                self.doors[key] = door(key, key.upper(), state=state)
                fields["doors"] = [self.doors[key]]
            case ("gone", key):
                self.doors.pop(key, None)
                fields["gone"] = [key]
            case ("grant", key, uses):
                self.grants[key] = grant(key, uses=uses)
                fields["grants"] = [self.grants[key]]
            case ("gone_grant", key):
                self.grants.pop(key, None)
                fields["gone_grants"] = [key]
            case ("you", pin):
                self.you = person(pin=pin)
                fields["you"] = self.you
            case ("place", name):
                self.place = place(name=name)
                fields["places"] = [self.place]
        self.pushed.append(copy.deepcopy({"type": "change", "n": self.n, "now": NOW, **fields}))


def by_id(shown: dict[str, Any]) -> dict[str, Any]:
    """The order of a list is the app's own."""
    return {name: {one["id"]: one for one in of} if isinstance(of, list) else of for name, of in shown.items()}


@settings(max_examples=120)
@given(
    done=st.lists(changes, min_size=1, max_size=12),
    spoilt=st.lists(st.tuples(st.sampled_from(["lose", "double", "swap"]), st.integers(0, 11)), max_size=5),
)
async def test_whatever_becomes_of_the_pushes_the_app_ends_up_with_what_the_cloud_shows(pure_page, done, spoilt):
    server = Server()
    first = server.snapshot()
    for what in done:
        server.do(what)
    arriving = list(server.pushed)
    for how, where in spoilt:
        at = where % len(arriving) if arriving else None
        if at is None:
            continue
        if how == "lose":
            arriving.pop(at)
        elif how == "double":
            arriving.insert(at, arriving[at])
        else:
            other = (at + 1) % len(arriving)
            arriving[at], arriving[other] = arriving[other], arriving[at]
    tick = {"type": "tick", "now": NOW, "sent": len(server.pushed)}
    pushes = [first, *arriving, tick]
    seen = await pure_page.evaluate(WATCH, {"pushes": pushes, "snapshot": server.snapshot()})

    last = server.snapshot()
    assert by_id(seen["shown"]) == by_id({name: last[name] for name in seen["shown"]})
    if arriving == server.pushed:
        assert seen["asked"] == 0  # nothing was lost: no picture is asked for in vain


# -- the heads of the log, kept on the phone

HEADS = """async ({heads, chance}) => {
    const { withHead, contradicts, toCheck, KEPT_HEADS } = await import("/app/heads.js");
    const kept = heads.reduce(withHead, []);
    return { kept, most: KEPT_HEADS, checked: toCheck(kept, chance), wrong: contradicts(kept, heads.at(-1)) };
}"""


async def test_heads_are_kept_in_order_once_each_and_only_so_many(pure_page: Page):
    heads = [f"{n}:{n:064x}" for n in (5, 3, 5, 4, 0, *range(6, 500))]
    seen = await pure_page.evaluate(HEADS, {"heads": heads, "chance": [0, 0.5]})

    assert len(seen["kept"]) == seen["most"]
    assert [int(head.split(":")[0]) for head in seen["kept"]] == list(range(100, 500))
    assert seen["checked"][0] == seen["kept"][-1]
    assert len(seen["checked"]) == 3
    assert seen["wrong"] is None


async def test_a_second_head_of_one_number_is_a_changed_past(pure_page: Page):
    seen = await pure_page.evaluate(HEADS, {"heads": ["7:aa", "9:cc", "7:bb"], "chance": []})

    assert seen["kept"] == ["7:aa", "9:cc"]
    assert seen["wrong"] == "7:aa"
