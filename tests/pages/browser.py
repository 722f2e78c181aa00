"""A headless Chromium on a pipe, with what the page tests ask of it: a page under a width, a colour scheme and a medium;
what axe-core finds; which requests left it; a picture. Needs nothing but Python's own library.

Chromium is CRIER_CHROMIUM, else the first of some names on the PATH; axe-core is CRIER_AXE (axe.min.js), else what
`CRIER_PAGES=1 bash .ci/setup` puts under .deps/. `absent()` says what is missing.
"""

import base64
import contextlib
import fcntl
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
AXE = pathlib.Path(os.environ.get("CRIER_AXE", SOURCE / ".deps/pages/node_modules/axe-core/axe.min.js"))
PATIENCE = 60


def chromium():
    named = os.environ.get("CRIER_CHROMIUM")
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    return next((found for found in map(shutil.which, names) if found), None)


def absent():
    """What the page tests need and this machine does not have, or an empty text."""
    if not chromium():
        return "there is no Chromium (CRIER_CHROMIUM)"
    if not AXE.is_file():
        return f"there is no axe-core at {AXE} (CRIER_AXE)"
    return ""


class Browser:
    """One process; `page()` opens a page of its own in it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="crier-browser-")
        # The browser reads orders from descriptor 3 and answers on 4.
        their_end, self.orders = os.pipe()
        self.answers, their_answers = os.pipe()
        high = [fcntl.fcntl(one, fcntl.F_DUPFD, 20) for one in (their_end, their_answers)]
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$0" "$@" 3<&{high[0]} 4>&{high[1]}', chromium(), "--headless=new", "--no-sandbox",
             "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run", "--disable-background-networking",
             "--remote-debugging-pipe", f"--user-data-dir={self.folder}/profile", "about:blank"],
            pass_fds=high, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self.folder})
        for one in (their_end, their_answers, *high):
            os.close(one)
        self.number = 0
        self.rest = b""
        self.events = []

    def close(self):
        with contextlib.suppress(Exception):
            self.ask("Browser.close")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.orders)
        os.close(self.answers)
        shutil.rmtree(self.folder, ignore_errors=True)

    def read(self, until):
        """The next message; messages end with a zero byte."""
        while b"\0" not in self.rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.answers], [], [], left)[0]:
                raise TimeoutError("the browser does not answer")
            got = os.read(self.answers, 1 << 16)
            if not got:
                raise EOFError("the browser has ended")
            self.rest += got
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def ask(self, method, session=None, **parameters):
        self.number += 1
        order = {"id": self.number, "method": method, "params": parameters}
        if session:
            order["sessionId"] = session
        data = json.dumps(order).encode() + b"\0"
        while data:
            data = data[os.write(self.orders, data):]
        until = time.monotonic() + PATIENCE
        while True:
            message = self.read(until)
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            if "method" in message:
                self.events.append(message)

    def wait_for(self, method, session):
        until = time.monotonic() + PATIENCE
        while True:
            for i, event in enumerate(self.events):
                if event["method"] == method and event.get("sessionId") == session:
                    return self.events.pop(i)
            message = self.read(until)
            if "method" in message:
                self.events.append(message)

    def page(self, path, width=1200, scheme="light", medium="screen"):
        return Page(self, path, width, scheme, medium)


class Page:
    """A file as it looks in a window of that width, in that colour scheme, on a screen or on paper."""

    def __init__(self, browser, path, width, scheme, medium):
        self.browser = browser
        self.target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.ask("Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        self.ask("Page.enable")
        self.ask("Network.enable")
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 600)
        self.ask("Emulation.setEmulatedMedia", media=medium, features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.ask("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        browser.wait_for("Page.loadEventFired", self.session)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.browser.ask("Target.closeTarget", targetId=self.target)
        self.browser.events = [event for event in self.browser.events if event.get("sessionId") != self.session]

    def ask(self, method, **parameters):
        return self.browser.ask(method, self.session, **parameters)

    def value(self, expression):
        """What a script says, run beside the page: the page itself has none."""
        answer = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def requests(self):
        """All that was asked for since the page was opened, the page itself first; and what it did not let out."""
        self.value("1")  # whatever came before has come
        mine = [event for event in self.browser.events if event.get("sessionId") == self.session]
        return [event["params"]["request"]["url"] for event in mine if event["method"] == "Network.requestWillBeSent"]

    def axe(self):
        """`(violations, rules that passed, what axe could not decide)`: rule: [the elements]."""
        self.value(AXE.read_text(encoding="utf-8") + "; 1")
        found = self.value("axe.run(document, {resultTypes: ['violations', 'incomplete', 'passes']}).then(r => JSON.stringify("
                           "[r.violations, r.passes, r.incomplete].map(l => Object.fromEntries(l.map("
                           "v => [v.id, v.nodes.map(n => n.html.slice(0, 200) + ' ' + (n.failureSummary || ''))])))))")
        return json.loads(found)

    def picture(self, path, height=None):
        """The whole page, or its upper part."""
        size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], height or 1e9), "scale": 1}
        data = self.ask("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))
