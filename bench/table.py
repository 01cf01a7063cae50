"""The figures for people: what each is called, its unit, the target beside it. Measures and judges nothing."""

from rich.console import Console
from rich.table import Table

from bench.figures import PERCENTS, TARGETS, Figures, Target

LOADS = {
    "one": "one in flight",
    "late": "50 opens/s, units answer 30 ms later",
    "fast": "200 opens/s",
}
OTHERS = {
    "capacity_opens_s": ("recorded opens a second, one process", "{:,.0f}"),
    "cpu_s_per_1000_opens": ("CPU of the cloud per 1,000 opens", "{:.3f} s"),
    "idle_mib": ("memory, idle, one unit", "{:.0f} MiB"),
    "fleet_mib": ("memory, idle, the whole fleet", "{:.0f} MiB"),
    "kib_per_app": ("memory per connected app", "{:.1f} KiB"),
    "fanout_first_ms": ("one change on every phone: the first", "{:.1f} ms"),
    "fanout_median_ms": ("  half of them", "{:.1f} ms"),
    "fanout_last_ms": ("  the last", "{:.1f} ms"),
    "fanout_cpu_ms": ("  CPU of the cloud", "{:.1f} ms"),
    "change_1_last_ms": ("an admin changes a group's hours: 1 phone shows it", "{:.1f} ms"),
    "change_1_cpu_ms": ("  CPU of the cloud", "{:.1f} ms"),
    "change_100_last_ms": ("  the last of 100 phones", "{:.1f} ms"),
    "change_100_cpu_ms": ("  CPU of the cloud", "{:.1f} ms"),
    "change_1000_last_ms": ("  the last of 1,000 phones", "{:.1f} ms"),
    "change_1000_cpu_ms": ("  CPU of the cloud", "{:.1f} ms"),
    "removal_shown_ms": ("an admin removes an access: shown to whom it concerns", "{:.1f} ms"),
    "removal_cpu_ms": ("  CPU of the cloud", "{:.1f} ms"),
    "decide_1_allowed_us": ("a decision with 1 grant: allowed", "{:.1f} µs"),
    "decide_1_refused_us": ("  refused", "{:.1f} µs"),
    "decide_50_allowed_us": ("  with 50 grants: allowed", "{:.1f} µs"),
    "decide_50_refused_us": ("  refused", "{:.1f} µs"),
    "chain_verify_s": ("verify 100,000 entries of the log", "{:.2f} s"),
    "chain_verify_ratio": ("  to reading and hashing as much", "{:.1f}"),
    "chain_entry_cpu_us": ("CPU of one entry, 200 places at once", "{:.0f} µs"),
    "board_press_to_coil_p50_ms": ("MicroPython unit: app's press to coil on, p50", "{:.2f} ms"),
    "board_command_to_coil_p50_ms": ("  command's bytes in to coil on, p50", "{:.2f} ms"),
    "board_open_bytes": ("  bytes of an open", "{:,.0f} B"),
    "board_seen_open_bytes": ("  bytes of an open with sensor", "{:,.0f} B"),
    "board_record_bytes": ("  of these its record in the journal, sent alone", "{:,.0f} B"),
    "board_connect_bytes": ("  bytes of a connection's beginning", "{:,.0f} B"),
    "board_idle_hour_bytes": ("  bytes of an idle hour", "{:,.0f} B"),
    "board_idle_day_bytes": ("  bytes of an idle day", "{:,.0f} B"),
    "tap_to_coil_p50_ms": ("a slow phone on a slow line: tap on the icon to coil, p50", "{:,.0f} ms"),
    "tap_to_coil_p90_ms": ("  p90", "{:,.0f} ms"),
    "scroll_longest_ms": ("scrolling through 1,000 doors: the longest frame", "{:,.0f} ms"),
    "scroll_p99_ms": ("  99 of 100 frames", "{:,.0f} ms"),
    "scroll_floor_longest_ms": ("  as many bare lines: the longest frame", "{:,.0f} ms"),
    "scroll_floor_p99_ms": ("  99 of 100 frames", "{:,.0f} ms"),
    "air_idle_month_mb": ("  MB of an idle month, headers included", "{:.1f} MB"),
    "air_100_opens_a_day_month_mb": ("  what 100 opens a day add", "{:.1f} MB"),
    "cold_sim7000_s": ("a unit with a modem: from cold to online, SIM7000", "{:.0f} s"),
    "cold_sim7000_network_s": ("  the modem's own start and search", "{:.0f} s"),
    "cold_sim7000_own_s": ("  the rest", "{:.0f} s"),
    "cold_a7670_s": ("  from cold to online, A7670", "{:.0f} s"),
    "cold_a7670_network_s": ("  the modem's own start and search", "{:.0f} s"),
    "cold_a7670_own_s": ("  the rest", "{:.0f} s"),
    "back_reset_s": ("online again after: the connection was reset", "{:.0f} s"),
    "back_hung_up_s": ("  the network hung up", "{:.0f} s"),
    "back_no_coverage_s": ("  two minutes without coverage, from their end", "{:.0f} s"),
    "back_address_s": ("  another address, nobody told", "{:.0f} s"),
    "back_half_open_s": ("  a broker that forgot the connection", "{:.0f} s"),
    "back_silent_end_s": ("  a data connection that ended without a word", "{:.0f} s"),
    "back_hang_s": ("  a modem that hangs until its power is cut", "{:.0f} s"),
    "back_brown_out_s": ("  a modem that lost its power for a moment", "{:.0f} s"),
    "modem_idle_wakeups_minute": ("wake-ups in an idle minute, with a modem", "{:.0f}"),
    "board_idle_wakeups_minute": ("  without", "{:.0f}"),
    "heap_wired_rest_kw": ("its heap, in thousands of words: at rest", "{:.0f}"),
    "heap_wired_least_kw": ("  the least in which it works: its peak", "{:.0f}"),
    "heap_modem_rest_kw": ("  with a modem: at rest", "{:.0f}"),
    "heap_modem_least_kw": ("  the least in which it works", "{:.0f}"),
    "flash_erases_per_1000_opens": ("its flash: erases per 1,000 opens", "{:,.0f}"),
    "flash_worst_block_erases_per_1000_opens": ("  of the block that bears most", "{:.1f}"),
    "update_bytes": ("an update over 10 kB/s: bytes at its socket", "{:,.0f} B"),
    "update_bundle_bytes": ("  of these its bundle", "{:,.0f} B"),
    "update_load_s": ("  from the offer until it is written", "{:.0f} s"),
    "update_away_s": ("  away for the restart", "{:.1f} s"),
    "update_s": ("  from the offer until it is confirmed", "{:.0f} s"),
    "update_erases": ("  erases of its flash", "{:,.0f}"),
    "update_verify_ms": ("  one signature, MicroPython on this machine", "{:.0f} ms"),
    "update_verify_slice_ms": ("  the longest that anything else waits for that", "{:.1f} ms"),
    "update_open_idle_ms": ("  app's press to coil on that line: before", "{:,.0f} ms"),
    "update_open_longest_ms": ("  while it is loaded, the longest", "{:,.0f} ms"),
    "flash_years": ("  years until that is worn, at 100 opens a day", "{:,.0f}"),
}
_TARGETS = {target.figure: target for target in TARGETS}


