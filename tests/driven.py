"""A Chromium, driven by selenium: what the tests of pages and explorers share."""

import base64
import json
import shutil
import time

import pytest

MISSING = (
    "NO BROWSER: {} is missing, so that no page was seen in one. "
    "apt-get install -y --no-install-recommends chromium chromium-driver; "
    "pip install -e '.[browser]'"
)
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--force-prefers-reduced-motion", "--window-size=1280,900",
)  # fmt: skip
DESKTOP, PHONE = (1280, 900), (360, 740)


class Browser:
    """A browser: what is on its page, what it has fetched, and what it has complained of."""

    def __init__(self):
        webdriver = pytest.importorskip("selenium.webdriver", reason=MISSING.format("selenium"))
        from selenium.webdriver.chrome.service import Service

        paths = [shutil.which(name) for name in ("chromium", "chromedriver")]
        if not all(paths):
            pytest.skip(MISSING.format("chromium or chromium-driver"))
        options = webdriver.ChromeOptions()
        options.binary_location = paths[0]  # both named: else selenium looks for them online
        for argument in ARGUMENTS:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(paths[1]))

    def open(self, path, size=DESKTOP, dark=False, anchor=""):
        """Open a page of a book, after which nothing of the one before is remembered."""
        self.resize(size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.command("Emulation.setEmulatedMedia", features=[scheme, still])
        self.driver.get("about:blank")
        self.fetched(), self.said()
        self.driver.get(path.resolve().as_uri() + anchor)
        return self

    def resize(self, size):
        """Make the window so large; PHONE is a phone's."""
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=size[0], height=size[1], deviceScaleFactor=1, mobile=size == PHONE,
        )  # fmt: skip

    def command(self, name, **arguments):
        """Give a command of the browser's own protocol."""
        return self.driver.execute_cdp_cmd(name, arguments)

    def run(self, script, *arguments):
        """The value of a script's `return`."""
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        """The elements that a selector of CSS means."""
        return self.driver.find_elements("css selector", selector)

    def wait(self, until, seconds=5):
        """Wait until something holds; an AssertionError, where it never does."""
        end = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < end, "it never came"
            time.sleep(0.02)

    def fetched(self):
        """The addresses that were asked for since, but for files and what stands in the page."""
        log = (json.loads(x["message"])["message"] for x in self.driver.get_log("performance"))
        sent = (x["params"]["request"]["url"] for x in log
                if x["method"] == "Network.requestWillBeSent")  # fmt: skip
        return [url for url in sent if not url.startswith(("data:", "file:", "about:"))]

    def said(self):
        """What the page has complained of."""
        return [x["message"] for x in self.driver.get_log("browser")]

    def evaluate(self, expression):
        """The value of an expression, past the page's policy; a promise is waited for."""
        found = self.command(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def screenshot(self, path):
        """Keep what is seen, as a PNG."""
        taken = self.command("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(taken["data"]))
