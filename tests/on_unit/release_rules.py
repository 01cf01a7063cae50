# What a unit makes of a release whose signatures are good: what it is refused for and what is said first, what is too
# old, how much is asked for at a time, when a trial is over.
import blocks
import ota
import probation
import update_words as words


class Release:
    def __init__(self, **changes):
        self.kind = 1  # manifest.APPLICATION
        self.product = "iomando-unit"
        self.boards = ["T-A7670", "ESP32"]
        self.counter = 20
        self.replaces = 5
        self.mpy = (6, 3)
        self.least, self.most = (1, 23), (1, 29)
        self.blocks = 40
        self.packed = 60000
        for name, value in changes.items():
            setattr(self, name, value)


def _facts(**changes):
    fields = {
        "board": "ESP32",
        "running": (19, b"runs-now"),
        "floor": (19, b"runs-now"),
        "tried": {},
        "mpy": (6, 3),
        "python": (1, 27),
        "free": 40,
        "loaded_today": ota.BUDGET - 60000,
    }
    fields.update(changes)
    return ota.Facts(**fields)


# in the order in which they are said: what is wrong with the release, or with the unit; and the reason
WRONG = (
    ({"product": "iomando-gate"}, {}, words.PRODUCT),
    ({}, {"board": "T-SIM7000G"}, words.BOARD),
    ({}, {"floor": (21, b"higher--")}, words.OLD),
    ({"replaces": 20}, {}, words.PRECURSOR),
    ({"mpy": (7, 3)}, {}, words.ABI),
    ({}, {"mpy": (6, 2)}, words.ABI),
    ({}, {"tried": {20: 2}}, words.FAILED_TWICE),
    ({}, {"free": 39}, words.SPACE),
    ({}, {"loaded_today": ota.BUDGET - 59999}, words.BUDGET),
)


def test_a_release_that_fits_to_the_last_byte_is_taken():
    assert ota.refusal(Release(), b"identity", _facts()) == words.NONE
    assert ota.refusal(Release(boards=[]), b"identity", _facts(board="whatever")) == words.NONE
    assert ota.refusal(Release(), b"identity", _facts(tried={20: 1, 21: 2})) == words.NONE
    assert ota.refusal(Release(replaces=19), b"identity", _facts()) == words.NONE


def test_each_thing_that_is_wrong_is_a_reason_and_the_first_one_is_said():
    for first in range(len(WRONG)):
        release, facts = {}, {}
        for of_release, of_unit, _ in reversed(WRONG[first:]):
            release.update(of_release)
            facts.update(of_unit)
        assert ota.refusal(Release(**release), b"identity", _facts(**facts)) == WRONG[first][2], first
        assert ota.refusal(Release(**WRONG[first][0]), b"identity", _facts(**WRONG[first][1])) == WRONG[first][2]


def test_each_end_of_a_range_of_micropython_is_in_it():
    for python, taken in (((1, 22), False), ((1, 23), True), ((1, 29), True), ((1, 30), False), ((2, 0), False)):
        reason = ota.refusal(Release(), b"identity", _facts(python=python))
        assert reason == (words.NONE if taken else words.ABI), python
    for mpy in ((5, 3), (6, 2), (7, 3)):
        assert ota.refusal(Release(), b"identity", _facts(mpy=mpy)) == words.ABI, mpy
    assert ota.refusal(Release(mpy=[6, 3]), b"identity", _facts()) == words.NONE


def test_of_an_offer_alone_it_is_known_whether_it_is_worth_a_byte():
    for release, size, changes, reason in (
        (20, 500, {"loaded_today": ota.IMAGE_BUDGET - 500}, words.NONE),
        (20, 500, {"loaded_today": ota.IMAGE_BUDGET - 499}, words.BUDGET),  # else manifests without end would be loaded
        (19, 500, {}, words.OLD),
        (20, 500, {"floor": (21, b"higher--")}, words.OLD),
        (20, 500, {"tried": {20: 2}}, words.FAILED_TWICE),
        (20, 500, {"tried": {20: 1}}, words.NONE),
    ):
        assert ota.refusal_of_offer(release, size, _facts(**changes)) == reason, (release, changes)


