"""What tests of one-time codes share: who carries them, and how one is asked for."""

from cloud.addresses import Address
from cloud.code_desk import CodeDesk
from cloud.codes import SIGN_IN
from tests.identity_side import PHONE

HERE, AWAY = Address("here"), Address("away")


class Pigeon:
    """Carries codes to this list."""

    def __init__(self) -> None:
        self.carried: list[tuple[str, str, str]] = []
        self.flies = True

    def can_reach(self, contact: str) -> bool:
        return self.flies

    def code(self, contact: str, code: str, language: str) -> None:
        self.carried.append((contact, code, language))

    @property
    def last(self) -> str:
        return self.carried[-1][1]


async def asked(desk: CodeDesk, contact: str = PHONE, address: Address = HERE, **how) -> str:
    ticket = desk.ask(contact, how.pop("purpose", SIGN_IN), address, "en", **how)
    await desk.recorded()
    return ticket


def other(code: str, n: int = 1) -> str:
    return f"{(int(code) + n) % 10**6:06}"
