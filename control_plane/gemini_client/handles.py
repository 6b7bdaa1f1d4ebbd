"""A training task in a person's hand: what `%gemini train` and Python code get to work with."""

from __future__ import annotations

import asyncio
import html
import os
import time
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from gemini_core.errors import Conflict
from gemini_core.messages import text
from gemini_core.states import TASK_ENDED, TaskState
from gemini_core.wording import duration, points, sentences

from gemini_client.sync import outcome
from gemini_client.tails import lines_of, read_log
from gemini_client.watching import until_ended

if TYPE_CHECKING:
    from gemini_client.sync import Client

Model = dict[str, Any]
FRESH_SECONDS = 1.0


class TaskFailed(Conflict):
    """A task ended otherwise than well, and the caller asked to be told so by an error. `task` is its handle."""

    def __init__(self, task: TaskHandle, said: str) -> None:
        super().__init__("task-did-not-succeed")
        self.task = task
        self.said = said


class TaskHandle:
    """A training task: `task.wait()`, `task.logs()`, `task.stop()`; `await task` waits too.

    What it tells of a task that goes on is at most a second old. A task that fails raises nothing unless it is
    asked to (`wait(check=True)`).
    """

    def __init__(self, client: Client, id: str, *, model: Model | None = None, pages: str | None = None) -> None:
        self._client = client
        self._model = model or {}
        self._seen_at = time.monotonic() if model else float("-inf")
        self._pages = client.url.removesuffix("api/v1") if pages is None else pages
        self.id = id

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self._known()["taskName"])

    @property
    def state(self) -> str:
        """`queued`, `allocating`, `starting`, `running`, `stopping`, `succeeded`, `failed` or `stopped`."""
        return str(self._now()["state"])

    @property
    def status(self) -> str:
        """As `state`: the API's own name for it."""
        return self.state

    @property
    def ended(self) -> bool:
        """Whether it has ended, well or not."""
        return self.state in TASK_ENDED

    @property
    def cost(self) -> Decimal:
        """What it has cost so far, in points; of a task inside an environment its share of the environment's."""
        return Decimal(self._now()["cost"])

    @property
    def output(self) -> Path:
        """The folder of what it writes, as an environment of its project sees it."""
        named = Path(str(self._known()["outputPath"]))
        place = os.environ.get("GEMINI_OUTPUT")
        return Path(place, named.name) if place else named

    @property
    def url(self) -> str:
        """Its page."""
        return f"{self._pages}training-jobs/{self.id}"

    @property
    def model(self) -> Model:
        """All that the API tells of it (docs: API, Task), as it was last seen."""
        return self._known()

    def refresh(self) -> TaskHandle:
        """Reads it anew."""
        self._learn(self._client.tasks.get(self.id))
        return self

    def wait(self, timeout: float | None = None, *, check: bool = False) -> TaskHandle:
        """Returns when it has ended. `timeout` in seconds, then TimeoutError; the task goes on.

        `check`: raise TaskFailed unless it succeeded.
        """
        future = self._client.begin(lambda client: until_ended(client, self.id))
        try:
            self._learn(outcome(future, timeout))
        except TimeoutError:
            language = self._client.language
            span = duration(timeout or 0, language)
            raise TimeoutError(text("task-still-going", language, task=self.id, span=span)) from None
        finally:
            future.cancel()
        return self._checked() if check else self

    def __await__(self) -> Generator[Any, None, TaskHandle]:
        future = self._client.begin(lambda client: until_ended(client, self.id))
        self._learn((yield from asyncio.wrap_future(future).__await__()))
        return self

    @overload
    def logs(
        self, follow: Literal[False] = False, *, role: str = ..., rank: int = ..., tail: int | None = ...
    ) -> str: ...

    @overload
    def logs(self, follow: Literal[True], *, role: str = ..., rank: int = ...) -> Iterator[str]: ...

    def logs(
        self, follow: bool = False, *, role: str = "", rank: int = 0, tail: int | None = None
    ) -> str | Iterator[str]:
        """Its log so far, or the last `tail` lines of it. `follow`: line after line as they are written, to its end.

        Of a task of several roles, that of a rank of one of them: `role` (default: the first) and its `rank`.
        """
        if follow:
            return lines_of(self._client.tasks.follow_log(self.id, role=role, rank=rank))
        return outcome(self._client.begin(lambda client: read_log(client, self.id, (role, rank), tail)))

    def files(self) -> list[Model]:
        """What it wrote into its output: `path` and `size` in bytes of each file."""
        found: list[Model] = []
        cursor: str | None = None
        while True:
            page = self._client.tasks.output(self.id, limit=200, cursor=cursor)
            found += page.items
            cursor = page.next
            if cursor is None:
                return found

    def stop(self) -> TaskHandle:
        """Wants it stopped; `wait` says when it is. One that has ended stays as it ended."""
        self._learn(self._client.tasks.stop(self.id))
        return self

    def __repr__(self) -> str:
        return f"<TaskHandle {self.id} {' · '.join(self._facts())}>" if self._model else f"<TaskHandle {self.id}>"

    def _repr_html_(self) -> str:
        self._known()
        dot = _DOTS.get(self._model["state"], _BUSY)
        facts = " · ".join(html.escape(fact) for fact in self._facts()[1:])
        name, place = html.escape(self.name), html.escape(self.url, quote=True)
        return (
            f'<span style="font-family: var(--jp-ui-font-family); font-size: var(--jp-ui-font-size1)">'
            f'<span aria-hidden="true" style="color: {dot}">●</span> '
            f'<a href="{place}" target="_blank" rel="noopener" style="color: var(--jp-content-link-color)">{name}</a>'
            f' <span style="color: var(--jp-ui-font-color2)">· {facts}</span></span>'
        )

    def _facts(self) -> list[str]:
        """Name, state with its reason, how long it took, cost; as it was last seen."""
        model, language = self._model, self._client.language
        facts = [str(model["taskName"]), text(f"state.{model['state']}", language)]
        if model["reason"] and model["state"] != TaskState.STOPPED:
            facts[-1] += f" ({model['reason']['message']})"
        if model["startedAt"]:
            facts.append(duration(seconds_between(model["startedAt"], model["endedAt"]), language))
        return [*facts, points(model["cost"], language)]

    def _checked(self) -> TaskHandle:
        if self._model["state"] == TaskState.SUCCEEDED:
            return self
        language, reason = self._client.language, self._model["reason"] or {}
        why = sentences((reason.get(part) for part in ("message", "detail", "remedy")), language)
        state = text(f"state.{self._model['state']}", language)
        raise TaskFailed(self, text("task-did-not-succeed", language, task=self.name, state=state, why=why))

    def _known(self) -> Model:
        return self._model or self.refresh()._model

    def _now(self) -> Model:
        fresh = time.monotonic() - self._seen_at < FRESH_SECONDS
        return self._model if fresh or self._model.get("state") in TASK_ENDED else self.refresh()._model

    def _learn(self, model: Model) -> None:
        self._model, self._seen_at = model, time.monotonic()


def seconds_between(start: str, end: str | None) -> float:
    """Seconds from one of the API's times to another; to now where there is no other."""
    last = datetime.fromisoformat(end) if end else datetime.now(UTC)
    return (last - datetime.fromisoformat(start)).total_seconds()


_BUSY = "var(--jp-warn-color1)"
_DOTS = {
    TaskState.RUNNING: "var(--jp-success-color1)",
    TaskState.SUCCEEDED: "var(--jp-success-color1)",
    TaskState.FAILED: "var(--jp-error-color1)",
    TaskState.STOPPED: "var(--jp-ui-font-color3)",
}
