"""Three lists: exact copies are left out, of everything else a person decides."""

from intake.people_files import drawn, staged_of
from pbrt_geo.intake.duplicates import exact_copies, open_questions


def questions(text, decisions=None):
    return open_questions(staged_of(text), decisions or {})


def test_hostile_49_an_exact_copy_is_left_out():
    rows, columns, _ = drawn("kk rt nik name\n1 1 1 SURA\n1 1 2 RATNA\n1 1 1 SURA")
    assert exact_copies(rows, columns) == [(2, 0)]
    assert questions("kk rt nik name\n1 1 1 SURA\n1 1 1 SURA") == ([], set())


def test_two_people_of_one_name_are_no_copies():
    rows, columns, _ = drawn("rt name\n1 SITI\n1 SITI")
    assert exact_copies(rows, columns) == []
    rows, columns, _ = drawn("kk rt nik name\n- 1 - SITI\n- 1 - SITI")
    assert exact_copies(rows, columns) == []


def test_hostile_49_one_nik_on_rows_that_differ_is_a_question():
    (question,), _ = questions("kk rt nik name\n1 1 1 SURA\n1 1 1 SURYA")
    assert (question.kind, question.rows) == ("rows_differ", (1, 2))
    assert question.options == ("row:1", "row:2", "leave")


def test_hostile_49_one_person_in_two_households_is_a_question():
    (question,), _ = questions("kk rt nik name\n1 1 1 SURA\n2 2 1 SURA")
    assert (question.kind, question.key) == ("two_households", "two_households:1")


def test_one_no_kk_under_two_numbers_of_the_file_is_a_question():
    (question,), _ = questions("key kk rt nik name\na 1 1 1 SURA\nb 1 1 2 RATNA\nb 1 1 3 WIRE")
    assert (question.kind, question.rows) == ("kk_twice", (1, 2))


def test_an_answer_takes_the_other_rows_out():
    text = "kk rt nik name\n1 1 1 SURA\n2 2 1 SURA\n2 2 2 RATNA"
    assert questions(text, {"two_households:1": "row:2"}) == ([], {1})
    assert questions(text, {"two_households:1": "leave"}) == ([], {1, 2})
    text = "key kk rt nik name\na 1 1 1 SURA\nb 1 1 2 RATNA\nb 1 1 3 WIRE"
    assert questions(text, {"kk_twice:1": "row:1"}) == ([], {2, 3})


def test_an_answer_that_is_none_of_the_options_decides_nothing():
    (question,), dropped = questions("kk rt nik name\n1 1 1 SURA\n2 2 1 SURA", {"x": "row:1"})
    assert dropped == set()
    (question,), _ = questions("kk rt nik name\n1 1 1 SURA\n2 2 1 SURA", {question.key: "row:99"})


def test_without_numbers_one_look_in_one_rt_is_a_question():
    (question,), _ = questions("rt name born sex\n1 SURA 1970-01-01 male\n1 SURA 1970-01-01 -")
    assert question.kind == "two_households"
    assert questions("rt name born sex\n1 SURA 1970-01-01 male\n2 SURA 1970-01-01 -")[0] == []
