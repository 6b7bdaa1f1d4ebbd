"""What an earlier life of the platform left of environments is looked at, however the first look went."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from gemini_control.reconcilers import environments

from control_plane.fake_backend import FakeBackend
from control_plane.fake_hub import FakeHub
from control_plane.platform import make_app


class Refusing(FakeBackend):
    """A cluster that refuses the first time, as one whose rights are put right later does."""

    looks = 0

    async def holders(self) -> frozenset[str]:
        """Refused, then as it is."""
        self.looks += 1
        if self.looks == 1:
            raise RuntimeError("forbidden")
        return await super().holders()


async def test_a_look_that_was_refused_is_taken_again(
    home: Path, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Covers: ENV-3, TRAIN-10."""
    monkeypatch.setattr(environments, "RESYNC", 0.01)
    app = make_app(home, hub, backend=FakeBackend(home / "store"))
    await app.start_async()
    try:
        reconciler = next(one for one in app.parts.work.leading if isinstance(one, environments.EnvironmentReconciler))
        monkeypatch.setattr(reconciler, "backend", refusing := Refusing(home / "store"))
        async with asyncio.timeout(30):
            await reconciler._clear()
        assert refusing.looks >= 2
    finally:
        await app.stop_async()
