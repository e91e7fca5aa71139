"""Files as they come from the field: DTSEN extracts, the survey of housing, exports of Kobo."""

import datetime as dt

import pytest

from intake.people_files import living_in, number_of, rows_of
from intake.test_doctor import DAY, ON, PEOPLE, RT, look, nik_of, take, told
from pbrt_geo.intake.doctor import Choices, examine
from pbrt_geo.read.sheets import read_sheet_file
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import COMMAND

LATER = Choices(as_of=dt.date(2026, 5, 1))


def csv(registry, text, choices=LATER):
    """Examine a CSV; `kk1` and `nik1` stand for numbers."""
    for n in (3, 2, 1):
        text = text.replace(f"kk{n}", number_of(n, "kk")).replace(f"nik{n}", nik_of(n))
    text = text.replace("zeros", "0" * 16)
    file = read_sheet_file(text.strip().encode(), name="data.csv")
    return examine(registry, COMMAND, ON, file, choices)


@pytest.fixture
def filled(sample_places):
    take(sample_places, look(sample_places))
    assert len(PEOPLE) == 3 and LATER.as_of > DAY
    return sample_places


DTSEN = """
provinsi;kabupaten_kota;kecamatan;kelurahan_desa;nomor_kartu_keluarga;nomor_induk_kependudukan;jumlah_anggota_keluarga;jenis_lantai_terluas;desil_nasional;pbi_nas
NTB;SUMBAWA BARAT;JEREWEH;GOA;kk1;nik1;2;Keramik;2;YA
NTB;SUMBAWA BARAT;JEREWEH;GOA;kk1;nik2;2;Keramik;2;YA
NTB;SUMBAWA BARAT;SETELUK;AIR SUNING;kk2;nik3;1;Tanah;;TIDAK
"""


def test_a_dtsen_extract_has_no_rt_and_no_names_and_tells_of_known_people(filled):
    examination = csv(filled, DTSEN)
    assert examination.layout.source == "dtsen"
    assert told(examination.people) == {"unchanged": 3}
    assert told(examination.households) == {"changed": 2}
    take(filled, examination)
    found = [e for e in rows_of(filled, t.evidence) if e["source"] == "dtsen"]
    assert [(e["dtsen_desil"], e["n_residents"]) for e in found[-2:]] == [(2, 2), (None, 1)]
    assert living_in(filled) == {RT[0]: ["RATNA", "SURA"], RT[2]: ["WIRE"]}
    reached = [e["programme_id"] for e in rows_of(filled, t.enrolments)]
    assert reached == ["pkh", "pbi_nas"]


def test_whom_a_dtsen_extract_has_and_the_registry_has_not(sample_places):
    examination = csv(sample_places, DTSEN)
    assert told(examination.people) == {"refused": 3}
    assert "nik_unknown" in {problem.key for problem in examination.problems}
    assert take(sample_places, examination).batch_id is None


HOUSING = """
Nama KRT,NIK KRT,No KK,Desa,Alamat,Koordinat,Luas Rumah,Jenis Lantai,Jenis Dinding,Jenis Atap
SURA,nik1,kk1,Goa,RT 01 Jl. Melati,"-8.7512, 116.8512",36,Keramik,Tembok,Genteng
AMAQ BARU,zeros,zeros,Goa,RT 002,Tidak Ada,21,Tanah,Kayu,Seng
"""


def test_the_survey_of_housing_with_its_signs_for_none(filled):
    examination = csv(filled, HOUSING)
    assert examination.layout.source == "ksb_housing"
    keys = {p.key for p in examination.problems if p.severity == "error"}
    assert keys == {"not_recognisable"}  # neither number nor birth date: it would come twice
    assert told(examination.people) == {"changed": 1, "refused": 1}
    assert examination.changed == [(1, ("role",))]  # the survey asks the head
    take(filled, examination)
    first = rows_of(filled, t.households)[0]
    assert (first["lat"], first["lon"]) == (-8.7512, 116.8512)
    assert first["address"] == "RT 01 Jl. Melati"
    (found,) = [e for e in rows_of(filled, t.evidence) if e["source"] == "survey"]
    assert found["floor_area_m2"] == 36


KOBO = """
_index,_uuid,_submission_time,keluarga/no_kk,keluarga/desa,keluarga/rt,orang/nama,orang/nik,_lokasi_latitude,_lokasi_longitude
1,a-1,2026-04-02T08:00:00,kk1,Goa,1,SURA,nik1,-8.75,116.85
2,a-2,2026-04-03T08:00:00,kk2,Air Suning,4,WIRE,nik3,-8.76,116.86
"""


def test_an_export_of_kobo_tells_its_own_days(filled):
    examination = csv(filled, KOBO)
    assert examination.layout.source == "kobo"
    assert not [p for p in examination.problems if p.severity == "error"]
    take(filled, examination)
    moved = rows_of(filled, t.residences)[-1]
    assert (moved["rt_id"], moved["valid_from"], moved["cause"]) == (
        RT[3],
        dt.date(2026, 4, 3),
        "moved",
    )
    assert rows_of(filled, t.households)[0]["lat"] == -8.75
    again = csv(filled, KOBO)
    assert told(again.people) == {"unchanged": 2}


def test_nobody_is_in_what_is_printed_of_an_examination(filled):
    printed = repr(csv(filled, HOUSING)) + repr(look(filled))
    assert "SURA" not in printed and nik_of(1) not in printed
