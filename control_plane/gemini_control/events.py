"""The stream of events to viewers: catch up from a cursor, then live; each gets what they may see and no more.

One reader for all viewers: after a commit it reads the new rows once, renders each changed thing once per language,
and puts it into the queues of those who may see it. A viewer who cannot keep up is told so (`reset`) and let go.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gemini_core.roles import Role, Standing, Visibility, sees_shared, sees_work
from sqlalchemy import Connection, RowMapping

from gemini_control.background import Loop
from gemini_control.managers.access import workspaces_of
from gemini_control.store import outbox
from gemini_control.store.database import Store
from gemini_control.store.outbox import About
from gemini_control.viewers import Viewer

BATCH = 500
QUEUE_LIMIT = 1000
MOST_MISSED = 2000
"""Who missed more events than this is told to fetch again: that is less work for all than to tell each of them."""
BACKOFF_SECONDS = 1.0
log = logging.getLogger("gemini.events")
Message = dict[str, Any]


@dataclass(eq=False)
class Subscription:
    """One viewer's stream: `queue` holds messages, None is its end (the viewer was too slow, or we stop)."""

    viewer: Viewer
    cursor: int
    queue: asyncio.Queue[Message | None] = field(default_factory=asyncio.Queue)
    workspaces: dict[str, Role] = field(default_factory=dict)
    over: bool = False

    def put(self, message: Message) -> None:
        """Queue a message; a viewer with too many waiting is told to fetch again, and let go."""
        if not self.over and self.queue.qsize() < QUEUE_LIMIT:
            self.queue.put_nowait(message)
        elif not self.over:
            self.over = True
            while not self.queue.empty():
                self.queue.get_nowait()
            self.queue.put_nowait({"kind": "reset"})
            self.queue.put_nowait(None)

    def put_seen(self, news: list[News]) -> None:
        """Queue what the viewer may see and has not had."""
        for one in news:
            message = one.as_seen(self) if one.message["cursor"] > self.cursor else None
            if message is not None:
                self.put(message)

    def may_see(self, about: About) -> bool:
        """Whether the viewer may know of something, by their standing in its workspace and its audience."""
        if self.viewer.operator or about.audience == "public":
            return True
        standing = Standing(self.viewer.name, self.workspaces.get(about.workspace_id or ""), self.viewer.operator)
        if about.audience == "workspace":
            return sees_shared(standing, about.person or "", Visibility.WORKSPACE)
        return sees_work(standing, about.person or "")


class News(NamedTuple):
    """An event with the thing as it is now; whom it concerned then, and whom now (None: the same)."""

    message: Message
    then: About
    now: About | None

    def as_seen(self, subscription: Subscription) -> Message | None:
        """What a viewer is told: nothing of what never concerned them; what no longer does is gone for them."""
        if not subscription.may_see(self.then):
            return None
        if self.now is None or subscription.may_see(self.now):
            return self.message
        return {**self.message, "change": "deleted", "data": None}


