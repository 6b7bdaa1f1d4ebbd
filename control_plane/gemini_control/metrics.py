"""Numbers about this process, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Gauge, Histogram
from tornado.web import RequestHandler


class Metrics:
    """A registry of its own, so that two applications in one process do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "gemini_request_duration_seconds",
            "Time to answer, by handler, method and status",
            ["handler", "method", "status"],
            registry=self.registry,
        )

    def watch(self, name: str, help_text: str, value: Callable[[], float]) -> None:
        """A number that is asked for whenever the metrics are read."""
        Gauge(name, help_text, registry=self.registry).set_function(value)

    def log_request(self, handler: RequestHandler) -> None:
        """Tornado's `log_function`: one observation a request."""
        labels = (type(handler).__name__, handler.request.method or "", str(handler.get_status()))
        self.requests.labels(*labels).observe(handler.request.request_time())
