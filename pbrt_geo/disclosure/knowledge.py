"""What a reader holds who kept everything: the claims of all public editions, and public facts.

Only public editions are taken at their word. Denominators, and how many households of an RT
changed between two dates, come from the internal edition, since a neighbour may know them.
"""

import datetime as dt
from collections.abc import Collection, Sequence

import pandas as pd

from pbrt_geo.disclosure.links import UNIT_OF, base_of, holding, links_of, members_of
from pbrt_geo.disclosure.model import CLAIM, Knowledge, Links, Snapshot
from pbrt_geo.edition import Edition
from pbrt_geo.schema import LEVELS

_TREE = ["level", "desa_id", "kecamatan_id", "kabupaten_id"]
_GROUPED = ("coverage_rate", "n_reached", "n_missed", "exclusion_error")

Others = dict[dt.date, tuple[set[str], pd.DataFrame]]
"""By earlier date: the indicators that were about other programmes then, and the programmes."""


def knowledge_of(internal: Edition, earlier: Sequence[Edition], table: pd.DataFrame) -> Knowledge:
    """
    Put together what a reader of a publication and of all earlier ones knows.

    Parameters
    ----------
    internal
        The internal edition that is to be published.
    earlier
        All public editions before it. Their dates are rounds of `internal.earlier`.
    table
        What is to be said of `internal`, as `statements.decide` gives it.

    Returns
    -------
    knowledge
        A family of programmes that had other members on an earlier date is another indicator
        there: its name ends in `@` and that date.
    """
    parts = [_claims(edition.values, edition) for edition in earlier]
    claims = pd.concat([*parts, _claims(table, internal)], ignore_index=True)
    claims = claims.drop_duplicates(ignore_index=True)
    others: Others = {
        edition.as_of: (_other_members(edition, internal), edition.programmes)
        for edition in earlier
    }
    dates = {internal.as_of, *others}
    return Knowledge(
        snapshots=_snapshots(internal, earlier, others),
        claims=_renamed(claims, others),
        turnover=_turnover(internal, dates, others),
        kin=_between(internal.kin, dates),
        links=_links(set(claims["indicator"]), internal, others),
    )


def _claims(table: pd.DataFrame, edition: Edition) -> pd.DataFrame:
    """Take the ranges out of a table; a held range is a claim about the date it is held from."""
    bases = table["indicator"].astype("str").map(base_of)
    said = table[bases.isin(UNIT_OF) & (table["state"].astype("str") == "value")]
    dates = said["since"].fillna(pd.Timestamp(edition.as_of)).dt.date
    claims = said.assign(date=dates, closed=said["closed"].astype(bool))
    return claims.astype({"level": "str", "area_id": "str", "indicator": "str"})[list(CLAIM)]


# ── looking up ──────────────────────────────────────────────────────────────────────────────────


def members(knowledge: Knowledge, before: dt.date, after: dt.date, group: int) -> list[str]:
    """Return the living RTs that a change between two dates is about."""
    kin = knowledge.kin
    kept = (kin["before"] == _day(before)) & (kin["after"] == _day(after)) & (kin["group"] == group)
    sides = {side: list(part["rt_id"]) for side, part in kin[kept].groupby("side")}
    if sides.get("after"):
        return heirs(knowledge, after, sides["after"])
    return heirs(knowledge, before, sides["before"])


def heirs(knowledge: Knowledge, date: dt.date, rt_ids: Collection[str]) -> list[str]:
    """
    Return the RTs of the newest date that are the kin of some RTs of a date.

    Where none lives any more, those of the same desa or else kecamatan or kabupaten: what is told
    of them and of the areas around them is all that can still be withheld.
    """
    newest, date = max(knowledge.snapshots), _day(date)
    if date == newest:
        return list(rt_ids)
    kin = knowledge.kin[(knowledge.kin["before"] == date) & (knowledge.kin["after"] == newest)]
    groups = kin.loc[(kin["side"] == "before") & kin["rt_id"].isin(rt_ids), "group"]
    found = list(kin.loc[(kin["side"] == "after") & kin["group"].isin(groups), "rt_id"])
    return found or _neighbours(knowledge, date, rt_ids)


def _neighbours(knowledge: Knowledge, date: dt.date, rt_ids: Collection[str]) -> list[str]:
    then, now = knowledge.snapshots[date].areas, knowledge.snapshots[max(knowledge.snapshots)].areas
    living = now[now["level"] == "rt"]
    for level in LEVELS[1:]:
        same = living[f"{level}_id"].isin(then.loc[list(rt_ids), f"{level}_id"])
        if same.any():
            return list(living.index[same])
    return list(living.index)