class Broadcaster(Loop):
    """Reads the outbox for everyone who listens."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._viewers: set[Subscription] = set()
        self._wake = asyncio.Event()
        self.arrived = asyncio.Event()
        """Set when somebody listens after nobody did; who acts on it clears it."""
        self._unsubscribe: Callable[[], None] = lambda: None
        self._cursor = 0

    @property
    def listeners(self) -> int:
        """How many viewers listen: nobody samples usage for nobody."""
        return len(self._viewers)

    async def start(self) -> None:
        """Begin to follow the outbox."""
        self._cursor = await self.store.read(outbox.newest)
        self._unsubscribe = self.store.subscribe(outbox.TOPIC, self._wake.set)
        await super().start()

    async def stop(self) -> None:
        """Let every viewer go and end."""
        self._unsubscribe()
        await super().stop()
        for viewer in tuple(self._viewers):
            viewer.queue.put_nowait(None)

    async def subscribe(self, viewer: Viewer, cursor: int | None) -> Subscription:
        """A stream from `cursor` on (None: from now). `hello` comes first, or `reset` where the cursor is too old."""
        subscription = Subscription(viewer, self._cursor)
        # From here on live events queue up; what is before them is read now and put in front.
        if not self._viewers:
            self.arrived.set()
        self._viewers.add(subscription)
        until = self._cursor
        try:
            missed = await self.store.read(lambda tx: self._catch_up(tx, subscription, cursor, until))
        except BaseException:
            self._viewers.discard(subscription)
            raise
        live, subscription.queue = subscription.queue, asyncio.Queue()
        for message in missed:
            subscription.queue.put_nowait(message)
        while not live.empty():
            newer = live.get_nowait()
            if newer is None or newer.get("cursor", subscription.cursor + 1) > subscription.cursor:
                subscription.queue.put_nowait(newer)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """End a stream."""
        self._viewers.discard(subscription)

    def publish_ephemeral(self, kind: str, object_id: str, person: str, workspace_id: str, data: Any) -> None:
        """Tell who may see `person`'s work something that is not worth keeping (`usage`)."""
        about = About(workspace_id, person)
        for subscription in self._viewers:
            if subscription.may_see(about):
                subscription.put({"kind": kind, "id": object_id, "data": data})

    def _catch_up(self, tx: Connection, subscription: Subscription, cursor: int | None, until: int) -> list[Message]:
        subscription.workspaces = workspaces_of(tx, subscription.viewer.name)
        least = max(outbox.oldest(tx) - 1, until - MOST_MISSED)
        if cursor is not None and (cursor > outbox.newest(tx) or cursor < least):
            return [{"kind": "reset"}, {"kind": "hello", "cursor": until}]
        # Another replica may have told the viewer more than this one has read.
        subscription.cursor = max(until, cursor or 0)
        messages: list[Message] = [{"kind": "hello", "cursor": until if cursor is None else cursor}]
        position = until if cursor is None else cursor
        looks = _Looks(subscription.viewer.language)
        while position < until:
            rows = [row for row in outbox.after(tx, position, BATCH) if row["cursor"] <= until]
            if not rows:
                break
            position = int(rows[-1]["cursor"])
            seen = [row for row in rows if subscription.may_see(_then(row))]
            told = (one.as_seen(subscription) for one in looks.render(tx, seen))
            messages += [message for message in told if message is not None]
        return messages

    async def run(self) -> None:
        """Send what is new as it comes."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                while await self._send_new():
                    pass
            except Exception:
                log.warning("Events could not be sent; trying again", exc_info=True)
                await asyncio.sleep(BACKOFF_SECONDS)
                self._wake.set()

    async def _send_new(self) -> bool:
        before = self._cursor
        rows = await self.store.read(lambda tx: outbox.after(tx, before, BATCH))
        if not rows:
            return False
        # With no await in between: who is in `viewers` gets the rows here, who comes later reads them for itself.
        viewers, self._cursor = tuple(self._viewers), int(rows[-1]["cursor"])
        try:
            rendered, roles = await self.store.read(lambda tx: _for_viewers(tx, rows, viewers))
        except BaseException:
            self._cursor = before
            raise
        for subscription in viewers:
            subscription.workspaces = roles[subscription.viewer.name]
            subscription.put_seen(rendered[subscription.viewer.language])
        return len(rows) == BATCH


def _for_viewers(
    tx: Connection, rows: list[RowMapping], viewers: tuple[Subscription, ...]
) -> tuple[dict[str, list[News]], dict[str, dict[str, Role]]]:
    languages = {subscription.viewer.language for subscription in viewers}
    people = {subscription.viewer.name for subscription in viewers}
    rendered = {language: _Looks(language).render(tx, rows) for language in languages}
    return rendered, {person: workspaces_of(tx, person) for person in people}


def _then(row: RowMapping) -> About:
    return About(row["workspace_id"], row["person"], row["audience"])


class _Looks:
    """How things look in a language: one that changed often is rendered once."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._known: dict[tuple[str, str], tuple[Any, About | None]] = {}

    def render(self, tx: Connection, rows: list[RowMapping]) -> list[News]:
        """The news of some rows."""
        return [self._render(tx, row) for row in rows]

    def _render(self, tx: Connection, row: RowMapping) -> News:
        kind, object_id, change = row["kind"], row["object_id"], row["change"]
        data, now = (None, None) if change == "deleted" else self._look(tx, kind, object_id)
        message = {"cursor": row["cursor"], "kind": kind, "id": object_id, "change": change, "data": data}
        return News(message, _then(row), now)

    def _look(self, tx: Connection, kind: str, object_id: str) -> tuple[Any, About | None]:
        if (kind, object_id) not in self._known:
            data = outbox.render(tx, kind, object_id, self.language)
            self._known[kind, object_id] = data, outbox.concerned(tx, kind, object_id)
        return self._known[kind, object_id]
