"""Maps as images: something is drawn, with its legend, the same each time, names as they are."""

import io
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from small_edition import small_edition

from pbrt_geo.errors import EditionError
from pbrt_geo.show import drawing, image
from pbrt_geo.show.palette import class_shades, nothing_shade

SMALL = {"size": (8.0, 5.7), "dpi": 70}


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    return small_edition(folder=tmp_path_factory.mktemp("edition"))


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def n_of(colour: str, picture: np.ndarray) -> int:
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return int((picture == wanted).all(axis=2).sum())


def halves(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the part with the map and the part with the legend."""
    edge = int(picture.shape[1] * 0.7)
    return picture[:, :edge], picture[:, edge:]


def test_every_class_and_nothing_is_on_the_map_and_in_the_legend(edition):
    drawn, legend = halves(pixels(image.png_map(edition, "rt", "poverty_rate", **SMALL)))
    fills = [shade.fill for shade in class_shades(5)]
    used = [fills[0], *fills[2:], *(nothing_shade(s).fill for s in ("zero", "no_data"))]
    used.append(nothing_shade("undefined").fill)
    assert all(n_of(colour, drawn) > 100 for colour in used)
    assert all(n_of(colour, legend) > 50 for colour in {*fills, *used})


def test_withheld_and_not_yet_formed_differ_on_grey_paper(edition):
    def cell(state: str) -> np.ndarray:
        changed = small_edition(folder=edition.path)
        changed.values["state"] = changed.values["state"].replace("withheld", state)
        drawn, _ = halves(pixels(image.png_map(changed, "rt", "poverty_rate", **SMALL)))
        return drawn @ np.array([0.299, 0.587, 0.114])

    hatched, blank = cell("withheld"), cell("not_yet_formed")
    rows, columns = np.nonzero(np.abs(hatched - blank) > 30)
    y, x = int(np.median(rows)), int(np.median(columns))  # the middle of the cell
    inside = np.s_[y - 10 : y + 10, x - 10 : x + 10]
    assert len(rows) > 200
    assert hatched[inside].std() > 20
    assert blank[inside].std() == 0


def test_the_size_is_size_times_dpi(edition):
    content = image.png_map(edition, "desa", "poverty_rate", "en", size=(6.0, 4.0), dpi=50)
    assert pixels(content).shape == (200, 300, 3)


def test_a_focus_fills_the_map_and_greys_the_rest(edition):
    whole, _ = halves(pixels(image.png_map(edition, "rt", "poverty_rate", **SMALL)))
    near = image.png_map(edition, "rt", "poverty_rate", focus="52.07.01.2001", **SMALL)
    near_map, _ = halves(pixels(near))
    zero = nothing_shade("zero").fill
    assert n_of(zero, near_map) > n_of(zero, whole)
    assert n_of(class_shades(5)[4].fill, near_map) == 0


def test_equal_editions_give_equal_bytes_also_from_two_threads(edition):
    def draw(_: int) -> bytes:
        return image.png_map(edition, "desa", "poverty_rate", **SMALL)

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(draw, range(4)))) == 1


def test_no_figure_stays_in_pyplot(edition):
    image.png_map(edition, "kecamatan", "poverty_rate", **SMALL)
    assert (
        "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()
    )


def test_names_are_drawn_letter_by_letter(edition, monkeypatch):
    written = []
    original = drawing._drawable
    monkeypatch.setattr(drawing, "_drawable", lambda text: written.append(text) or original(text))
    image.png_map(edition, "rt", "poverty_rate", focus="52.07.01.2002", **SMALL)
    assert {"$x$ & $y$", "<img src=x"} & {text.split("\n")[0] for text in written}
    assert original("a\uff1d\u65e5") == "a\ufffd\ufffd"


def test_an_rt_in_focus_shows_no_count_in_a_meeting(edition, monkeypatch):
    written = []
    monkeypatch.setattr(drawing, "_drawable", lambda text: written.append(text) or text)
    for rapat in (False, True):
        written.clear()
        focus = "RT-5207-00010-0"
        image.png_map(edition, "rt", "poverty_rate", focus=focus, rapat=rapat, **SMALL)
        assert ("27 dari 150 jiwa" in "\n".join(written)) is not rapat


def test_a_level_without_polygons_says_so(edition, tmp_path, monkeypatch):
    bare = small_edition(folder=tmp_path)
    bare.areas["has_polygon"] = False
    written = []
    monkeypatch.setattr(drawing, "_drawable", lambda text: written.append(text) or text)
    assert image.png_map(bare, "desa", "poverty_rate", **SMALL)
    assert "Edisi ini tidak memuat batas wilayah untuk tingkat ini." in written


def test_an_unknown_indicator_is_refused(edition):
    with pytest.raises(EditionError):
        image.png_map(edition, "rt", "no_such_rate")
