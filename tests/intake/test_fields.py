"""The fields of a file, and by which headers they go."""

import pytest
from sqlalchemy import Boolean, Date, Float, Integer, Text

from pbrt_geo.intake.fields import (
    FIELDS,
    SOURCES,
    TYPES,
    fold,
    known_headers,
    last_part,
    with_programmes,
)
from pbrt_geo.registry.tables import EVIDENCE_SOURCES, evidence, metadata
from pbrt_geo.schema import CRITERIA

COLUMN_TYPES = {
    "integer": Integer,
    "desil": Integer,
    "number": Float,
    "money": Float,
    "coordinate": Float,
    "latlon": Float,
    "boolean": Boolean,
    "date": Date,
}
"""Type of the registry's column, where it is not a text."""

DTSEN = """provinsi kabupaten_kota kecamatan kelurahan_desa nomor_kartu_keluarga
    nomor_induk_kependudukan jumlah_anggota_keluarga pbi_nas pbi_pemda status_kepemilikan_rumah
    luas_lantai jenis_lantai_terluas jenis_dinding_terluas jenis_atap_terluas
    sumber_air_minum_utama sumber_penerangan_utama bahan_bakar_utama_memasak fasilitas_bab
    pembuangan_akhir_tinja desil_nasional pkh bpnt pbi"""
"""Columns seen in extracts (the team's facts, section DTSEN) that the registry has a place for."""


@pytest.mark.parametrize(
    ("header", "folded"),
    [
        ("No. KK", "no_kk"),
        ("NO.KK", "no_kk"),
        ("  Nama   Lengkap ", "nama_lengkap"),
        ("1. Nama Lengkap (sesuai KTP)", "nama_lengkap"),
        ("108. Nama kepala keluarga", "nama_kepala_keluarga"),
        ("A.3 NIK*", "nik"),
        ("2a. RW", "rw"),
        ("RT/RW", "rt_rw"),
        ("Kriteria 1", "kriteria_1"),
        ("(NIK)", "nik"),
        ("Désa", "desa"),
        ("3", "3"),
        ("?!", ""),
    ],
)
def test_a_header_is_folded(header, folded):
    assert fold(header) == folded


def test_the_part_after_the_groups_of_a_form():
    assert last_part("keluarga/anggota/nik") == "nik"
    assert last_part("meta:instanceID") == "instanceID"
    assert last_part("Desa / Kelurahan") == "Desa / Kelurahan"


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS.keys())
def test_a_field_goes_where_the_registry_has_a_place_for_it(field):
    assert field.type in TYPES
    if field.table in ("row", "place", "enrolments"):
        return
    column = metadata.tables[field.table].c[field.column]
    assert isinstance(column.type, COLUMN_TYPES.get(field.type, Text)), field.name


def test_every_column_of_evidence_has_a_field():
    brought = {field.column for field in FIELDS.values() if field.table == "evidence"}
    own = {"id", "version", "is_void", "household_id", "as_of", "source"}
    assert brought == {column.name for column in evidence.c} - own
    assert {FIELDS[name].type for name in CRITERIA} == {"boolean"}


def test_no_header_belongs_to_two_fields_and_every_field_goes_by_its_own_name():
    owners = {}
    for field in FIELDS.values():
        assert fold(field.name) in field.headers or field.table == "place", field.name
        for header in field.headers | field.weak:
            assert owners.setdefault(header, field.name) == field.name, header


def test_what_is_left_out_is_no_field():
    taken = set().union(*(field.headers | field.weak for field in FIELDS.values()))
    for source in SOURCES.values():
        assert not taken & source.left_out, source.name
        assert source.evidence in EVIDENCE_SOURCES


def test_all_columns_of_dtsen_extracts_are_known():
    known = set().union(*(field.headers for field in FIELDS.values()))
    assert set(DTSEN.split()) <= known
    assert known <= known_headers()


def test_a_region_adds_its_programmes():
    fields = with_programmes([("bantuan_usaha", "Bantuan usaha"), ("pkh", "Keluarga Harapan")])
    assert (fields["bantuan_usaha"].type, fields["bantuan_usaha"].column) == (
        "flag",
        "bantuan_usaha",
    )
    assert {"pkh", "keluarga_harapan", "penerima_pkh"} <= fields["pkh"].headers
    assert "bantuan_usaha" not in FIELDS
    assert with_programmes([("name", "Nama")])["name"] == FIELDS["name"]
    assert with_programmes([("kartu", "No. KK")])["kartu"].headers == {"kartu"}
