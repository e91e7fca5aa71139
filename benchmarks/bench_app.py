"""How soon the dashboard shows its map after `start.py`, and what one more reader costs.

    python -m benchmarks.bench_app            # 5 starts, 20 readers
    python -m benchmarks.bench_app --quick    # 1 start, 3 readers

Needs a prepared environment (run `start.py` once) and a Chromium. A start is timed from the
command to the first frame in which the canvas of the map has colour. Each reader is a browser
context of its own on `/peta`; memory is the resident memory of the server.
"""

import contextlib
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import harness
from benchmarks.harness import Row
from tests.browser.conftest import (
    CHROMIUM_OPTIONS,
    REPOSITORY,
    find_chromium,
    free_port,
    streamlit_server,
)

MOST_SECONDS = 8.0
MOST_MB = 1.0
LONGEST_MS = 60_000
WARM_READERS = 5
PAINTED = """() => [...document.querySelectorAll("canvas")].some(canvas => {
  if (!canvas.width || !canvas.height) return false;
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  for (let i = 3; i < data.length; i += 400) if (data[i]) return true;
  return false;
})"""


def rows(quick: bool = False) -> list[Row]:
    """Measure starts and readers."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_OPTIONS)
        try:
            return [starts(browser, 1 if quick else 5), readers(browser, 3 if quick else 20)]
        finally:
            browser.close()


def starts(browser: Browser, rounds: int) -> Row:
    """Time from the command to the first painted map."""
    seconds = [_one_start(browser) for _ in range(rounds)]
    median = statistics.median(seconds)
    return Row(
        "app",
        "start",
        "start.py to the first painted map",
        median,
        times_ours=MOST_SECONDS / median,
        target=1.0,
        load=harness.load(),
        rounds=rounds,
        note=f"must be at most {MOST_SECONDS:g} s",
    )


def _one_start(browser: Browser) -> float:
    port = free_port()
    began = time.perf_counter()
    command = [sys.executable, str(REPOSITORY / "start.py"), "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
        _open(page, f"http://localhost:{port}/peta")
        return time.perf_counter() - began
    finally:
        page.context.close()
        process.send_signal(signal.SIGINT)
        process.wait(20)


def _open(page: Page, url: str) -> None:
    """Open an address as soon as somebody answers there, and wait for the map."""
    until = time.monotonic() + LONGEST_MS / 1000
    while True:
        try:
            page.goto(url, wait_until="commit")
            break
        except Exception:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
    until = time.monotonic() + LONGEST_MS / 1000
    while not any(_painted(frame) for frame in page.frames):
        assert time.monotonic() < until, "no map was painted"
        time.sleep(0.02)


def _painted(frame) -> bool:
    with contextlib.suppress(Exception):  # a frame that is just being replaced
        return bool(frame.evaluate(PAINTED))
    return False


def readers(browser: Browser, n_readers: int) -> Row:
    """Memory of the server for each added browser session."""
    editions = {"PBRT_EDITIONS": str(REPOSITORY / "editions")}
    with (
        streamlit_server(REPOSITORY / "dashboard/serve.py", editions) as site,
        contextlib.ExitStack() as stack,
    ):
        url = f"{site.url}/peta"
        for _ in range(WARM_READERS):  # they fill the caches that all share
            stack.enter_context(_reader(browser, url))
        held = []
        for _ in range(n_readers):
            stack.enter_context(_reader(browser, url))
            held.append(_resident_mb(site.process.pid))
    # The slope, not last minus first: one collection of garbage in between would decide.
    each = statistics.linear_regression(range(n_readers), held).slope
    return Row(
        "app",
        f"{n_readers} readers",
        "memory for each added browser session",
        float("nan"),
        peak_mb=each,
        times_ours=MOST_MB / max(each, MOST_MB / 100),
        target=1.0,
        load=harness.load(),
        note=f"{each:.2f} MB, {held[0]:.0f} to {held[-1]:.0f} MB, must be at most {MOST_MB:g} MB",
    )


@contextlib.contextmanager
def _reader(browser: Browser, url: str) -> Iterator[None]:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    _open(context.new_page(), url)
    time.sleep(1)
    yield
    context.close()


def _resident_mb(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


if __name__ == "__main__":
    harness.main(rows)
