"""Which RT a row means: by id, code, name, address; what is nobody's is asked, never guessed."""

import pandas as pd
import pytest

from intake.people_files import assert_said
from pbrt_geo.codes import rt_id
from pbrt_geo.errors import CodeError
from pbrt_geo.intake.areas import Places, Spot, place_rows, spot_of
from pbrt_geo.intake.staging import Trouble
from pbrt_geo.region import read_region

BERU, DESA_BERU = "52.07.01.2003", "52.07.05.2001"
MENALA, MANTUN = "52.07.02.1004", "52.07.08.2004"


@pytest.fixture(scope="module")
def areas():
    return read_region("geodata/sample").tables["areas"]


@pytest.fixture(scope="module")
def places(areas):
    """Three RT in each desa; in Menala RT 001 twice, under two dusun."""
    names = areas[areas["level"] == "desa"].set_index("area_id")["name"]
    rows, serial = [], 0
    for desa_id, name in names.items():
        for number in ("RT 001 Dusun Sampir", "RT 002", "RT 003 RW 02"):
            serial += 1
            rows.append(row(desa_id, name, serial, number))
    rows.append(row(MENALA, names[MENALA], serial + 1, "RT 001 Dusun Bugis"))
    return Places(rows, areas)


def row(desa_id, desa, serial, name):
    return {
        "rt_id": rt_id("52.07", serial),
        "desa_id": desa_id,
        "kecamatan_id": desa_id.rsplit(".", 1)[0],
        "name": name,
        "desa_name": desa,
    }


def find(places, scheme=None, chosen=None, home="", **written):
    """Places of one row; or of several, where a column is a list."""
    columns = {k: v if isinstance(v, list) else [v] for k, v in written.items()}
    rows = range(len(next(iter(columns.values()))))
    found = place_rows(places, rows, columns, scheme, chosen, home)
    for at, field, key, facts in found.troubles:
        assert_said(Trouble(at, ("place", field), key, facts))
    return found


def named(places, desa_id, name):
    (found,) = [rt.rt_id for rt in places.within(desa_id) if rt.name == name]
    return found


@pytest.mark.parametrize(
    ("text", "spot"),
    [
        ("Jl. Melati, RT 03/RW 01 Dusun Sampir", ("003", "001", "sampir")),
        ("RT.003 RW.001", ("003", "001", "")),
        ("RT/RW 003/001", ("003", "001", "")),
        ("RT/RW : 3 / 1, Dsn. Dasan Anyar, Desa Goa", ("003", "001", "dasananyar")),
        ("rt 16 dusun 3 nunjung", ("016", "", "3nunjung")),
        ("Lingkungan Menala RT 1", ("001", "", "menala")),
        ("RT 001", ("001", "", "")),
        ("Jl. Artawijaya No. 12", ("", "", "")),
        ("Jl. RTS 2008 No. 5", ("", "", "")),
        ("Gang Kartini 3", ("", "", "")),
    ],
)
def test_an_address_tells_number_rw_and_dusun(text, spot):
    assert spot_of(text) == Spot(*spot)


def test_by_id(places):
    known = rt_id("52.07", 1)
    assert find(places, rt_id=known).rt_ids == [known]
    for text, key in ((rt_id("52.07", 9999), "rt_not_living"), ("RT-1", "rt_id_malformed")):
        found = find(places, rt_id=text)
        assert [trouble[2] for trouble in found.troubles] == [key]


@pytest.mark.parametrize("code", ["52.07.02.1004", "5207021004"])
def test_by_code_of_kemendagri(places, code):
    found = find(places, "kemendagri", desa_code=code, rt="2")
    assert found.rt_ids == [named(places, MENALA, "RT 002")]


def test_one_code_of_two_schemes_is_decided_by_the_names_beside_it(places):
    assert find(places, desa_code="5207021004", desa="Mantun").desa_ids == [MANTUN]
    assert find(places, desa_code="5207021004", desa="Menala").desa_ids == [MENALA]
    with pytest.raises(CodeError):
        find(places, desa_code="5207021004")


def test_a_code_against_its_name_is_refused(places):
    found = find(places, "kemendagri", desa_code=MENALA, desa="Mantun")
    assert [trouble[1:3] for trouble in found.troubles] == [("desa_code", "code_against_name")]
    found = find(places, "kemendagri", desa_code="52.07.99.2001")
    assert [trouble[2] for trouble in found.troubles] == ["code_unknown"]