def test_a_board_is_meant_by_its_whole_name():
    for board in ("", "ESP3", "ESP322", "esp32", "ESP32 ", "T-A7670,ESP32"):
        assert ota.refusal(Release(), b"identity", _facts(board=board)) == words.BOARD


def test_none_of_the_last_ten_releases_is_taken_again():
    for counter in range(10, 20):
        for identity in (b"of-%05d" % counter, b"runs-now"):
            old = Release(counter=counter, replaces=1)
            assert ota.refusal(old, identity, _facts()) == words.OLD
            # also by a unit that is back on the first one: only what was confirmed last may come again
            back = _facts(running=(1, bytes(8)))
            again = counter == 19 and identity == b"runs-now"
            assert ota.refusal(old, identity, back) == (words.NONE if again else words.OLD)


def test_an_equal_counter_with_other_content_is_never_taken():
    equal = Release(counter=19)
    assert ota.refusal(equal, b"identity", _facts()) == words.OLD
    # what runs is older, because the release that was confirmed was left after crashes: that very one may come again
    left = _facts(running=(18, b"older---"))
    assert ota.refusal(equal, b"identity", left) == words.OLD
    assert ota.refusal(equal, b"runs-now", left) == words.NONE


def test_at_most_a_second_of_the_measured_rate_is_asked_for():
    for rate, most, left, wanted in (
        (0, 1024, 60000, 512),
        (50, 1024, 60000, 128),
        (300, 1024, 60000, 300),
        (1024, 1024, 60000, 1024),
        (10000, 1024, 60000, 1024),
        (10000, 1024, 7, 7),
        (0, 1024, 1, 1),
        (300, 200, 60000, 200),
    ):
        assert blocks.length(rate, most, left) == wanted, (rate, most, left)


def test_the_rate_follows_what_a_block_took_and_the_newest_counts_half():
    assert blocks.measured(0, 512, 512) == 1000
    assert blocks.measured(1000, 1024, 512) == 1500
    assert blocks.measured(1000, 1, 1000) == 500
    assert blocks.measured(0, 1024, 0) == 1024000
    rate = 10000
    for _ in range(12):
        rate = blocks.measured(rate, 128, 128000)  # one byte a second
    assert blocks.length(rate, 1024, 60000) == blocks.LEAST


def test_a_trial_is_good_with_a_fresh_answer_and_a_well_relay_in_time_and_over_after_ten_minutes():
    trial = probation.Trial()
    assert trial.verdict(599) == words.TRIAL
    assert trial.verdict(600) == words.REVERTED and trial.reason() == words.NO_CLOUD
    trial.answered = True
    assert trial.verdict(599) == words.TRIAL
    assert trial.verdict(600) == words.REVERTED and trial.reason() == words.DEADLINE
    trial.well = False
    assert trial.verdict(10) == words.TRIAL
    assert trial.verdict(600) == words.REVERTED and trial.reason() == words.RELAY
    trial.well = True
    assert trial.verdict(10) == words.CONFIRMED

    lonely = probation.Trial()
    lonely.well = True
    assert lonely.verdict(10) == words.TRIAL and lonely.verdict(600) == words.REVERTED


def test_an_image_takes_no_file_and_more_of_a_day_and_none_is_taken_again():
    big = {"kind": 2, "blocks": 800, "packed": 1600 * 1024}
    fresh = {"floor": (19, b"runs-now"), "loaded_today": 0}
    assert ota.refusal(Release(**big), b"identity", _facts(**fresh)) == words.NONE
    fresh["loaded_today"] = 449 * 1024
    assert ota.refusal(Release(**big), b"identity", _facts(**fresh)) == words.BUDGET
    fresh.update({"loaded_today": 0, "floor": (20, b"identity")})
    assert ota.refusal(Release(**big), b"identity", _facts(**fresh)) == words.OLD
    assert ota.refusal(Release(kind=2, boards=["T-A7670"]), b"identity", _facts()) == words.BOARD
