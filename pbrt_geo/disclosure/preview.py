"""What a public edition would say, before it is attacked and sealed: a view for planners."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from pbrt_geo.disclosure.frontier import only
from pbrt_geo.disclosure.lots import Lots
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


def preview(
    internal: Edition, earlier: Sequence[Edition], rule: Rule, bases: Collection[str] = ()
) -> Preview:
    """
    Decide what would be said, without attacking it; of some indicators alone where `bases` are.

    Raises
    ------
    PublicationError
        If `internal` could not be published beside `earlier` whatever the rule.
    """
    check_order(internal, earlier)
    drawn = Lots(internal, rule).drawn()
    asked = only(rule, bases) if bases else rule
    said = decide(internal, earlier, asked, drawn)
    about = internal.about | {
        "kind": "public",
        "indicators": public_indicators(internal, said, asked),
    }
    return Preview(internal.path, about, said)
