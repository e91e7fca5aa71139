"""Carrying people to the boundaries of another date, on the best evidence there is.

`place` finds for each household recorded on one date the RT that it would belong to on another.
The lineage says which RTs can hold it; where there are several, the list of households of the
other date decides, then the point of the house, then its neighbours in the same RT, and the land
as the last resort. What cannot be told is told: such households are `unplaced`.

Counts are carried with weights that add up to 1 for each household, so that none is lost and none
counts twice; rates are made again from the carried sums, never averaged.
"""

from pbrt_geo.crosswalk.placement import Placement, evidence_by_level
from pbrt_geo.crosswalk.placing import place
from pbrt_geo.crosswalk.totals import carry, carry_rate

__all__ = ["Placement", "carry", "carry_rate", "evidence_by_level", "place"]
