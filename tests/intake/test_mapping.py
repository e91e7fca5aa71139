"""Which column is which field: proposed, chosen, remembered."""

import pytest
from registry.registries import ON

from pbrt_geo.intake.fields import FIELDS, SOURCES, with_programmes
from pbrt_geo.intake.mapping import (
    Mapping,
    field_label,
    learned_mapping,
    propose,
    remember,
    source_of,
)
from pbrt_geo.intake.problems import IntakeError
from pbrt_geo.registry.rights import Actor, NotAllowed
from pbrt_geo.text import LANGUAGES, has

KOBO = (
    *("start", "end", "today", "keluarga/no_kk", "keluarga/nama_krt", "anggota/nik"),
    *("rumah", "_rumah_latitude", "_rumah_longitude", "_rumah_altitude", "_rumah_precision"),
    *("bantuan", "bantuan/pkh", "bantuan/bpnt", "_id", "_uuid", "_submission_time", "_index"),
)
DTSEN = (
    *("provinsi", "kabupaten_kota", "kecamatan", "kelurahan_desa", "nomor_kartu_keluarga"),
    *("nomor_induk_kependudukan", "jumlah_anggota_keluarga", "pbi_nas", "pbi_pemda"),
    *("jenis_lantai_terluas", "daya_terpasang", "aset_bergerak_tv", "skor", "desil_nasional"),
)
HOUSING = ("Nama", "NIK", "No KK", "Alamat", "Koordinat", "Atap", "Dinding", "Lantai", "Luas Rumah")


def found(names, **how):
    return dict(zip(names, propose(names, **how).fields, strict=True))


def reasons(names, **how):
    return {match.header: match.reason for match in propose(names, **how).matches}


def test_ordinary_headers_are_known():
    names = ("No", "NIK", "No. KK", "Nama Lengkap", "L/P", "Tgl. Lahir", "RT/RW", "Desa/Kelurahan")
    fields = ("", "nik", "no_kk", "name", "sex", "birth_date", "rt_rw", "desa")
    assert propose(names).fields == fields
    assert reasons(names)["No"] == "left_out"


@pytest.mark.parametrize(
    ("names", "source"),
    [(KOBO, "kobo"), (DTSEN, "dtsen"), (HOUSING, "ksb_housing"), (("Nama", "NIK"), "plain")],
)
def test_the_kind_of_file_shows_in_its_headers(names, source):
    assert source_of(names) == source
    assert propose(names).source == source


def test_columns_of_dtsen():
    fields = found(DTSEN)
    assert fields["kelurahan_desa"] == "desa"
    assert fields["nomor_kartu_keluarga"] == "no_kk"
    assert fields["desil_nasional"] == "dtsen_desil"
    left_out = {name for name, reason in reasons(DTSEN).items() if reason == "left_out"}
    assert left_out == {"daya_terpasang", "aset_bergerak_tv", "skor"}


def test_groups_geopoints_and_choices_of_a_form():
    fields = found(KOBO)
    taken = {name: field for name, field in fields.items() if field}
    assert taken == {
        "today": "as_of",
        "keluarga/no_kk": "no_kk",
        "keluarga/nama_krt": "head_name",
        "anggota/nik": "nik",
        "_rumah_latitude": "lat",
        "_rumah_longitude": "lon",
        "bantuan/pkh": "pkh",
        "bantuan/bpnt": "bpnt",
        "_index": "household_key",
    }
    assert reasons(KOBO)["_submission_time"] == "weaker"
    assert reasons(KOBO)["rumah"] == reasons(KOBO)["_rumah_altitude"] == "left_out"


def test_people_of_a_form_belong_to_the_row_of_their_household():
    fields = found(("anggota/nik", "_index", "_parent_index", "_parent_table_name"))
    assert fields["_parent_index"] == "household_key"
    assert fields["_index"] == ""


def test_odk_writes_groups_and_geopoints_with_a_line():
    names = ("SubmissionDate", "KEY", "keluarga-nik", "rumah-Latitude", "rumah-Longitude")
    assert propose(names).fields == ("as_of", "household_key", "nik", "lat", "lon")


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Tgl Lahirr", "birth_date"),
        ("Nomer KK", "no_kk"),
        ("Kecamtan", "kecamatan"),
        ("Kelurhaan", "desa"),
        ("Jumlah Angota Keluarga", "n_residents"),
    ],
)
def test_a_misspelt_header_is_proposed_as_similar(header, field):
    match = propose((header,)).matches[0]
    assert (match.field, match.reason) == (field, "similar")
    assert match.score < 90


@pytest.mark.parametrize(
    "header",
    [
        *("No KKS", "Nomor KKS", "No HP", "KK", "Tanggal Akhir", "Tanggal Nikah", "Luas Tanah"),
        *("Nama Ibu", "Nama Ayah", "NIK Ibu", "Nama Petugas", "NIK Pendata", "Nama Sekolah"),
        *("Nama Bank", "Alamat KTP", "Alamat Email", "Kriteria 15", "Tempat Lahir", "Umur", ""),
        *("Pengeluaran Rumah Tangga", "Penghasilan per bulan", "Jumlah Tanggungan", "Status"),
    ],
)
def test_what_only_looks_like_a_field_is_not_taken(header):
    assert propose((header,)).fields == ("",)


