"""What a half-filled form comes to: price, place in the line, and what would be refused. Creates nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from gemini_core import messages, ranks
from gemini_core.errors import GeminiError, InvalidInput
from gemini_core.queueing import NORMAL, PRIORITIES, Ask, Decision
from gemini_core.quota import Holder
from gemini_core.reasons import Reason
from gemini_core.states import LaunchMode
from gemini_core.submissions import problems
from sqlalchemy import Connection

from gemini_control.managers import ledger, limits, mounts, resources, runs, submissions
from gemini_control.managers.admission import Admission, waits_for
from gemini_control.managers.environments import usable_project, wanted
from gemini_control.managers.resources import Resources
from gemini_control.managers.runtimes import check_image
from gemini_control.managers.wording import cores, gb, gpu_words, reason_of
from gemini_control.models.environments import EnvironmentDraft, EnvironmentPreview
from gemini_control.models.resources import ProblemOut, QueueOut
from gemini_control.models.tasks import TaskIn, TaskPreview
from gemini_control.store.database import Store
from gemini_control.viewers import Viewer

T = TypeVar("T")


class Findings:
    """What would be refused, in order; `attempt` goes on where something is."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.problems: list[ProblemOut] = []

    def attempt(self, check: Callable[[], T]) -> T | None:
        """What `check` gives; None where it refuses, which is noted."""
        try:
            return check()
        except GeminiError as error:
            self.add(error)
            return None

    def add(self, error: GeminiError) -> None:
        """Note a refusal."""
        self.problems.append(ProblemOut(name=error.name, field=error.field, message=error.text(self.language)))


