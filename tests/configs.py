"""A CONFIG and what it carries in one step, as the tests like it. Never here: what a unit does with one."""

from firmware import settings_wire, wire


def config(pads, slot: int, unit: bytes, number: int, servers, cas, doors=(), access_point=None) -> bytes:
    return wire.config(pads, slot, unit, number, settings_wire.packed(servers, cas, doors, access_point))


def config_fields(frame: bytes) -> tuple:
    """(unit, number, servers, cas, doors, access point)"""
    unit, number, settings = wire.config_fields(frame)
    return unit, number, *settings_wire.unpacked(settings)
