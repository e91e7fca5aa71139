"""Every way out of the pages: recognisable numbers of an internal edition, looked for everywhere.

All figures of RTs of the internal edition are two planted numbers and their ratio. In a meeting
they must be in no page, no frame of the websocket, no static file, no download and no address; on
the internal pages the same search must find them, or it would prove nothing.
"""

import io
import json
import re
import shutil
import struct
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from public_edition import CLASSES, truth, write_public_shelf
from small_edition import rt

from browser.conftest import REPOSITORY, wait_until_quiet
from browser.test_pages import settle
from pbrt_geo.edition import CELL, content_hash
from pbrt_geo.seal import write_parquet
from pbrt_geo.show.packing import unpack
from pbrt_geo.text import LANGUAGES, number

NUMERATOR, DENOMINATOR = 54317, 87973
RATE = NUMERATOR / DENOMINATOR
ADDRESSES = (
    *("", "peta", "pertumbuhan", "perubahan", "cakupan"),
    *("profil", "batas", "penerbitan", "metode"),
)
VIEWS = (
    f"rt={rt(0)}&pilih={rt(0)}&bawah=distribution&batas=2006&kelas=quantile",
    f"pilih={rt(0)}&bawah=ranking&indikator=n_households&ukuran=n_households&banding=2006&bahasa=en",
)
FILES = ("CSV", "Excel", "GeoJSON", "GeoPackage", "Gambar PNG")
SECRETS = {
    "numerator": (NUMERATOR, ("54317", "54.317", "54,317")),
    "denominator": (DENOMINATOR, ("87973", "87.973", "87,973")),
    "rate": (RATE, ("0.6174", "0,6174", "61,7 %", "61.7%", "61,74", "61.74")),
}


