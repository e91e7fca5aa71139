"""Names, values and sentences: the same words everywhere, and every number from the data."""

import datetime as dt

import pandas as pd
import pytest
from small_edition import (
    HOSTILE,
    INDICATORS,
    KABUPATEN,
    converted_edition,
    small_edition,
    small_shelf,
)

from pbrt_geo.edition import Indicator
from pbrt_geo.measures import MEASURES
from pbrt_geo.poverty import DIMENSIONS
from pbrt_geo.schema import CRITERIA, EVIDENCE, LEVELS, PILLARS, PROGRAMMES, VALUE_STATES
from pbrt_geo.show import ranks, sentences, words
from pbrt_geo.text import LANGUAGES, has, texts

RATE = Indicator("poverty_rate", "poverty_rate", "", "rate", "poverty", "low", ())
COUNT = Indicator("n_residents", "n_residents", "", "count", "population", None, ())
DENSITY = Indicator("density_km2", "density_km2", "", "density", "population", None, ())


def row(value=None, numerator=None, denominator=None, known_rate=1.0, state="value"):
    parts = {"value": value, "numerator": numerator, "denominator": denominator}
    return parts | {"known_rate": known_rate, "state": state}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_declared_indicator_has_its_texts(language):
    for base in MEASURES:
        for part in ("name", "short", "meaning", "unit", "how", "source"):
            assert has(f"indicator.{base}.{part}", language), f"{base}.{part}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_term_of_the_schema_has_a_name(language):
    wanted = [f"level.{level}" for level in LEVELS] + [f"pillar.{name}" for name in PILLARS]
    wanted += [f"dimension.{name}" for name in (*CRITERIA, *DIMENSIONS)]
    wanted += [f"state.{name}" for name in VALUE_STATES]
    wanted += [f"{key}.{name}" for key in ("evidence", "evidence_meaning") for name in EVIDENCE]
    wanted += [f"topic.{measure.topic}" for measure in MEASURES.values()]
    for column in ("field", "target"):
        wanted += [f"{column}.{name}" for name in PROGRAMMES.column(column).allowed]
    assert [key for key in wanted if not has(key, language)] == []


def test_both_languages_have_the_same_keys_and_slots():
    def slots(text):
        return {part.partition("}")[0] for part in text.split("{")[1:]}

    indonesian, english = (texts(language) for language in LANGUAGES)
    own = ("indicator.", "sentence.", "chart.", "export.", "image.", "value.", "state.")
    for key in indonesian.keys() | english.keys():
        if key.startswith(own) and not key.endswith("unit_one"):
            assert slots(indonesian[key]) == slots(english[key]), key


def test_a_number_is_written_as_its_kind():
    assert words.format_value(RATE, row(0.1234)) == "12,3\u00a0%"
    assert words.format_value(RATE, row(0.1234), "en") == "12.3%"
    assert words.format_value(COUNT, row(1234.0)) == "1.234"
    assert words.format_value(DENSITY, row(42.46)) == "42,5"
    assert words.value_with_unit(DENSITY, row(1234.5)) == "1.234\u00a0jiwa/km²"


def test_zero_and_all_are_told_from_nearly_zero_and_nearly_all():
    assert words.format_value(RATE, row(0.0, state="zero")) == "0\u00a0%"
    assert words.format_value(RATE, row(0.0002)) == "di bawah 0,1\u00a0%"
    assert words.format_value(RATE, row(1.0)) == "100\u00a0%"
    assert words.format_value(RATE, row(0.9999)) == "100,0\u00a0%"
    assert words.format_value(COUNT, row(0.0, state="zero")) == "0"


def test_the_nothings_are_five_different_words():
    rows = [
        row(0.0, state="zero"),
        row(state="no_data", denominator=0.0, known_rate=0.0),
        row(state="withheld"),
        row(state="not_yet_formed"),
        row(state="undefined", denominator=0.0, known_rate=1.0),
    ]
    written = words.format_column(COUNT, pd.DataFrame(rows))
    assert written == [
        "0", "tidak ada data", "disamarkan", "belum terbentuk", "tidak terdefinisi",
    ]  # fmt: skip


def test_a_note_says_what_a_number_rests_on():
    note = words.value_note(RATE, row(37 / 300, 37.0, 300.0, 0.963))
    assert note == "37 dari 300 jiwa; 96\u00a0% diketahui"
    assert words.value_note(RATE, row(0.5, 1.0, 2.0, 0.999)).endswith("99\u00a0% diketahui")
    assert words.value_note(RATE, row(state="withheld", numerator=37.0)) == ""
    assert words.value_note(DENSITY, row(75.0, 300.0, 4.0, None)) == "300 jiwa di 4 km²"


