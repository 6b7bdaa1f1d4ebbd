"""`/launch-plans` and `/environment-observations`: for the hub's spawner and nobody else."""

from __future__ import annotations

from gemini_control.handlers.allow import allow
from gemini_control.handlers.base import APIHandler
from gemini_control.handlers.routing import Route
from gemini_control.models.environments import LaunchPlan, ObservationIn
from gemini_control.viewers import SPAWN


class LaunchPlanHandler(APIHandler):
    """What an environment is made from."""

    @allow(SPAWN, answer=LaunchPlan)
    async def get(self, environment_id: str) -> None:
        """The plan of an environment that was admitted and is to run."""
        await self.answer(await self.parts.work.launch_plans.get(environment_id))


class ObservationHandler(APIHandler):
    """What the spawner saw."""

    @allow(SPAWN, body=ObservationIn)
    async def post(self, environment_id: str) -> None:
        """Take it in."""
        await self.parts.work.launch_plans.observe(environment_id, self.parse(ObservationIn))
        await self.answer()


routes = [
    Route("/launch-plans/{id}", LaunchPlanHandler),
    Route("/environment-observations/{id}", ObservationHandler),
]
