"""Figures and what they should be: percentiles, ratios, the targets, one verdict each. Pure; measures nothing.

README.md beside this file says what each key means.
"""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence

import msgspec

Figures = dict[str, float]

PERCENTS = (50, 90, 99)
SEEN_S = 60  # promise 11: after a network that was seen to go
SILENT_S = 180  # and after one that went without a word


class Target(msgspec.Struct, frozen=True):
    """`figure` should be at most `limit`, or at least, where `least` is set."""

    figure: str
    limit: float
    least: bool = False

    def met(self, value: float) -> bool:
        return value >= self.limit if self.least else value <= self.limit


TARGETS = (
    Target("relay_one_p50_ratio", 14),
    Target("relay_late_p50_ratio", 7),
    Target("relay_late_p90_ratio", 9),
    Target("capacity_opens_s", 2500, least=True),
    Target("cpu_s_per_1000_opens", 0.4),
    Target("fanout_last_ms", 50),
    Target("fanout_cpu_ms", 15),
    Target("change_1000_last_ms", 50),
    Target("idle_mib", 80),
    Target("kib_per_app", 15),
    Target("decide_50_allowed_us", 50),
    Target("decide_50_refused_us", 50),
    Target("chain_verify_ratio", 4),
    Target("chain_entry_cpu_us", 30),
    Target("board_seen_open_bytes", 1000),
    Target("board_idle_day_bytes", 100_000),
    Target("board_command_to_coil_p50_ms", 2),
    Target("cold_sim7000_own_s", 25),
    Target("cold_a7670_own_s", 25),
    Target("back_reset_s", SEEN_S),
    Target("back_hung_up_s", SEEN_S),
    Target("back_no_coverage_s", SEEN_S),
    Target("back_address_s", SILENT_S),
    Target("back_half_open_s", SILENT_S),
    Target("back_silent_end_s", SILENT_S),
    Target("back_hang_s", SILENT_S),
    Target("back_brown_out_s", SILENT_S),
    Target("modem_idle_wakeups_minute", 60),
    Target("board_idle_wakeups_minute", 60),
    Target("heap_wired_least_kw", 100),
    Target("heap_modem_least_kw", 100),
    Target("flash_years", 20, least=True),
    Target("update_open_longest_ms", 2000),
    Target("tap_to_coil_p50_ms", 2500),
    Target("scroll_longest_ms", 50),
)


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest of the values that `percent` of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def percentiles(name: str, ns: Sequence[int]) -> Figures:
    """`<name>_p50_ms` and so on, from nanoseconds."""
    return {f"{name}_p{percent}_ms": percentile(ns, percent) / 1e6 for percent in PERCENTS}


def ratios(name: str, ours: Figures, floor: Figures) -> Figures:
    """`<name>_p50_ratio` and so on: ours to the floor's of the same repetition, in the same order."""
    pairs = zip(PERCENTS, ours.values(), floor.values(), strict=True)
    return {f"{name}_p{percent}_ratio": mine / bare for percent, mine, bare in pairs}


def middle(repetitions: Sequence[Figures]) -> Figures:
    """The median of each figure over the repetitions."""
    return {key: statistics.median(figures[key] for figures in repetitions) for key in repetitions[0]}


def judged(figures: Mapping[str, float]) -> list[dict[str, object]]:
    """Each target with its figure's value, and whether it was met."""
    return [
        {
            "figure": target.figure,
            "value": figures[target.figure],
            "limit": target.limit,
            "bound": "at least" if target.least else "at most",
            "met": target.met(figures[target.figure]),
        }
        for target in TARGETS
    ]
