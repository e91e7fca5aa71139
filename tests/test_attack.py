"""The attack: what can be computed back is found, and what is called safe is safe."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from attack_puzzles import NEEDED, A, B, knowledge, own_kin, rate, snapshot

from pbrt_geo.disclosure.attack import Memory, attack
from pbrt_geo.disclosure.families import AttackError
from pbrt_geo.disclosure.inherited import Inheritance
from pbrt_geo.disclosure.model import Links, Numerator, Relation
from pbrt_geo.disclosure.search import Search

POOR = rate("poor")
ONE_DESA = "K1 D1: r1 r2 r3"


def cell(findings, rt, quantity="poor", date=A):
    """Lowest, highest and number of values of one cell."""
    cells = findings.cells
    at = (cells["rt_id"] == rt) & (cells["quantity"] == quantity)
    row = cells[at & (cells["date"] == pd.Timestamp(date))].iloc[0]
    return row["lowest"], row["highest"], row["n_possible"]


def change(findings, group, quantity="poor"):
    changes = findings.changes
    row = changes[(changes["group"] == group) & (changes["quantity"] == quantity)].iloc[0]
    return row["lowest"], row["highest"], row["n_possible"]


def leaking(findings):
    leaks = findings.leaks
    return [
        (kind, rt if kind == "cell" else group)
        for kind, rt, group in zip(leaks["kind"], leaks["rt_id"], leaks["group"], strict=True)
    ]


# ── one date ────────────────────────────────────────────────────────────────────────────────────


def test_wide_classes_alone_give_nothing_away():
    """0–20 % of 40 households are 0 to 7 (8 values), 20–40 % are 8 to 15."""
    known = knowledge(
        POOR,
        [snapshot(A, ONE_DESA, poor=40)],
        """
        A r1 poor 0.0 0.2
        A r2 poor 0.2 0.4
        A r3 poor 0.4 0.6
        """,
    )
    findings = attack(known, NEEDED)
    assert findings.leaks.empty
    assert set(findings.cells["needed"]) == {5}
    assert findings.narrowest("household") >= 5
    assert findings.narrowest("resident") is None


def test_a_desa_at_the_sum_of_the_lower_limits_gives_every_rt_away():
    """8 + 16 + 0 = 24 of 120: the desa's exact 20 % leave each RT its lowest number only."""
    known = knowledge(
        POOR,
        [snapshot(A, ONE_DESA, poor=40)],
        """
        A r1 poor 0.2 0.4
        A r2 poor 0.4 0.6
        A r3 poor 0.0 0.2
        A D1 poor 0.2 0.2]
        """,
    )
    findings = attack(known, NEEDED)
    assert leaking(findings) == [("cell", "r1"), ("cell", "r2"), ("cell", "r3")]
    assert [cell(findings, rt) for rt in ("r1", "r2", "r3")] == [(8, 8, 1), (16, 16, 1), (0, 0, 1)]
    assert findings.leaks["exact"].all()
    assert findings.narrowest("household") == 1


def test_a_total_near_the_sum_of_the_upper_limits_leaves_too_few():
    """At most 7 + 15 = 22 of 80. If there are 20 to 22 (25–28 %), r1 has 5 to 7."""
    known = knowledge(
        POOR,
        [snapshot(A, "K1 D1: r1 r2", poor=40)],
        """
        A r1 poor 0.0 0.2
        A r2 poor 0.2 0.4
        A D1 poor 0.25 0.28
        """,
    )
    findings = attack(known, NEEDED)
    assert cell(findings, "r1") == (5, 7, 3)
    assert cell(findings, "r2") == (13, 15, 3)


def test_the_only_rt_of_a_desa_is_told_by_its_desa():
    """A desa of one RT, 17.5 to 20 % of 40: 7 households, though the RT itself is withheld."""
    known = knowledge(
        POOR,
        [snapshot(A, "K1 D1: r1\nK1 D2: r2 r3", poor=40)],
        """
        A D1 poor 0.175 0.2
        A D2 poor 0.1 0.2
        """,
    )
    findings = attack(known, NEEDED)
    assert cell(findings, "r1") == (7, 7, 1)
    assert leaking(findings) == [("cell", "r1")]


def test_a_total_less_its_other_desas_gives_a_desa_away():
    """K1 has 24 of 80 and D1 12 to 15 of 40, so D2, which says nothing, has 9 to 12."""
    known = knowledge(
        POOR,
        [snapshot(A, "K1 D1: r1\nK1 D2: r2", poor=40)],
        """
        A D1 poor 0.3 0.4
        A K1 poor 0.3 0.3]
        """,
    )
    findings = attack(known, NEEDED)
    assert cell(findings, "r2") == (9, 12, 4)
    assert cell(findings, "r1") == (12, 15, 4)