def test_families_are_named_with_their_programme_field_or_dimension():
    programmes = small_edition().programmes
    names = {i.id: words.indicator_name(i, "en", programmes) for i in INDICATORS}
    assert names["coverage_rate:usaha"] == "Coverage: Business aid"
    assert names["coverage_rate:field/health"] == "Coverage: Health (field)"
    assert names["coverage_rate:pillar/basic_services"] == "Coverage: Basic services (pillar)"
    assert words.subject_name("criterion_03", "id", programmes) == "jenis dinding"
    assert words.subject_name("gone", "id", programmes) == "gone"


def test_a_mark_names_the_evidence_from_the_strongest_to_the_weakest():
    assert words.conversion_mark("points") == "dikonversi (bukti: titik rumah)"
    mark = words.conversion_mark(["area", "", "lineage"], "en")
    assert mark == "converted (evidence: lineage, land area)"
    assert words.conversion_mark([""]) == words.conversion_mark([]) == ""


def test_converted_numbers_name_their_boundaries_and_both_editions():
    edition = converted_edition(2006, 2008)
    assert words.boundary_note(edition) == "pada batas 2008"
    assert words.boundary_note(small_edition(2006)) == ""
    assert words.sealed_id(edition, 4) == "0123+0123"
    assert words.sealed_id(small_edition(2006), 4) == "0123"
    edition.about["boundary_date"] = "2006-06-30"  # two rounds in one year
    assert words.boundary_note(edition, "en") == "on the boundaries of 30 June 2006"


def test_dates_and_areas_in_words():
    edition = small_edition(2008)
    assert words.format_date(dt.date(2008, 12, 31)) == "31 Desember 2008"
    assert words.year_name(edition) == "2008 (perkiraan)"
    assert words.year_name(small_edition(2007)) == "2007"
    areas = edition.areas
    assert words.area_name(areas.loc["52.07.01.2002"]) == "Desa Beru"
    assert words.area_name(areas.loc["52.07.02.1001"]) == "Kelurahan Kuang"
    assert words.area_name(areas.iloc[-1]) == "RT 004, Seloto"


def test_overview_counts_come_from_the_editions():
    said = "\n".join(sentences.overview_sentences(small_shelf()))
    assert "10 pada 2006, 11 pada 2007, dan 15 pada 2008 (perkiraan); bertambah 5" in said
    assert "6 dari 6 RT yang terbentuk sesudah 31 Desember 2006" in said
    assert "Kecamatan Taliwang (4,3\u00a0%)" in said


def test_overview_of_an_edition_without_any_number_says_nothing():
    edition = small_edition()
    edition.values["value"], edition.values["state"] = float("nan"), "no_data"
    assert sentences.overview_sentences([edition]) == []
    assert sentences.area_sentences(edition, KABUPATEN) == []


def test_concentration_adds_up_the_poorest_rts():
    edition = small_edition()
    poorest = ranks.ranked(edition, "poverty_rate", "rt").index[:10]
    column = edition.column("n_poor", "rt")["value"]
    edition.values.loc[edition.values["level"] == "kabupaten", "value"] = 400.0
    share = words.format_share(column[poorest].sum() / 400)
    assert f"memuat {share} penduduk miskin" in "\n".join(sentences.overview_sentences([edition]))


def test_area_sentences_set_an_area_beside_those_above_it():
    said = "\n".join(sentences.area_sentences(small_edition(), "RT-5207-00014-0"))
    assert "1 Maret 2008" in said
    assert "20,5\u00a0%" in said
    assert "desa 10,0\u00a0% dan kabupaten 0\u00a0%" in said
    assert "Urutan ke-2 dari 3 RT di Desa Seloto" in said


def test_an_area_the_edition_lacks_is_not_yet_formed_or_has_ended():
    edition = small_edition(2007)
    edition.__dict__["areas"] = edition.areas.drop(index=["RT-5207-00016-0", "RT-5207-00002-0"])
    assert sentences.area_sentences(edition, "RT-5207-00016-0") == [
        "RT ini belum terbentuk pada 31 Desember 2007."
    ]
    assert sentences.area_sentences(edition, "RT-5207-00002-0", "en") == [
        "This RT ended on 1 June 2007."
    ]


def test_rts_with_few_known_households_are_not_ranked():
    edition = small_edition()
    rows = (edition.values["indicator"] == "n_households") & (edition.values["level"] == "rt")
    edition.values.loc[rows, "value"] = [9.0, *[40.0] * 15]
    assert "RT-5207-00001-0" not in ranks.rankable(edition, "poverty_rate", "rt").index
    said = sentences.area_sentences(edition, "RT-5207-00001-0")
    assert "Tidak diperingkat, karena yang diketahui kurang dari 10 keluarga." in said


def test_names_are_said_letter_by_letter():
    said = "\n".join(
        "\n".join(sentences.area_sentences(small_edition(), area))
        for area in small_edition().areas.index
    )
    assert "{" not in said
    assert words.area_name(small_edition().areas.loc["RT-5207-00004-0"]) == f"{HOSTILE[3]}, Goa"
