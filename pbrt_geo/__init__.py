"""Poverty, programmes and growth of neighbourhoods (RT), from boundaries and households to maps.

    region = pbrt_geo.read_region("geodata/sample")      # checked tables
    state = region.on(date(2008, 12, 31))                # what was true on a date
    pbrt_geo.poverty.poverty_rate(state, level="desa")   # one indicator, a Series by area
    pbrt_geo.build_edition(region, date(2008, 12, 31), "editions/2008")
    pbrt_geo.read_edition("editions/2008").column("poverty_rate", "rt")

Nothing here loads streamlit, folium, plotly or matplotlib; `pbrt_geo.show` does.
"""

from pbrt_geo import coverage, growth, population, poverty
from pbrt_geo.edition import Edition, read_edition, read_shelf
from pbrt_geo.growth import growth_table
from pbrt_geo.indicators import compute
from pbrt_geo.region import Region, read_region
from pbrt_geo.seal import build_edition
from pbrt_geo.state import State
from pbrt_geo.verification import compare_editions, verify_edition

__all__ = [
    "Edition",
    "Region",
    "State",
    "build_edition",
    "compare_editions",
    "compute",
    "coverage",
    "growth",
    "growth_table",
    "population",
    "poverty",
    "read_edition",
    "read_region",
    "read_shelf",
    "verify_edition",
]