def test_a_kabupaten_less_a_kecamatan_gives_the_other_away():
    """Kab has 50 of 100 and K1 has 30 of 50: K2 has 20, which one RT alone makes up."""
    known = knowledge(
        POOR,
        [snapshot(A, "K1 D1: r1 r2\nK2 D2: r3", poor={"r1": 25, "r2": 25, "r3": 50})],
        """
        A K1 poor 0.6 0.6]
        A Kab poor 0.5 0.5]
        """,
    )
    findings = attack(known, NEEDED)
    assert cell(findings, "r3") == (20, 20, 1)
    assert leaking(findings) == [("cell", "r3")]  # r1 can be 5 to 25


def test_an_rt_too_small_for_the_rule_is_no_leak_while_nothing_is_told_of_it():
    """Of 2 households 0, 1 or 2 are poor: 3 values before and after."""
    known = knowledge(
        POOR,
        [snapshot(A, "K1 D1: r1 r2", poor={"r1": 40, "r2": 2})],
        """
        A r1 poor 0.0 0.2
        A D1 poor 0.0 0.2
        """,
    )
    findings = attack(known, NEEDED)
    assert findings.leaks.empty
    assert cell(findings, "r2") == (0, 2, 3)
    assert findings.cells.set_index("rt_id")["needed"].to_dict() == {"r1": 5, "r2": 3}
    assert findings.narrowest("household") >= 5


def test_an_rt_of_nobody_is_no_leak():
    known = knowledge(
        POOR,
        [snapshot(A, "K1 D1: r1 r2", poor={"r1": 40, "r2": np.nan})],
        """
        A D1 poor 0.2 0.4
        """,
    )
    findings = attack(known, NEEDED)
    assert findings.leaks.empty
    assert cell(findings, "r2") == (0, 0, 1)


def test_a_count_is_told_in_its_own_unit():
    """ "12 to 13 poor" in a desa whose other RTs have none: no denominator is needed."""
    known = knowledge(POOR, [snapshot(A, "K1 D1: r1", poor=np.nan)], "A D1 poor 12 14")
    assert cell(attack(known, NEEDED), "r1") == (12, 13, 2)


def test_residents_need_more_room_than_households():
    """0–20 % of 75 residents: 0 to 14 (15 is not below it) are 15 values, one too few."""
    people = rate("poor", unit="resident")
    for residents, leaks in ((75, 1), (76, 0)):
        known = knowledge(people, [snapshot(A, "K1 D1: r1", poor=residents)], "A r1 poor 0 0.2")
        assert len(attack(known, NEEDED).leaks) == leaks


# ── several dates ───────────────────────────────────────────────────────────────────────────────


def known_of_two_months(said, changed, before=40, after=41, links=POOR):
    snapshots = [snapshot(A, "K1 D1: r1 r2", poor=before), snapshot(B, "K1 D1: r1 r2", poor=after)]
    return knowledge(links, snapshots, said, changed)


def two_months(said, changed, before=40, after=41, links=POOR):
    return attack(known_of_two_months(said, changed, before, after, links), NEEDED)


def test_a_class_that_changes_with_one_household_gives_both_numbers_away():
    """0–20 % of 40 is at most 7, 20–40 % of 41 at least 9 (8.2): with 2 households, 7 and 9."""
    findings = two_months(
        "A r1 poor 0.0 0.2\nB r1 poor 0.2 0.4",
        "A B r1 poor 2 2\nA B r2 poor 0 0",
    )
    assert cell(findings, "r1", date=A) == (7, 7, 1)
    assert cell(findings, "r1", date=B) == (9, 9, 1)
    assert change(findings, 0) == (2, 2, 1)
    assert leaking(findings) == [("cell", "r1"), ("cell", "r1"), ("change", 0)]


def test_a_household_more_in_the_next_class_is_found():
    """8 of 40 is 20 %, 8 of 41 is not: who came is poor if the class stays at 20–40 %."""
    findings = two_months(
        "A r1 poor 0.0 0.2\nB r1 poor 0.19 0.4",
        "A B r1 poor 1 1\nA B r2 poor 0 0",
    )
    assert cell(findings, "r1", date=A) == (7, 7, 1)
    assert cell(findings, "r1", date=B) == (8, 8, 1)
    assert change(findings, 0)[2] == 1


def test_a_class_that_is_held_gives_no_step_away():
    """The class of the first month is repeated with its date, and nothing is said of the second."""
    findings = two_months(
        "A r1 poor 0.0 0.2\nA r2 poor 0.2 0.4",
        "A B r1 poor 1 1\nA B r2 poor 0 0",
    )
    assert findings.leaks.empty
    assert change(findings, 0)[:2] == (0, 1)  # one came: poor or not