@pytest.fixture(scope="module")
def shelves(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("shelves")
    write_public_shelf(folder / "public")
    shutil.copytree(folder / "public", folder / "internal")
    for edition in (folder / "internal").iterdir():
        _plant(edition)
    return {kind: folder / kind for kind in ("public", "internal")}


def _plant(edition: Path) -> None:
    """Make an internal edition of a public one, its figures of RTs the planted numbers."""
    values = pd.read_parquet(edition / "values.parquet")
    counts = {"n_households": NUMERATOR, "n_residents": DENOMINATOR, "density_km2": DENOMINATOR}
    planted = {"numerator": float(NUMERATOR), "denominator": float(DENOMINATOR)}
    values = values.assign(**planted, value=values["indicator"].map(counts).fillna(RATE))
    values = values.assign(known_rate=1.0, state="value")
    values.loc[values["area_id"] == rt(15), ["value", "numerator", "denominator"]] = 0.25, 5, 20
    columns = ["area_id", "level", "period", "indicator", *CELL]
    write_parquet(values[columns], edition / "values.parquet")
    about = json.loads((edition / "edition.json").read_text(encoding="utf-8"))
    about = {key: fact for key, fact in about.items() if key not in ("id", "disclosure")}
    about |= {"kind": "internal", "match": [], "conversions": []}
    about |= {"id": content_hash(about)}
    (edition / "edition.json").write_text(json.dumps(about), encoding="utf-8")


@pytest.fixture(scope="module")
def site(serve, shelves):
    """Where a planner works: internal editions, and public ones for meetings."""
    env = {"PBRT_EDITIONS": str(shelves["internal"]), "PBRT_PUBLIC": str(shelves["public"])}
    return serve(REPOSITORY / "dashboard" / "serve.py", env)


@pytest.fixture(scope="module")
def public_site(serve, shelves):
    """Where everybody may look: there are only public editions."""
    env = {"PBRT_EDITIONS": str(shelves["public"]), "PBRT_PUBLIC": str(shelves["public"])}
    return serve(REPOSITORY / "dashboard" / "serve.py", env)


# ── the search ──────────────────────────────────────────────────────────────────────────────────


def found_in(content: bytes, secrets: dict) -> set[str]:
    """Return which secrets are in something: as text, as binary numbers, or packed for the map."""
    text = content.decode("utf-8", errors="ignore").replace("\xa0", " ").replace("\\u00a0", " ")
    found = set()
    for name, (value, written) in secrets.items():
        binary = [struct.pack(form, value) for form in ("<d", ">d", "<f")]
        if float(value).is_integer():
            binary += [struct.pack(form, int(value)) for form in ("<i", ">i")]
        if any(word in text for word in written) or any(part in content for part in binary):
            found.add(name)
    return found | _packed(text, secrets)


def _packed(text: str, secrets: dict) -> set[str]:
    """Look into what the map is sent: all numbers of an indicator in one short text."""
    found = set()
    for packs in re.findall(r"'packs':(\[\{.*?\}\])", text):
        for values in unpack(json.loads(packs.replace("'", '"'))).values():
            found |= {name for name, (value, _) in secrets.items() if (values == value).any()}
    return found


def parts_of(file: Path) -> list[bytes]:
    """Return a file, and what is inside where it is a zip."""
    content = file.read_bytes()
    if not content.startswith(b"PK"):
        return [content]
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return [packed.read(name) for name in packed.namelist()]


def channels(page) -> dict[str, bytes]:
    """Return all that a page got and shows: messages, text of every frame, addresses, files."""
    log = page.log
    got = {f"frame {place}": frame for place, frame in enumerate(log.frames)}
    got |= {f"text {frame.url}": _text_of(frame).encode() for frame in page.frames}
    got |= {"address": page.url.encode(), "addresses": "\n".join(log.requests).encode()}
    own = {url for url in log.requests if "/app/static/" in url or "/media/" in url}
    return got | {url: page.request.get(url).body() for url in own}


def _text_of(frame) -> str:
    """Return what a frame says, its labels for screen readers among it; no coordinates."""
    shown = frame.evaluate("() => document.body.textContent")
    labels = "e => [e.ariaLabel, e.title, e.alt, e.value].filter(Boolean).join(' ')"
    every = f"() => [...document.querySelectorAll('*')].map({labels}).join('\\n')"
    return shown + frame.evaluate(every)


def leaks(page, secrets: dict = SECRETS) -> dict[str, set[str]]:
    """Return where secrets were found."""
    seen = {name: found_in(content, secrets) for name, content in channels(page).items()}
    return {name: found for name, found in seen.items() if found}


def opened(visit, site, address: str):
    """Open a page to its end, its maps drawn."""
    page = visit(f"{site.url}/{address}", height=1400)
    settle(page)
    wait_until_quiet(page)
    return page


def downloaded(page, folder: Path) -> dict[str, list[bytes]]:
    """Press every button that makes a file."""
    files = {}
    for label in FILES:
        with page.expect_download(timeout=30_000) as waiting:
            page.get_by_role("button", name=label, exact=True).click()
        file = folder / waiting.value.suggested_filename
        waiting.value.save_as(file)
        files[f"{label} {file.name}"] = parts_of(file)
    return files


# ── what must be there, and what must not ───────────────────────────────────────────────────────


def test_the_search_finds_what_internal_pages_hold(site, visit, tmp_path):
    page = opened(visit, site, f"peta?pilih={rt(0)}")
    seen = leaks(page)
    assert {"numerator", "denominator", "rate"} <= set.union(*seen.values())
    assert any(name.startswith("frame ") for name in seen)
    held = {
        label: set.union(*(found_in(part, SECRETS) for part in parts))
        for label, parts in downloaded(page, tmp_path).items()
    }
    assert all(found for label, found in held.items() if "PNG" not in label)
    packed = opened(visit, site, "peta").log.frames
    texts = [frame.decode("utf-8", errors="ignore") for frame in packed]
    assert set.union(*(_packed(text, SECRETS) for text in texts)) == {"numerator", "denominator"}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_meeting_holds_nothing_of_the_internal_edition(site, visit, address, view):
    page = opened(visit, site, f"{address}?{view}&rapat=1")
    assert page.get_by_text("bukan untuk dibagikan").count() == 0
    assert leaks(page) == {}
    assert site.url in page.url


def test_files_of_a_meeting_hold_nothing_of_the_internal_edition(site, visit, tmp_path):
    for level in ("rt", "desa"):
        page = opened(visit, site, f"peta?rapat=1&level={level}")
        for label, parts in downloaded(page, tmp_path).items():
            assert not any(found_in(part, SECRETS) for part in parts), label
        assert leaks(page) == {}


def test_nothing_of_the_internal_edition_comes_once_a_meeting_has_begun(site, visit):
    page = opened(visit, site, f"peta?pilih={rt(0)}")
    page.log.frames.clear()
    page.get_by_text("Mode rapat").click()
    page.wait_for_url(re.compile("rapat=1"))
    settle(page)
    wait_until_quiet(page)
    assert page.log.frames
    assert [found_in(frame, SECRETS) for frame in page.log.frames if found_in(frame, SECRETS)] == []


def figures_behind() -> dict:
    """What the small public edition was made from, of RTs: the rates to four digits."""
    secrets = {}
    for name in ("poverty_rate", "af_censored_rate:criterion_03", "coverage_rate:juru"):
        assert name in CLASSES
        for place in range(16):
            share = truth(name, "rt", place, 2008)
            written = [number(share, language, 4) for language in LANGUAGES]
            written += [number(100 * share, language, 2) for language in LANGUAGES]
            secrets[f"{name} {place}"] = (share, tuple(written))
    return secrets


@pytest.mark.parametrize("address", ADDRESSES)
def test_public_pages_hold_no_figure_behind_a_class(public_site, visit, address):
    page = opened(visit, public_site, f"{address}?{VIEWS[0]}")
    assert leaks(page, figures_behind()) == {}


def test_public_files_hold_no_figure_behind_a_class(public_site, visit, tmp_path):
    page = opened(visit, public_site, "peta")
    for label, parts in downloaded(page, tmp_path).items():
        assert not any(found_in(part, figures_behind()) for part in parts), label
