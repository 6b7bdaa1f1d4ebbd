"""The API's resources, one small class each; bodies and answers are the wire's (docs/architecture.md, "API")."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from gemini_client.transport import Page, Transport, segment

Model = dict[str, Any]
Body = Mapping[str, Any]
MOST_PER_PAGE = 200


class Collection:
    """Things of one kind below `path`: a list in pages, and each by its id."""

    path = ""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def list(self, **filters: Any) -> Page:
        """One page. `filters`: `limit` (at most 200), `cursor`, and what the list filters by; None is left out."""
        answer = await self._transport.call("GET", self.path, query=filters)
        return Page(answer.data, answer.page.get("next"), answer.page.get("total"))

    async def iterate(self, **filters: Any) -> AsyncIterator[Model]:
        """Each thing of the whole list, page after page."""
        cursor: str | None = None
        while True:
            page = await self.list(**{"limit": MOST_PER_PAGE, **filters, "cursor": cursor})
            for item in page.items:
                yield item
            cursor = page.next
            if cursor is None:
                return

    async def _get(self, *parts: str, **query: Any) -> Any:
        return (await self._transport.call("GET", self._at(*parts), query=query)).data

    async def _post(self, *parts: str, body: Body | None = None, key: str | None = None) -> Any:
        return (await self._transport.call("POST", self._at(*parts), body=body, key=key)).data

    async def _patch(self, *parts: str, body: Body) -> Any:
        return (await self._transport.call("PATCH", self._at(*parts), body=body)).data

    async def _delete(self, *parts: str) -> None:
        await self._transport.call("DELETE", self._at(*parts))

    def _at(self, *parts: str) -> str:
        return "/".join((self.path, *parts))


class Things(Collection):
    """A collection whose things can be made and read."""

    async def create(self, body: Body, key: str | None = None) -> Model:
        """Makes one. `key`: an Idempotency-Key of the caller's, so that a later repetition makes no second."""
        made: Model = await self._post(body=body, key=key)
        return made

    async def get(self, id: str) -> Model:
        """One of them. NotFound where it is not there or not the caller's."""
        found: Model = await self._get(segment(id))
        return found


class Editable(Things):
    """A collection whose things can also be changed and deleted."""

    async def update(self, id: str, body: Body) -> Model:
        """Changes what `body` names."""
        changed: Model = await self._patch(segment(id), body=body)
        return changed

    async def delete(self, id: str) -> None:
        """Deletes it."""
        await self._delete(segment(id))


class Environments(Editable):
    """Development environments."""

    path = "dev-environments"

    async def start(self, id: str) -> Model:
        """Wants it to run."""
        found: Model = await self._post(segment(id), "start")
        return found

    async def stop(self, id: str) -> Model:
        """Wants it stopped."""
        found: Model = await self._post(segment(id), "stop")
        return found

    async def restart(self, id: str) -> Model:
        """Stops it and starts it again."""
        found: Model = await self._post(segment(id), "restart")
        return found

    async def preview(self, body: Body) -> Model:
        """What creating it would mean: price, queue, mistakes. Never fails on a half-filled form."""
        seen: Model = await self._post("preview", body=body)
        return seen


class Workspaces(Collection):
    """Workspaces, their members, their quota and their account."""

    path = "workspaces"

    async def create(self, body: Body, key: str | None = None) -> Model:
        """Makes one (operators)."""
        made: Model = await self._post(body=body, key=key)
        return made

    async def members(self, id: str) -> Page:
        """Its members: `name`, `role`."""
        answer = await self._transport.call("GET", self._at(segment(id), "members"))
        return Page(answer.data, answer.page.get("next"), answer.page.get("total"))

    async def add_member(self, id: str, name: str, role: str) -> Model:
        """Makes the person `name` a member with this role."""
        member: Model = await self._post(segment(id), "members", body={"name": name, "role": role})
        return member

    async def remove_member(self, id: str, name: str) -> None:
        """Takes the person `name` out."""
        await self._delete(segment(id), "members", segment(name))

    async def usage(self, id: str, person: str | None = None) -> Model:
        """What it, or a person in it, may hold at once, holds and waits for: `{limits, held, queued}`."""
        found: Model = await self._get(*_whose(id, person), "usage")
        return found

    async def set_limits(self, id: str, body: Body, person: str | None = None) -> Model:
        """Sets all limits (`cpuCores`, `memory`, `gpuCount`; None: none): of it (operators), of a person (owners)."""
        where = self._at(*_whose(id, person), "limits")
        found: Model = (await self._transport.call("PUT", where, body=body)).data
        return found

    async def balance(self, id: str) -> Model:
        """Its balance."""
        found: Model = await self._get(segment(id), "balance")
        return found

    async def postings(self, id: str, **filters: Any) -> Page:
        """One page of its ledger lines."""
        answer = await self._transport.call("GET", self._at(segment(id), "postings"), query=filters)
        return Page(answer.data, answer.page.get("next"), answer.page.get("total"))

    async def post(self, id: str, body: Body, key: str | None = None) -> Model:
        """Posts to its account (operators): `{amount, kind: "credit", note}`."""
        posted: Model = await self._post(segment(id), "postings", body=body, key=key)
        return posted


def _whose(id: str, person: str | None) -> tuple[str, ...]:
    return (segment(id),) if person is None else (segment(id), "members", segment(person))


class Images(Collection):
    """Images that an environment or a task can run."""

    path = "images"


class Zones(Collection):
    """Availability zones with what is free in them."""

    path = "availability-zones"


class Specifications(Collection):
    """Specifications with their prices; filter `zone`."""

    path = "specifications"


class LaunchPlans(Collection):
    """What a spawner is to start; for its service token only."""

    path = "launch-plans"

    async def get(self, environment: str) -> Model:
        """The plan of `environment`."""
        plan: Model = await self._get(segment(environment))
        return plan


class Observations(Collection):
    """What a spawner saw; for its service token only."""

    path = "environment-observations"

    async def post(
        self,
        environment: str,
        event: str,
        *,
        at: str | None = None,
        reason: str | None = None,
        detail: str | None = None,
        exit_code: int | None = None,
        lost: bool = False,
        key: str | None = None,
    ) -> None:
        """Tells that `event` (`started`, `stop-requested`, `ended`) happened to `environment` `at` (ISO 8601, UTC)."""
        body = {"event": event, "at": at, "reason": reason, "detail": detail, "exitCode": exit_code, "lost": lost}
        await self._post(segment(environment), body=body, key=key)
