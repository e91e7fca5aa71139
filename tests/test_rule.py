"""The rule of publishing: the defaults, what a rule may not say, and that every fault is named."""

import json
import re
from pathlib import Path

import pytest

from pbrt_geo.disclosure.links import UNIT_OF
from pbrt_geo.disclosure.rule import DEFAULT, LIKE, OPENABLE, read_rule
from pbrt_geo.errors import RuleError
from pbrt_geo.measures import MEASURES
from pbrt_geo.schema import LEVELS
from pbrt_geo.text import has

TEXT = DEFAULT.read_text(encoding="utf-8")


def write(tmp_path, old, new, count=1):
    assert old in TEXT
    path = tmp_path / "rule.toml"
    path.write_text(TEXT.replace(old, new, count), encoding="utf-8")
    return path


def keys_of(path):
    with pytest.raises(RuleError) as caught:
        read_rule(path)
    assert all(
        has(f"problem.{p.key}", lang) for p in caught.value.problems for lang in ("id", "en")
    )
    for language in ("id", "en"):
        assert "{" not in caught.value.text(language)
    return {problem.key for problem in caught.value.problems}


def test_defaults_are_those_argued_in_the_document():
    rule = read_rule()
    assert (rule.values_needed("household"), rule.values_needed("resident")) == (5, 16)
    assert rule.entry("poverty_rate").classes == (0.16, 0.35, 0.55, 0.75)
    assert rule.step == {"desa": 0.02, "kecamatan": 0.01, "kabupaten": 0.005}
    assert rule.lots == {"desa": 0.005, "kecamatan": 0.002, "kabupaten": 0.001}
    assert set(rule.without_lots().lots.values()) == {0}
    assert rule.levels("coverage_rate", everyone=True) == LEVELS
    assert rule.levels("coverage_rate", everyone=False) == LEVELS[1:]
    assert rule.levels("n_reached") == ()


def test_every_indicator_is_protected_open_or_hidden_and_only_one_of_them():
    rule = read_rule()
    bases = [entry.base for entry in (*rule.entries, *rule.opened)] + list(rule.hidden)
    assert sorted(bases) == sorted(MEASURES)


def test_every_choice_has_its_reason_in_both_languages():
    rule = read_rule()
    reasons = [entry.reason for entry in (*rule.entries, *rule.opened)]
    reasons += [*rule.hidden.values(), *rule.reasons.values()]
    assert all(len(reason[language]) > 20 for reason in reasons for language in ("id", "en"))


def test_no_rt_has_more_than_five_classes_and_steps_are_on_the_ladder():
    rule = read_rule()
    assert max(len(entry.classes) + 1 for entry in rule.entries) == 5
    assert set(rule.step.values()) <= set(rule.ladder)
    assert all((1 / width) % 1 == pytest.approx(0) for width in rule.ladder), "no last narrow bin"


def test_a_rule_can_be_written_to_json_and_turned_without_changing_it():
    rule = read_rule()
    assert json.loads(json.dumps(rule.as_dict()))["needed"] == {"household": 5, "resident": 16}
    turned = rule.with_values(household=8)
    assert (turned.values_needed("household"), turned.values_needed("resident")) == (8, 16)
    assert rule.values_needed("household") == 5


def test_units_and_likes_are_those_of_the_measures():
    assert set(UNIT_OF) | set(OPENABLE) <= set(MEASURES)
    assert all(MEASURES[count].kind == "count" for count in LIKE)
    assert all(MEASURES[base].kind == "count" or base not in LIKE for base in UNIT_OF)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("household = 5", "household = 1", "rule_needed"),
        ("household = 5", "household = 5.5", "rule_needed"),
        ("resident = 16", "resident = true", "rule_needed"),
        ("household = 5\n", "", "rule_key_missing"),
        ("household = 5", "household = 5\nkeluarga = 5", "rule_key_unknown"),
        ("ladder = [0.001,", "ladder = [0.002, 0.001,", "rule_ladder"),
        ("desa = 0.02", "desa = 0.03", "rule_step"),
        ("desa = 0.02", "rt = 0.02", "rule_step"),
        ("desa = 0.005", "rt = 0.01", "rule_lots"),
        ("desa = 0.005", "desa = 1", "rule_lots"),
        ("desa = 0.005", 'desa = "0.01"', "rule_lots"),
        ("[reason.ladder]", "[reason.leiter]", "rule_reason"),
        ("classes = [0.2, 0.4, 0.6]", "classes = [0.1, 0.2, 0.4, 0.6, 0.8]", "rule_classes"),
        ("classes = [0.2, 0.4, 0.6]", "classes = [0.4, 0.2]", "rule_classes"),
        ("classes = [0.2, 0.4, 0.6]\n", "", "rule_classes"),
        ("classes = [0.2, 0.4, 0.6]", 'classes = ["a"]', "rule_form"),
        ('unit = "resident"', 'unit = "household"', "rule_unit"),
        ('"kecamatan", "kabupaten"]', '"kecamatan", "provinsi"]', "rule_levels"),
        ('like = "poverty_rate"', 'like = "watts"', "rule_like"),
        ('like = "poverty_rate"\n', "", "rule_like"),
        ('base = "watts"', 'base = "af_intensity"', "rule_base_unknown"),
        ('base = "watts"', 'base = "af_m0"', "rule_base_twice"),
        ('base = "n_rt"', 'base = "n_poor"', "rule_not_open"),
        ('\nonly = "everyone"', '\nonly = "poor"', "rule_only"),
        ("single = true", 'single = "yes"', "rule_form"),
        ("[[hidden]]", "[hidden]", "rule_unreadable"),
        ('reason.en = "The same range', 'reason.fr = "The same range', "rule_reason"),
    ],
)
def test_a_fault_of_a_rule_is_named(tmp_path, old, new, key):
    assert key in keys_of(write(tmp_path, old, new))


def test_a_count_is_not_told_where_its_rate_is_not(tmp_path):
    old = 'levels = ["desa", "kecamatan", "kabupaten"]\nlike'
    new = 'levels = ["rt", "desa"]\nclasses = [0.5]\nlike'
    assert "rule_like_levels" in keys_of(write(tmp_path, old, new))


def test_all_faults_are_told_at_once(tmp_path):
    path = tmp_path / "rule.toml"
    text = TEXT.replace("resident = 16", "resident = 0").replace("desa = 0.02", "desa = 7")
    path.write_text(text, encoding="utf-8")
    assert keys_of(path) == {"rule_needed", "rule_step"}


def test_a_file_that_is_not_there_is_named_without_its_folder(tmp_path):
    with pytest.raises(RuleError) as caught:
        read_rule(tmp_path / "aturan.toml")
    assert "`aturan.toml`" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_every_text_of_the_rule_is_used():
    source = DEFAULT.with_name("rule.py").read_text(encoding="utf-8")
    for language in ("id", "en"):
        file = Path("pbrt_geo/text") / language / "disclosure_rule.toml"
        text = (DEFAULT.parents[2] / file).read_text(encoding="utf-8")
        for key in re.findall(r"^(\w+) =", text, flags=re.MULTILINE):
            assert f'"{key}"' in source, key
