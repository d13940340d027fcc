"""A real browser over the W3C WebDriver protocol, with nothing but requests: enough to use a page as a reader does."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

NAMES = {"browser": ("chromium", "chromium-browser", "google-chrome"), "driver": ("chromedriver",)}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of the protocol for an element
KEYS = {"tab": "\ue004", "enter": "\ue007", "right": "\ue014", "down": "\ue015"}


def found(kind: str) -> str | None:
    """Path of the browser or its driver; None where there is none."""
    return next((path for name in NAMES[kind] if (path := shutil.which(name))), None)


class Browser:
    """One session; every method is one command of the protocol."""

    def __init__(self, address: str, capabilities: dict[str, Any]):
        self.address = address
        self.session = self._send("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})["sessionId"]

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = requests.request(method, self.address + path, json=body, timeout=60).json()["value"]
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(f"{answer['error']}: {answer['message'].splitlines()[0]}")
        return answer

    def command(self, method: str, path: str, **body: Any) -> Any:
        """Any command of the session."""
        return self._send(method, f"/session/{self.session}{path}", body if method == "POST" else None)

    def open(self, path: Path, fragment: str = "") -> None:
        """A file of this machine, once its scripts have shown it."""
        self.command("POST", "/url", url="about:blank")
        self.command("POST", "/url", url=path.as_uri() + fragment)
        self.until("return document.documentElement.dataset.ready === 'true'")

    def run(self, script: str, *arguments: Any) -> Any:
        """What a script returns."""
        return self.command("POST", "/execute/sync", script=script, args=list(arguments))

    def until(self, script: str, *arguments: Any, seconds: float = 60) -> Any:
        """What a script returns as soon as that is true."""
        end = time.monotonic() + seconds
        while not (value := self.run(script, *arguments)):
            assert time.monotonic() < end, f"not true within {seconds} s: {script}"
            time.sleep(0.05)
        return value

    def element(self, selector: str) -> str:
        """Path of the first element of a selector."""
        return "/element/" + self.command("POST", "/element", using="css selector", value=selector)[ELEMENT]

    def click(self, selector: str) -> None:
        """Click as a mouse does."""
        self.command("POST", self.element(selector) + "/click")

    def write(self, selector: str, text: str) -> None:
        """Replace what a field holds, key by key, and confirm."""
        self.command("POST", self.element(selector) + "/clear")
        self.command("POST", self.element(selector) + "/value", text=text + KEYS["enter"])

    def press(self, *names: str) -> None:
        """Keys on whatever has the focus."""
        keys = [KEYS[name] for name in names]
        steps = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.command("POST", "/actions", actions=[{"type": "key", "id": "keyboard", "actions": steps}])

    def text(self, selector: str) -> str:
        """What a reader sees of an element."""
        return self.run("return document.querySelector(arguments[0]).innerText", selector)

    def log(self, kind: str) -> list[dict[str, Any]]:
        """Entries of a log since it was last asked for: browser (the console) or performance (the network among it)."""
        return self.command("POST", "/se/log", type=kind)

    def requests(self) -> list[str]:
        """Addresses asked for since the log was last read."""
        events = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]

    def devtools(self, name: str, **parameters: Any) -> Any:
        """A command of the browser's own protocol."""
        return self.command("POST", "/goog/cdp/execute", cmd=name, params=parameters)


@contextmanager
def browser(folder: Path, width: int = 1400, height: int = 900) -> Iterator[Browser]:
    """A browser without a window; folder: for its profile and for what it downloads."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    driver = subprocess.Popen([found("driver"), f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address)
        session = Browser(address, _capabilities(folder, width, height))
        session.devtools("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
        try:
            yield session
        finally:
            session.command("DELETE", "")
    finally:
        driver.terminate()
        driver.wait(timeout=20)


def _capabilities(folder: Path, width: int, height: int) -> dict[str, Any]:
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--no-first-run",
        "--force-prefers-reduced-motion",
    ]
    flags += [f"--user-data-dir={folder / 'profile'}", f"--window-size={width},{height}"]
    options = {"binary": found("browser"), "args": flags}
    logs = {"browser": "ALL", "performance": "ALL"}
    return {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": logs}


def _wait(address: str) -> None:
    for _ in range(200):
        try:
            requests.get(address + "/status", timeout=2)
            return
        except requests.ConnectionError:
            time.sleep(0.05)
    raise RuntimeError("chromedriver does not answer")
