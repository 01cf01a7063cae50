"""Frames of PPP on the simulated line, whatever they carry."""

from hypothesis import given
from hypothesis import strategies as st

from sim.shims.frames import FLAG, IP, IPCP, LCP, PAP, frame, opened

PACKETS = st.tuples(
    st.sampled_from((LCP, PAP, IPCP, IP)), st.integers(0, 255), st.integers(0, 255), st.binary(max_size=600)
)


@given(packet=PACKETS)
def test_a_frame_gives_back_what_it_was_made_of_and_holds_no_flag_inside(packet: tuple[int, int, int, bytes]) -> None:
    raw = frame(*packet)
    assert raw[:1] == raw[-1:] == FLAG
    assert FLAG not in raw[1:-1]
    assert opened(raw[1:-1]) == packet


@given(packet=PACKETS, at=st.integers(0, 1000))
def test_half_a_frame_is_none(packet: tuple[int, int, int, bytes], at: int) -> None:
    inside = frame(*packet)[1:-1]
    assert opened(inside[: at % len(inside)]) is None


@given(data=st.binary(max_size=200))
def test_noise_never_raises(data: bytes) -> None:
    packet = opened(data.replace(FLAG, b""))
    assert packet is None or frame(*packet)