def test_numbers_in_headers_must_agree():
    names = tuple(f"Kriteria {n}" for n in range(1, 15))
    assert propose(names).fields == tuple(f"criterion_{n:02d}" for n in range(1, 15))


def test_the_better_header_wins_and_the_other_says_so():
    assert found(("Nama", "Nama Lengkap")) == {"Nama": "", "Nama Lengkap": "name"}
    assert reasons(("Nama", "Nama Lengkap"))["Nama"] == "weaker"
    assert found(("Nama",)) == {"Nama": "name"}


def test_hostile_44_two_columns_for_one_field_are_refused_and_both_are_named():
    mapping = propose(("No", "NIK", "Nama", "No KTP"))
    assert mapping.duplicates == {"nik": (1, 3)}
    with pytest.raises(IntakeError) as refused:
        mapping.check()
    assert refused.value.text() == (
        "Ada lebih dari satu kolom untuk NIK: B “NIK”, D “No KTP”. "
        "Pilih satu kolom; yang lain tidak dipakai."
    )
    chosen = mapping.choose({"No KTP": "nik"})
    chosen.check()
    assert chosen.columns == {"nik": 3, "name": 2}
    assert [match.reason for match in chosen.matches] == ["left_out", "weaker", "exact", "chosen"]


def test_a_person_may_choose_otherwise_but_only_what_there_is():
    mapping = propose(("Kode", "Nama"))
    assert mapping.choose({"Kode": "nik", "Nama": ""}).fields == ("nik", "")
    for wrong in ({"Kode": "umur"}, {"Kod": "nik"}):
        with pytest.raises(IntakeError, match="1 pilihan kolom tidak dikenal"):
            mapping.choose(wrong)


def test_what_was_learned_goes_first_unless_the_field_is_gone():
    names = ("Kode A", "Nama")
    learned = {"kode_a": "nik", "nama": "head_name"}
    assert found(names, learned=learned) == {"Kode A": "nik", "Nama": "head_name"}
    assert reasons(names, learned=learned)["Kode A"] == "learned"
    assert found(names, learned={"nama": ""}) == {"Kode A": "", "Nama": ""}
    assert found(names, learned={"nama": "bantuan_lama"})["Nama"] == "name"


def test_programmes_of_a_region_are_fields():
    fields = with_programmes([("bantuan_usaha", "Bantuan usaha")])
    assert propose(("Bantuan Usaha",), fields=fields).fields == ("bantuan_usaha",)
    assert propose(("Bantuan Usaha",)).fields == ("",)
    assert field_label("bantuan_usaha", "en", fields) == "Bantuan usaha"


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_has_its_words(language):
    wanted = [f"intake.field.{name}" for name in FIELDS]
    wanted += [f"intake.source.{name}" for name in SOURCES]
    kinds = ("chosen", "learned", "exact", "similar", "weaker", "left_out", "unknown")
    wanted += [f"intake.reason.{name}" for name in kinds]
    assert [key for key in wanted if not has(key, language)] == []


# ── remembering ─────────────────────────────────────────────────────────────────────────────────

OPERATOR = Actor("operator", "operator_desa", "52.07.01.2001")


def imported(registry, source, mapping):
    with registry.write(OPERATOR, ON, "import", "uji") as work:
        remember(work, source, mapping)


def learned(registry, source, actor=OPERATOR):
    with registry.read(actor, ON) as reading:
        return learned_mapping(reading, source)


def test_a_choice_is_remembered_for_files_of_its_kind(registry):
    names = ("Kode", "Nama", "Kecamtan", "Umur")
    imported(registry, "plain", propose(names).choose({"Kode": "nik", "Nama": ""}))
    told = learned(registry, "plain")
    assert told == {"kode": "nik", "nama": "", "kecamtan": "kecamatan"}
    assert propose(names, learned=told).fields == ("nik", "", "kecamatan", "")
    assert learned(registry, "kobo") == {}


def test_the_last_choice_counts(registry):
    for field in ("nik", "no_kk"):
        imported(registry, "plain", propose(("Kode",)).choose({"Kode": field}))
    assert learned(registry, "plain") == {"kode": "no_kk"}


def test_a_row_of_people_taken_for_a_header_is_not_remembered(registry):
    number = "52" + "07" * 7
    mapping = propose((number, "Nama")).choose({number: "nik"})
    imported(registry, "plain", mapping)
    assert learned(registry, "plain") == {}


def test_only_who_imports_sees_what_was_learned(registry):
    with pytest.raises(NotAllowed):
        learned(registry, "plain", Actor("bupati", "bupati", "52.07"))


def test_a_mapping_without_columns_has_nothing_to_say():
    assert Mapping("plain", ()).fields == ()
    Mapping("plain", ()).check()
