"""A real Chromium against a real Streamlit server, recorded: for every test marked `browser`.

def test_page(serve, visit):
    site = serve(APP)            # APP: path of a Streamlit script, or its source
    page = visit(site.url)       # a page that records requests, failures, errors, bytes
    ...
    page.log.assert_clean(site.url)
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
STARTED_WITHIN = 60  # seconds
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOCAL = ("data:", "blob:", "about:")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder, so that `-m "not browser"` leaves it out."""
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


def find_chromium() -> str | None:
    """Return the browser: `PBRT_CHROMIUM`, or the first that is installed."""
    named = [os.environ.get("PBRT_CHROMIUM", ""), *CHROMIUM_NAMES]
    return next((path for name in named if name and (path := shutil.which(name))), None)


STATIC = "/app/static/"
"""In the address of every file that a map asks for."""


@dataclass
class Site:
    """A running server."""

    url: str
    process: subprocess.Popen
    log: Path

    def output(self) -> str:
        """What the server printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@dataclass
class Log:
    """What a page did: every request, what failed, what the console said, how many bytes came."""

    requests: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    came: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    received: int = 0
    sent: int = 0
    frames: list[bytes] = field(default_factory=list)
    """What the server sent through the websocket."""

    def beyond(self, url: str) -> list[str]:
        """Return the requests that left this server."""
        own = (url, url.replace("http://", "ws://"), *LOCAL)
        return [address for address in self.requests if not address.startswith(own)]

    def assert_clean(self, url: str) -> None:
        """Fail if anything was asked elsewhere, failed, or was complained about."""
        assert self.requests
        assert self.beyond(url) == []
        assert [told for told in self.failed if not self._came_again(told)] == []
        assert self.errors == []

    def _came_again(self, told: str) -> bool:
        """Tell whether a page itself dropped what it asked for, to ask for the same again."""
        reason, _, url = told.partition(" ")
        return reason == "net::ERR_ABORTED" and url in self.came


def record(page) -> Log:
    """Begin to record a page; the record is also `page.log`."""
    log = page.log = Log()
    page.on("request", lambda request: log.requests.append(request.url))
    page.on("requestfinished", lambda r: log.ended.append(r.url))
    page.on("requestfinished", lambda r: log.came.append(r.url))
    page.on("requestfailed", lambda r: log.ended.append(r.url))
    page.on("requestfailed", lambda r: log.failed.append(f"{r.failure} {r.url}"))
    page.on(
        "response",
        lambda r: log.failed.append(f"{r.status} {r.url}") if r.status >= 400 else None,
    )
    page.on("console", lambda m: log.errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: log.errors.append(str(error)))
    page.on("websocket", lambda socket: _record_socket(socket, log))
    return log


def _record_socket(socket, log: Log) -> None:
    log.requests.append(socket.url)

    def received(payload: bytes | str) -> None:
        log.received += len(payload)
        log.frames.append(payload if isinstance(payload, bytes) else payload.encode())

    def sent(payload: bytes | str) -> None:
        log.sent += len(payload)

    socket.on("framereceived", received)
    socket.on("framesent", sent)


def wait_until_quiet(page, still: float = 0.5, longest: float = 15) -> None:
    """
    Wait until nothing new was asked for in `still` seconds, and the files of maps have come.

    Not Playwright's "networkidle", which never comes when a frame is replaced while it loads.
    """
    began = changed = time.monotonic()
    seen = -1
    while time.monotonic() - changed < still and time.monotonic() - began < longest:
        asked = len(page.log.requests)
        files = [sum(STATIC in url for url in urls) for urls in (page.log.requests, page.log.ended)]
        waits = files[1] < files[0] and time.monotonic() - began < longest / 3
        if asked != seen or waits:
            seen, changed = asked, time.monotonic()
        page.wait_for_timeout(50)


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def streamlit_server(
    app: Path, env: dict[str, str] | None = None, options: tuple[str, ...] = ()
) -> Iterator[Site]:
    """Run a Streamlit script, with the settings of the dashboard, until the block ends."""
    port, log = free_port(), app.parent / f"server-{os.getpid()}.log"
    command = [sys.executable, "-m", "streamlit", "run", str(app), f"--server.port={port}"]
    command += ["--server.address=127.0.0.1", *options]
    # the working directory is the repository: .streamlit/config.toml stands there
    path = os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    environment = os.environ | {"PYTHONPATH": path} | (env or {})
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    site = Site(f"http://127.0.0.1:{port}", process, log)
    try:
        _wait_for(site)
        yield site
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)


def _wait_for(site: Site) -> None:
    base = next((a for a in site.process.args if "baseUrlPath" in a), "=").partition("=")[2]
    health = "/".join(part for part in (site.url, base, "_stcore/health") if part)
    until = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < until:
        assert site.process.poll() is None, site.output()
        with contextlib.suppress(OSError), urllib.request.urlopen(health, timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError(f"the server did not answer within {STARTED_WITHIN} s\n{site.output()}")


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests; tests are skipped where there is none."""
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium is installed (Debian: apt install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def serve(tmp_path_factory) -> Iterator[Callable[..., Site]]:
    """Start servers for one module of tests: `serve(app, env=None, options=())`."""
    with contextlib.ExitStack() as stack:

        def start(
            app: Path | str, env: dict[str, str] | None = None, options: tuple[str, ...] = ()
        ) -> Site:
            if isinstance(app, str):
                source, app = app, tmp_path_factory.mktemp("app") / "app.py"
                app.write_text(source, encoding="utf-8")
            return stack.enter_context(streamlit_server(app, env, options))

        yield start


@pytest.fixture
def visit(chromium):
    """Open recorded pages: `visit(url, width=1366, height=768, **options of the context)`."""
    contexts = []

    def open_page(url: str, width: int = 1366, height: int = 768, **options):
        context = chromium.new_context(
            viewport={"width": width, "height": height}, locale="id-ID", **options
        )
        contexts.append(context)
        page = context.new_page()
        record(page)
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
