"""Starts an environment as a pod: KubeSpawner with a launch plan in place of profiles, and with words for what happens.

Only hooks of KubeSpawner are overridden, so that what it does and what its chart configures goes on as ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import UTC, datetime
from typing import Any

from aiohttp import ClientError
from gemini_core import pod_sights
from gemini_core.errors import GeminiError, Unavailable
from gemini_core.ids import is_id
from gemini_core.manifests import ENVIRONMENT
from gemini_core.pod_sights import PodSight
from gemini_core.reasons import Reason
from kubernetes_asyncio.client import ApiException
from kubespawner import KubeSpawner
from traitlets import Float, Unicode, default

from gemini_spawner.mixin import GeminiSpawnerMixin, now, unavailable
from gemini_spawner.observations import make_observation
from gemini_spawner.plan import LaunchPlan
from gemini_spawner.pod import STOP_SECONDS, added_settings, pod_environment, pod_settings
from gemini_spawner.pod_story import Patience, Story, error_of_end, warnings_of
from gemini_spawner.steps import Steps
from gemini_spawner.watches import WATCHES, saw_nothing

AWAY = (ApiException, ClientError, OSError)
"""What a call of the cluster raises that is refused or not answered (a timeout is an OSError)."""
TOKEN = "JUPYTERHUB_API_TOKEN"  # noqa: S105 - the name of a variable
GONE = 404
LOOK_AT_POD_SECONDS = 0.5
BEFORE_THE_HUB_SECONDS = 10.0
"""So long before the hub would say nothing but that its time is over, we say why."""


class GeminiSpawner(GeminiSpawnerMixin, KubeSpawner):  # type: ignore[misc]
    """One environment = one pod, whose process 1 is the runner and whose child is the Jupyter server."""

    api_url = Unicode(
        "http://proxy-public/services/gemini/api/v1",
        config=True,
        help="""Base address of the control plane's API as pods reach it: through the proxy, which they may.""",
    )
    schedule_timeout = Float(
        600, config=True, help="""Seconds that an admitted environment may wait for a node, one that is added too."""
    )
    retry_timeout = Float(
        90,
        config=True,
        help="""Seconds for which a node may try again what failed: to fetch the image, to start the container.
        A fetch that goes on is not counted; `start_timeout` limits it.""",
    )

    _plan: LaunchPlan | None = None
    # The pod of an earlier run may be there still: what is said of it is not said of this start.
    _before = ""
    # Whether this start has a pod, or is about to: only then is there anything of it to end.
    _made = False
    _starting = False
    # A start that failed before there was a pod left nothing to look for, and whoever follows it hears why at once.
    _over = False

    @default("start_timeout")
    def _default_start_timeout(self) -> int:
        # The queue was before: what is left is a node that is added, and a first fetch of a large image.
        return 1800

    @default("delete_stopped_pods")
    def _default_delete_stopped_pods(self) -> bool:
        # The control plane reads the end from it, and takes it away.
        return False

    @default("delete_grace_period")
    def _default_delete_grace_period(self) -> int:
        return STOP_SECONDS

    @default("delete_pvc")
    def _default_delete_pvc(self) -> bool:
        return False

    @property
    def pod(self) -> dict[str, Any] | None:
        """This environment's pod as the API server last told it; None where there is none, or nobody watches yet."""
        reflector = self.pod_reflector
        found = None if reflector is None else reflector.pods.get(f"{self.namespace}/{self.pod_name}")
        return found if found is not None and self._is_ours(found["metadata"].get("labels")) else None

    @property
    def seen(self) -> PodSight | None:
        """What `pod` says."""
        pod = self.pod
        return None if pod is None else pod_sights.read(pod, warnings_of(self._events_of(pod["metadata"]["uid"])))

    async def load_user_options(self) -> None:
        """What the person posted names the environment; its launch plan sets everything, and last."""
        try:
            self.check_request()
        except GeminiError as error:
            raise self.refusal(error) from error
        await super().load_user_options()
        plan = await self.fetch_plan()
        if plan.pod is None:
            raise self.refusal(Unavailable("spawn-no-cluster"))
        self._plan = plan
        for name, value in pod_settings(plan, plan.pod).items():
            setattr(self, name, value)
        for name, added in added_settings(plan, plan.pod).items():
            setattr(self, name, {**getattr(self, name), **added})
        if self.steps is not None:
            self.steps.add(20, f"{plan.display_name}: {plan.cpu_cores:g} CPU")

    def get_env(self) -> dict[str, Any]:
        """The variables of process 1."""
        env: dict[str, Any] = super().get_env()
        return env if self._plan is None else pod_environment(self._plan, env, self.api_url)

    async def get_pod_manifest(self) -> Any:
        """Asked for right before the pod is made."""
        seen = self.seen
        self._before, self._made = seen.uid if seen else "", True
        return await super().get_pod_manifest()

    async def start(self) -> str:
        """The address of the server, once it answers. SpawnException says why not, in words for a person."""
        steps = self.begin()
        self._made, self._starting, self._over = False, True, False
        try:
            url = await self._adopt() or await self._spawn(steps)
            self._tell_start()
            await self.wait_for_answer(url)
            return url
        except AWAY as error:
            self.log.warning("%s could not be started", self.name, exc_info=True)
            raise self.give_up(unavailable("spawn-pod-refused", _said(error))) from error
        finally:
            self._starting, self._over = False, True
            steps.close()

    async def _adopt(self) -> str | None:
        """The address of the pod that runs already (the hub forgot it), else None.

        It keeps the token that it was started with. What runs is described as when it started: nobody can change that
        while it does.
        """
        await self._start_watching_pods()
        pod, seen = self.pod, self.seen
        if pod is None or seen is None or seen.deleting or not self.is_pod_running(pod):
            return None
        token = _variable(pod, TOKEN)
        if token is None:
            return None
        await self.load_user_options()
        self.log.info("%s runs already: adopted", self.name)
        self.api_token, self._made = token, True
        url: str = self._get_pod_url(pod)
        return url

    async def _spawn(self, steps: Steps) -> str:
        """The address of a new pod, once it runs."""
        spawning = asyncio.ensure_future(super().start())
        watching = asyncio.ensure_future(self._watch(steps))
        try:
            await asyncio.wait({spawning, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not spawning.done():
                watching.result()
            url: str = await spawning
            return url
        finally:
            for task in (spawning, watching):
                task.cancel()
            await asyncio.gather(spawning, watching, return_exceptions=True)

    async def _watch(self, steps: Steps) -> None:
        """Tells what the cluster says of the pod; ends with a refusal where it will not come."""
        story, patience = Story(), Patience(self.schedule_timeout, self.retry_timeout)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.start_timeout - BEFORE_THE_HUB_SECONDS
        while True:
            await asyncio.sleep(LOOK_AT_POD_SECONDS)
            seen = self.seen
            if self._made and seen is not None and seen.uid != self._before:
                for line in story.news(seen, self._events_of(seen.uid)):
                    steps.add(line.percent, self.word(line.name, said=line.said, image=line.image))
                if error := patience.judge(seen, loop.time()):
                    raise self.give_up(error)
            if loop.time() > deadline:
                said = story.last or "–"
                raise self.give_up(Unavailable("spawn-pod-late", seconds=self.start_timeout, detail=said))

    def _events_of(self, uid: str) -> list[dict[str, Any]]:
        reflector = self.event_reflector
        told = () if reflector is None else reflector.resources.values()
        mine = [event for event in told if event["involvedObject"].get("uid") == uid]
        return sorted(mine, key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime")))

    async def why_ended(self) -> GeminiError | None:
        """None while process 1 runs, else how it ended."""
        seen = self.seen
        if seen is None:
            return Unavailable("spawn-lost")
        return error_of_end(seen) if seen.ended else None

    def _tell_start(self) -> None:
        seen = self.seen
        self.teller.tell(make_observation("started", _moment(seen.started_at if seen else None)))

    async def poll(self) -> int | None:
        """None while process 1 runs (or comes), else its exit code, 1 where nobody knows it."""
        if self._over and not self._made:
            return 1
        try:
            code: int | None = await super().poll()
        except AWAY as error:
            # A hub that starts while the API server is away would take an error for an end.
            self.log.warning("%s cannot be looked at: %s", self.name, _said(error))
            return None
        if code is not None:
            self._tell_end()
        return code

    def _tell_end(self) -> None:
        """Reports the end, once: the hub polls again after an end."""
        seen = self.seen
        if self._told_end or seen is None or not seen.ended:
            return
        self._told_end = True
        failure = seen.failure
        reason = Reason.OUT_OF_MEMORY if seen.oom else failure.reason if failure else None
        facts = {"reason": reason, "detail": str(failure.detail) if failure else None, "exit_code": seen.exit_code}
        self.teller.tell(make_observation("ended", _moment(seen.finished_at), **facts, lost=failure is not None))

    async def stop(self, now: bool = False) -> None:
        """Ends everything inside and returns when the pod is gone."""
        if not is_id(self.name, "environment"):
            return
        # KubeSpawner itself clears a pod of the same name away before it makes the new one: nobody's wish.
        seen = self.seen
        if not self._starting and seen is not None and not seen.ended:
            await self.tell_stop()
        if await self._may_end():
            await super().stop(now)
        elif self._starting:
            self._made = False
            raise self.give_up(Unavailable("spawn-pod-foreign", pod=self.pod_name))

    async def _may_end(self) -> bool:
        """Whether what has the name of our pod is ours, or nothing: KubeSpawner ends whatever is called so."""
        if self.pod is not None:
            return True
        try:
            found = await self.api.read_namespaced_pod(self.pod_name, self.namespace)
        except ApiException as error:
            if error.status == GONE:
                return True
            raise
        if self._is_ours(found.metadata.labels):
            return True
        self.log.warning("%s is not the pod of %s: it is left alone", self.pod_name, self.name)
        return False

    def _is_ours(self, labels: dict[str, str] | None) -> bool:
        return (labels or {}).get(ENVIRONMENT) == self.name

    async def _start_reflector(self, kind: str, reflector_class: Any, replace: bool = False, **more: Any) -> Any:
        """Ours, which do not give up; anew where one never began."""
        before = self.reflectors.get(self._get_reflector_key(kind))
        replace = replace or (before is not None and saw_nothing(before))
        return await super()._start_reflector(kind, WATCHES.get(kind, reflector_class), replace, **more)

    async def get_url(self) -> str:
        """The server's address, asked for by a hub that was started again."""
        self._unconfirmed = True
        url: str = await super().get_url()
        return url

    async def delete_forever(self) -> None:
        """The hub forgets this server: what is left of its pod goes."""
        await super().delete_forever()
        if is_id(self.name, "environment") and await self._may_end():
            await super().stop(now=True)


def _moment(seconds: float | None) -> datetime:
    return now() if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _variable(pod: dict[str, Any], name: str) -> str | None:
    """A variable of process 1, as it stands in the pod."""
    variables = (one for container in pod["spec"]["containers"] for one in container.get("env") or ())
    return next((one.get("value") for one in variables if one["name"] == name), None)


def _said(error: Exception) -> str:
    """What the API server says, without its headers."""
    if not isinstance(error, ApiException):
        return str(error) or type(error).__name__
    with contextlib.suppress(ValueError, TypeError, AttributeError):
        return str(json.loads(error.body or "").get("message") or error.reason)
    return str(error.reason)
