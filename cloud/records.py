"""What the log says of a press and of what became of it. Pure: words for `chain`, written with the record itself."""

from cloud.chain import Draft
from cloud.operations import BY_CLOUD, Operation, Stops


def pressed(operation: Operation) -> Draft:
    """A press, allowed or refused; `rule` is the access that decided."""
    detail: dict[str, object] = {
        "action": operation.action,
        "state": str(operation.state),
        "reason": operation.reason,
        "rule": operation.grant,
        "asked": operation.asked,
    }
    if operation.seconds is not None:
        detail["seconds"] = operation.seconds
    if operation.way == BY_CLOUD:
        detail["holder"] = operation.person
    return _of(operation, operation.recorded, "press", detail)


def settled(operation: Operation, now: int) -> Draft:
    """What was answered, or that nothing was."""
    return _of(
        operation, now, "answer", {"state": str(operation.state), "reason": operation.reason} | _times(operation)
    )


def moved(operation: Operation, now: int) -> Draft:
    """What the door's sensor saw of it."""
    movement = str(operation.movement) if operation.movement else None
    return _of(operation, now, "movement", {"movement": movement} | _times(operation))


def _times(operation: Operation) -> dict[str, object]:
    """Milliseconds after the press at which each stop was passed."""
    stops = operation.stops
    return {name: value for name in Stops.__struct_fields__ if (value := getattr(stops, name)) is not None}


def _of(operation: Operation, at: int, kind: str, detail: dict[str, object]) -> Draft:
    pressed_by = (None, None) if operation.way == BY_CLOUD else (operation.person, operation.session)
    return Draft(
        operation.place,
        at,
        kind,
        *pressed_by,
        operation.way,
        operation.door,
        operation.id,
        detail,
    )
