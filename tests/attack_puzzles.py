"""Small public knowledge for the tests of the attack, drawn as text."""

import datetime as dt

import pandas as pd

from pbrt_geo.disclosure.model import CLAIM, Knowledge, Links, Numerator, Relation, Snapshot

A, B, C = dt.date(2008, 10, 31), dt.date(2008, 11, 30), dt.date(2008, 12, 31)
DATES = {"A": A, "B": B, "C": C}
NEEDED = {"household": 5, "resident": 16}
LEVELS = ("rt", "desa", "kecamatan", "kabupaten")


def rate(*names, whole=None, relations=(), weights=None, unit="household"):
    """Links of indicators that are each a quantity of their own."""
    numerators = {name: Numerator(((name, 1.0),)) for name in names}
    told = frozenset(names if whole is None else whole)
    return Links(
        numerators,
        tuple(Relation(tuple(terms.items()), equal) for terms, equal in relations),
        told,
        dict.fromkeys(names, unit),
    )


def tree(text):
    """Areas from lines `kecamatan desa: RT RT …`; the kabupaten is `Kab`."""
    rows = {"Kab": {"level": "kabupaten", "kabupaten_id": "Kab"}}
    for line in text.strip().splitlines():
        place, _, rts = line.partition(":")
        kecamatan, desa = place.split()
        above = {"kabupaten_id": "Kab", "kecamatan_id": kecamatan}
        rows[kecamatan] = {"level": "kecamatan"} | above
        rows[desa] = {"level": "desa", "desa_id": desa} | above
        for rt in rts.split():
            rows[rt] = {"level": "rt", "desa_id": desa} | above
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("area_id")


def snapshot(date, areas, **denominators):
    """One date; `denominators` as a number for all RTs, or a mapping by RT."""
    areas = tree(areas) if isinstance(areas, str) else areas
    rts = areas.index[areas["level"] == "rt"]
    columns = {name: pd.Series(told, index=rts, dtype=float) for name, told in denominators.items()}
    return Snapshot(date, areas, pd.DataFrame(columns, index=rts))


def claims(text):
    """Claims from lines `date area indicator low high`; `high]` for a closed end."""
    rows = []
    for line in text.strip().splitlines():
        date, area, indicator, low, high = line.split()
        closed = high.endswith("]")
        rows.append((DATES[date], area, indicator, float(low), float(high.rstrip("]")), closed))
    columns = ["date", "area_id", "indicator", "low", "high", "closed"]
    return pd.DataFrame(rows, columns=columns)


def turnover(text):
    """Changes from lines `before after RT indicator n_changed bound`."""
    rows = [line.split() for line in text.strip().splitlines()]
    table = pd.DataFrame(
        rows, columns=["before", "after", "rt_id", "indicator", "n_changed", "bound"]
    )
    for side in ("before", "after"):
        table[side] = pd.to_datetime(table[side].map(DATES))
    return table.astype({"n_changed": int, "bound": float})


def knowledge(links, snapshots, said, changed="", kin=None):
    """Put together what the attacker holds; RTs are their own kin where `kin` is not given."""
    dates = {snapshot.date: snapshot for snapshot in snapshots}
    told = claims(said)
    level = {d: s.areas["level"] for d, s in dates.items()}
    told["level"] = [
        level[d].get(area, "desa") for d, area in zip(told["date"], told["area_id"], strict=True)
    ]
    kin = own_kin(dates) if kin is None else kin
    moved = turnover(changed)
    keys = ["before", "after", "rt_id"]
    group = kin.drop_duplicates(keys).set_index(keys)["group"].to_dict()
    moved["group"] = [group[tuple(row)] for row in moved[keys].itertuples(index=False)]
    columns = ["before", "after", "group", "indicator", "n_changed", "bound"]
    return Knowledge(dates, told[list(CLAIM)], moved[columns], kin, links)


def own_kin(snapshots, groups=None):
    """Every RT a group of its own, but for RTs that `groups` gives a common name."""
    rows = []
    dates = sorted(snapshots)
    for i, before in enumerate(dates):
        for after in dates[i + 1 :]:
            for side, date in (("before", before), ("after", after)):
                areas = snapshots[date].areas
                rts = areas.index[areas["level"] == "rt"]
                names = pd.Series(rts, index=rts).replace(groups or {})
                rows.append(
                    pd.DataFrame({"rt_id": rts, "name": names.to_numpy(), "side": side}).assign(
                        before=pd.Timestamp(before), after=pd.Timestamp(after)
                    )
                )
    if not rows:
        return pd.DataFrame({c: [] for c in ("before", "after", "group", "side", "rt_id")})
    table = pd.concat(rows, ignore_index=True)
    table["group"] = pd.factorize(table.pop("name"))[0]
    return table
