"""Whatever happens to RTs: no household is lost, doubled, or led where it did not go."""

from collections import Counter
from collections.abc import Callable
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from lineages import FIRST, History, Homes, histories

from pbrt_geo.codes import rt_id
from pbrt_geo.errors import LineageError
from pbrt_geo.lineage import Lineage, lineage_problems, read_lineage

N = 20  # kabupaten whose histories are read at once: 60 examples are 1,200 random lineages
MANY = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a seed does not shrink
)
FEW = settings(MANY, max_examples=15)


Spoilt = tuple[str, list[str], list[str], dict[str, object]]
Spoil = Callable[[History, pd.DataFrame, Random], Spoilt]


def read(history: History) -> Lineage:
    return read_lineage(history.events, history.units)


@MANY
@given(histories(N), st.data())
def test_every_household_lives_in_one_living_rt_and_links_follow_it(
    history: History, data: st.DataObject
) -> None:
    lineage = read(history)
    for day in Random(history.seed).sample(history.days, 12):
        living = lineage.on(day)
        assert living.index.is_unique
        assert living["parent_id"].to_dict() == history.desa[day]
        assert set(history.homes[day].values()) <= set(living.index)
    day = data.draw(st.sampled_from(history.days))
    _sums_agree(history.homes[day], lineage.on(day))
    first, last = (data.draw(st.sampled_from(history.days)) for _ in range(2))
    _links_follow(lineage, history, first, last)


def _sums_agree(homes: Homes, living: pd.DataFrame) -> None:
    """Households of a desa are those of its RTs, and all desa together have all there are."""
    per_rt = pd.Series(Counter(homes.values()), dtype=float).reindex(living.index, fill_value=0)
    per_desa = per_rt.groupby(living["parent_id"]).sum()
    assert per_desa.sum() == len(homes)
    direct = Counter(living["parent_id"].reindex(list(homes.values())))
    assert {desa: n for desa, n in per_desa.items() if n} == dict(direct)


def _links_follow(lineage: Lineage, history: History, first: object, last: object) -> None:
    links = lineage.links(first, last)
    pairs = set(zip(links["from_id"], links["to_id"], strict=True))
    assert len(pairs) == len(links)
    then, now = history.homes_on(first), history.homes_on(last)
    assert {(then[h], now[h]) for h in then.keys() & now.keys()} <= pairs
    back = lineage.links(last, first)
    assert {(b, a) for a, b in pairs} == set(zip(back["from_id"], back["to_id"], strict=True))
    assert links["from_id"].isin(lineage.on(first).index).all()
    assert links["to_id"].isin(lineage.on(last).index).all()
    stays = links[~links["moved"]]
    assert (stays["from_id"] == stays["to_id"]).all()
    assert (stays["n_ways"] == 1).all()
    kept = {rt for h, rt in then.items() if now.get(h) == rt}
    assert kept <= set(links.loc[links["from_id"] == links["to_id"], "from_id"])


@FEW
@given(histories(N), st.data())
def test_what_is_known_of_a_unit_agrees(history: History, data: st.DataObject) -> None:
    lineage = read(history)
    day = data.draw(st.sampled_from(history.days))
    lives, living = lineage.lives(date=day), set(history.desa_on(day))
    assert set(lives.index[lives["ended"].isna()]) == living
    assert lives["born"].isna().sum() == (lives["begun"] == pd.Timestamp(FIRST)).sum()
    unit = data.draw(st.sampled_from(list(lives.index)))
    ways = lineage.links(max(FIRST, lives.at[unit, "begun"].date()), day)
    if unit in living or unit in set(ways["from_id"]):
        expected = [unit] if unit in living else set(ways.loc[ways["from_id"] == unit, "to_id"])
        assert set(lineage.successors(unit, day)) == set(expected)
    for other in lineage.descendants(unit)["unit_id"]:
        assert unit in lineage.ancestors(other)["unit_id"].tolist()


