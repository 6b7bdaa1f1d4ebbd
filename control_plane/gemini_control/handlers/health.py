"""`/health` and `/metrics`: for supervisors and Prometheus. They tell nothing of anybody and need no token."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from gemini_control.handlers.allow import ANYONE, allow
from gemini_control.handlers.base import APIHandler
from gemini_control.handlers.routing import Route
from gemini_control.version import VERSION


class HealthHandler(APIHandler):
    """Whether requests can be served."""

    @allow(ANYONE)
    async def get(self) -> None:
        """`{"status": "ok", "version": "…"}` once the database answers."""
        await self.parts.store.read(lambda tx: tx.scalar(text("SELECT 1")))
        await self.answer({"status": "ok", "version": VERSION})


class MetricsHandler(APIHandler):
    """Numbers for Prometheus."""

    @allow(ANYONE, raw="out", media=CONTENT_TYPE_LATEST)
    async def get(self) -> None:
        """All metrics of this process."""
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.finish(generate_latest(self.parts.metrics.registry))


routes = [Route("/health", HealthHandler), Route("/metrics", MetricsHandler)]
