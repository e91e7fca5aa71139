"""The lives of RT, RW, dusun, desa and kecamatan: from events to what was there on a date.

Events are never changed: a later row corrects an earlier one (`corrections`). Those that stand are
laid out by unit and day (`touches`) and checked (`rules`); `core` answers what lived when and who
came from whom. All of it is arithmetic on whole columns; nothing walks through events one by one.
"""

from pbrt_geo.lineage.core import Lineage, lineage_problems, read_lineage
from pbrt_geo.lineage.periods import events_from_periods, lineage_of, refuse_disagreement

__all__ = [
    "Lineage",
    "events_from_periods",
    "lineage_of",
    "lineage_problems",
    "read_lineage",
    "refuse_disagreement",
]
