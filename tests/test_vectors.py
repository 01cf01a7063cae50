"""The vectors' file is what the documentation's own implementation makes, nothing older."""

from tests import vectors


def test_the_file_is_what_its_generator_makes() -> None:
    assert vectors.FILE.read_text() == vectors.text(), "run: python -m tests.vectors"


def test_frames_are_as_long_as_the_documentation_says() -> None:
    documented = {"WELCOME": 32, "ASK": 40, "COMMAND": 52, "HELLO": 66, "HEARTBEAT": 66, "ANSWER": 50}
    documented |= {"EVENTS_ACK": 36, "OFFER": 36, "BLOCK_WANTED": 43, "UPDATE_STATE": 42}

    found = {v["type"]: len(v["frame"]) // 2 for v in vectors.vectors() if v["type"] not in vectors.TAILS}

    assert found == documented


def test_the_largest_config_is_a_frame() -> None:
    assert max(len(v["frame"]) // 2 for v in vectors.vectors()) <= 2624
