"""Which of several findings about a household counts on a date, worked out by hand."""

import datetime as dt
from io import StringIO

import pandas as pd
import pytest

from pbrt_geo.errors import RuleError
from pbrt_geo.registry.findings import Findings, read_evidence_rule, years_before

RULE = read_evidence_rule()
DAY = dt.date(2026, 6, 1)


def findings(text, date=DAY, rule=RULE):
    table = pd.read_csv(StringIO(text.strip()), sep=r"\s+", na_values=["."])
    table["as_of"] = pd.to_datetime(table["as_of"]).astype("datetime64[s]")
    return Findings(table, date, rule)


def spending(text, date=DAY):
    return findings(text, date).column("spending", pd.Index(["A"])).fillna(-1).iloc[0]


def test_the_latest_finding_counts_whoever_found_it():
    assert spending("""
        household_id  as_of       source  spending
        A             2025-03-01  survey  100
        A             2025-09-01  form    200
    """) == 200  # fmt: skip


def test_of_one_day_the_source_named_first_counts():
    assert spending("""
        household_id  as_of       source        spending
        A             2025-03-01  verification  100
        A             2025-03-01  dtsen         400
        A             2025-03-01  form          300
        A             2025-03-01  survey        200
    """) == 100  # fmt: skip


def test_what_was_asked_again_and_not_answered_is_not_known():
    text = """
        household_id  as_of       source  spending
        A             2025-03-01  survey  100
        A             2026-03-01  survey  .
        B             2026-03-01  survey  300
    """
    assert spending(text) == -1
    assert spending(text, dt.date(2025, 12, 31)) == 100


def test_a_survey_that_asked_nobody_about_it_says_nothing_of_it():
    assert spending("""
        household_id  as_of       source  spending
        A             2025-03-01  survey  100
        A             2026-03-01  survey  .
        B             2026-03-01  survey  .
    """) == 100  # fmt: skip


def test_a_form_that_leaves_a_field_empty_takes_nothing_back():
    assert spending("""
        household_id  as_of       source  spending
        A             2025-03-01  form    100
        A             2026-03-01  form    .
        B             2026-03-01  form    300
    """) == 100  # fmt: skip


def test_an_unanswered_survey_leaves_what_others_found():
    assert spending("""
        household_id  as_of       source  spending
        A             2025-03-01  survey  100
        A             2025-04-01  form    150
        A             2026-03-01  survey  .
        B             2026-03-01  survey  300
    """) == 150  # fmt: skip


def test_two_years_is_how_long_a_finding_counts():
    # UU 13/2011, article 8 (5): verified at least every two years
    text = "household_id as_of source spending\nA 2024-06-01 form 100"
    assert spending(text, dt.date(2026, 5, 31)) == 100
    assert spending(text, dt.date(2026, 6, 1)) == -1
    assert spending(text, dt.date(2024, 5, 31)) == -1, "not yet found"


def test_nothing_known_of_anybody():
    table = findings("household_id as_of source spending\nA 2020-01-01 form 100")
    assert table.column("spending", pd.Index(["A", "B"])).isna().all()
    assert table.day("spending", pd.Index(["A"])).isna().all()


def test_the_day_is_that_of_the_finding_that_counts():
    table = findings("""
        household_id  as_of       source  spending
        A             2025-03-01  form    100
        A             2026-03-01  form    .
    """)
    assert table.day("spending", pd.Index(["A"])).iloc[0] == pd.Timestamp("2025-03-01")


def test_years_before_a_leap_day():
    assert years_before(dt.date(2028, 2, 29), 2) == dt.date(2026, 2, 28)
    assert years_before(dt.date(2026, 12, 31), 2) == dt.date(2024, 12, 31)


# ── the rule ────────────────────────────────────────────────────────────────────────────────────

GOOD = """
order = ["survey", "verification", "form", "dtsen"]
renewed = ["survey"]
evidence_years = 3
report_years = 1
"""


def test_another_rule_counts_differently(tmp_path):
    path = tmp_path / "ours.toml"
    path.write_text(GOOD, encoding="utf-8")
    table = findings(
        """
        household_id  as_of       source        spending
        A             2023-07-01  verification  100
        A             2023-07-01  survey        200
        """,
        rule=read_evidence_rule(path),
    )
    assert table.column("spending", pd.Index(["A"])).iloc[0] == 200


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"form", ', ""),
        ('"form"', '"rumour"'),
        ('renewed = ["survey"]', 'renewed = ["rumour"]'),
        ("evidence_years = 3", "evidence_years = 0"),
        ("report_years = 1", "report_years = true"),
        ("report_years = 1", 'report_years = "1"'),
    ],
)
def test_a_rule_that_cannot_be_is_refused(tmp_path, old, new):
    path = tmp_path / "ours.toml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(RuleError) as refused:
        read_evidence_rule(path)
    assert refused.value.text() == (
        "Aturan bukti ours.toml tidak dapat dipakai. `order` harus menyebut setiap sumber satu "
        "kali (survey, dtsen, verification, form), `renewed` hanya sumber di antaranya, dan jumlah "
        "tahun bilangan bulat 1 atau lebih. Perbaiki, lalu jalankan lagi."
    )


@pytest.mark.parametrize("text", ["order = [", "order = 3", GOOD.replace("report", "other")])
def test_a_file_that_is_no_rule_is_refused(tmp_path, text):
    path = tmp_path / "ours.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match=r"Aturan bukti ours\.toml tidak terbaca"):
        read_evidence_rule(path)
    with pytest.raises(RuleError, match=r"none\.toml tidak terbaca"):
        read_evidence_rule(tmp_path / "none.toml")
