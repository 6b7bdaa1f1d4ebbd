"""The API of a cluster: plain objects in and out, one client for everything, errors of our own."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from kubernetes_asyncio import config
from kubernetes_asyncio.client import ApiClient, Configuration
from kubernetes_asyncio.client.exceptions import ApiException

from gemini_control.backends.base import BackendAway

FIELD_MANAGER = "gemini"
OWNER_LABEL = "app.kubernetes.io/managed-by"
OURS = {OWNER_LABEL: "gemini"}
PATIENCE = 20.0
WATCH_SECONDS = 240
WATCH_SILENCE = 90.0
"""A watch that says nothing for so long (a server sends a bookmark each minute) is begun again."""
PAGE = 500
CONNECTIONS = 32
Object = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of object by the names of its API: `version` is `v1` or `<group>/<version>`."""

    version: str
    plural: str
    name: str
    namespaced: bool = True


PODS = Kind("v1", "pods", "Pod")
EVENTS = Kind("v1", "events", "Event")
NODES = Kind("v1", "nodes", "Node", namespaced=False)
NETWORK_POLICIES = Kind("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy")
JOBSETS = Kind("jobset.x-k8s.io/v1alpha2", "jobsets", "JobSet")
WORKLOADS = Kind("kueue.x-k8s.io/v1beta2", "workloads", "Workload")
LOCAL_QUEUES = Kind("kueue.x-k8s.io/v1beta2", "localqueues", "LocalQueue")
CLUSTER_QUEUES = Kind("kueue.x-k8s.io/v1beta2", "clusterqueues", "ClusterQueue", namespaced=False)
COHORTS = Kind("kueue.x-k8s.io/v1beta2", "cohorts", "Cohort", namespaced=False)
FLAVORS = Kind("kueue.x-k8s.io/v1beta2", "resourceflavors", "ResourceFlavor", namespaced=False)


class ClusterError(Exception):
    """A cluster's API did not do what it was asked; the text is what it said. `status` 0: no answer came."""

    def __init__(self, said: str, status: int = 0) -> None:
        super().__init__(said)
        self.status = status


class Unreachable(ClusterError, BackendAway):
    """No answer, or one that says to come again later."""


class Absent(ClusterError):
    """There is no such object, or no such kind."""


class Exists(ClusterError):
    """An object of that name is there, or it was changed meanwhile."""


class Expired(ClusterError):
    """What happened since that version is no longer known: list again."""


class Refused(ClusterError):
    """The cluster will not: no right to it, or not as it is asked."""


class Foreign(ClusterError):
    """An object of that name is there and is not ours; it was not touched."""


