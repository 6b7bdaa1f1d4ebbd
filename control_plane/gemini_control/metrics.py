"""Numbers about this process, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
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
        self.viewers = Gauge("gemini_event_viewers", "Open event streams", registry=self.registry)
        self.charged = Counter("gemini_charged_micro_points", "Micro-points charged", registry=self.registry)

    def log_request(self, handler: RequestHandler) -> None:
        """Tornado's `log_function`: one observation a request."""
        labels = (type(handler).__name__, handler.request.method or "", str(handler.get_status()))
        self.requests.labels(*labels).observe(handler.request.request_time())
