"""People of the registry as the tables of an edition, on any date."""

import datetime as dt

import pandas as pd
import pytest
from sqlalchemy import select

from pbrt_geo import schema
from pbrt_geo.errors import SchemaError
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.findings import read_evidence_rule
from pbrt_geo.registry.invented import fill_from
from pbrt_geo.registry.rights import COMMAND, PUBLIC, Actor, NotAllowed
from pbrt_geo.registry.rounds import people_on, region_with_people
from pbrt_geo.seal import build_edition
from registry.people_regions import ROUNDS, Village, part_of_sample
from registry.registries import KABUPATEN, ON, RTS

RT1, RT2, *_ = RTS
DAY = dt.timedelta(days=1)
ALL = Actor("perencana", "bappeda", KABUPATEN)


# ── there and back ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def straight(tmp_path_factory):
    """The edition of the region itself."""
    return build_edition(part_of_sample(), ROUNDS[-1], tmp_path_factory.mktemp("straight") / "e")


@pytest.fixture
def filled(registry):
    fill_from(registry, part_of_sample())
    return registry


def test_an_edition_from_the_registry_has_the_numbers_of_the_region(filled, straight, tmp_path):
    again = region_with_people(part_of_sample(), filled, ALL, ROUNDS)
    back = build_edition(again, ROUNDS[-1], tmp_path / "back")
    hashes = [e.about["files"] for e in (straight, back)]
    differing = {name for name in hashes[0] if hashes[0][name] != hashes[1][name]}
    # a house has coordinates only while nobody moved, so that places of earlier dates are rougher
    assert differing <= {"converted.parquet", "crosswalk.parquet"}
    assert straight.about["match"] == back.about["match"]
    source = back.about["sources"][-1]
    assert source["what"]["id"] == "Keluarga dan penduduk"
    assert "paling lama 2 tahun sejak didata (UU 13/2011 pasal 8)" in source["text"]["id"]


def test_each_round_comes_back_as_it_was(filled):
    region, back = part_of_sample(), people_on(filled, COMMAND, ROUNDS)
    for table in (schema.HOUSEHOLDS, schema.RESIDENTS):
        names = [c.name for c in table.columns if not c.name.endswith("hold_id")]
        names = [name for name in names if name not in ("resident_id", "lon", "lat")]
        old, new = region.tables[table.name][names], back[table.name][names]
        pd.testing.assert_frame_equal(old, new, check_dtype=False)


def test_pseudonyms_hold_nothing_of_a_person(filled):
    back = people_on(filled, COMMAND, ROUNDS)
    assert back["households"]["household_id"].str.fullmatch(r"H\d{7}").all()
    assert back["residents"]["resident_id"].str.fullmatch(r"P\d{7}").all()
    with filled.read(COMMAND, ROUNDS[-1]) as reading:
        seen = reading.visible(t.residents)
        told = [row["name"] for row in reading.rows(select(seen.c.name).distinct())]
    text = "".join(table.to_csv() for table in back.values())
    assert told
    assert not [name for name in told if name in text]
    assert "529901" not in text


# ── one household at a time ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def village(sample_places):
    return Village(sample_places)


def test_a_household_is_there_while_it_lives_in_an_rt(village):
    home = village.household(RT1, since=ON, until=ON + 10 * DAY)
    village.member(home)
    village.lives(home, RT2, ON + 10 * DAY, cause="moved")
    days = (ON - DAY, ON, ON + 9 * DAY, ON + 10 * DAY)
    homes = village.on(*days)["households"]
    told = list(zip(homes["as_of"].dt.date, homes["rt_id"], strict=True))
    assert told == [(days[1], RT1), (days[2], RT1), (days[3], RT2)]


def test_a_house_has_coordinates_unless_its_people_moved_since(village):
    moved = village.household(lon=116.9, lat=-8.8, until=ON + DAY)
    village.lives(moved, RT2, ON + DAY, cause="moved")
    regrouped = village.household(lon=116.8, lat=-8.7, until=ON + DAY)
    village.lives(regrouped, RT2, ON + DAY, cause="recorded")
    for home in (moved, regrouped):
        village.member(home)
    homes = village.on(ON, ON + DAY)["households"]
    assert list(homes["lon"].fillna(0)) == [0, 116.8, 116.9, 116.8]


def test_members_by_name_count(village):
    home = village.household()
    village.member(home, until=ON + DAY)
    village.member(home, death_date=ON + 2 * DAY)
    village.member(home, since=ON + DAY, cause="born")
    assert village.sizes(ON, ON + DAY, ON + 2 * DAY) == [2, 2, 1]
    assert len(village.on(ON + 2 * DAY)["residents"]) == 1


def test_who_was_counted_and_never_named_counts_too(village):
    home = village.household()
    village.member(home)
    village.found(home, n_residents=5)
    village.member(home, since=ON + DAY, cause="born")
    village.member(home, since=ON + 2 * DAY, cause="recorded")  # named at last
    assert village.sizes(ON, ON + DAY, ON + 2 * DAY) == [5, 6, 6]