def show(console: Console, figures: Figures) -> None:
    console.print(_loads(figures))
    console.print(_others(figures))
    for target in TARGETS:
        if not target.met(figures[target.figure]):
            off = abs(figures[target.figure] / target.limit - 1)
            console.print(f"missed by {off:.0%}: {target.figure}", style="bold red", highlight=False)


def _loads(figures: Figures) -> Table:
    table = Table(title="press → relay, ms: p50 / p90 / p99", title_justify="left")
    for heading in ("load", "floor: bare MQTT", "iomando", "ratio", "target"):
        table.add_column(heading, justify="left" if heading == "load" else "right")
    for load, words in LOADS.items():
        cells = [
            " / ".join(f"{figures[f'{kind}_{load}_p{percent}_{unit}']:{form}}" for percent in PERCENTS)
            for kind, unit, form in (("floor", "ms", ".2f"), ("relay", "ms", ".2f"), ("relay", "ratio", ".1f"))
        ]
        wanted = [(percent, _TARGETS.get(f"relay_{load}_p{percent}_ratio")) for percent in PERCENTS]
        targets = ", ".join(f"p{percent} {_bound(target)}" for percent, target in wanted if target)
        table.add_row(words, *cells, targets)
    return table


def _others(figures: Figures) -> Table:
    table = Table(show_header=False)
    for justify in ("left", "right", "right"):
        table.add_column(justify=justify)
    for key, (words, form) in OTHERS.items():
        target = _TARGETS.get(key)
        met = "" if target is None else "[green]✓[/]" if target.met(figures[key]) else "[red]✗[/]"
        table.add_row(words, form.format(figures[key]), f"{_bound(target)} {met}" if target else "")
    return table


def _bound(target: Target | None) -> str:
    return "" if target is None else f"{'≥' if target.least else '≤'} {target.limit:,g}"