def test_where_one_household_changed_both_ways_must_be_possible():
    """As many households as before and one differs: one poor more or one less, never the same."""
    changed = "A B r1 poor 1 1\nA B r2 poor 0 0"
    findings = two_months("A r1 poor 0.0 0.2\nB r1 poor 0.0 0.2", changed, after=40)
    assert findings.leaks.empty
    assert change(findings, 0) == (-1, 1, 3)
    # at most 7, then at least 7: 6 → 7 or 7 → 8, since 7 → 7 is known not to be
    findings = two_months("A r1 poor 0.0 0.2\nB r1 poor 0.175 0.4", changed, after=40)
    assert change(findings, 0) == (0, 1, 2)
    assert ("change", 0) in leaking(findings)


def test_a_total_that_moves_by_one_household_is_a_step():
    """Exact totals of two months differ by one; only r1 changed, so it is found."""
    findings = two_months(
        "A D1 poor 0.25 0.25]\nB D1 poor 0.2625 0.2625]",
        "A B r1 poor 1 1\nA B r2 poor 0 0",
        after=40,
    )
    assert change(findings, 0) == (1, 1, 1)
    assert leaking(findings) == [("change", 0)]


def test_two_editions_of_unchanged_people_cut_a_cell_together():
    """0–30 % and 22.5–50 % of 40 overlap in 9 to 11."""
    findings = two_months(
        "A r1 poor 0.0 0.3\nB r1 poor 0.225 0.5",
        "A B r1 poor 0 0\nA B r2 poor 0 0",
        after=40,
    )
    assert cell(findings, "r1", date=A) == cell(findings, "r1", date=B) == (9, 11, 3)
    assert findings.changes.empty


def test_a_split_rt_is_followed_by_its_kin():
    """r1 became r1 and r3, where nobody else came: 12 to 15 before, and after 0–3 and so 9–15."""
    snapshots = [
        snapshot(A, "K1 D1: r1 r2", poor=40),
        snapshot(B, "K1 D1: r1 r2 r3", poor={"r1": 20, "r2": 40, "r3": 20}),
    ]
    kin = own_kin({s.date: s for s in snapshots}, {"r3": "r1"})
    known = knowledge(POOR, snapshots, "A r1 poor 0.3 0.4\nB r1 poor 0 0.2", "A B r1 poor 0 0", kin)
    findings = attack(known, NEEDED)
    assert cell(findings, "r1", date=A) == (12, 15, 4)
    assert cell(findings, "r1", date=B) == (0, 3, 4)


# ── linked quantities ───────────────────────────────────────────────────────────────────────────


def union(*parts, whole="any"):
    """At least each part, at most all together."""
    each = [({part: 1.0, whole: -1.0}, False) for part in parts]
    return rate(
        *parts, whole, relations=[*each, ({whole: 1.0} | dict.fromkeys(parts, -1.0), False)]
    )


def test_a_union_is_no_smaller_than_its_parts_and_no_larger_than_their_sum():
    """One programme reaches 20 to 23 of 40, any 24 at most: 20 to 23 and 20 to 24."""
    links = union("rice", "cash")
    known = knowledge(
        links,
        [snapshot(A, "K1 D1: r1", rice=40, cash=40, any=40)],
        """
        A r1 rice 0.5 0.6
        A r1 any 0.0 0.6]
        A r1 cash 0.0 0.1
        """,
    )
    findings = attack(known, NEEDED)
    assert cell(findings, "r1", "any") == (20, 24, 5)
    assert cell(findings, "r1", "rice") == (20, 23, 4)
    assert set(findings.leaks["quantity"]) == {"rice", "cash"}


def test_m0_gives_its_parts_away():
    """M0 = (a + b) / 2 of 40 people: exactly 10 with a = 12 to 15 leaves b 5 to 8."""
    links = Links(
        {name: Numerator(((name, 1.0),)) for name in ("a", "b", "m0")},
        (Relation((("m0", -1.0), ("a", 0.5), ("b", 0.5)), equal=True),),
        frozenset({"a", "b"}),
        dict.fromkeys(("a", "b", "m0"), "household"),
    )
    known = knowledge(
        links,
        [snapshot(A, "K1 D1: r1", a=40, b=40, m0=40)],
        """
        A r1 a 0.3 0.4
        A D1 m0 0.25 0.25]
        """,
    )
    findings = attack(known, NEEDED)
    assert cell(findings, "r1", "a") == (12, 15, 4)
    assert findings.cells.set_index("quantity")["lowest"]["m0"] == pytest.approx(10)
    known = knowledge(
        links,
        [snapshot(A, "K1 D1: r1", a=40, b=40, m0=40)],
        """
        A r1 a 0.3 0.4
        A r1 b 0.0 1.0]
        A D1 m0 0.25 0.25]
        """,
    )
    assert cell(attack(known, NEEDED), "r1", "b") == (5, 8, 4)


