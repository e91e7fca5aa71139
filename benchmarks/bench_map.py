"""How fast and how small a change of the map is, in Chromium, ours against the textbook.

    python -m benchmarks.bench_map            # 5 rounds at 695 and 20,000 areas
    python -m benchmarks.bench_map --quick    # 2 rounds, to see that it runs

Where there are editions of the sample (`editions/`), the newest one is the map of 695 areas; else
an invented one. The map of 20,000 areas is always invented. Contestants take turns, each in its
own server. Painted is the last frame in which the picture of the map changed; a frame is blank
when most of its colour is gone. Bytes are what the page was sent: websocket frames as the page
reads them and files as they were transferred.
"""

import base64
import contextlib
import gzip
import io
import json
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1]))

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Frame, Page, sync_playwright

from benchmarks import harness
from benchmarks.map_edition import INDICATORS
from tests.browser.conftest import (
    CHROMIUM_OPTIONS,
    Site,
    find_chromium,
    record,
    streamlit_server,
)

APP = Path(__file__).with_name("map_app.py")
SHELF = Path(__file__).resolve().parents[1] / "editions"
SAMPLE = 695
CONTESTANTS = (("ours", SAMPLE), ("stock", SAMPLE), ("ours", 20_000))
QUIET = 1.0  # seconds without a new frame end a measurement
LONGEST = 60.0
BLANK = 0.25  # share of the colour that is left on a blank map
CHANGED = 0.002  # share of pixels that makes a picture another one