def test_who_left_is_not_taken_for_somebody_never_named(village):
    home = village.household()
    village.found(home, n_residents=2)
    village.member(home)
    village.member(home, until=ON + DAY)
    assert village.sizes(ON, ON + DAY) == [2, 1]


def test_an_empty_household_is_left_out_and_told(village):
    home = village.household()
    village.member(village.household())
    village.add(t.enrolments, programme_id="pkh", household_id=home, valid_from=ON, source="uji")
    region = part_of_sample()
    back = region_with_people(region, village.registry, COMMAND, [ON])
    assert len(back.tables["households"]) == 1
    assert back.about["left_out"] == {ON: 1}
    assert back.tables["enrolments"].empty


def test_a_person_in_two_households_counts_in_the_later_one(village):
    first, second = village.household(), village.household()
    who = village.member(first, since=ON - DAY)
    belongs = {"resident_id": who, "household_id": second, "role": "other"}
    village.add(t.memberships, **belongs, valid_from=ON, cause="moved")
    village.member(first)
    assert village.sizes(ON) == [1, 1]
    people = village.on(ON)["residents"]
    assert people["resident_id"].is_unique
    assert list(people["household_id"]) == [f"H{second:07d}", f"H{first:07d}"]


def test_a_programme_reaches_a_household_while_enrolled(village):
    home = village.household()
    member = village.member(home)
    about = {"programme_id": "pkh", "household_id": home, "source": "uji"}
    village.add(t.enrolments, **about, valid_from=ON, valid_to=ON + DAY)
    village.add(t.enrolments, **about, resident_id=member, valid_from=ON)
    reached = village.on(ON, ON + DAY)["enrolments"]
    assert len(reached) == 2, "once a household and date, though two rows say so"


def test_the_list_of_an_rt_counts_for_a_year(village):
    village.add(t.programme_reports, programme_id="pkh", as_of=dt.date(2025, 6, 1), rt_id=RT1)
    days = [dt.date(2025, 5, 31), dt.date(2025, 6, 1), dt.date(2026, 5, 31), dt.date(2026, 6, 1)]
    reports = village.on(*days)["programme_reports"]
    assert list(reports["as_of"].dt.date) == days[1:3]


def test_voided_rows_do_not_count(village):
    home = village.household()
    village.member(home)
    gone = village.member(home)
    with village.registry.write(COMMAND, ON, "form", "salah ketik") as work:
        seen = work.visible(t.memberships)
        row = work.rows(select(seen).where(seen.c.resident_id == gone))[0]
        work.void(t.memberships, row["id"], row["version"])
    assert village.sizes() == [1]


def test_another_rule_of_evidence_can_be_given(village, tmp_path):
    path = tmp_path / "rule.toml"
    text = 'order = ["dtsen", "survey", "form", "verification"]\nrenewed = []\n'
    path.write_text(text + "evidence_years = 1\nreport_years = 1\n", encoding="utf-8")
    home = village.household()
    village.member(home)
    village.found(home, source="dtsen", dtsen_desil=3)
    village.found(home, source="verification", dtsen_desil=1)
    desil = [
        people_on(village.registry, COMMAND, [ON], rule)["households"]["dtsen_desil"].iloc[0]
        for rule in (None, read_evidence_rule(path))
    ]
    assert desil == [1, 3]


# ── who may, and what cannot be ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "actor",
    [
        PUBLIC,
        Actor("a", "admin", KABUPATEN),
        Actor("b", "bupati", KABUPATEN),
        Actor("c", "operator_desa", "52.07.01.2001"),
        Actor("d", "bappeda", "52.07.01"),
        Actor("e", "bappeda", RT1),
    ],
    ids=lambda actor: actor.role + actor.area_id,
)
def test_only_who_may_build_editions_of_the_whole_kabupaten(village, actor):
    village.member(village.household())
    with pytest.raises(NotAllowed):
        people_on(village.registry, actor, [ON])


def test_an_edition_counts_those_whose_rt_ended_too(village):
    """Whoever builds it, nobody is lost because the registry lags behind the events."""
    village.member(village.household("RT-5207-00009-1"))
    for actor in (ALL, COMMAND):
        assert len(people_on(village.registry, actor, [ON])["households"]) == 1


def test_an_rt_that_the_region_lacks_is_told(village):
    village.member(village.household("RT-5299-00001-8"))
    with pytest.raises(SchemaError) as refused:
        region_with_people(part_of_sample(), village.registry, COMMAND, [ON])
    assert "rt_id" in refused.value.text()


def test_a_registry_without_people_gives_empty_tables(village):
    back = region_with_people(part_of_sample(), village.registry, COMMAND, [ON])
    assert all(back.tables[name].empty for name in ("households", "residents", "enrolments"))
    assert back.on(ON).households.empty
    assert back.rounds == {}


def test_a_day_before_anybody_was_counted_is_no_round(village):
    village.member(village.household())
    days = [ROUNDS[-1], ON]
    back = region_with_people(part_of_sample(), village.registry, COMMAND, days)
    assert back.rounds == {ON: False}
    assert back.about["left_out"] == {ROUNDS[-1]: 0, ON: 0}
