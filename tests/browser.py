"""A real browser for pages: Debian's headless Chromium, driven by the DevTools protocol over a pipe.

`python -m tests.browser` (a step of `make test`) installs it where it is missing and this is root on Debian. A test
installs nothing: without a browser it fails with the command to run.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from contract.paths import PROJECT

PICTURES = PROJECT / ".build" / "pages"
_PROGRAMS = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",  # root has none, and only pages of the project are shown
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)
_INHERIT = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)
"""The protocol uses file descriptors 3 and 4."""
REMEDY = "Run `make browser`, or install Debian's package chromium."


class BrowserError(Exception):
    """There is no browser, or it refused."""


def program() -> str:
    """The browser's path. Raises BrowserError with a remedy."""
    for each in _PROGRAMS:
        if found := shutil.which(each):
            return found
    raise BrowserError(f"There is no Chromium on this machine. {REMEDY}")


class Page:
    """A tab. It keeps the errors that the page logs, and every address that it requests."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self.errors: list[str] = []
        self.requested: list[str] = []

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 -- the protocol's values
        """Send one command of the protocol."""
        return self._browser.call(method, self._session, **parameters)

    def show(self, address: str, *, width: int = 1280, dark: bool = False) -> None:
        """Load the address and wait until it is loaded."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self._browser.loaded.discard(self._session)
        self.call("Page.navigate", url=address)
        while self._session not in self._browser.loaded:
            self._browser.receive()

    def keep(self, name: str) -> None:
        """Keep a picture of what is shown as `.build/pages/NAME.png`, for people to look at."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        picture = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        (PICTURES / f"{name}.png").write_bytes(base64.b64decode(picture))

    def evaluate(self, script: str) -> Any:  # noqa: ANN401 -- the script's value
        """Return the value of an expression in the page, as JSON. Raises BrowserError for an exception in it."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise BrowserError(json.dumps(found["exceptionDetails"])[:1000])
        return found["result"].get("value")


class Browser:
    """A running Chromium with a new profile."""

    def __init__(self, process: subprocess.Popen[bytes], commands: int, answers: int) -> None:
        self._process = process
        self._commands = commands
        self._answers = answers
        self._rest = b""
        self._numbers = itertools.count(1)
        self._pages: dict[str, Page] = {}
        self._results: dict[int, dict[str, Any]] = {}
        self.loaded: set[str] = set()
        """Sessions whose page has loaded."""

    @classmethod
    @contextlib.contextmanager
    def started(cls) -> Iterator[Self]:
        """Yield a browser that lives until the end of the block. Raises BrowserError."""
        chromium = program()
        inside, commands = os.pipe()
        answers, outside = os.pipe()
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            words = [chromium, *_FLAGS, f"--user-data-dir={profile}"]
            process = subprocess.Popen(
                [sys.executable, "-c", _INHERIT, str(inside), str(outside), *words],
                pass_fds=(inside, outside),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            os.close(inside)
            os.close(outside)
            browser = cls(process, commands, answers)
            try:
                yield browser
                browser.call("Browser.close")
            finally:
                os.close(commands)
                os.close(answers)
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    def page(self) -> Page:
        """Open a new tab."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        return page

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401
        """Send one command and return its result. Raises BrowserError if it is refused."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while number not in self._results:
            self.receive()
        answer = self._results.pop(number)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def receive(self) -> None:
        """Read the next message. Raises BrowserError if the browser has ended."""
        while b"\0" not in self._rest:
            more = os.read(self._answers, 1 << 16)
            if not more:
                raise BrowserError(f"Chromium ended with {self._process.poll()}")
            self._rest += more
        raw, _, self._rest = self._rest.partition(b"\0")
        message = json.loads(raw)
        if "id" in message:
            self._results[message["id"]] = message
            return
        session, method, details = message.get("sessionId", ""), message["method"], message["params"]
        if method == "Page.loadEventFired":
            self.loaded.add(session)
        page = self._pages.get(session)
        if page is None:
            return
        if method == "Network.requestWillBeSent":
            page.requested.append(details["request"]["url"])
        elif method == "Log.entryAdded" and details["entry"]["level"] in ("error", "warning"):
            page.errors.append(details["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            page.errors.append(details["exceptionDetails"]["text"])
        elif method == "Runtime.consoleAPICalled" and details["type"] in ("error", "warning", "assert"):
            page.errors.append(json.dumps(details["args"]))


CONTRAST = """
(() => {
  const channel = part => part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4;
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const paper = element => {
    for (let each = element; each; each = each.parentElement) {
      const [r, g, b, alpha = 1] = parts(getComputedStyle(each).backgroundColor);
      if (alpha === 1) return [r, g, b];
      if (alpha !== 0) throw new Error("a half transparent background: " + each.outerHTML.slice(0, 80));
    }
    return [255, 255, 255];
  };
  const found = [];
  const add = (element, style, text) => {
    const [light, dark] = [luminance(parts(style.color)), luminance(paper(element))].sort((a, b) => b - a);
    found.push({ text: text.slice(0, 40), ratio: (light + 0.05) / (dark + 0.05) });
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() && element.checkVisibility()) {
      add(element, getComputedStyle(element), walker.currentNode.data.trim());
    }
  }
  for (const element of document.body.querySelectorAll("*")) {
    const style = getComputedStyle(element, "::before");
    if (style.content !== "none" && element.checkVisibility()) add(element, style, style.content);
  }
  return found;
})()
"""
"""Each text of the page and its contrast, as WCAG 2.2 computes it. Level AA wants 4.5."""


def install() -> None:
    """Install Debian's package if there is no browser. Raises BrowserError."""
    try:
        program()
    except BrowserError:
        if os.geteuid() != 0 or not Path("/usr/bin/apt-get").exists():
            raise
        print("Installing Chromium.", file=sys.stderr)
        subprocess.run(["apt-get", "update", "--quiet"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(
            ["apt-get", "install", "--quiet", "--yes", "--no-install-recommends", "chromium", "fonts-dejavu-core"],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
        program()


if __name__ == "__main__":
    try:
        install()
    except (BrowserError, subprocess.CalledProcessError) as error:
        sys.exit(f"Error: {error}")