CLICKED = """() => {
  window.epoch = () => performance.timeOrigin + performance.now();
  for (const kind of ["pointerdown", "keydown"])
    addEventListener(kind, () => (window.clickedAt = epoch()), true);
}"""
CARD = """() => {
  const shown = () => document.querySelector("[data-testid=stText]")?.textContent;
  window.cardText = shown();
  new MutationObserver(() => {
    if (shown() === window.cardText) return;
    window.cardText = shown();
    requestAnimationFrame(() => setTimeout(() => (window.cardAt = epoch())));
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


@dataclass
class Film:
    """What the screen showed: time and picture of each frame."""

    page: Page
    frames: list[tuple[float, bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Begin to receive frames."""
        self.cdp = self.page.context.new_cdp_session(self.page)
        self.cdp.on("Page.screencastFrame", self._receive)
        options = {"format": "jpeg", "quality": 60, "maxWidth": 683, "maxHeight": 384}
        self.cdp.send("Page.startScreencast", options)

    def _receive(self, event: dict[str, Any]) -> None:
        self.frames.append((event["metadata"]["timestamp"], base64.b64decode(event["data"])))
        self.cdp.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})

    def stop(self) -> None:
        """Receive no more frames."""
        self.cdp.send("Page.stopScreencast")
        self.cdp.detach()

    def settle(self) -> None:
        """Wait until the picture has not changed for a while."""
        begun = time.time()
        while time.time() - begun < LONGEST:
            self.page.wait_for_timeout(100)
            last = max(self.frames[-1][0] if self.frames else begun, begun)
            if time.time() - last > QUIET:
                return

    def pictures(self, box: dict[str, float]) -> Iterator[tuple[float, np.ndarray]]:
        """Yield the part of each frame that shows the map."""
        for moment, data in self.frames:
            image = Image.open(io.BytesIO(data)).convert("RGB")
            scale = image.width / self.page.viewport_size["width"]
            corners = (box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"])
            part = image.crop(tuple(int(corner * scale) for corner in corners))
            yield moment, np.asarray(part).astype(int)


@dataclass
class Contestant:
    """One server and one page."""

    mode: str
    n: int
    site: Site
    page: Page
    times: dict[str, list[float]] = field(default_factory=dict)
    weight: int = 0

    def open(self) -> None:
        """Load the page and wait for its map."""
        record(self.page)
        self.bytes_http = 0
        cdp = self.page.context.new_cdp_session(self.page)
        cdp.send("Network.enable")
        cdp.on("Network.loadingFinished", self._loaded)
        self.page.goto(self.site.url)
        self.page.evaluate(CLICKED)
        self.page.evaluate(CARD)
        self.page.wait_for_selector("iframe", timeout=120_000)
        self.film = Film(self.page)
        self.film.start()
        self.page.wait_for_timeout(3000)
        self.film.settle()
        self.box = self.page.locator("iframe").bounding_box()
        addresses = [a for a in self.page.log.requests if "/map/rt-" in a]
        self.areas = json.load(urllib.request.urlopen(addresses[0]))["ids"] if addresses else []
        self.zoom_in()

    @property
    def frame(self) -> Frame:
        """The frame of the map; stock makes a new one at each change."""
        return [f for f in self.page.frames if "streamlit_folium" in f.url][-1]

    def _loaded(self, event: dict[str, Any]) -> None:
        self.bytes_http += int(event.get("encodedDataLength", 0))

    def zoom_in(self) -> None:
        """Zoom by one step, so that a lost view shows."""
        self.frame.locator(".leaflet-control-zoom-in").click()
        self.film.settle()
        self.zoomed = self.zoom()

    def zoom(self) -> float:
        """Return the zoom of the map."""
        return float(self.frame.evaluate("() => window.map.getZoom()"))

    def change(self, indicator: str) -> None:
        """Choose another indicator and note what happens."""
        self._act("", self.page.get_by_text(indicator, exact=True).first.click)

    def step(self, key: str) -> None:
        """Move the slider by one year and note what happens."""
        self.page.get_by_role("slider").focus()
        self._act("step_", lambda: self.page.keyboard.press(key))

    def _act(self, what: str, act: Callable[[], object]) -> None:
        self.page.bring_to_front()
        self.film.settle()
        *_, (_, before) = self.film.pictures(self.box)
        self.film.frames.clear()
        self.page.log.received, self.bytes_http = 0, 0
        act()
        self.film.settle()
        clicked = self.page.evaluate("() => window.clickedAt") / 1000
        painted, blank = watch(self.film.pictures(self.box), before, clicked)
        sent = self.page.log.received + self.bytes_http
        kept = float(self.zoom() == self.zoomed)
        noted = {"painted": painted, "blank": blank, "bytes": sent, "kept": kept}
        self._note(**{what + name: number for name, number in noted.items()})

    @property
    def has_slider(self) -> bool:
        """Tell whether the page offers several years."""
        return self.page.get_by_role("slider").count() > 0

    def select(self, number: int) -> None:
        """Click an area and note when its card has changed."""
        self.page.bring_to_front()
        self.frame.evaluate(CLICKED)
        area = self.areas[number]
        seen = self.frame.evaluate("id => pbrtMap.look(id)", area)
        before = self.page.evaluate("() => window.cardText")
        self.page.mouse.click(self.box["x"] + seen["x"], self.box["y"] + seen["y"])
        # a small neighbour may be chosen instead: its card does as well
        self.page.wait_for_function("text => window.cardText !== text", arg=before)
        self.page.wait_for_timeout(300)
        clicked = self.frame.evaluate("() => window.clickedAt")
        self._note(card=self.page.evaluate("() => window.cardAt") - clicked)

    def visible_areas(self, count: int) -> list[int]:
        """Return areas in view that a click in their middle selects, far from each other."""
        found = []
        width, height = self.box["width"] - 320, self.box["height"]
        for number in range(0, len(self.areas), max(1, len(self.areas) // 200)):
            seen = self.frame.evaluate("id => pbrtMap.look(id)", self.areas[number])
            if 80 < seen["x"] < width and 20 < seen["y"] < height - 20:
                found.append(number)
        return found[:: max(1, len(found) // count)][:count]

    def _note(self, **numbers: float) -> None:
        for name, number in numbers.items():
            self.times.setdefault(name, []).append(number)

    def median(self, name: str) -> float:
        """Return the median of what was noted under a name."""
        return statistics.median(self.times[name])


def watch(
    pictures: Iterator[tuple[float, np.ndarray]], before: np.ndarray, clicked: float
) -> tuple[float, float]:
    """Return when the map was painted, and how long it was blank, in milliseconds."""
    coloured = _colour(before)
    previous, painted, blank, blank_since = before, clicked, 0.0, None
    for moment, picture in pictures:
        if moment < clicked:
            continue
        if (np.abs(picture - previous).max(axis=2) > 30).mean() > CHANGED:
            painted = moment
        previous = picture
        gone = _colour(picture) < BLANK * coloured
        if gone and blank_since is None:
            blank_since = moment
        if not gone and blank_since is not None:
            blank, blank_since = blank + moment - blank_since, None
    return (painted - clicked) * 1000, blank * 1000


def _colour(picture: np.ndarray) -> float:
    return float((picture.max(axis=2) - picture.min(axis=2) > 40).mean())


def page_weight(contestant: Contestant) -> int:
    """Return the bytes of a cold page beyond Streamlit's own, each file with gzip."""
    own = [a for a in contestant.page.log.requests if "/component/" in a or "/app/static/" in a]
    bodies = [urllib.request.urlopen(address).read() for address in dict.fromkeys(own)]
    return sum(len(gzip.compress(body, 6)) for body in bodies)


@contextlib.contextmanager
def started(chosen: tuple[tuple[str, int], ...], work: Path) -> Iterator[list[Contestant]]:
    """Start a server and open a page for each contestant."""
    with contextlib.ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())
        browser: Browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=CHROMIUM_OPTIONS
        )
        stack.callback(browser.close)
        found = []
        for mode, n in chosen:
            folder = work / f"{mode}-{n}"
            (folder / "static").mkdir(parents=True)
            app = folder / "app.py"
            app.write_text(f"import runpy\nrunpy.run_path({str(APP)!r}, run_name='__main__')\n")
            env = {"MAP_MODE": mode, "MAP_N": str(n), "MAP_WORK": str(folder)}
            if n == SAMPLE and SHELF.exists():
                env["MAP_SHELF"] = str(SHELF)
            site = stack.enter_context(
                streamlit_server(app, env, ("--server.maxMessageSize=1000",))
            )
            page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
            found.append(Contestant(mode, n, site, page))
            found[-1].open()
        yield found
        for contestant in found:
            contestant.film.stop()


def measure(rounds: int, chosen: tuple[tuple[str, int], ...] = CONTESTANTS) -> list[Contestant]:
    """Let the contestants take turns; the first turn of each is not counted."""
    names = [indicator.id for indicator in INDICATORS]
    with tempfile.TemporaryDirectory() as work, started(chosen, Path(work)) as found:
        for turn in range(rounds + 1):
            for contestant in found:
                contestant.change(names[(turn + 1) % len(names)])
                if turn == 0:
                    contestant.times.clear()
        for contestant in filter(lambda one: one.has_slider, found):
            for turn in range(rounds + 1):
                contestant.step("ArrowRight" if turn % 2 else "ArrowLeft")
            for name in [name for name in contestant.times if name.startswith("step_")]:
                del contestant.times[name][0]  # the first turn is not counted, as above
        for contestant in found:
            contestant.weight = page_weight(contestant)
            if contestant.mode == "ours":
                for number in contestant.visible_areas(rounds + 1):
                    contestant.select(number)
                del contestant.times["card"][0]
    return found


def rows(quick: bool = False) -> list[harness.Row]:
    """Measure a change of the indicator and a click on an area."""
    found = measure(2 if quick else harness.ROUNDS)
    by_case = {(contestant.mode, contestant.n): contestant for contestant in found}
    ours = by_case["ours", SAMPLE]
    made = [_change_row(contestant, ours) for contestant in found]
    made += [_step_row(contestant) for contestant in found if "step_painted" in contestant.times]
    made += [_card_row(contestant) for contestant in found if contestant.mode == "ours"]
    return made


def _change_row(one: Contestant, ours: Contestant) -> harness.Row:
    times = one.median("painted") / ours.median("painted")
    facts = [f"{one.median('bytes') / 1000:.1f} kB", f"blank {one.median('blank'):.0f} ms"]
    facts.append("view kept" if min(one.times["kept"]) else "view lost")
    facts.append(f"page {one.weight / 1000:.0f} kB gzip beyond Streamlit's")
    if one.mode == "stock":
        fewer = one.median("bytes") / ours.median("bytes")
        facts.append(f"{fewer:.0f} × our bytes, must be ≥ 100 {_yes(fewer >= 100)}")
    elif one is not ours:
        facts.append(f"must be ≤ 2 × ours at {SAMPLE} {_yes(times <= 2)}")
    return harness.Row(
        "map",
        f"change of indicator, {one.n:,} areas",
        one.mode,
        wall_s=one.median("painted") / 1000,
        times_ours=times,
        load=harness.load(),
        rounds=len(one.times["painted"]),
        target=3 if one.mode == "stock" else None,
        note="; ".join(facts),
    )


def _step_row(one: Contestant) -> harness.Row:
    change = one.median("painted")
    times = one.median("step_painted") / change
    facts = [
        f"{one.median('step_bytes') / 1000:.1f} kB",
        f"blank {one.median('step_blank'):.0f} ms",
    ]
    facts.append("view kept" if min(one.times["step_kept"]) else "view lost")
    facts.append(f"{times:.2f} × a change of indicator, must be ≤ 1.1 {_yes(times <= 1.1)}")
    return harness.Row(
        "map",
        f"year slider step, {one.n:,} areas",
        one.mode,
        wall_s=one.median("step_painted") / 1000,
        load=harness.load(),
        rounds=len(one.times["step_painted"]),
        note="; ".join(facts),
    )


def _card_row(one: Contestant) -> harness.Row:
    card = one.median("card")
    return harness.Row(
        "map",
        f"click on an area → its card, {one.n:,} areas",
        one.mode,
        wall_s=card / 1000,
        load=harness.load(),
        rounds=len(one.times["card"]),
        note=f"must be ≤ 200 ms {_yes(card <= 200)}",
    )


def _yes(reached: bool) -> str:
    return "yes" if reached else "**no**"


if __name__ == "__main__":
    harness.main(rows)
