"""`/health`, `/health/ready` and `/metrics`: for supervisors and Prometheus. They tell nothing of anybody and need no
token."""

from __future__ import annotations

import asyncio

from gemini_core.errors import Unavailable
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import DBAPIError

from gemini_control.handlers.allow import ANYONE, allow
from gemini_control.handlers.base import APIHandler
from gemini_control.handlers.routing import Route
from gemini_control.store import migrate
from gemini_control.version import VERSION

ANSWER_SECONDS = 2.0


class HealthHandler(APIHandler):
    """Whether this process works: who does not answer is to be started again."""

    @allow(ANYONE)
    async def get(self) -> None:
        """`{"status": "ok", "version": "…"}`, whatever its database does."""
        await self.answer({"status": "ok", "version": VERSION})


class ReadyHandler(APIHandler):
    """Whether requests are to come here; it does not matter who leads."""

    @allow(ANYONE)
    async def get(self) -> None:
        """`{"status": "ok", "version": "…"}` where the database answers and is of this version; 503 else."""
        if self.parts.ending:
            raise Unavailable("not-ready")
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                found = await self.parts.store.read(migrate.version_of)
        except (DBAPIError, TimeoutError) as error:
            raise Unavailable("not-ready") from error
        if found != migrate.head():
            raise Unavailable("not-ready")
        await self.answer({"status": "ok", "version": VERSION})


class MetricsHandler(APIHandler):
    """Numbers for Prometheus."""

    @allow(ANYONE, raw="out", media=CONTENT_TYPE_LATEST)
    async def get(self) -> None:
        """All metrics of this process."""
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(generate_latest(self.parts.metrics.registry))


routes = [
    Route("/health", HealthHandler),
    Route("/health/ready", ReadyHandler),
    Route("/metrics", MetricsHandler),
]
