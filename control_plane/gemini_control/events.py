"""The stream of events to viewers: catch up from a cursor, then live; each gets what they may see and no more.

One reader for all viewers: after a commit it reads the new rows once, renders each changed thing once per language,
and puts it into the queues of those who may see it. A viewer who cannot keep up is told so (`reset`) and let go.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gemini_core.roles import Role, Standing, Visibility, sees_shared, sees_work
from sqlalchemy import Connection, RowMapping

from gemini_control.background import Loop
from gemini_control.managers.access import workspaces_of
from gemini_control.store import outbox
from gemini_control.store.database import Store
from gemini_control.viewers import Viewer

BATCH = 500
QUEUE_LIMIT = 1000
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

    def put_seen(self, rows: list[RowMapping], messages: list[Message]) -> None:
        """Queue the messages of those rows that the viewer may see and has not had."""
        for row, message in zip(rows, messages, strict=True):
            if row["cursor"] > self.cursor and may_see(self.viewer, self.workspaces, row):
                self.put(message)


def may_see(viewer: Viewer, workspaces: dict[str, Role], event: RowMapping | Message) -> bool:
    """Whether a viewer may know of an event, by their standing in its workspace and its audience."""
    workspace, person, audience = event["workspace_id"], event["person"], event["audience"]
    if viewer.operator or audience == "public":
        return True
    standing = Standing(viewer.name, workspaces.get(workspace), viewer.operator)
    if audience == "workspace":
        return sees_shared(standing, person or "", Visibility.WORKSPACE)
    return sees_work(standing, person or "")


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
        about = {"workspace_id": workspace_id, "person": person, "audience": "owner"}
        for subscription in self._viewers:
            if may_see(subscription.viewer, subscription.workspaces, about):
                subscription.put({"kind": kind, "id": object_id, "data": data})

    def _catch_up(self, tx: Connection, subscription: Subscription, cursor: int | None, until: int) -> list[Message]:
        subscription.workspaces = workspaces_of(tx, subscription.viewer.name)
        if cursor is not None and (cursor > outbox.newest(tx) or cursor < outbox.oldest(tx) - 1):
            return [{"kind": "reset"}, {"kind": "hello", "cursor": until}]
        # Another replica may have told the viewer more than this one has read.
        subscription.cursor = max(until, cursor or 0)
        messages: list[Message] = [{"kind": "hello", "cursor": until if cursor is None else cursor}]
        position = until if cursor is None else cursor
        while position < until:
            rows = [row for row in outbox.after(tx, position, BATCH) if row["cursor"] <= until]
            if not rows:
                break
            position = int(rows[-1]["cursor"])
            seen = [row for row in rows if may_see(subscription.viewer, subscription.workspaces, row)]
            messages += _render(tx, seen, subscription.viewer.language)
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
            subscription.put_seen(rows, rendered[subscription.viewer.language])
        return len(rows) == BATCH


def _for_viewers(
    tx: Connection, rows: list[RowMapping], viewers: tuple[Subscription, ...]
) -> tuple[dict[str, list[Message]], dict[str, dict[str, Role]]]:
    languages = {subscription.viewer.language for subscription in viewers}
    people = {subscription.viewer.name for subscription in viewers}
    rendered = {language: _render(tx, rows, language) for language in languages}
    return rendered, {person: workspaces_of(tx, person) for person in people}


def _render(tx: Connection, rows: list[RowMapping], language: str) -> list[Message]:
    """The messages of some rows; a thing that changed often is rendered once."""
    looks: dict[tuple[str, str], Any] = {}
    messages = []
    for row in rows:
        kind, object_id = row["kind"], row["object_id"]
        if row["change"] == "deleted":
            data = None
        else:
            if (kind, object_id) not in looks:
                looks[kind, object_id] = outbox.render(tx, kind, object_id, language)
            data = looks[kind, object_id]
        messages.append({"cursor": row["cursor"], "kind": kind, "id": object_id, "change": row["change"], "data": data})
    return messages
