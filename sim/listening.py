"""How a server of the bench stops listening. Never what it says to those it has let in."""

import asyncio


async def stop_listening(server: asyncio.Server) -> None:
    """Let nobody more in, then close.

    asyncio (3.11) attaches a connection one turn of the loop after it accepted it, and asserts there that its server is
    still open: one accepted in the very turn of `close()` would be left half made, its socket unclosed.
    """
    loop = asyncio.get_running_loop()
    for each in server.sockets:
        loop.remove_reader(each)
    await asyncio.sleep(0)
    server.close()