@FEW
@given(histories(N), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(history: History, random: object) -> None:
    seed = random.randrange(2**31)  # type: ignore[attr-defined]
    first = read(history)
    events = history.events.sample(frac=1, random_state=np.random.default_rng(seed))
    second = read_lineage(events, history.units.iloc[::-1])
    pd.testing.assert_frame_equal(first.periods, second.periods)
    pd.testing.assert_frame_equal(first.events, second.events)
    pd.testing.assert_frame_equal(first.units, second.units)


# ── what the checks accept, and what they refuse ────────────────────────────────────────────────


@settings(MANY, max_examples=80)
@given(histories())
def test_no_order_of_events_that_is_accepted_loses_or_doubles_a_household(history: History) -> None:
    random = Random(history.seed)
    events = history.events.copy()
    days = [pd.Timestamp(history.days[-1]) + pd.Timedelta(days=n) for n in range(-400, 9)]
    for row in random.sample(range(len(events)), min(2, len(events))):
        if events["kind"][row] != "awal":
            events.loc[row, "date"] = random.choice(days)
    try:
        lineage = read_lineage(events, history.units)
    except LineageError as error:
        assert {problem.key for problem in error.problems} <= ORDER
        return
    homes: dict[str, set[str]] = {}
    last_of_day = dict(zip(lineage.events["date"], lineage.events.index, strict=True))
    parts = lineage.units.groupby(["event_id", "role"])["unit_id"].agg(list).to_dict()
    for event, kind, date in lineage.events[["kind", "date"]].itertuples():
        before, after = parts.get((event, "before"), []), parts.get((event, "after"), [])
        _carry(homes, random, kind, before, after, event)
        if event == last_of_day[date]:
            living = set(lineage.on(date).index)
            everybody = [household for of_rt in homes.values() for household in of_rt]
            assert len(everybody) == len(set(everybody))
            assert homes.keys() == living


ORDER = {
    *("lineage_unknown_unit", "lineage_ended_unit", "lineage_born_twice", "lineage_two_a_day"),
    *("lineage_across", "lineage_not_moved", "lineage_moved_aside", "lineage_kind_rule"),
}
"""What a wrong date can lead to."""


def _carry(
    homes: dict[str, set[str]],
    random: Random,
    kind: str,
    before: list[str],
    after: list[str],
    event: str,
) -> None:
    """Carry households through an event; `homes` fails on an RT that is not there."""
    givers = [rt for rt in before if kind != "bubar" or rt not in after]
    moving = [(household, rt) for rt in givers for household in sorted(homes.pop(rt))]
    for rt in after:
        homes.setdefault(rt, set())
    if not before:
        for rt in after:
            assert not homes[rt]
            homes[rt] = {f"{event} {rt} {n}" for n in range(2)}
    stays = kind in ("pindah", "ganti_nama", "ganti_nomor")
    for household, rt in moving if after else []:
        homes[rt if stays else random.choice(after)].add(household)


def _unknown(history: History, lives: pd.DataFrame, random: Random) -> Spoilt:
    return "ubah_batas", [rt_id("52.99", 1)], [], {}


def _ended(history: History, lives: pd.DataFrame, random: Random) -> Spoilt:
    return "bubar", [random.choice(list(lives.index[lives["ended"].notna()]))], [], {}


def _born_again(history: History, lives: pd.DataFrame, random: Random) -> Spoilt:
    return "bentuk", [], [random.choice(list(lives.index))], {}


def _twice_a_day(history: History, lives: pd.DataFrame, random: Random) -> Spoilt:
    unit = random.choice(list(lives.index))
    return "bubar", [unit], [], {"date": lives.loc[unit, ["begun", "ended"]].max()}


def _across(history: History, lives: pd.DataFrame, random: Random) -> Spoilt:
    desa = history.desa_on(history.days[-1])
    pairs = [[a, b] for a in desa for b in desa if desa[a] < desa[b]]
    pair = random.choice(pairs)
    return "gabung", pair, pair[:1], {"parent_id": desa[pair[0]]}


def _no_reason(history: History, lives: pd.DataFrame, random: Random) -> Spoilt:
    corrected = set(history.events["corrects"].dropna())
    free = [event for event in history.events["event_id"] if event not in corrected]
    return "batal", [], [], {"corrects": random.choice(free)}


def _ghost(history: History, lives: pd.DataFrame, random: Random) -> Spoilt:
    return "batal", [], [], {"corrects": "E9999998", "reason": "salah"}


@pytest.mark.parametrize(
    ("spoil", "key"),
    [
        (_unknown, "lineage_unknown_unit"),
        (_ended, "lineage_ended_unit"),
        (_born_again, "lineage_born_twice"),
        (_twice_a_day, "lineage_two_a_day"),
        (_across, "lineage_across"),
        (_no_reason, "lineage_no_reason"),
        (_ghost, "lineage_corrects_unknown"),
    ],
)
@settings(MANY, max_examples=6)
@given(history=histories(5))
def test_what_contradicts_is_refused_by_name(spoil: Spoil, key: str, history: History) -> None:
    lives = read(history).lives()
    kind, before, after, more = spoil(history, lives, Random(history.seed))
    late = pd.Timestamp(history.days[-1]) + pd.Timedelta(days=9)
    about = {"level": "rt", "source": "test", "kind": kind, "date": late, **more}
    parent = about.pop("parent_id", "52.07.01.2001")
    rows = [{"role": "before", "unit_id": unit} for unit in before]
    told = {"role": "after", "parent_id": parent, "number": "001", "name": "RT"}
    rows += [{"unit_id": unit, **told} for unit in after]
    new = "E9999999"
    events = pd.concat([history.events, pd.DataFrame([about | {"event_id": new}])])
    units = pd.concat([history.units, pd.DataFrame(rows).assign(event_id=new)])
    problems = {problem.key: problem for problem in lineage_problems(events, units)}
    assert key in problems
    for unit in [new, *before, *after]:
        assert unit in problems[key].text("id")
        assert unit in problems[key].text("en")
