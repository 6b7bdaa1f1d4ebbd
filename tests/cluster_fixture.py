"""The cluster that KUBECONFIG names, for tests: a namespace of one's own, deleted at the end, and a wire to cut.

`cluster_namespace` (one a module) skips with a reason where there is no cluster; `cluster` is a client of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
import yaml
from gemini_control.backends.kubernetes.api import NODES, OURS, Cluster, ClusterError, Kind, Object

NAMESPACES = Kind("v1", "namespaces", "Namespace", namespaced=False)
CONFIG_MAPS = Kind("v1", "configmaps", "ConfigMap")


async def make_namespace(name: str) -> None:
    """A namespace; ClusterError where the cluster does not answer or refuses."""
    cluster = Cluster(name)
    try:
        await cluster.create(NAMESPACES, {"metadata": {"name": name}})
    finally:
        await cluster.close()


async def delete_namespace(name: str) -> None:
    """Ask for its deletion and that of all in it; nobody waits for the end."""
    cluster = Cluster(name)
    try:
        await cluster.delete(NAMESPACES, name)
    finally:
        await cluster.close()


@pytest.fixture(scope="module")
def cluster_namespace(request: pytest.FixtureRequest) -> Iterator[str]:
    """The name of a namespace of this module's own."""
    if not os.environ.get("KUBECONFIG"):
        pytest.skip("KUBECONFIG names no cluster")
    area = request.module.__name__.rpartition(".")[2].removeprefix("test_").replace("_", "-")
    name = f"{area[:30]}-{secrets.token_hex(4)}"
    try:
        asyncio.run(make_namespace(name))
    except ClusterError as error:
        pytest.skip(f"the cluster of KUBECONFIG cannot be used: {error}")
    yield name
    asyncio.run(delete_namespace(name))


@pytest_asyncio.fixture
async def cluster(cluster_namespace: str) -> AsyncIterator[Cluster]:
    """A client of the cluster in that namespace."""
    client = Cluster(cluster_namespace)
    yield client
    await client.close()


class Wire:
    """A way to the API server that can be cut; `kubeconfig` leads along it."""

    def __init__(self, folder: Path) -> None:
        self.kubeconfig = str(folder / "wired.kubeconfig")
        self.connections = 0
        self._cut = False
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._target = ("", 0)

    async def start(self) -> None:
        """Listen, and write the kubeconfig that leads here."""
        config: Object = yaml.safe_load(await asyncio.to_thread(Path(os.environ["KUBECONFIG"]).read_text))
        context = next(one for one in config["contexts"] if one["name"] == config["current-context"])["context"]
        for one in config["clusters"]:
            if one["name"] == context["cluster"]:
                self._target = await self._lead(one["cluster"])
        await asyncio.to_thread(Path(self.kubeconfig).write_text, yaml.safe_dump(config))

    async def _lead(self, cluster: Object) -> tuple[str, int]:
        address = urlsplit(cluster["server"])
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        cluster["server"] = f"https://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        cluster.pop("certificate-authority-data", None)
        cluster.pop("certificate-authority", None)
        cluster["insecure-skip-tls-verify"] = True
        return str(address.hostname), address.port or 443

    def cut(self) -> None:
        """End every connection and take no more."""
        self._cut = True
        for writer in tuple(self._open):
            writer.transport.abort()

    def mend(self) -> None:
        """Take connections again."""
        self._cut = False

    async def stop(self) -> None:
        """No more of it."""
        self.cut()
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self._cut:
            writer.transport.abort()
            return
        there_reader, there_writer = await asyncio.open_connection(*self._target)
        both = {writer, there_writer}
        self._open |= both
        try:
            await asyncio.gather(_pump(reader, there_writer), _pump(there_reader, writer))
        finally:
            self._open -= both
            for one in both:
                one.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()


@pytest_asyncio.fixture
async def wire(cluster_namespace: str, tmp_path: Path) -> AsyncIterator[Wire]:
    """A wire to that cluster."""
    one = Wire(tmp_path)
    await one.start()
    yield one
    await one.stop()


CLAIM = "gemini-store"
IMAGE = os.environ.get("GEMINI_TEST_IMAGE", "localhost/gemini-singleuser:test")
REPORT_SECONDS = 90
CLAIMS = Kind("v1", "persistentvolumeclaims", "PersistentVolumeClaim")
VOLUMES = Kind("v1", "persistentvolumes", "PersistentVolume", namespaced=False)


async def claim_folder(namespace: str) -> Path | None:
    """Make the claim of the store; its folder, where the volume is a folder of this machine."""
    cluster = Cluster(namespace)
    spec = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}}
    try:
        await cluster.ensure(CLAIMS, {"metadata": {"name": CLAIM, "labels": OURS}, "spec": spec})
        async with asyncio.timeout(90):
            while not (volume := ((await cluster.get(CLAIMS, CLAIM)) or {})["spec"].get("volumeName")):
                await asyncio.sleep(0.1)
        found = ((await cluster.get(VOLUMES, volume)) or {})["spec"]
    finally:
        await cluster.close()
    path = (found.get("hostPath") or found.get("local") or {}).get("path")
    return None if path is None else Path(path)


async def image_is_there(namespace: str) -> bool:
    """Whether a node has the user's image; a node tells of one that was just loaded with its next report."""
    cluster = Cluster(namespace)
    try:
        async with asyncio.timeout(REPORT_SECONDS):
            while IMAGE not in await _images(cluster):
                await asyncio.sleep(1)
    except TimeoutError:
        return False
    finally:
        await cluster.close()
    return True


async def _images(cluster: Cluster) -> set[str]:
    nodes, _ = await cluster.list(NODES)
    images = [image for node in nodes for image in node["status"].get("images") or ()]
    return {name for image in images for name in image.get("names") or ()}


@pytest.fixture(scope="module")
def cluster_store(cluster_namespace: str, cluster_images: None) -> Path:
    """The folder of a volume that pods mount and this process sees, too; with the user's image on the nodes."""
    if not asyncio.run(image_is_there(cluster_namespace)):
        pytest.skip(f"no node has the image {IMAGE} (make images, then load it)")
    folder = asyncio.run(claim_folder(cluster_namespace))
    if folder is None or not folder.is_dir():
        pytest.skip("the volumes of the default storage class are no folders of this machine")
    return folder
