"""Charts of editions: plotly figures for dashboards and notebooks; nothing here knows a page.

Every function takes an edition, or a shelf of them, and a `Look`; it returns a figure with a title
(`title_of`) and an alternative text (`alt_text`). In a meeting (`Look(rapat=True)`) nothing shows
a figure of a single RT, only its class.
"""

from pbrt_geo.show.charts.areas import distribution, ranking
from pbrt_geo.show.charts.change import change_ranking
from pbrt_geo.show.charts.classed import Cut, class_counts
from pbrt_geo.show.charts.coverage import (
    coverage_by_area,
    coverage_by_group,
    overlaps,
    targeting_errors,
)
from pbrt_geo.show.charts.family import silsilah
from pbrt_geo.show.charts.growth import (
    births_by_area,
    births_by_kind,
    births_table,
    rt_counts,
)
from pbrt_geo.show.charts.profile import dimensions, years
from pbrt_geo.show.charts.rule import splits
from pbrt_geo.show.charts.scatter import scatter
from pbrt_geo.show.charts.style import CONFIG, Look, alt_text, title_of
from pbrt_geo.show.charts.waterfall import births_and_ends

__all__ = [
    "CONFIG",
    "Cut",
    "Look",
    "alt_text",
    "births_and_ends",
    "births_by_area",
    "births_by_kind",
    "births_table",
    "change_ranking",
    "class_counts",
    "coverage_by_area",
    "coverage_by_group",
    "dimensions",
    "distribution",
    "overlaps",
    "ranking",
    "rt_counts",
    "scatter",
    "silsilah",
    "splits",
    "targeting_errors",
    "title_of",
    "years",
]
