"""A page that one person's environment serves, and what it tries in the browser of whoever opens it.

Whoever is root inside may serve anything to anybody, with no sign-in in between: a file of configuration is enough.
Every attempt runs in the page, with the cookies that the browser has; each answers a word.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import httpx
from gemini_cli.checks.machine import check_machine
from gemini_cli.settings import Settings
from platform_fixture import Platform, wait_for
from playwright.sync_api import BrowserContext, Page

REFUSED = "refused"

_SERVE = """
mkdir -p /root/.jupyter /root/public
echo '<!DOCTYPE html><title>a page of an environment</title>' > /root/public/page.html
cat > /root/.jupyter/jupyter_server_config.py <<'END'
c.ServerApp.extra_static_paths = ["/root/public"]
c.ServerApp.tornado_settings = {"headers": {"Set-Cookie": %r}}
END
python - <<'END'
import socket
runner = socket.socket(socket.AF_UNIX)
runner.connect("/run/gemini/control.sock")
runner.sendall(b'{"do": "restart-server"}\\n')
print(runner.recv(100).decode())
END
"""

_READ = """async url => {
  try { const answer = await fetch(url, {credentials: 'include'}); return `${answer.status} ${await answer.text()}`; }
  catch (error) { return 'refused'; }
}"""

_SEND = """async ([url, body]) => {
  const options = {method: 'POST', mode: 'no-cors', credentials: 'include', body};
  try { return (await fetch(url, options)).type; } catch (error) { return 'refused'; }
}"""

_SOCKET = """url => new Promise(done => {
  const socket = new WebSocket(url.replace(/^http/, 'ws'));
  socket.onopen = () => done('open');
  socket.onerror = () => done('refused');
})"""

_SCRIPT = """url => new Promise(done => {
  const script = document.createElement('script');
  script.onload = () => done('loaded');
  script.onerror = () => done('refused');
  script.src = url;
  document.head.append(script);
})"""

_FRAME = """url => new Promise(done => {
  const frame = document.createElement('iframe');
  frame.onload = () => {
    try { done(frame.contentDocument.body.innerText); } catch (error) { done('refused'); }
    frame.remove();
  };
  frame.src = url;
  document.body.append(frame);
})"""

_FORM = """([url, fields, type]) => {
  const form = document.createElement('form');
  Object.assign(form, {action: url, method: 'post', enctype: type, target: '_blank'});
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement('input');
    Object.assign(input, {type: 'hidden', name, value});
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}"""

_WINDOW = """async url => {
  const opened = window.open(url);
  for (let tries = 0; tries < 1200; tries++) {
    await new Promise(next => setTimeout(next, 50));
    try { if (opened.document.readyState === 'complete' && opened.location.href !== 'about:blank') break; }
    catch (error) { opened.close(); return 'refused'; }
  }
  const cookie = opened.document.cookie;
  opened.close();
  return cookie;
}"""


def serve_page(platform: Platform, person: str, environment: str, cookie: str = "theirs=1") -> str:
    """The address of a page that the person's server shows everybody from now on, `cookie` with each answer of it."""
    said = platform.inside(environment, _SERVE % cookie)
    assert '"ok": true' in said.stdout, said
    address = f"{address_of(platform, person)}/user/{person}/{environment}/static/page.html"
    place = urlsplit(address)
    at_proxy = {"url": platform.url + place.path, "headers": {"Host": place.netloc}}
    wait_for(lambda: httpx.get(**at_proxy, timeout=30).status_code == 200, "the page", 180, pause=0.2)
    return address


def address_of(platform: Platform, person: str) -> str:
    """Where a person's servers are."""
    return platform.address.replace("http://hub.", f"http://{person}.hub.")


def doctor_of_browsers(platform: Platform) -> str:
    """What `gemini doctor` says of them."""
    found = check_machine(Settings(platform.home, platform.port))
    return str(next(one.state for one in found if one.name == "browsers"))


class Hostile:
    """The page, open in somebody's browser."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.page.goto(address)

    def read(self, url: str) -> str:
        """An answer's status and text, with the cookies of whoever opened the page."""
        return str(self.page.evaluate(_READ, url))

    def send(self, url: str, body: dict[str, Any]) -> str:
        """A POST as plain text, which needs nobody's leave to be sent; `opaque` where something answered."""
        return str(self.page.evaluate(_SEND, [url, json.dumps(body)]))

    def socket(self, url: str) -> str:
        """Whether a WebSocket opens."""
        return str(self.page.evaluate(_SOCKET, url))

    def script(self, url: str) -> str:
        """Whether an address is taken as a script."""
        return str(self.page.evaluate(_SCRIPT, url))

    def frame(self, url: str) -> str:
        """What can be read of a page in a frame."""
        return str(self.page.evaluate(_FRAME, url))

    def window(self, url: str) -> str:
        """The cookies of a page in a window of its own, which this page opens."""
        return str(self.page.evaluate(_WINDOW, url))

    def post_json_form(self, url: str, body: dict[str, Any]) -> int:
        """A form whose text happens to be JSON; the status of what comes up."""
        name, value = json.dumps({**body, "": "="}).split("=")
        return self.post_form(url, {name: value}, "text/plain")

    def post_form(self, url: str, fields: dict[str, str], kind: str = "application/x-www-form-urlencoded") -> int:
        """A form sent as if the person had; the status of what comes up."""
        with self.page.context.expect_page() as opened:
            self.page.evaluate(_FORM, [url, fields, kind])
        with opened.value as page:
            page.wait_for_load_state()
            return int(page.evaluate("performance.getEntriesByType('navigation')[0].responseStatus"))

    def plant(self, cookie: str) -> None:
        """Sets a cookie as far as the browser lets the page."""
        self.page.evaluate("cookie => { document.cookie = cookie; }", cookie)
