"""What a public edition would say, before it is attacked and sealed: a view for planners."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from pbrt_geo.disclosure.refusals import check_order
from pbrt_geo.disclosure.rule import Rule
from pbrt_geo.disclosure.statements import decide
from pbrt_geo.disclosure.writing import public_indicators, public_values
from pbrt_geo.edition import Edition


@dataclass(frozen=True)
class Preview(Edition):
    """
    A public edition that is in no folder; behaves as one for maps.

    `said` is what `statements.decide` gives: why each figure is withheld, too.
    """

    said: pd.DataFrame

    @cached_property
    def values(self) -> pd.DataFrame:
        """All numbers, as they would be public."""
        return public_values(self, self.said)


def preview(internal: Edition, earlier: Sequence[Edition], rule: Rule) -> Preview:
    """
    Decide what would be said, without attacking it.

    Raises
    ------
    PublicationError
        If `internal` could not be published beside `earlier` whatever the rule.
    """
    check_order(internal, earlier)
    said = decide(internal, earlier, rule)
    about = internal.about | {
        "kind": "public",
        "indicators": public_indicators(internal, said, rule),
    }
    return Preview(internal.path, about, said)
