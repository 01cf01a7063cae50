# How a field of unit.json is looked at, and how a wrong one is told: which field, what is expected, what is there.
# Never here: which fields there are (config.py, config_network.py).
import json


def want(problems, fields, name, good, expected, where="", secret=False):
    # True when the field is there and good; else the problem is told, of a secret without what is there.
    if name not in fields:
        problems.append("unit.json: %s%s is missing: expected %s" % (where, name, expected))
        return False
    if not good(fields[name]):
        there = "not as it should be" if secret else shown(fields[name])
        problems.append("unit.json: %s%s is %s: expected %s" % (where, name, there, expected))
        return False
    return True


def take_pin(problems, used, pin, where):
    # A GPIO serves one thing; used: what each that is taken serves.
    if pin in used:
        problems.append("unit.json: %s is GPIO %d, which is %s already" % (where, pin, used[pin]))
    used.setdefault(pin, where)


def is_object(value):
    return isinstance(value, dict)


def is_host(value):
    if not isinstance(value, str) or not 1 <= len(value) <= 63 or value[0] in ".-" or value[-1] in ".-":
        return False
    return all(c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-" for c in value)


def list_of(good, most):
    return lambda value: isinstance(value, list) and 1 <= len(value) <= most and all(good(v) for v in value)


def whole(low, high):
    return lambda value: type(value) is int and low <= value <= high  # type(): True is an int, too


def or_null(good):
    return lambda value: value is None or good(value)


def is_pin(pins):
    return lambda value: type(value) is int and value in pins


def numbers(pins):
    return ", ".join(str(p) for p in pins)


def shown(value):
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