def test_by_bps_neighbourhood(places):
    found = find(places, idsls="52070210040001", rt="RT 003")
    assert found.rt_ids == [named(places, MANTUN, "RT 003 RW 02")]


@pytest.mark.parametrize(
    "name", ["Labuhan Lalar", "LABUAN LALAR", "Desa Labuhan Lalar", "Kel. Labuan-Lalar"]
)
def test_by_name_as_people_spell_it(places, name):
    (desa_id,) = find(places, desa=name).desa_ids
    assert places.desa[desa_id] == "Labuhan Lalar"


def test_names_that_must_not_be_merged(places):
    assert places.desa[BERU] == "Beru" and places.desa[DESA_BERU] == "Desa Beru"
    assert find(places, desa="Beru").desa_ids == [BERU]
    assert find(places, desa="Desa Beru").desa_ids == [DESA_BERU]


def test_a_name_that_is_nobodys_shows_its_likeliest_and_takes_the_answer(places):
    found = find(places, desa=["Menalla Kota", "Menalla Kota"], rt=["2", "3"])
    assert found.rt_ids == ["", ""]
    (question,) = found.questions
    assert question.rows == [0, 1]
    assert question.candidates[0] == (MENALA, "Menala")
    assert all("Menala" in trouble[3]["candidates"] for trouble in found.troubles)
    found = find(places, chosen={question.key: MENALA}, desa="Menalla Kota", rt="2")
    assert found.rt_ids == [named(places, MENALA, "RT 002")]


def test_an_answer_that_is_no_place_is_none(places):
    (question,) = find(places, desa="Menalla Kota").questions
    assert find(places, chosen={question.key: "99"}, desa="Menalla Kota").questions


def test_candidates_are_of_the_kecamatan_that_is_named(places):
    (question,) = find(places, desa="Benoa", kecamatan="Jereweh").questions
    assert all(area.startswith("52.07.01.") for area, _ in question.candidates)


def test_one_number_under_two_dusun(places):
    found = find(places, desa="Menala", rt="1")
    assert [trouble[2] for trouble in found.troubles] == ["rt_several"]
    (question,) = found.questions
    assert {name for _, name in question.candidates} == {
        "RT 001 Dusun Sampir",
        "RT 001 Dusun Bugis",
    }
    bugis = named(places, MENALA, "RT 001 Dusun Bugis")
    assert find(places, desa="Menala", rt="1", dusun="Dusun Bugis").rt_ids == [bugis]
    assert find(places, desa="Menala", rt="RT 01 DUSUN BUGIS").rt_ids == [bugis]
    assert find(places, desa="Menala", address="RT 1, Dsn Bugis").rt_ids == [bugis]


def test_an_rw_is_compared_only_where_both_say_it(places):
    assert find(places, desa="Goa", rt="3", rw="2").rt_ids != [""]
    assert find(places, desa="Goa", rt="2", rw="7").rt_ids != [""]  # the registry knows no RW of it
    found = find(places, desa="Goa", rt="3", rw="7")
    assert [trouble[2] for trouble in found.troubles] == ["rt_unknown"]
    assert find(places, desa="Goa", rt_rw="003/002").rt_ids != [""]


def test_an_address_without_an_rt_says_the_desa_only(places):
    found = find(places, desa="Goa", address="Jl. Melati 5")
    assert (found.rt_ids, found.troubles) == ([""], [])
    assert places.desa[found.desa_ids[0]] == "Goa"


def test_nothing_said_is_nothing_found_or_the_own_desa(places):
    assert find(places, rt="2").rt_ids == [""]
    assert find(places, rt="2", home=MENALA).rt_ids == [named(places, MENALA, "RT 002")]


def test_without_the_areas_of_a_region_names_of_the_registry_do(places):
    rows = [row(MENALA, "Menala", 1, "RT 001")]
    bare = Places(rows)
    assert find(bare, desa="menala", rt="01").rt_ids == [rows[0]["rt_id"]]
    assert find(bare, "kemendagri", desa_code="5207021004", rt="1").rt_ids == [rows[0]["rt_id"]]
    assert isinstance(bare.areas, pd.DataFrame)
