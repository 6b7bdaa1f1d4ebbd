"""Our share of JupyterLab's start, by Chromium's own trace, and how soon the panel is there."""

from __future__ import annotations

import gzip
import json
import re
import time
from typing import Any

from browser.pages import Lab, Visit
from browser.words import Words
from chromium_fixture import FLAGS
from playwright.sync_api import BrowserContext, Page, Response, Route, sync_playwright

from bench.figures import Figure, figure
from bench.place import OWNER, Place
from bench.spreads import in_turn

SUBJECT = "lab"
OURS = re.compile(r"/extensions/@gemini/|/gemini/")
CODE = "/extensions/@gemini/"
SETTLED_MS = 1000
SAMPLING_MICROSECONDS = 200
_CONFIG = re.compile(r'(<script[^>]*id="jupyter-config-data"[^>]*>)(.*?)(</script>)', re.DOTALL)
_TIMED = """() => {
  window.benchSeen = new Promise(done => {
    document.addEventListener('pointerdown', () => {
      const began = performance.now();
      const look = () => {
        const name = document.querySelector('#gemini-panel .gm-panel-name');
        name && name.offsetParent && name.textContent ? done(performance.now() - began) : requestAnimationFrame(look);
      };
      look();
    }, { capture: true, once: true });
  });
}"""


def measure(place: Place) -> list[Figure]:
    """Starts of Lab with and without us in turn, then the panel, first cold and then warm."""
    address = f"{place.platform.url}{place.environment['url']}?reset"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        try:
            context = chromium.new_context(locale="en-US", viewport={"width": 1440, "height": 900})
            visit = Visit(context.new_page(), place.platform, Words("en"), place.folder())
            visit.sign_in(OWNER)
            visit.page.close()
            boots = Boots(visit, context, address)
            boots.boot(True)
            boots.forget()
            pairs = in_turn(place.sizes.rounds, lambda: boots.boot(True), lambda: boots.boot(False))
            return [
                figure(SUBJECT, "requests of ours until Lab is whole", "", boots.requests, "≤", 3),
                figure(SUBJECT, "requests of ours when it is idle after that: the status bar", "", boots.later),
                figure(SUBJECT, "size of all of them, gzipped", "kB", boots.kilobytes, "≤", 60),
                figure(SUBJECT, "script time of ours in all that", "ms", boots.script, "≤", 50),
                figure(SUBJECT, "Lab with us, address → files listed", "s", pairs.ours),
                figure(SUBJECT, "Lab without us", "s", pairs.theirs),
                *panel(visit, context.new_page(), address, place.sizes.rounds),
            ]
        finally:
            chromium.close()


class Boots:
    """Starts of Lab in tabs of their own, and what the ones with us cost."""

    def __init__(self, visit: Visit, context: BrowserContext, address: str) -> None:
        self.visit = visit
        self.context = context
        self.address = address
        self.forget()

    def forget(self) -> None:
        """What was measured so far."""
        self.requests: list[float] = []
        self.later: list[float] = []
        self.kilobytes: list[float] = []
        self.script: list[float] = []

    def boot(self, with_us: bool) -> float:
        """Seconds from the address until Lab lists the files."""
        page = self.context.new_page()
        seen: list[Response] = []
        asked: list[float] = []
        page.on("response", lambda one: seen.append(one) if OURS.search(one.url) else None)
        for kind in ("request", "websocket"):
            page.on(kind, lambda one: asked.append(time.perf_counter()) if OURS.search(one.url) else None)
        page.route(re.compile(r"/lab\?reset"), lambda route: serve(route, with_us))
        # A page of the same address first: the profiler stays with its process.
        page.goto(f"{self.visit.platform.url}/hub/health")
        profiler = self.context.new_cdp_session(page)
        profiler.send("Profiler.enable")
        profiler.send("Profiler.setSamplingInterval", {"interval": SAMPLING_MICROSECONDS})
        profiler.send("Profiler.start")
        began = time.perf_counter()
        page.goto(self.address, wait_until="commit")
        Lab(self.visit, page).ready()
        took = time.perf_counter() - began
        page.wait_for_timeout(SETTLED_MS)
        profile = profiler.send("Profiler.stop")["profile"]
        if with_us:
            self.requests.append(sum(one <= began + took for one in asked))
            self.later.append(len(asked) - self.requests[-1])
            self.kilobytes.append(sum(len(gzip.compress(body_of(one))) for one in seen) / 1000)
            self.script.append(milliseconds_of(profile))
        else:
            assert not asked, [one.url for one in seen]
        page.close()
        return took


def serve(route: Route, with_us: bool) -> None:
    """Lab's page as the server sends it, or without our extension in it."""
    answer = route.fetch()
    text = answer.text()
    if not with_us:
        text = _CONFIG.sub(_without_us, text)
    route.fulfill(response=answer, body=text)


def _without_us(found: re.Match[str]) -> str:
    config = json.loads(found[2])
    kept = [one for one in config["federated_extensions"] if one["name"] != "@gemini/lab"]
    assert len(kept) < len(config["federated_extensions"])
    return found[1] + json.dumps({**config, "federated_extensions": kept}) + found[3]


def body_of(response: Response) -> bytes:
    """The body; empty for what has none (a redirect, an answer without content)."""
    return b"" if response.status in (204, 304) or 300 <= response.status < 400 else response.body()


def milliseconds_of(profile: dict[str, Any]) -> float:
    """The time in which our code was at work, or what it called."""
    nodes = {node["id"]: node for node in profile["nodes"]}
    parents = {child: node["id"] for node in profile["nodes"] for child in node.get("children", ())}

    def ours(number: int | None) -> bool:
        while number is not None:
            if CODE in nodes[number]["callFrame"]["url"]:
                return True
            number = parents.get(number)
        return False

    known = {number: ours(number) for number in nodes}
    taken = zip(profile["samples"], profile["timeDeltas"], strict=True)
    return sum(delta for number, delta in taken if known[number]) / 1000


def panel(visit: Visit, page: Page, address: str, rounds: int) -> list[Figure]:
    """From the press on its icon until the panel says which environment this is."""
    page.goto(address)
    Lab(visit, page).ready()
    cold, *warm = [opened(page) for _ in range(rounds + 1)]
    page.close()
    return [
        figure(SUBJECT, "panel opened for the first time", "ms", [cold], "<", 1000),
        figure(SUBJECT, "panel opened again", "ms", warm, "<", 300),
    ]


def opened(page: Page) -> float:
    """Milliseconds of one opening; the panel is closed again."""
    icon = page.locator('[data-id="gemini-panel"]')
    page.evaluate(_TIMED)
    icon.click()
    took = float(page.evaluate("() => window.benchSeen"))
    icon.click()
    page.locator("#gemini-panel").wait_for(state="hidden")
    return took
