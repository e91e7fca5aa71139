"""Publishing: what a public edition holds and does not, and when there is none."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from districts import random_shelf

from pbrt_geo.cli import main
from pbrt_geo.disclosure import publish as publishing
from pbrt_geo.disclosure.attack import CELLS, CHANGES, Findings, attack
from pbrt_geo.disclosure.inherited import Inheritance
from pbrt_geo.disclosure.knowledge import heirs, knowledge_of
from pbrt_geo.disclosure.lots import Lots
from pbrt_geo.disclosure.publish import public_shelf, publish
from pbrt_geo.disclosure.rule import read_rule
from pbrt_geo.disclosure.statements import decide
from pbrt_geo.edition import read_edition
from pbrt_geo.errors import PublicationError
from pbrt_geo.verification import verify_edition

PLANTED = 987654
DESIL = "desil_1_4_rate"


@pytest.fixture(scope="module")
def internal(tmp_path_factory):
    """Three internal editions of a small district with RTs that split and merge."""
    folder = tmp_path_factory.mktemp("district") / "internal"
    return random_shelf(
        np.random.default_rng(5), 3, folder, n_desa=(3, 3), n_rt=(3, 5), n_households=(30, 60)
    )


@pytest.fixture(scope="module")
def public(internal, tmp_path_factory):
    """The same published, one after the other."""
    folder = tmp_path_factory.mktemp("public")
    for edition in internal:
        publish(edition, folder / edition.path.name, public_shelf(folder))
    return public_shelf(folder)


def tables(edition):
    """Every table but shapes, which are copied."""
    read = {f.name: pd.read_parquet(f) for f in sorted(edition.path.glob("*.parquet"))}
    return {name: table.drop(columns="geometry", errors="ignore") for name, table in read.items()}


# ── what is in it ───────────────────────────────────────────────────────────────────────────────


def test_it_is_whole_public_and_of_the_same_date(internal, public):
    for inside, outside in zip(internal, public, strict=True):
        assert verify_edition(outside.path) == []
        assert outside.is_public
        assert outside.as_of == inside.as_of
        assert outside.ids("rt").equals(inside.ids("rt"))


def test_the_same_input_gives_the_same_bytes(internal, public, tmp_path):
    again = publish(internal[2], tmp_path / "again", public[:2])
    assert again.id == public[2].id
    for file in sorted(public[2].path.iterdir()):
        assert file.read_bytes() == (again.path / file.name).read_bytes(), file.name


def test_no_count_denominator_or_true_rate_is_in_any_file(internal, public):
    protected = [entry.base for entry in read_rule().entries]
    for inside, outside in zip(internal, public, strict=True):
        values = inside.values[inside.values["indicator"].astype("str").map(
            lambda name: name.partition(":")[0] in protected
        )]  # fmt: skip
        true = values["value"].dropna().to_numpy()
        true = true[np.abs(true * 1000 - np.round(true * 1000)) > 1e-6]  # no limit of any range
        assert len(true) > 50 and np.isin(inside.values["value"], true).any()
        for name, table in tables(outside).items():
            for column in table.select_dtypes("number"):
                near = np.abs(table[column].dropna().to_numpy()[:, None] - true[None, :])
                near = np.nanmin(near, initial=1)
                assert near > 1e-9, (name, column)
        said = outside.values
        assert said[["numerator", "denominator", "known_rate"]].isna().all(axis=None)
        numbers = re.findall(r"\d+\.\d{4,}", json.dumps(outside.about))
        assert not [n for n in numbers if np.abs(float(n) - true).min() < 1e-4]


def test_true_numbers_lie_in_the_ranges(internal, public):
    for inside, outside in zip(internal, public, strict=True):
        said = outside.values[outside.values["since"] == pd.Timestamp(outside.as_of)]
        keys = ["area_id", "level", "indicator"]
        both = said.astype(dict.fromkeys(keys, "str")).merge(
            inside.values.astype(dict.fromkeys(keys, "str")), on=keys, suffixes=("", "_true")
        )
        both = both[both["state"] == "value"]
        high = both["high"].fillna(np.inf)
        assert (both["value_true"] >= both["low"] - 1e-9).all()
        assert (both["value_true"] <= high + 1e-9).all()


def test_what_was_planted_beside_the_numbers_is_not_copied(internal, tmp_path):
    first = internal[0]
    edition = replace(first, about=first.about | {"match": [{"n_rows": PLANTED}]})
    events = first.events.reset_index().reindex([0]).assign(
        event_id="E1", note=f"{PLANTED} keluarga pindah", reason=f"{PLANTED}"
    )  # fmt: skip
    edition.__dict__["events"] = events.set_index("event_id")
    made = publish(edition, tmp_path / "made")
    assert str(PLANTED) not in json.dumps(made.about)
    for table in tables(made).values():
        assert not table.astype("str").apply(lambda c: c.str.contains(str(PLANTED))).any(axis=None)


def test_the_internal_edition_is_not_named(internal, public):
    for inside, outside in zip(internal, public, strict=True):
        text = json.dumps(outside.about)
        assert inside.id not in text
        assert inside.about["files"]["values.parquet"] not in text
        assert not {"match", "conversions", "not_converted"} & outside.about.keys()


def test_empty_tables_have_their_columns(public):
    edition = public[2]
    for name in ("converted", "crosswalk", "turnover", "kin", "earlier", "overlaps"):
        assert len(getattr(edition, name)) == 0
    assert list(edition.kin.columns) == ["before", "after", "group", "side", "rt_id"]


def test_the_certificate_tells_what_was_attacked(internal, public):
    certificate = public[2].about["disclosure"]["certificate"]
    assert certificate["dates"] == [edition.as_of.isoformat() for edition in internal]
    assert certificate["narrowest"]["household"] >= 5
    assert certificate["narrowest"]["resident"] >= 16
    counts = certificate["shown"]["desil_1_4_rate"]["rt"]
    assert sum(counts[:3]) == len(public[2].ids("rt"))
    assert certificate["not_public"]["inclusion_error"]["en"]
    assert public[2].about["disclosure"]["rule"]["needed"] == {"household": 5, "resident": 16}


def test_classes_of_rts_stand_with_the_indicator(public):
    told = public[0].indicator("desil_1_4_rate").classes
    assert told == read_rule().entry("desil_1_4_rate").classes != ()
    households = public[0].indicator("n_households")
    assert households.classes == households.breaks
    assert public[0].indicator("n_poor").classes == ()


# ── when there is none ──────────────────────────────────────────────────────────────────────────


def refused(internal, earlier, out, rule=None):
    with pytest.raises(PublicationError) as error:
        publish(internal, out, earlier, rule)
    assert not out.exists()
    assert not list(out.parent.glob(".edition-*"))
    return error.value


def test_what_cannot_be_judged_is_refused(internal, public, tmp_path):
    out = tmp_path / "none"
    elsewhere = replace(public[0], about=public[0].about | {"region": {"id": "other"}})
    old = replace(internal[2], about=internal[2].about | {"format": 2})
    blind = replace(internal[2])
    blind.__dict__["earlier"] = internal[2].earlier.iloc[:0]
    cases = {
        "publish_not_internal": (public[0], []),
        "publish_old_format": (old, public[:1]),
        "publish_beside_internal": (internal[2], internal[:1]),
        "publish_other_region": (internal[2], [elsewhere]),
        "publish_same_date": (internal[0], public[:1]),
        "publish_not_in_order": (internal[0], public[1:2]),
        "publish_turnover_missing": (blind, public[:1]),
    }
    for key, (edition, earlier) in cases.items():
        error = refused(edition, earlier, out)
        assert error.problems[0].key == key
        assert error.text("id") != error.text("en")


def test_an_edition_that_repeats_another_needs_it(internal, public, tmp_path):
    since = public[1].values["since"].dropna()
    assert (since < pd.Timestamp(public[1].as_of)).any(), "the district holds nothing"
    error = refused(internal[2], public[1:2], tmp_path / "none")
    assert error.problems[0].key == "publish_source_missing"
    assert public[0].as_of.isoformat() in error.text("en")


def narrow(rule):
    """A rule that asks for almost nothing and tells shares to a fiftieth."""
    fine = tuple(round(n / 50, 2) for n in range(1, 50))
    entries = tuple(replace(e, classes=fine) if e.classes else e for e in rule.entries)
    return replace(rule, entries=entries).with_values(household=1, resident=1)


def test_a_leaky_rule_is_refused_with_the_name_of_the_leak(internal, tmp_path):
    error = refused(internal[0], [], tmp_path / "none", narrow(read_rule()))
    problem = error.problems[0]
    assert problem.key == "publish_leak"
    told = error.text("en")
    assert f"`{problem.facts['indicator']}`" in told
    assert "`af_headcount_rate` (RT, Desa/kelurahan" in told
    assert re.search(r"\(RT-5207-\d{5}-\d\)", told), "no area is named"
    assert "widen the classes" in told
    assert "perlebar kelas" in error.text("id")


# ── withholding around a leak ───────────────────────────────────────────────────────────────────


def leaking(edition, rt, quantity, until):
    """Return an attack that also finds a leak, until the claims are as wanted."""

    def found(knowledge, needed, **options):
        findings = attack(knowledge, needed, **options)
        if until(knowledge.claims):
            return findings
        row = {"date": pd.Timestamp(edition.as_of), "rt_id": rt, "quantity": quantity}
        cells = pd.DataFrame([row | {"n_possible": 1, "needed": 5}]).reindex(columns=list(CELLS))
        return replace(findings, cells=cells)

    return found


def without(desa):
    return lambda claims: not ((claims["area_id"] == desa) & claims["indicator"].eq(DESIL)).any()


def test_around_a_leak_the_desa_and_its_rts_are_withheld(internal, tmp_path, monkeypatch):
    edition = internal[0]
    rt = edition.ids("rt")[0]
    desa = edition.areas.at[rt, "desa_id"]
    rule = read_rule().without_lots()
    plain = publish(edition, tmp_path / "plain", rule=rule)
    monkeypatch.setattr(publishing, "attack", leaking(edition, rt, "desil_1_4", without(desa)))
    made = publish(edition, tmp_path / "made", rule=rule)
    inside = edition.areas.index[edition.areas["desa_id"] == desa]
    gone = {(name, DESIL) for name in inside}
    key = ["area_id", "indicator"]
    told = made.values.astype(dict.fromkeys(key, "str")).set_index(key)
    before = plain.values.astype(dict.fromkeys(key, "str")).set_index(key)
    assert (before.loc[sorted(gone), "state"] == "value").any()
    assert (told.loc[sorted(gone), "state"] != "value").all()
    others = [name for name in before.index if name not in gone and name[1] != DESIL]
    assert told.loc[others].equals(before.loc[others])
    assert made.about["disclosure"]["certificate"]["n_fallbacks"] == len(gone)


def test_nobody_can_tell_a_leak_from_a_lot(internal, tmp_path, monkeypatch):
    edition = internal[0]
    rt = edition.ids("rt")[0]
    desa = edition.areas.at[rt, "desa_id"]
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "attack", leaking(edition, rt, "desil_1_4", without(desa)))
        leaked = publish(edition, tmp_path / "leaked")
    drawn = Lots(edition, read_rule()).drawn() | Lots(edition, read_rule()).around(rt, {DESIL}, 0)
    monkeypatch.setattr(Lots, "drawn", lambda self: drawn)
    by_lot = publish(edition, tmp_path / "by_lot")
    assert leaked.id == by_lot.id


def test_after_the_desa_comes_what_is_above_it(internal, tmp_path, monkeypatch):
    edition = internal[0]
    rt = edition.ids("rt")[0]
    above = edition.areas.at[rt, "kecamatan_id"]
    attacked = leaking(edition, rt, "desil_1_4", without(above))
    monkeypatch.setattr(publishing, "attack", attacked)
    made = publish(edition, tmp_path / "made", rule=read_rule().without_lots())
    assert made.column(DESIL, "kecamatan").at[above, "state"] == "withheld"
    assert made.column(DESIL, "kabupaten")["state"].eq("value").all()


def test_at_last_a_family_is_withheld_everywhere(internal, tmp_path, monkeypatch):
    edition = internal[0]
    rt = edition.ids("rt")[0]
    attacked = leaking(
        edition, rt, "desil_1_4", lambda claims: DESIL not in set(claims["indicator"])
    )
    monkeypatch.setattr(publishing, "attack", attacked)
    made = publish(edition, tmp_path / "made", rule=read_rule().without_lots())
    values = made.values[made.values["indicator"] == DESIL]
    assert not values["state"].eq("value").any()
    assert made.values["state"].eq("value").any()


def test_a_leak_that_nothing_stops_is_refused(internal, tmp_path, monkeypatch):
    edition = internal[0]
    rt = edition.ids("rt")[0]

    def always(knowledge, needed, **_):
        row = {"date": pd.Timestamp(edition.as_of), "rt_id": rt, "quantity": "desil_1_4"}
        row |= {"n_possible": 1, "needed": 5}
        cells = pd.DataFrame([row]).reindex(columns=list(CELLS))
        nothing = pd.DataFrame({name: [] for name in CHANGES})
        return Findings(cells, nothing, 0, dict(knowledge.links.unit), dict(needed))

    monkeypatch.setattr(publishing, "attack", always)
    monkeypatch.setattr(Inheritance, "added", lambda self, leaks, knowledge: leaks)
    assert refused(edition, [], tmp_path / "none").problems[0].key == "publish_leak"


def test_a_leak_that_was_there_before_is_counted_and_does_not_refuse(
    internal, public, tmp_path, monkeypatch
):
    rt = internal[0].ids("rt")[0]
    never = leaking(internal[0], rt, "desil_1_4", lambda claims: False)
    monkeypatch.setattr(publishing, "attack", never)
    asked = []

    def nothing_added(self, leaks, knowledge):
        asked.append(leaks)
        return leaks.iloc[:0]

    monkeypatch.setattr(Inheritance, "added", nothing_added)
    made = publish(internal[2], tmp_path / "made", public[:2])
    assert len(asked) == 1
    assert made.about["disclosure"]["certificate"]["n_inherited"] == 1
    told = made.values.drop(columns="since")
    pd.testing.assert_frame_equal(told, public[2].values.drop(columns="since"))


def test_a_leak_about_an_rt_that_ended_is_one_of_its_neighbours(internal, public):
    table = decide(internal[2], public[:2], read_rule())
    knowledge = knowledge_of(internal[2], public[:2], table)
    then = internal[0].as_of
    gone = internal[0].ids("rt")[0]
    kin = knowledge.kin
    group = kin[(kin["before"] == then) & (kin["rt_id"] == gone)].iloc[0]
    dead = kin[
        ~((kin["before"] == then) & (kin["group"] == group["group"]) & (kin["side"] == "after"))
    ]
    found = heirs(replace(knowledge, kin=dead), then, [gone])
    desa = internal[0].areas.at[gone, "desa_id"]
    assert found
    assert set(internal[2].areas.loc[found, "desa_id"]) == {desa}


# ── the command ─────────────────────────────────────────────────────────────────────────────────


def test_the_command_publishes_beside_what_is_there(internal, tmp_path, capsys):
    shelf = tmp_path / "shelf"
    for edition in internal[:2]:
        out = shelf / edition.path.name
        assert (
            main(["--lang", "en", "edition", "publish", str(edition.path), "--out", str(out)]) == 0
        )
        assert "Public edition sealed" in capsys.readouterr().out
    dates = read_edition(out).about["disclosure"]["certificate"]["dates"]
    assert dates == [edition.as_of.isoformat() for edition in internal[:2]]
    again = ["--lang", "en", "edition", "publish", str(internal[1].path), "--out", str(out)]
    assert main(again) == 1
    assert "There is a public edition of" in capsys.readouterr().err
    alone = tmp_path / "alone" / "edition"
    empty = tmp_path / "empty"
    empty.mkdir()
    words = ["edition", "publish", str(internal[1].path), "--out", str(alone)]
    assert main([*words, "--earlier", str(empty)]) == 0
    assert len(read_edition(alone).about["disclosure"]["certificate"]["dates"]) == 1
