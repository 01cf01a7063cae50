"""A server of the app's files alone, real ones, that can become another version or be broken on the way. Nobody is
signed in there: to every call it says so."""

import shutil
from pathlib import Path

from aiohttp import web

from cloud.shell import WORKER, Shell
from cloud.web import PWA, headers_of
from tools.parts import lit


class Shelf:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(PWA, folder)
        self.shell = Shell(folder, lit())
        self.broken: set[str] = set()  # paths that arrive as something else
        self.asked: list[str] = []
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def becomes(self, path: str, text: str) -> None:
        """Another version: this file says something else from now on."""
        (self.folder / path).write_text(text)
        self.shell = Shell(self.folder, lit())

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._serve)
        app.router.add_post("/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if request.path.startswith("/api/"):
            return web.json_response({"reason": "session"}, status=401, headers={"Cache-Control": "no-store"})
        asset = self.shell.files.get(request.path)
        if asset is None:
            raise web.HTTPNotFound
        headers = {**headers_of((self.folder / "index.html").read_text()), "Cache-Control": "no-cache"}
        if request.path == WORKER:
            headers["Service-Worker-Allowed"] = "/"
        body = b"/* something else */" if request.path in self.broken else asset.body
        return web.Response(body=body, content_type=asset.media, charset="utf-8", headers=headers)