class Cluster:
    """One client. `namespace` is where namespaced objects are, unless a call names another."""

    def __init__(self, namespace: str, kubeconfig: str | None = None) -> None:
        """`kubeconfig` None: as KUBECONFIG says, else the pod's own account, else the person's file."""
        self.namespace = namespace
        self._kubeconfig = kubeconfig
        self._client: ApiClient | None = None
        self._opening = asyncio.Lock()

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def get(self, kind: Kind, name: str, namespace: str | None = None) -> Object | None:
        """The object; None where there is none."""
        try:
            return await self._call("GET", self._path(kind, name, namespace))
        except Absent:
            return None

    async def list(
        self,
        kind: Kind,
        labels: str = "",
        fields: str = "",
        namespace: str | None = None,
        *,
        keep: Callable[[Object], Object] = lambda found: found,
    ) -> tuple[list[Object], str]:
        """All that the selectors choose, and the version of the whole, from which a watch goes on.

        `keep` makes of each what is held: of all pods of a large cluster not more than is asked for.
        """
        query = {"labelSelector": labels, "fieldSelector": fields, "limit": str(PAGE)}
        items: list[Object] = []
        while True:
            page = await self._call("GET", self._path(kind, "", namespace), query)
            items += map(keep, page["items"])
            query["continue"] = page["metadata"].get("continue", "")
            if not query["continue"]:
                return items, str(page["metadata"]["resourceVersion"])

    async def create(self, kind: Kind, body: Object, namespace: str | None = None) -> Object:
        """Make an object; Exists where one of that name is there."""
        path = self._path(kind, "", namespace or _namespace(body))
        return await self._call("POST", path, {"fieldManager": FIELD_MANAGER}, {**_typed(kind), **body})

    async def ensure(self, kind: Kind, body: Object, namespace: str | None = None) -> Object:
        """Make an object, or answer the one that is there; Foreign where that is not ours."""
        name, namespace = body["metadata"]["name"], namespace or _namespace(body)
        try:
            return await self.create(kind, body, namespace)
        except Exists:
            found = await self.get(kind, name, namespace)
        if found is None or (is_ours(found) and found["metadata"].get("deletionTimestamp")):
            raise Unreachable(f"an earlier {kind.name} {name} is being deleted")
        return _ours(kind, found)

    async def apply(self, kind: Kind, body: Object, namespace: str | None = None) -> Object:
        """Make an object be as `body` says, whoever changed it; Foreign where it is not ours."""
        name, namespace = body["metadata"]["name"], namespace or _namespace(body)
        found = await self.get(kind, name, namespace)
        if found is not None:
            _ours(kind, found)
        query = {"fieldManager": FIELD_MANAGER, "force": "true"}
        form = "application/apply-patch+yaml"
        return await self._call("PATCH", self._path(kind, name, namespace), query, {**_typed(kind), **body}, form)

    async def patch(
        self, kind: Kind, name: str, body: Object, subresource: str = "", namespace: str | None = None
    ) -> Object:
        """Merge `body` into an object, or into its `status` where that is the subresource."""
        path = self._path(kind, name, namespace) + (f"/{subresource}" if subresource else "")
        form = "application/merge-patch+json"
        return await self._call("PATCH", path, {"fieldManager": FIELD_MANAGER}, body, form)

    async def delete(self, kind: Kind, name: str, uid: str = "", namespace: str | None = None) -> bool:
        """Delete an object and, before it, what it owns; False where there is none (of that `uid`, where given)."""
        options: Object = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Foreground"}
        if uid:
            options["preconditions"] = {"uid": uid}
        try:
            await self._call("DELETE", self._path(kind, name, namespace), {}, options)
        except (Absent, Exists):
            return False
        return True

    async def read(self, path: str, query: Mapping[str, str] | None = None) -> Object:
        """What the API answers at any other path (positions in a queue, use of resources)."""
        return await self._call("GET", path, query or {})

    async def watch(
        self, kind: Kind, version: str, labels: str = "", fields: str = "", namespace: str | None = None
    ) -> AsyncIterator[tuple[str, Object]]:
        """Changes after `version`: type (ADDED, MODIFIED, DELETED, BOOKMARK) and object, until the server ends it.

        The first is a BOOKMARK of `version` itself, as soon as the server has begun to tell.
        """
        query = {
            "watch": "true",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(WATCH_SECONDS),
            "labelSelector": labels,
            "fieldSelector": fields,
        }
        timeout = aiohttp.ClientTimeout(sock_connect=PATIENCE, sock_read=WATCH_SILENCE)
        answer = await self._send("GET", self._path(kind, "", namespace), query, timeout=timeout)
        try:
            if answer.status >= 400:
                raise _error(answer.status, await answer.text())
            yield "BOOKMARK", {"metadata": {"resourceVersion": version}}
            async for line in _lines(answer.content):
                yield _event(json.loads(line))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(f"the watch of {kind.plural} broke off: {_said(error)}") from error
        finally:
            answer.close()

    def _path(self, kind: Kind, name: str, namespace: str | None) -> str:
        root = "/api/" if "/" not in kind.version else "/apis/"
        within = f"/namespaces/{namespace or self.namespace}" if kind.namespaced else ""
        return f"{root}{kind.version}{within}/{kind.plural}" + (f"/{name}" if name else "")

    async def _call(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Object | None = None, form: str = ""
    ) -> Object:
        answer = await self._send(method, path, query or {}, body, form)
        try:
            text = await answer.text()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unreachable(_said(error)) from error
        finally:
            answer.release()
        if answer.status >= 400:
            raise _error(answer.status, text)
        return _object(text)

    async def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Object | None = None,
        form: str = "",
        *,
        timeout: Any = PATIENCE,
    ) -> aiohttp.ClientResponse:
        headers = {"Accept": "application/json", "Content-Type": form or "application/json"}
        asked = [(name, value) for name, value in query.items() if value]
        try:
            client = await self._open()
            answer: aiohttp.ClientResponse = await client.call_api(
                path,
                method,
                query_params=asked,
                header_params=headers,
                body=body,
                auth_settings=["BearerToken"],
                _preload_content=False,
                _request_timeout=timeout,
            )
        except (aiohttp.ClientError, TimeoutError, OSError, config.ConfigException) as error:
            raise Unreachable(_said(error)) from error
        except ApiException as error:
            raise _error(int(error.status or 0), str(error.body or error.reason)) from error
        return answer

    async def _open(self) -> ApiClient:
        async with self._opening:
            if self._client is None:
                self._client = ApiClient(await _configuration(self._kubeconfig))
            return self._client


async def _configuration(kubeconfig: str | None) -> Configuration:
    settings = Configuration()
    named = kubeconfig or os.environ.get("KUBECONFIG")
    if named or "KUBERNETES_SERVICE_HOST" not in os.environ:
        await config.load_kube_config(config_file=named or "~/.kube/config", client_configuration=settings)
    else:
        config.load_incluster_config(client_configuration=settings)  # type: ignore[no-untyped-call]
    settings.connection_pool_maxsize = CONNECTIONS
    return settings


def is_ours(found: Object) -> bool:
    """Whether an object carries our label."""
    return (found["metadata"].get("labels") or {}).get(OWNER_LABEL) == OURS[OWNER_LABEL]


def _ours(kind: Kind, found: Object) -> Object:
    if not is_ours(found):
        raise Foreign(f"{kind.name} {found['metadata']['name']}", 409)
    return found


def _typed(kind: Kind) -> Object:
    return {"apiVersion": kind.version, "kind": kind.name}


def _namespace(body: Object) -> str | None:
    found = body["metadata"].get("namespace")
    return None if found is None else str(found)


async def _lines(content: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    rest = b""
    async for piece in content.iter_any():
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line


def _event(event: Object) -> tuple[str, Object]:
    if event["type"] == "ERROR":
        status = event["object"]
        raise _error(int(status.get("code") or 500), json.dumps(status))
    return str(event["type"]), event["object"]


def _object(text: str) -> Object:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Unreachable(f"an answer that is none of the API's: {text[:200]}") from error
    if not isinstance(found, dict):
        raise Unreachable(f"an answer that is none of the API's: {text[:200]}")
    return found


def _error(status: int, text: str) -> ClusterError:
    try:
        said = str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        said = text[:500] or f"status {status}"
    kinds: dict[int, type[ClusterError]] = {404: Absent, 409: Exists, 410: Expired, 429: Unreachable}
    return kinds.get(status, Unreachable if status >= 500 or not status else Refused)(said, status)


def _said(error: BaseException) -> str:
    return str(error) or type(error).__name__
