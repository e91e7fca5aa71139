"""A registry of invented people: names and numbers of nobody, periods as the rounds tell them."""

import datetime as dt
from io import StringIO

import pandas as pd
import pytest
from sqlalchemy import func, select

from pbrt_geo.registry import invented_people
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.engine import RegistryError
from pbrt_geo.registry.invented import fill_from, plain, spells
from pbrt_geo.registry.names import name_key
from pbrt_geo.registry.rights import COMMAND
from registry.people_regions import ROUNDS, part_of_sample

DAYS = [pd.Timestamp(day) for day in ROUNDS]


def rounds_of(text):
    table = pd.read_csv(StringIO(text.strip()), sep=r"\s+", dtype=str, na_values=["."])
    table["as_of"] = pd.to_datetime(table["as_of"].map(lambda year: f"{year}-12-31"))
    return table.assign(as_of=table["as_of"].astype("datetime64[s]"))


# ── periods ─────────────────────────────────────────────────────────────────────────────────────


def test_rounds_that_follow_each_other_are_one_period():
    told = rounds_of("""
        household_id  rt_id  as_of
        H1            A      2006
        H1            A      2007
        H1            B      2008
        H2            A      2006
        H2            A      2008
    """)
    found = spells(told, ["household_id", "rt_id"], DAYS)
    dates = found[["valid_from", "valid_to"]].apply(lambda c: c.dt.year.fillna(0).astype(int))
    assert [*zip(found["household_id"], found["rt_id"], dates["valid_from"], dates["valid_to"],
                 strict=True)] == [
        ("H1", "A", 2006, 2008),
        ("H1", "B", 2008, 0),
        ("H2", "A", 2006, 2007),  # it was not seen in 2007
        ("H2", "A", 2008, 0),
    ]  # fmt: skip


def test_nothing_told_is_no_period():
    assert spells(rounds_of("household_id as_of\nH1 2006").iloc[:0], ["household_id"], DAYS).empty


# ── who they are ────────────────────────────────────────────────────────────────────────────────


def people_of(text):
    people = rounds_of(text)
    return people.assign(birth_date=pd.to_datetime(people["birth_date"]).astype("datetime64[s]"))


def test_places_in_the_household_follow_from_order_and_age():
    people = people_of("""
        resident_id  household_id  sex     birth_date  as_of
        P1           H1            male    1970-05-01  2006
        P2           H1            female  1974-02-11  2006
        P3           H1            male    1996-01-01  2006
        P4           H1            female  1941-01-01  2006
        P5           H1            female  1972-01-01  2006
        P6           H2            female  1995-07-07  2006
        P7           H2            male    1950-07-07  2006
        P8           H3            .       .           2006
    """)
    told = "head spouse child parent other child head head"
    assert list(invented_people.roles(people)) == told.split()


def test_a_nik_has_the_form_of_one_and_is_nobodys():
    people = people_of("""
        resident_id  household_id  sex     birth_date  as_of
        P1           H1            male    1970-05-01  2006
        P2           H1            female  1970-05-01  2006
        P3           H1            female  1970-05-01  2006
        P4           H1            male    .           2006
        P5           H1            .       1970-05-01  2006
    """)
    niks = invented_people.niks(people["sex"], people["birth_date"])
    parts = [(nik[:6], nik[6:12], nik[12:]) for nik in niks[:3]]
    # women: day + 40 (facts on NIK); kabupaten 99 does not exist
    assert parts == [
        ("529901", "010570", "0001"),
        ("529901", "410570", "0001"),
        ("529901", "410570", "0002"),
    ]
    assert niks[3:].isna().all(), "the number would tell what is not known"


def test_numbers_are_unique_and_names_have_no_digits():
    region = part_of_sample()
    residents = region.tables["residents"].drop_duplicates("resident_id")
    niks = invented_people.niks(residents["sex"], residents["birth_date"]).dropna()
    cards = invented_people.card_numbers(region.tables["households"]["as_of"])
    for numbers in (niks, cards):
        assert numbers.is_unique
        assert numbers.str.fullmatch(r"529901\d{10}").all()
    names = invented_people.names(residents["sex"])
    assert names.str.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+").all()
    assert names.equals(invented_people.names(residents["sex"])), "the same each time"


def test_rows_are_plain_values():
    table = pd.DataFrame({
        "n": pd.array([1, None], dtype="Int8"),
        "day": pd.to_datetime(["2006-12-31", None]),
        "yes": pd.array([True, None], dtype="boolean"),
        "x": [0.5, float("nan")],
    })  # fmt: skip
    first, second = plain(table)
    assert first == {"n": 1, "day": dt.date(2006, 12, 31), "yes": True, "x": 0.5}
    assert type(first["n"]) is int
    assert set(second.values()) == {None}


# ── the registry ────────────────────────────────────────────────────────────────────────────────


def test_the_registry_holds_everybody_once(registry):
    region = part_of_sample()
    counts = fill_from(registry, region)
    assert counts["households"] == region.tables["households"]["household_id"].nunique()
    assert counts["residents"] == region.tables["residents"]["resident_id"].nunique()
    with registry.read(COMMAND, ROUNDS[-1]) as reading:
        for name, n in counts.items():
            seen = reading.visible(t.metadata.tables[name])
            assert reading.rows(select(func.count().label("n")).select_from(seen))[0]["n"] == n
        seen = reading.visible(t.residents)
        rows = reading.rows(select(seen.c.name, seen.c.name_key).limit(50))
        assert all(row["name_key"] == name_key(row["name"]) for row in rows)
        causes = reading.visible(t.memberships).c.cause
        told = {row["cause"] for row in reading.rows(select(causes).distinct())}
    assert {"recorded", "born", "moved", "split"} >= told >= {"recorded", "born"}


def test_the_invented_never_mix_with_the_real(registry):
    with registry.write(COMMAND, ROUNDS[0], "form", "uji") as work:
        work.insert(t.households, kk_state="none")
    with pytest.raises(RegistryError) as refused:
        fill_from(registry, part_of_sample())
    assert refused.value.text() == (
        "Contoh tidak dimasukkan: registri ini sudah berisi 1 keluarga, dan orang rekaan tidak "
        "boleh bercampur dengan orang sungguhan. Buat registri baru untuk contoh."
    )
    with registry.read(COMMAND, ROUNDS[0]) as reading:
        seen = reading.visible(t.households)
        assert len(reading.rows(select(seen))) == 1
