"""Work that may last, in a thread of its own that keeps no process from ending.

A pool's threads are waited for at the end of the process, and one that lasts keeps the others of its pool waiting.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def apart(fn: Callable[[], T], name: str) -> T:
    """What `fn` returns or raises. Cancelled, or at the end of the process, it is left to itself."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def tell(give: Callable[[], None]) -> None:
        # The loop may have been closed meanwhile, and the caller may have gone.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(lambda: None if answer.done() else give())

    def work() -> None:
        try:
            result = fn()
        except Exception as error:  # noqa: BLE001 - handed on to who waits, as a pool would
            failure = error
            tell(lambda: answer.set_exception(failure))
        else:
            tell(lambda: answer.set_result(result))

    threading.Thread(target=work, name=name, daemon=True).start()
    return await answer
