"""The price list: a file that an operator edits, read again when it changed; a bad one never replaces a good one."""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path

from gemini_core.errors import Conflict
from gemini_core.prices import BadPrices, Price, Prices, Resources, parse

DEFAULT = Path(__file__).parent.parent / "prices_default.toml"
log = logging.getLogger("gemini.prices")


class PriceList:
    """The prices in `path` (made with comments where it is missing).

    `good` (`path` with `.good` behind it) is a copy of what was last in force, so that a mistake survives no restart
    either; where it cannot be written (a folder of a pod) a restart with a bad file is refused.
    `fault` is what is wrong with the file now; None where it is in force.
    """

    def __init__(self, path: Path, good: Path | None = None) -> None:
        self.path = path
        self._good = good or path.with_name(path.name + ".good")
        self.fault: str | None = None
        self._seen: tuple[int, int, int] | None = None
        if not path.exists():
            _write(path, DEFAULT.read_text(encoding="utf-8"))
        self._prices = self._first()

    def current(self) -> Prices:
        """The prices in force now."""
        seen = self._stamp()
        if seen != self._seen:
            self._seen = seen
            self._load()
        return self._prices

    def price(self, resources: Resources, specification_id: str | None = None) -> Price:
        """What a configuration costs from now on; Conflict where its card has no price."""
        found = self.current().of(resources, specification_id)
        if found is None:
            raise Conflict("gpu-unpriced", field="gpuType", gpu=resources.gpu_type)
        return found

    def _first(self) -> Prices:
        self._seen = self._stamp()
        try:
            return self._keep(self.path.read_text(encoding="utf-8"))
        except (BadPrices, OSError, UnicodeDecodeError) as error:
            if not self._good.exists():
                raise BadPrices(f"{self.path}: {error}") from error
            self._blame(error)
            return parse(self._good.read_text(encoding="utf-8"))

    def _load(self) -> None:
        try:
            self._prices = self._keep(self.path.read_text(encoding="utf-8"))
        except (BadPrices, OSError, UnicodeDecodeError) as error:
            self._blame(error)
            return
        self.fault = None
        log.info("Prices of %s are in force", self.path)

    def _keep(self, text: str) -> Prices:
        prices = parse(text)
        try:
            _write(self._good, text)
        except PermissionError as error:
            log.info("What is in force is not kept for a restart: %s", error)
        except OSError as error:
            if error.errno != errno.EROFS:
                raise
        return prices

    def _blame(self, error: Exception) -> None:
        self.fault = str(error)
        log.error("%s cannot be used (%s); the last good prices stay in force", self.path, error)

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)
