"""The base of raw PUTs: authorised and refused before the first byte, then streamed to disk."""

from __future__ import annotations

from collections.abc import Awaitable

from tornado.web import stream_request_body

from gemini_control.files.upload import Upload
from gemini_control.handlers.base import APIHandler
from gemini_control.handlers.parameters import Parameter

EXECUTABLE = Parameter("executable", ("true", "false"))


@stream_request_body
class UploadHandler(APIHandler):
    """Subclasses say where a PUT goes (`begin`) and what is recorded after it (`done`); other verbs are ordinary."""

    upload: Upload | None = None
    path_is_last = True

    async def begin(self, owner_id: str, path: str) -> Upload:
        """Check that this caller may put this file there, and open it."""
        raise NotImplementedError

    async def done(self, owner_id: str, path: str) -> None:
        """Record that the file is there."""
        raise NotImplementedError

    async def expect(self) -> None:
        """Open the upload of a PUT before its body comes; it has a limit of its own."""
        if self.request.method != "PUT":
            await super().expect()
            return
        self.upload = await self.begin(self.path_args[0], self.path_args[1])
        self.refuse_larger_than(self.upload.limit)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """A piece of the body: to disk where a PUT is under way."""
        if self.upload is None:
            return super().data_received(chunk)
        return self._write(self.upload, chunk)

    async def _write(self, upload: Upload, chunk: bytes) -> None:
        if self.failure is None:
            try:
                await upload.write(chunk)
            except Exception as error:  # noqa: BLE001 - kept for the verb, which raises it where it becomes an answer
                self.failure = error

    async def receive(self, owner_id: str, path: str) -> None:
        """Finish the PUT; `?executable=true` keeps that the file is to be run."""
        if self.upload is None:
            raise RuntimeError("no upload was begun")
        if self.failure is not None:
            raise self.failure
        executable = self.option("executable") == "true"
        await self.upload.finish(executable=executable)
        await self.done(owner_id, path)
        await self.answer({"path": "/".join(self.upload.parts), "size": self.upload.size})

    failure: Exception | None = None

    def on_finish(self) -> None:
        """Leave nothing half behind, however it ended."""
        if self.upload is not None:
            self.upload.abandon()

    def on_connection_close(self) -> None:
        """The caller went away in the middle."""
        super().on_connection_close()
        self.on_finish()
