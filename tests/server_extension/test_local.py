"""What the server knows by itself."""

from __future__ import annotations

from gemini_server.local import describe

from .conftest import Fetch


async def test_it_answers(fetch: Fetch) -> None:
    """Covers: ENV-2."""
    status, body = await fetch("gemini", "local", headers={"Accept-Language": "zh-CN,en"})
    assert (status, body["message"], body["data"]["language"]) == (200, "成功", "zh-CN")


def test_places_and_mounts() -> None:
    """Covers: ENV-2, CAT-7."""
    environment = {
        "GEMINI_ENVIRONMENT_ID": "env-1",
        "GEMINI_CODE": "/plain/code",
        "GEMINI_DATA_1": "/gemini/data-1",
        "JUPYTERHUB_USER": "alice",
        "JUPYTERHUB_BASE_URL": "/p/",
        "JUPYTERHUB_API_TOKEN": "secret",
    }
    found = describe(environment, "en")
    assert found["environmentId"] == "env-1"
    assert found["hub"] == "/p/hub/"
    assert found["places"] == {
        "GEMINI_CODE": "/plain/code",
        "GEMINI_OUTPUT": "/gemini/output",
        "GEMINI_DATA_1": "/gemini/data-1",
    }
    assert "secret" not in str(found)
