"""The machine in general words, and what its disk and its loopback do at best, measured in the same run."""

from __future__ import annotations

import os
import platform
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from bench.figures import Figure, figure
from bench.spreads import percentile

SUBJECT = "machine"
BLOCK = 4096
MIB = 2**20


def describe() -> dict[str, Any]:
    """Cores, memory, kernel, Python."""
    return {
        "cores": os.cpu_count(),
        "memoryGiB": round(psutil.virtual_memory().total / 2**30),
        "architecture": platform.machine(),
        "kernel": f"{platform.system()} {'.'.join(platform.release().split('-')[0].split('.')[:2])}",
        "python": platform.python_version(),
    }


def controls(folder: Path) -> list[Figure]:
    """What everything else is limited by: durable writes in `folder`, the loopback."""
    commits = [1000 * one for one in durable_writes(folder, 200)]
    trips = [1000 * one for one in round_trips(2000)]
    return [
        figure(SUBJECT, "control: fdatasync of 4 KiB, median of 200", "ms", [percentile(commits, 0.5)]),
        figure(SUBJECT, "control: fdatasync of 4 KiB, p99", "ms", [percentile(commits, 0.99)]),
        figure(SUBJECT, "control: durable sequential write", "MiB/s", [sequential_write(folder, 128)]),
        figure(SUBJECT, "control: loopback round trip, median of 2,000", "ms", [percentile(trips, 0.5)]),
    ]


def durable_writes(folder: Path, count: int) -> list[float]:
    """Seconds of each of `count` small durable writes."""
    path, taken = folder / "control.tmp", []
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        for number in range(count):
            began = time.perf_counter()
            os.pwrite(file, b"x" * BLOCK, number * BLOCK)
            os.fdatasync(file)
            taken.append(time.perf_counter() - began)
    finally:
        os.close(file)
        path.unlink()
    return taken


def sequential_write(folder: Path, mebibytes: int) -> float:
    """MiB a second of one large file, durable at its end."""
    path, block = folder / "control.tmp", os.urandom(MIB)
    began = time.perf_counter()
    try:
        with path.open("wb", buffering=0) as file:
            for _ in range(mebibytes):
                file.write(block)
            os.fdatasync(file.fileno())
        return mebibytes / (time.perf_counter() - began)
    finally:
        path.unlink()


def round_trips(count: int) -> list[float]:
    """Seconds of each of `count` bytes there and back over the loopback."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def echo() -> None:
            connection, _ = server.accept()
            with connection:
                while data := connection.recv(1):
                    connection.send(data)

        thread = threading.Thread(target=echo)
        thread.start()
        taken = []
        with socket.create_connection(server.getsockname()) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(count):
                began = time.perf_counter()
                client.send(b"x")
                client.recv(1)
                taken.append(time.perf_counter() - began)
        thread.join()
    return taken


@contextmanager
def pinned(*pids: int) -> Iterator[int | None]:
    """Keeps these processes, all their threads, on the first core; gives the core that is left for the load.

    Gives None, and pins nothing, where there is one core only.
    """
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        yield None
        return
    try:
        _put(pids, {cores[0]})
        yield cores[1]
    finally:
        _put(pids, set(cores))


@contextmanager
def loading_from(core: int | None) -> Iterator[None]:
    """Keeps this process, which makes the load, on `core`; where it is None, wherever it is."""
    cores = os.sched_getaffinity(0)
    if core is not None:
        _put((os.getpid(),), {core})
    try:
        yield
    finally:
        _put((os.getpid(),), set(cores))


def _put(pids: tuple[int, ...], cores: set[int]) -> None:
    for pid in pids:
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            for thread in psutil.Process(pid).threads():
                with suppress(ProcessLookupError):
                    os.sched_setaffinity(thread.id, cores)
