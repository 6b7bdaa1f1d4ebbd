"""Keeps a cluster's line: who waits stands in it, who was admitted goes on, who is evicted stops, nobody else stays.

What is to be done is read from the row and from the line, never remembered: names are the rows' own ids, so that
whoever died between a row and its object finds it again, or takes it away.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

from gemini_core.ids import of_kind
from gemini_core.observations import Presence
from gemini_core.queues import Reservation
from gemini_core.reasons import Detail, Reason
from gemini_core.standings import (
    LineStep,
    Place,
    Stand,
    Standing,
    next_of_reservation,
    next_of_task,
    why_evicted,
)
from gemini_core.states import EnvironmentState, LaunchMode, Target, TaskState
from gemini_core.training import End
from sqlalchemy import Connection, RowMapping

from gemini_control.backends.base import BackendAway, StartFailed
from gemini_control.backends.lines import Line, LineAway, LineRefused
from gemini_control.background import Loops
from gemini_control.managers.admission import HOLDING_ENVIRONMENT, HOLDING_TASK, is_task
from gemini_control.managers.cluster_admission import LINE_TOPIC, ClusterAdmission, since_of
from gemini_control.managers.environments import set_target
from gemini_control.reconcilers import endings
from gemini_control.reconcilers.dynamic import launch_of
from gemini_control.reconcilers.endings import Ending
from gemini_control.reconcilers.workqueue import WorkQueue
from gemini_control.store import progress
from gemini_control.store.database import Store

RESYNC = 30.0
GATHER = 0.02
SPEAK_EVERY = 0.5
AT_ONCE = 25
SPEAK_SHARE = 4
"""Telling positions takes at most one part in so many of the time, however long the line is."""
LOST_AFTER = 5.0
"""How long (seconds) one that lives may be without a place before that is told."""
Act = Callable[[RowMapping, Standing], Awaitable[float | None]]
log = logging.getLogger("gemini.line")


class LineReconciler:
    """One of the platform's background works (`background.Background`); the leader's."""

    def __init__(self, store: Store, line: Line, admission: ClusterAdmission) -> None:
        self.store = store
        self.line = line
        self.admission = admission
        self.backend = admission.backend
        self.queue = WorkQueue("line", self.reconcile)
        self._lost: dict[str, float] = {}
        # Who was let stand in the line and is not seen there yet, until when (monotonic) that is believed.
        self._asked: dict[str, float] = {}
        self._moved = asyncio.Event()
        self._unsaid = asyncio.Event()
        self._loops = Loops()
        self._acts: dict[LineStep, Act] = {
            LineStep.REST: self._rest,
            LineStep.JOIN: self._join,
            LineStep.LEAVE: self._leave,
            LineStep.ADMIT: self._admit,
            LineStep.EVICT: self._evict,
            LineStep.REQUEUE: self._requeue,
            LineStep.LOST: self._tell_lost,
            LineStep.HELD: self._held,
        }

    async def start(self) -> None:
        """See the line, find everybody again, then follow what changes."""
        self.queue.open()
        self._lost.clear()
        await self.line.start()
        undo = [
            self.store.subscribe(LINE_TOPIC, self._moved.set),
            self.store.follow(progress.ENVIRONMENTS_TOPIC, self._on_row),
            self.store.follow(progress.TASKS_TOPIC, self._on_row),
            self.line.subscribe(self._changed),
        ]
        self._moved.set()
        self._loops.begin(self._follow, self._resync, self._speak, undo=undo)

    async def stop(self) -> None:
        """End; who stands in the line goes on standing."""
        await self._loops.end()
        await self.queue.close()
        await self.line.stop()

    def _on_row(self, holder: str) -> None:
        # One alone: if each change of a row had all others looked at, a thousand would do nothing else.
        if holder:
            self.queue.wake(holder)
        else:
            self._moved.set()

    def _changed(self, holder: str) -> None:
        self._asked.pop(holder, None)
        self._unsaid.set()
        if holder:
            self.queue.wake(holder)
        else:
            self._moved.set()

    async def _resync(self) -> None:
        while True:
            await asyncio.sleep(RESYNC)
            self._moved.set()

    async def _follow(self) -> None:
        again = 0.0  # a long line is looked at half of the time at most
        while True:
            await self._moved.wait()
            await asyncio.sleep(max(GATHER, again - time.monotonic()))
            self._moved.clear()
            began = time.monotonic()
            try:
                await self.look()
                now = time.monotonic()
                again = now + min(now - began, SPEAK_EVERY)
            except Exception:  # the top of the loop: said, and tried again by the next one
                log.warning("The line could not be looked at", exc_info=True)
                await asyncio.sleep(SPEAK_EVERY)
                self._moved.set()

    async def look(self) -> None:
        """Find out who wants what of the line, and wake those that something is to be done about."""
        survey, now = await self.store.read(self.admission.survey), time.monotonic()
        for gone in self.admission.troubles.keys() - survey.places.keys():
            del self.admission.troubles[gone]
        self._asked = {holder: until for holder, until in self._asked.items() if until > now}
        for holder in {*survey.places, *self.line.holders()} - self._asked.keys():
            place, since = survey.places.get(holder, Place.AWAY), survey.since.get(holder, "")
            step = _next(holder, place, self.line.standing(holder), since, may=holder in survey.may)
            if step not in (LineStep.REST, LineStep.HELD):
                self.queue.wake(holder)
        self._unsaid.set()

    async def _speak(self) -> None:
        while True:
            await self._unsaid.wait()
            self._unsaid.clear()
            began = time.monotonic()
            try:
                await self._tell()
            except Exception:  # the top of the loop: said, and tried again by the next one
                log.warning("Positions could not be told", exc_info=True)
            await asyncio.sleep(max(SPEAK_EVERY, SPEAK_SHARE * (time.monotonic() - began)))

    async def _tell(self) -> None:
        news = await self.store.read(self.admission.unsaid)
        for start in range(0, len(news), AT_ONCE):
            # In pieces: whoever submits meanwhile is not kept waiting by the length of the line.
            await self.store.write(partial(self.admission.say, news=news[start : start + AT_ONCE]))

    async def reconcile(self, holder: str) -> float | None:
        """Take the next step about one holder; seconds until the next look, None until it is woken."""
        row, may = await self.store.read(lambda tx: self._read(tx, holder))
        standing = self.line.standing(holder)
        if row is None or not _wants(row):
            return await self._away(holder, standing)
        place, bound = Place.QUEUED if _queued(row) else Place.HOLDING, row["run_id"] is not None
        step = _next(holder, place, standing, since_of(row), may=may, bound=bound)
        if step not in (LineStep.REST, LineStep.HELD):
            log.info("%s: %s, %s in the line: %s", holder, row["state"], standing.stand, step)
        return await self._acts[step](row, standing)

    def _read(self, tx: Connection, holder: str) -> tuple[RowMapping | None, bool]:
        """The row, and whether it may stand in the line."""
        row = _read(tx, holder)
        waits = row is not None and _wants(row) and _queued(row)
        return row, row is not None and waits and self.admission.may(tx, row)

    async def _rest(self, row: RowMapping, standing: Standing) -> float | None:
        self._well(row["id"])
        return None

    async def _join(self, row: RowMapping, standing: Standing) -> float | None:
        try:
            if is_task(row):
                if (await self.backend.observe(row["id"])).state == Presence.ENDED:
                    # Its object in the line is gone, it was there all the same: what it did is told and paid for.
                    return await self._admit(row, standing)
                queue = self.admission.queue_of(row)
                await self.backend.start_task(await self.store.read(lambda tx: launch_of(tx, row, queue)))
            else:
                await self.line.reserve(_reservation(row))
        except (LineAway, BackendAway) as away:
            self._trouble(row["id"], Detail("detail.line-unreachable", said=str(away)))
            raise
        except LineRefused as refused:
            return await self._refused(row, Reason.CONFIGURATION, _why_refused(refused))
        except StartFailed as failed:
            if failed.failure is None or not failed.failure.final:
                self._trouble(row["id"], Detail("detail.line-refused", said=str(failed)))
                raise
            return await self._refused(row, failed.failure.reason, failed.failure.detail)
        self._well(row["id"])
        if self.line.standing(row["id"]).stand == Stand.GONE:
            self._asked[row["id"]] = time.monotonic() + RESYNC
        return None

    async def _refused(self, row: RowMapping, reason: Reason, detail: Detail) -> float | None:
        """It will never stand there: it fails, and says why. What lives already goes on."""
        if not _queued(row):
            log.error("%s holds no place in the line: %s", row["id"], detail)
            return RESYNC

        def write(tx: Connection, now: datetime) -> None:
            self._fail(tx, row, reason, detail, now)

        again = await self._write(row, write)
        if is_task(row):
            # What was made of it before the rest was refused.
            await self._take_out(row["id"])
        return again

    def _fail(self, tx: Connection, row: RowMapping, reason: Reason, detail: Detail, now: datetime) -> None:
        if is_task(row):
            end = End(TaskState.FAILED, reason)
            endings.finish(tx, self.admission, row, Ending(end, now, None, (), str(detail)), now)
        else:
            values = {"target": Target.STOPPED, "health": None, **progress.why(reason, str(detail))}
            progress.move_environment(tx, row["id"], EnvironmentState.FAILED, now, **values)

    async def _away(self, holder: str, standing: Standing) -> float | None:
        self._well(holder)
        self._lost.pop(holder, None)
        if standing.stand != Stand.GONE or holder in self.line.holders():
            await self._take_out(holder)
        return None

    async def _leave(self, row: RowMapping, standing: Standing) -> float | None:
        await self._take_out(row["id"])
        return None

    async def _take_out(self, holder: str) -> None:
        if of_kind(holder, "task"):
            await self.backend.stop(holder, 0.0)
            await self.backend.remove(holder)
        else:
            await self.line.leave(holder)

    async def _admit(self, row: RowMapping, standing: Standing) -> float | None:
        placement = {**self.line.placement(standing), "since": standing.since}

        def write(tx: Connection, now: datetime) -> None:
            self.admission.admitted(tx, row, placement, now)

        self._well(row["id"])
        return await self._write(row, write)

    async def _evict(self, row: RowMapping, standing: Standing) -> float | None:
        reason, detail = why_evicted(standing)
        if is_task(row):
            return await self._evict_task(row, reason, detail)

        def write(tx: Connection, now: datetime) -> None:
            why = progress.why(reason, str(detail))
            if _queued(row):
                values = {"target": Target.STOPPED, "health": None, **why}
                progress.move_environment(tx, row["id"], EnvironmentState.STOPPED, now, **values)
            elif row["state"] != EnvironmentState.STOPPING:
                set_target(tx, row, Target.STOPPED, now, **why)

        # Its reservation stays until the processes have ended: it is still there, and it is seen why.
        return await self._write(row, write)

    async def _evict_task(self, row: RowMapping, reason: Reason, detail: Detail) -> float | None:
        seen = await self.backend.observe(row["id"])

        def write(tx: Connection, now: datetime) -> None:
            self.admission.allocated(tx, row, seen.allocated_at, now)
            current = progress.task(tx, row["id"]) or row
            at = progress.moment(seen.ended_at or seen.last_seen) or now
            wished = row["target"] != Target.RUNNING
            end = End(TaskState.STOPPED, Reason.USER_STOPPED) if wished else End(TaskState.FAILED, reason)
            ending = Ending(end, at, None, (), "" if wished else str(detail), progress.moment(seen.started_at))
            endings.finish(tx, self.admission, current, ending, now)

        await self._write(row, write)
        await self._take_out(row["id"])
        return None

    async def _requeue(self, row: RowMapping, standing: Standing) -> float | None:
        def write(tx: Connection, now: datetime) -> None:
            why = progress.why(Reason.RESOURCES, str(why_evicted(standing)[1]))
            progress.move_task(tx, row["id"], TaskState.QUEUED, now, steps=[], placement=None, **why)

        await self._write(row, write)
        # What is left of its pods would be taken for those that come later.
        await self._take_out(row["id"])
        return None

    async def _tell_lost(self, row: RowMapping, standing: Standing) -> float | None:
        """It lives without a place: it is not stopped for that, and told so until it has one again."""
        since = self._lost.setdefault(row["id"], time.monotonic())
        left = since + LOST_AFTER - time.monotonic()
        if left > 0:
            return left

        def write(tx: Connection, now: datetime) -> None:
            why = progress.why(Reason.RESOURCES, str(Detail("detail.line-lost", said=standing.said)))
            if {key: row[key] for key in why} != why and row["state"] == EnvironmentState.RUNNING:
                progress.change_environment(tx, row["id"], **why)

        await self._write(row, write)
        return None

    async def _held(self, row: RowMapping, standing: Standing) -> float | None:
        self._well(row["id"])
        self._lost.pop(row["id"], None)
        told = (row["reason_detail"] or "").startswith("detail.line-lost")
        if not told or row["state"] != EnvironmentState.RUNNING:
            return None
        return await self._write(row, lambda tx, _: progress.change_environment(tx, row["id"], **progress.why(None)))

    def _trouble(self, holder: str, detail: Detail) -> None:
        self.admission.troubles[holder] = detail
        self._unsaid.set()

    def _well(self, holder: str) -> None:
        if self.admission.troubles.pop(holder, None) is not None:
            self._unsaid.set()

    async def _write(self, row: RowMapping, change: Callable[[Connection, datetime], None]) -> float | None:
        """Make a change if the row is still as it was looked at."""

        def write(tx: Connection) -> None:
            now = _read(tx, row["id"])
            if now is not None and all(now[key] == row[key] for key in ("state", "target", "state_since")):
                change(tx, datetime.now(UTC))

        await self.store.write(write)
        return None


def _next(holder: str, place: Place, standing: Standing, since: str, *, may: bool, bound: bool = True) -> LineStep:
    if of_kind(holder, "task"):
        return next_of_task(place, standing, may=may, bound=bound)
    return next_of_reservation(place, standing, since, may=may)


def _read(tx: Connection, holder: str) -> RowMapping | None:
    return progress.task(tx, holder) if of_kind(holder, "task") else progress.environment(tx, holder)


def _queued(row: RowMapping) -> bool:
    return str(row["state"]) == EnvironmentState.QUEUED


def _wants(row: RowMapping) -> bool:
    """Whether a row has anything to do with the line."""
    if is_task(row) and row["mode"] != LaunchMode.DYNAMIC:
        return False
    if _queued(row):
        return str(row["target"]) == Target.RUNNING and not row.get("clearing")
    return row["state"] in (HOLDING_TASK if is_task(row) else HOLDING_ENVIRONMENT)


def _reservation(row: RowMapping) -> Reservation:
    kept = (row["placement"] or {}).get("since") if not _queued(row) else None
    return Reservation(
        environment=row["id"],
        workspace=row["workspace_id"],
        person=row["owner"],
        zone=row["zone_id"],
        cpu_millicores=row["cpu_millicores"],
        memory_bytes=row["memory_bytes"],
        gpu_type=row["gpu_type"],
        gpu_count=row["gpu_count"],
        since=kept or since_of(row),
    )


def _why_refused(refused: LineRefused) -> Detail:
    if refused.foreign:
        return Detail("detail.line-foreign", refused.foreign)
    if refused.unknown:
        return Detail("detail.line-unknown", refused.unknown)
    return Detail("detail.line-refused", said=str(refused))