def test_the_missed_are_those_meant_less_those_reached():
    """30 to 35 % of 40 missed are 12 or 13, so 27 or 28 are reached."""
    links = Links(
        {"reached": Numerator((("q", 1.0),)), "missed": Numerator((("q", -1.0),), 1.0)},
        whole=frozenset({"q"}),
        unit={"q": "household"},
    )
    known = knowledge(
        links, [snapshot(A, "K1 D1: r1", reached=40, missed=40)], "A r1 missed 0.3 0.35"
    )
    assert cell(attack(known, NEEDED), "r1", "q") == (27, 28, 2)


# ── what goes wrong ─────────────────────────────────────────────────────────────────────────────


def test_claims_that_contradict_each_other_are_refused():
    known = knowledge(
        POOR,
        [snapshot(A, "K1 D1: r1 r2", poor=40)],
        """
        A r1 poor 0.6 0.8
        A r2 poor 0.6 0.8
        A D1 poor 0.1 0.2
        """,
    )
    with pytest.raises(AttackError) as caught:
        attack(known, NEEDED)
    assert caught.value.text("en") == (
        "What the public editions say of poor contradicts itself: no numbers of households or "
        "residents fulfil it all. Build the internal editions again from the same tables, then "
        "publish again, oldest first."
    )
    assert "bertentangan" in caught.value.text("id")


def test_a_claim_about_an_area_of_another_date_is_refused():
    known = knowledge(POOR, [snapshot(A, "K1 D1: r1 r2", poor=40)], "A D9 poor 0.6 0.8")
    with pytest.raises(AttackError, match="D9"):
        attack(known, NEEDED)


def test_no_claims_are_no_cells():
    known = knowledge(POOR, [snapshot(A, ONE_DESA, poor=40)], "A r1 other 0 1")
    findings = attack(known, NEEDED)
    assert findings.cells.empty
    assert findings.leaks.empty
    assert findings.narrowest("household") is None
    assert findings.narrowest_change is None


def test_progress_goes_from_0_to_1():
    told = []
    known = knowledge(POOR, [snapshot(A, ONE_DESA, poor=40)], "A r1 poor 0 0.2\nA D1 poor 0 0.5")
    attack(known, NEEDED, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1


def test_the_solver_says_nothing_of_itself():
    program = (
        "import numpy as np\n"
        "from pbrt_geo.disclosure.lp import Program, Sums, System\n"
        "one, no = np.ones(1), np.zeros(0)\n"
        "sums = Sums(no.astype(int), no.astype(int), no, 0)\n"
        "Program(System(0 * one, one, one > 0, sums, no, no)).best(one)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_what_was_searched_is_not_searched_again(monkeypatch):
    claims = """
        A r1 poor 0.0 0.2
        A r2 poor 0.2 0.4
        A r3 poor 0.4 0.6
        """
    known = knowledge(POOR, [snapshot(A, ONE_DESA, poor=40)], claims)
    more = knowledge(POOR, [snapshot(A, ONE_DESA, poor=40)], claims + "A D1 poor 0.2 0.4")
    memory: Memory = {}
    first = attack(known, NEEDED, memory=memory)
    assert len(memory) == 1
    changed = attack(more, NEEDED, memory=memory)
    assert len(memory) == 2
    pd.testing.assert_frame_equal(changed.cells, attack(more, NEEDED).cells)
    monkeypatch.setattr(Search, "run", None)
    pd.testing.assert_frame_equal(attack(known, NEEDED, memory=memory).cells, first.cells)


# ── what the newest edition adds ────────────────────────────────────────────────────────────────

QUIET = "A B r1 poor 0 0\nA B r2 poor 0 0"
NARROW = "A r1 poor 0.2 0.4\nA D1 poor 0.1 0.125]"
"""8 to 15 of 40, and 8 to 10 of 80 in the desa: 8, 9 or 10 in r1."""


def leaks_added(claims):
    known = known_of_two_months(claims, QUIET, after=40)
    leaks = attack(known, NEEDED).leaks
    found = Inheritance(NEEDED).added(leaks, known)
    return len(leaks), [(row.date.month, row.rt_id) for row in found.itertuples()]


def test_what_was_known_too_well_before_is_not_added():
    n_leaks, found = leaks_added(NARROW)
    assert n_leaks > 0
    assert found == []


def test_what_is_known_too_well_now_only_is_added():
    assert leaks_added("A r1 poor 0.2 0.4\nB D1 poor 0.1 0.125]")[1]


def test_what_is_known_still_better_is_added():
    n_leaks, found = leaks_added(NARROW + "\nB r1 poor 0.225 0.4")
    assert n_leaks > 0
    assert (A.month, "r1") in found
