"""Codes of two schemes that collide, names that must match and names that must not."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbrt_geo.codes import (
    AreaNames,
    area_ids,
    bps_codes,
    desa_of_sls,
    idsls_of,
    is_code,
    is_neighbourhood,
    is_rt_id,
    level_of,
    normalised,
    parent_of,
    rt_id,
    scheme_of,
)
from pbrt_geo.errors import CodeError

FACTS = Path(__file__).parents[1].parent / "shared" / "facts" / "ksb_desa.csv"

# Codes and names: Kepmendagri 300.2.2-2430/2025 and BPS, see the facts of the sample.
AREAS = pd.DataFrame(
    [
        ("52.07.01", "kecamatan", "Jereweh", "5207020", None),
        ("52.07.08", "kecamatan", "Maluk", "5207021", None),
        ("52.07.01.2003", "desa", "Beru", "5207020005", None),
        ("52.07.02.1004", "desa", "Menala", "5207030009", None),
        ("52.07.02.1005", "desa", "Kuang", "5207030005", None),
        ("52.07.02.2001", "desa", "Labuhan Lalar", "5207030004", "Labuan Lalar"),
        ("52.07.02.2021", "desa", "Lamunga", "5207030018", None),
        ("52.07.03.2015", "desa", "Desaloka", "5207050010", "Loka;Desa Loka"),
        ("52.07.05.2001", "desa", "Desa Beru", "5207040002", None),
        ("52.07.05.2007", "desa", "Rarak Ronges", "5207040009", "Rarak Rongis"),
        ("52.07.06.2005", "desa", "UPT Tambak Sari", "5207051005", "Tambak Sari"),
        ("52.07.06.2008", "desa", "Tuananga", "5207051006", None),
        ("52.07.07.2005", "desa", "Mujahiddin", "5207031005", None),
        ("52.07.08.2001", "desa", "Maluk", "5207021001", None),
        ("52.07.08.2004", "desa", "Mantun", "5207021004", None),
        ("52.07.08.2005", "desa", "Pasir Putih", "5207021005", None),
    ],
    columns=["area_id", "level", "name", "bps_code", "other_names"],
)
DESA = AREAS[AREAS["level"] == "desa"]


def column(*values: str | None) -> pd.Series:
    return pd.Series(values, dtype=object)


def undotted(ids: pd.Series) -> pd.Series:
    return ids.str.replace(".", "", regex=False)


@pytest.mark.parametrize(
    ("code", "scheme", "written"),
    [
        ("5207012001", "kemendagri", "52.07.01.2001"),
        (" 52.07.01.2001 ", "kemendagri", "52.07.01.2001"),
        ("52.07", "kemendagri", "52.07"),
        ("5207030009", "kemendagri", None),  # no desa is numbered 0009
        ("5207030009", "bps", "5207030009"),
        ("52.07.03.0009", "bps", None),
        ("52.07.1.2001", "kemendagri", None),
        ("5.207.012.001", "kemendagri", None),
        ("5207020", "bps", "5207020"),
        ("5207020", "kemendagri", None),
        ("52.1", "kemendagri", None),  # 52.10 after a spreadsheet has had it
        ("", "bps", None),
        ("٥٢٠٧", "bps", None),
    ],
)
def test_one_way_to_write_a_code(code: str, scheme: str, written: str | None) -> None:
    assert normalised(code, scheme) == written
    assert is_code(code, scheme) == (written is not None)


def test_levels_and_parents() -> None:
    chain = ["52.07.02.1004", "52.07.02", "52.07", "52"]
    assert [level_of(code) for code in chain] == ["desa", "kecamatan", "kabupaten", "provinsi"]
    assert [parent_of(code) for code in chain] == [*chain[1:], None]
    assert parent_of("5207030009", "bps") == "5207030"
    assert parent_of("5207030", "bps") == "5207"
    with pytest.raises(CodeError, match="bukan kode wilayah"):
        level_of("52071")


@given(st.sampled_from(list(DESA["area_id"])))
def test_dots_change_nothing(code: str) -> None:
    assert normalised(code.replace(".", ""), "kemendagri") == code


def test_schemes_convert_by_table_both_ways() -> None:
    assert list(area_ids(DESA["bps_code"], "bps", AREAS)) == list(DESA["area_id"])
    assert list(bps_codes(DESA["area_id"], AREAS)) == list(DESA["bps_code"])
    unknown = area_ids(column("5207999999", None, "x"), "bps", AREAS)
    assert unknown.isna().all()


def test_the_same_ten_digits_are_two_desa() -> None:
    codes = column("5207021004")
    assert list(area_ids(codes, "kemendagri", AREAS)) == ["52.07.02.1004"]  # Menala
    assert list(area_ids(codes, "bps", AREAS)) == ["52.07.08.2004"]  # Mantun


@pytest.mark.parametrize(
    ("names", "scheme"),
    [(("Menala", "KUANG"), "kemendagri"), (("Mantun", "Pasir  Putih"), "bps")],
)
def test_names_decide_a_column_of_colliding_codes(names: tuple[str, str], scheme: str) -> None:
    assert scheme_of(column("5207021004", "5207021005"), column(*names), AREAS) == scheme


def test_colliding_codes_without_names_must_be_declared() -> None:
    with pytest.raises(CodeError, match=r"--scheme kemendagri atau --scheme bps"):
        scheme_of(column("5207021004", "5207021005"), None, AREAS)


def test_names_that_fit_neither_scheme_must_be_declared() -> None:
    with pytest.raises(CodeError, match="Nama di samping kode"):
        scheme_of(column("5207021004", "5207021005"), column("Goa", "Belo"), AREAS)


def test_the_whole_column_decides_not_the_row() -> None:
    assert scheme_of(undotted(DESA["area_id"]), None, AREAS) == "kemendagri"
    assert scheme_of(DESA["bps_code"], None, AREAS) == "bps"
    assert scheme_of(DESA["bps_code"], DESA["name"], AREAS) == "bps"


@pytest.mark.parametrize(
    ("code", "scheme"),
    [
        ("52.07.02.1004", "kemendagri"),
        ("520702", "kemendagri"),
        ("5207020", "bps"),
        ("52070300090001", "bps"),
    ],
)
def test_some_forms_say_their_scheme(code: str, scheme: str) -> None:
    assert scheme_of(column(code, None, "")) == scheme


@pytest.mark.parametrize("codes", [column("9999999999"), column(None), column("abc")])
def test_unknown_codes_have_no_scheme(codes: pd.Series) -> None:
    with pytest.raises(CodeError, match="--scheme"):
        scheme_of(codes, None, AREAS)


@pytest.mark.parametrize(
    ("name", "area_id"),
    [
        ("LABUAN LALAR", "52.07.02.2001"),
        ("Desa Labuhan Lalar", "52.07.02.2001"),
        ("Loka", "52.07.03.2015"),
        ("Desa Loka", "52.07.03.2015"),
        ("Rarak Rongis", "52.07.05.2007"),
        ("Tambak Sari", "52.07.06.2005"),
        ("Upt. Tambaksari", "52.07.06.2005"),
        ("Tua Nanga", "52.07.06.2008"),
        ("Mujahidin", "52.07.07.2005"),
        ("Kelurahan Menala", "52.07.02.1004"),
        ("Kel. Menala", "52.07.02.1004"),
        ("Beru", "52.07.01.2003"),
        ("DESA BERU", "52.07.05.2001"),
        ("Maluk", "52.07.08.2001"),
    ],
)
def test_spellings_find_their_desa(name: str, area_id: str) -> None:
    assert AreaNames(AREAS).owners(name, "desa") == {area_id}


def test_names_that_must_not_be_merged() -> None:
    book = AreaNames(AREAS)
    assert not book.fits("Beru", "52.07.05.2001")
    assert not book.fits("Desa Beru", "52.07.01.2003")
    assert book.owners("Maluk", "kecamatan") == {"52.07.08"}
    assert book.owners("Maluk", "desa") == {"52.07.08.2001"}
    assert book.owners("Nowhere", "desa") == set()


def test_a_name_of_two_desa_is_both_and_fits_each() -> None:
    twice = pd.concat([DESA, DESA.tail(1).assign(area_id="52.07.01.2099")])
    assert len(AreaNames(twice).owners("Pasir Putih", "desa")) == 2
    assert AreaNames(twice).fits("Pasir Putih", "52.07.01.2099")


def test_neighbourhood_codes() -> None:
    assert idsls_of("5207030009000402") == "52070300090004"
    assert desa_of_sls("52070300090004") == "5207030009"
    assert is_neighbourhood("52070300090999")
    assert not is_neighbourhood("52070300091000")
    with pytest.raises(CodeError, match="14 angka"):
        idsls_of("5207030009")


@given(st.integers(1, 99_999), st.integers(5, 12), st.integers(0, 9))
def test_a_wrong_digit_is_found_and_no_id_is_an_idsls(serial: int, at: int, digit: int) -> None:
    made = rt_id("52.07", serial)
    assert is_rt_id(made)
    assert not made.isdigit()
    if made[at].isdigit() and made[at] != str(digit):
        assert not is_rt_id(made[:at] + str(digit) + made[at + 1 :])


def test_real_columns_of_the_kabupaten() -> None:
    if not FACTS.exists():
        pytest.skip("the facts of the kabupaten lie outside the repository")
    facts = pd.read_csv(FACTS, dtype=str)
    areas = pd.DataFrame(
        {
            "area_id": facts["kode_kemendagri"],
            "level": "desa",
            "name": facts["nama"],
            "bps_code": facts["kode_bps"],
            "other_names": facts["nama_bps"],
        }
    )
    assert len(areas) == 65
    for codes, scheme in ((facts["kode10"], "kemendagri"), (facts["kode_bps"], "bps")):
        assert scheme_of(codes, facts["nama_bps"], areas) == scheme
        assert scheme_of(codes, None, areas) == scheme
        assert list(area_ids(codes, scheme, areas)) == list(areas["area_id"])
    book = AreaNames(areas)
    assert book.fit(facts["nama_bps"], areas["area_id"]).all()
    assert all(len(book.owners(name, "desa")) == 1 for name in facts["nama_bps"])