def told_by(knowledge: Knowledge, quantity: str) -> list[str]:
    """Return the indicators of today whose numerator a quantity is, or is part of."""
    return [
        name
        for name, numerator in knowledge.links.numerators.items()
        if "@" not in name and (name == quantity or quantity in dict(numerator.terms))
    ]


def _day(date: dt.date) -> dt.date:
    return pd.Timestamp(date).date()


# ── facts ───────────────────────────────────────────────────────────────────────────────────────


def _snapshots(
    internal: Edition, earlier: Sequence[Edition], others: Others
) -> dict[dt.date, Snapshot]:
    now = internal.values[internal.values["level"] == "rt"]
    found = {internal.as_of: Snapshot(internal.as_of, internal.areas[_TREE], _wide(now))}
    for edition in earlier:
        past = internal.earlier[internal.earlier["date"] == pd.Timestamp(edition.as_of)]
        names = {name: _at(name, edition.as_of) for name in others[edition.as_of][0]}
        denominators = _wide(past).rename(columns=names)
        found[edition.as_of] = Snapshot(edition.as_of, edition.areas[_TREE], denominators)
    return found


def _wide(table: pd.DataFrame) -> pd.DataFrame:
    """Return denominators by RT and protected indicator."""
    names = table["indicator"].astype("str")
    kept = table.assign(indicator=names)[names.map(base_of).isin(UNIT_OF)]
    kept = kept.astype({"area_id": "str"})
    return kept.pivot(index="area_id", columns="indicator", values="denominator")


def _between(table: pd.DataFrame, dates: set[dt.date]) -> pd.DataFrame:
    """Keep what lies between two dates on which something was published."""
    sides = [pd.to_datetime(table[side]).dt.date for side in ("before", "after")]
    kept = sides[0].isin(dates) & sides[1].isin(dates)
    return table.assign(before=sides[0], after=sides[1])[kept].reset_index(drop=True)


def _turnover(internal: Edition, dates: set[dt.date], others: Others) -> pd.DataFrame:
    """Leave out comparisons of a family with itself when it had other members."""
    table = _between(internal.turnover, dates)
    table = table.assign(indicator=table["indicator"].astype("str"))
    for date, (names, _) in others.items():
        touches = (table["before"] == date) | (table["after"] == date)
        table = table[~(touches & table["indicator"].isin(names))]
    return table.reset_index(drop=True)


# ── how indicators hang together, also when programmes begin or end ─────────────────────────────


def _links(names: Collection[str], internal: Edition, others: Others) -> Links:
    """Join the links of all dates; relations that the internal edition contradicts are left out."""
    links = links_of(sorted(names), internal.programmes)
    own = links_of(
        [name for name in sorted(names) if internal.has(name, "rt")], internal.programmes
    )
    contradicted = set(own.relations) - set(holding(own, internal).relations)
    numerators, relations = dict(links.numerators), dict.fromkeys(links.relations)
    whole, unit = set(links.whole), dict(links.unit)
    for date, (indicators, programmes) in others.items():
        past = links_of(sorted(indicators & set(names)), programmes)
        numerators |= {_at(name, date): parts for name, parts in past.numerators.items()}
        relations |= dict.fromkeys(past.relations)
        whole |= past.whole
        unit |= past.unit
    kept = tuple(relation for relation in relations if relation not in contradicted)
    return Links(numerators, kept, frozenset(whole), unit)


def _other_members(edition: Edition, internal: Edition) -> set[str]:
    """Return the indicators that were about other programmes on the date of an earlier edition."""
    then, now = edition.programmes, internal.programmes
    targeted = [set(table.index[table["target"] != "all"]) for table in (then, now)]
    found = {"none_reached_rate"} if targeted[0] != targeted[1] else set()
    past = internal.earlier[internal.earlier["date"] == pd.Timestamp(edition.as_of)]
    for name in past["indicator"].astype("str").unique():
        base, _, member = name.partition(":")
        if base in _GROUPED and members_of(member, then) != members_of(member, now):
            found.add(name)
    return found


def _at(name: str, date: dt.date) -> str:
    return f"{name}@{date.isoformat()}"


def _renamed(claims: pd.DataFrame, others: Others) -> pd.DataFrame:
    """Name the claims about a family as it was on their date."""
    is_other = [
        date in others and name in others[date][0]
        for date, name in zip(claims["date"], claims["indicator"], strict=True)
    ]
    dated = claims["indicator"] + "@" + claims["date"].astype("str")
    return claims.assign(indicator=claims["indicator"].mask(pd.Series(is_other, dtype=bool), dated))
