"""The editions of the schematic region, built once for all tests that show them."""

from pathlib import Path

from pbrt_geo.edition import read_shelf
from pbrt_geo.region import read_region
from pbrt_geo.seal import build_edition

SAMPLE = Path(__file__).resolve().parents[1] / "geodata" / "sample"


def sample_shelf(folder: Path) -> Path:
    """Build the editions of all rounds of the sample in `folder`."""
    region = read_region(SAMPLE)
    for date in region.rounds:
        build_edition(region, date, folder / date.isoformat())
    assert len(read_shelf(folder)) == len(region.rounds)
    return folder
