"""Debian's Chromium without a window, told what to do by the WebDriver protocol."""

import base64
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

__all__ = ["Browser", "lacking"]

# Nothing that goes out to the network, and no first-run pages.
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
           "--disable-background-networking", "--disable-component-update", "--disable-sync",
           "--hide-scrollbars")
START_SECONDS, ANSWER_SECONDS = 60, 240


def lacking():
    """Name of a program that is needed and missing, or None."""
    return next((name for name in ("chromium", "chromedriver") if shutil.which(name) is None), None)


class Browser:
    """A browser with one page; a context manager.

    Parameters
    ----------
    profile : Path
        New folder for what the browser keeps.
    width, height : int
        Of the window, in pixels.
    """

    def __init__(self, profile, width=1200, height=1000):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self._driver = subprocess.Popen([shutil.which("chromedriver"), f"--port={port}"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._at = f"http://127.0.0.1:{port}"
        arguments = [*OPTIONS, f"--user-data-dir={profile}", f"--window-size={width},{height}"]
        wanted = {"browserName": "chrome", "goog:chromeOptions": {
            "binary": shutil.which("chromium"), "args": arguments}}
        try:
            self._await_driver()
            session = self._ask("POST", "/session", capabilities={"alwaysMatch": wanted})
            self._at += f"/session/{session['sessionId']}"
            self._ask("POST", "/timeouts", script=1000 * ANSWER_SECONDS)
        except BaseException:
            self._driver.kill()
            self._driver.wait()
            raise

    def _await_driver(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                self._ask("GET", "/status")
                return
            except urllib.error.URLError:
                time.sleep(0.05)
        raise RuntimeError("chromedriver does not start")

    def _ask(self, method, path, **body):
        request = urllib.request.Request(
            self._at + path, json.dumps(body).encode() if method == "POST" else None,
            {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from error

    def open(self, url):
        """Load a page."""
        self._ask("POST", "/url", url=url)

    def run(self, script, *arguments):
        """What JavaScript returns: the body of an async function, with `arguments`."""
        whole = ("const done = arguments[arguments.length - 1];"
                 "(async (...arguments) => {" + script + "})(...arguments)"
                 ".then((value) => done([true, value]), (error) => done([false, error.stack]));")
        good, value = self._ask("POST", "/execute/async", script=whole, args=list(arguments))
        if not good:
            raise RuntimeError(value)
        return value

    def stroke(self, selector, points):
        """Draw with the mouse inside an element: points (x, y) of 0 .. 1."""
        box = self.run("const box = document.querySelector(arguments[0]).getBoundingClientRect();"
                       "return [box.x, box.y, box.width, box.height]", selector)
        moves = [{"type": "pointerMove", "duration": 10, "x": round(box[0] + x * box[2]),
                  "y": round(box[1] + y * box[3])} for x, y in points]
        actions = [moves[0], {"type": "pointerDown", "button": 0}, *moves[1:],
                   {"type": "pointerUp", "button": 0}]
        self._ask("POST", "/actions", actions=[{
            "type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"},
            "actions": actions}])

    def picture(self):
        """The window as PNG."""
        return base64.b64decode(self._ask("GET", "/screenshot"))

    def errors(self):
        """Messages of the console that are errors."""
        return [entry["message"] for entry in self._ask("POST", "/se/log", type="browser")
                if entry["level"] == "SEVERE"]

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        try:
            self._ask("DELETE", "")
        finally:
            self._driver.terminate()
            self._driver.wait()
