"""The danger that the documents name: without addresses of their own, one person's page acts as whoever opens it."""

from __future__ import annotations

import json

import pytest
from platform_fixture import Platform, create_environment, stop_environment, wait_environment

from .conftest import Visitor
from .hostile import Hostile, doctor_of_browsers, serve_page

pytestmark = pytest.mark.browser


def test_a_page_of_another_person_is_whoever_opens_it(visit: Visitor, platform: Platform) -> None:
    """If this fails, browsers keep people apart by now: say so at the start and in the documents. Covers: TEN-3."""
    assert "Browsers do NOT keep people apart" in platform.said()
    assert doctor_of_browsers(platform) == "warning"
    client = platform.client("bob")
    environment = create_environment(client, "trap")
    wait_environment(client, environment, "running")
    address = serve_page(platform, "bob", environment)
    alice = visit("alice")
    page = Hostile(alice.page.context, address)
    service = f"{platform.address}/services/gemini/"
    secret = dict(one.split("=", 1) for one in page.window(service).split("; "))["_xsrf"]
    seen = page.page.evaluate(
        "async ([url, secret]) => (await fetch(url, {headers: {'X-XSRFToken': secret}})).text()",
        [f"{service}api/v1/me", secret],
    )
    assert json.loads(seen)["data"]["name"] == "alice"
    stop_environment(client, environment)