class Previews:
    """The previews of both forms."""

    def __init__(self, store: Store, admission: Admission) -> None:
        self.store = store
        self.admission = admission

    async def environment(self, viewer: Viewer, draft: EnvironmentDraft) -> EnvironmentPreview:
        """What this form of an environment comes to."""
        return await self.store.read(lambda tx: self._environment(tx, viewer, draft))

    def _environment(self, tx: Connection, viewer: Viewer, draft: EnvironmentDraft) -> EnvironmentPreview:
        found = Findings(viewer.language)
        if not draft.name.strip():
            found.add(InvalidInput("field-required", field="name"))
        if draft.project_id:
            project = found.attempt(lambda: usable_project(tx, viewer, draft.project_id or ""))
        else:
            project = None
            found.add(InvalidInput("project-required", field="projectId"))
        found.attempt(lambda: check_image(self.admission.backend.cluster, draft.image))
        config = draft.resource_config
        specification = draft.specification_id or (None if config else resources.default_specification(tx, project))
        chosen = found.attempt(lambda: resources.resolve(tx, self.admission.backend, specification, config))
        if project is not None:
            found.attempt(
                lambda: mounts.resolve(tx, viewer, project["workspace_id"], wanted(draft.datasets, draft.models))
            )
            found.attempt(lambda: ledger.require_credit(tx, project["workspace_id"]))
        holder = Holder(project["workspace_id"] if project else "", viewer.name)
        if chosen is not None:
            found.attempt(lambda: limits.check_whole(tx, holder, chosen.amount(), chosen.specification_id))
        queue = None if chosen is None else self.line(tx, holder, chosen, viewer.language)
        return EnvironmentPreview(
            environment_name=draft.name.strip() or None,
            zone_name=chosen.zone_name if chosen else None,
            gpu=gpu_words(chosen.gpu_type, chosen.gpu_count) if chosen else "0",
            cpu_cores=cores(chosen.cpu_millicores) if chosen else None,
            memory=gb(chosen.memory_bytes) if chosen else None,
            price_per_hour=found.attempt(lambda: self.price(chosen)) if chosen else None,
            price_is_share=False,
            expected_start=expected("environment", queue, viewer.language),
            queue=queue,
            errors=found.problems,
        )

    async def task(self, viewer: Viewer, wish: TaskIn) -> TaskPreview:
        """What this form of a task comes to."""
        return await self.store.read(lambda tx: self._task(tx, viewer, wish))

    def _task(self, tx: Connection, viewer: Viewer, wish: TaskIn) -> TaskPreview:
        found = Findings(viewer.language)
        form = submissions.form_of(wish)
        for problem in problems(form):
            found.add(problem)
        if form.launch_mode == LaunchMode.EXISTING:
            return self._inside(tx, viewer, wish, found)
        return self._apart(tx, viewer, wish, found)

    def _inside(self, tx: Connection, viewer: Viewer, wish: TaskIn, found: Findings) -> TaskPreview:
        row = None
        if wish.environment_id:
            environment_id = wish.environment_id
            row = found.attempt(lambda: submissions.usable_environment(tx, viewer, environment_id))
        if row is not None and submissions.wanted(wish):
            found.attempt(lambda: submissions.mounted_there(tx, viewer, row, submissions.wanted(wish)))
        if row is not None and not found.problems:
            found.attempt(lambda: submissions.check(tx, self.admission, viewer, wish))
        run = None if row is None else runs.find(tx, row["run_id"])
        return TaskPreview(
            environment_name=row["name"] if row else None,
            zone_name=None,
            gpu=gpu_words(row["gpu_type"], row["gpu_count"]) if row else "0",
            cpu_cores=cores(row["cpu_millicores"]) if row else None,
            memory=gb(row["memory_bytes"]) if row else None,
            instances=1,
            price_per_hour=run["price_micro_per_hour"] if run else None,
            price_is_share=True,
            expected_start=expected("existing", None, viewer.language),
            queue=None,
            errors=found.problems,
        )

    def _apart(self, tx: Connection, viewer: Viewer, wish: TaskIn, found: Findings) -> TaskPreview:
        config, chosen, form = wish.resource_config, None, submissions.form_of(wish)
        # Of roles that would be refused, none counts yet.
        count = submissions.instances_of(form) if ranks.problem(form.roles) is None else 1
        if config is not None and config.availability_zone:
            chosen = found.attempt(lambda: resources.resolve(tx, self.admission.backend, None, config, count))
        elif wish.specification_id:
            wanted_id = wish.specification_id
            chosen = found.attempt(lambda: resources.resolve(tx, self.admission.backend, wanted_id, None, count))
        holder = Holder(_workspace_of(tx, viewer, wish), viewer.name)
        if chosen is not None:
            found.attempt(lambda: limits.check_whole(tx, holder, chosen.amount(), chosen.specification_id))
        if not found.problems:
            found.attempt(lambda: submissions.check(tx, self.admission, viewer, wish))
        queue = None if chosen is None else self.line(tx, holder, chosen, viewer.language, wish.priority)
        return TaskPreview(
            environment_name=None,
            zone_name=chosen.zone_name if chosen else None,
            gpu=gpu_words(chosen.gpu_type, chosen.gpu_count) if chosen else "0",
            cpu_cores=cores(chosen.cpu_millicores) if chosen else None,
            memory=gb(chosen.memory_bytes) if chosen else None,
            instances=count,
            price_per_hour=found.attempt(lambda: self.price(chosen)) if chosen else None,
            price_is_share=False,
            expected_start=expected("dynamic", queue, viewer.language),
            queue=queue,
            errors=found.problems,
        )

    def price(self, chosen: Resources) -> int:
        """Micro-points per hour from now on; Conflict where its card has no price."""
        return self.admission.runs.prices.price(chosen.priced(), chosen.specification_id).micro_per_hour

    def line(
        self, tx: Connection, holder: Holder, chosen: Resources, language: str, priority: str = PRIORITIES[NORMAL]
    ) -> QueueOut | None:
        """The place in the line that it would get; None where it would start at once, or be refused."""
        decision = self.decide(tx, holder, chosen, priority)
        if decision.admitted or any(bound.whole for bound in decision.bounds):
            return None
        reason = reason_of(*waits_for(decision), language)
        assert reason is not None
        return QueueOut(reason=reason, position=decision.position or 1)

    def decide(self, tx: Connection, holder: Holder, chosen: Resources, priority: str) -> Decision:
        """What admission would say now."""
        asked = chosen.amount()
        ask = Ask(
            "~preview",
            datetime.now(UTC).timestamp(),
            asked.cpu_millicores,
            asked.memory_bytes,
            chosen.gpu_type,
            asked.gpu_count,
            holder.workspace,
            holder.person or "",
            PRIORITIES.index(priority),
        )
        return self.admission.would(tx, ask, chosen.zone_id)


def expected(kind: str, queue: QueueOut | None, language: str) -> str:
    """When it is expected to start, in words."""
    if queue is not None:
        name = "expected-start.queued-quota" if queue.reason.code == Reason.QUOTA else "expected-start.queued"
        return messages.text(name, language, position=queue.position)
    return messages.text(f"expected-start.{kind}", language)


def _workspace_of(tx: Connection, viewer: Viewer, wish: TaskIn) -> str:
    """The workspace whose quota a task would count against; empty where its form names none yet."""
    try:
        return str(submissions.project_of(tx, viewer, wish.project_id)["workspace_id"])
    except GeminiError:
        return ""
