"""Whatever files come in whatever order: nobody is lost or in two places, again is nothing."""

import datetime as dt
import itertools
import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from registry.registries import ON, fill_places

from intake.people_files import compared, rows_of, staged_of
from pbrt_geo.intake.plan import CHANGED, NEW, UNCHANGED
from pbrt_geo.intake.storing import store
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.store import Registry

TAKEN = {NEW, CHANGED, UNCHANGED}
KNOWN = (
    ("1", "SURA", "1970-03-17"),
    ("2", "RATNA", "1972-01-02"),
    ("3", "WIRE", "1980-05-05"),
    ("-", "DEWI", "2024-01-01"),
)
PEOPLE = st.one_of(
    st.sampled_from(KNOWN),
    st.sampled_from(KNOWN),
    st.tuples(
        st.sampled_from(("1", "2", "4", "-")),
        st.sampled_from(("SURA", "HASAN", "DEWI")),
        st.sampled_from(("1970-03-17", "1990-01-01", "-")),
    ),
)
HOMES = st.one_of(
    st.sampled_from((("1", "1"), ("2", "2"), ("1", "3"), ("3", "3"))),
    st.tuples(st.sampled_from(("1", "2", "-")), st.sampled_from(("1", "2", "-"))),
)
ROWS = st.builds(
    lambda home, person, role, desil, pkh: (*home, *person, role, desil, pkh),
    HOMES,
    PEOPLE,
    st.sampled_from(("head", "other", "-")),
    st.sampled_from(("1", "2", "-")),
    st.sampled_from(("yes", "no", "-")),
)
HEAD = "kk rt nik name born role desil pkh"
DETAILS = (st.sampled_from(("head", "other", "-")), st.sampled_from(("1", "2", "-")))


@st.composite
def lists(draw):
    """Rows of a file: where each of the known people is, if anywhere; now and then a stray row."""
    rows = []
    for person in KNOWN:
        home = draw(st.one_of(st.none(), HOMES, HOMES, HOMES))
        if home is not None:
            role, desil = (draw(detail) for detail in DETAILS)
            rows.append((*home, *person, role, desil, draw(st.sampled_from(("yes", "no", "-")))))
    return rows + draw(st.lists(ROWS, min_size=0 if rows else 1, max_size=1))


FILES = st.lists(
    st.tuples(
        lists(),
        st.sampled_from((dt.date(2025, 1, 1), dt.date(2025, 6, 1), dt.date(2026, 1, 1))),
        st.sampled_from(("file", "registry", "leave", None)),
    ),
    min_size=2,
    max_size=4,
)


def written(rows):
    return "\n".join([HEAD, *(" ".join(row) for row in rows)])


def decided(answer):
    return {"other_person": answer} if answer else {}


@settings(max_examples=60, deadline=None)
@given(files=FILES)
def test_any_files_in_any_order(files, sqlite_template):
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder) / "registry.db"
        shutil.copy(sqlite_template, where)
        registry = Registry.open(where)
        try:
            fill_places(registry)
            for rows, day, answer in files:
                import_and_look(registry, written(rows), day, decided(answer))
        finally:
            registry.close()


def import_and_look(registry, text, day, decisions):
    before = {row["id"] for row in rows_of(registry, t.residents)}
    staged, found = compared(registry, text, day, decisions)
    with registry.write(COMMAND, ON, "import", "uji") as work:
        store(work, staged, found.plan, lambda n: None)
    assert before <= {row["id"] for row in rows_of(registry, t.residents)}
    at_most_one(rows_of(registry, t.memberships), "resident_id")
    at_most_one(rows_of(registry, t.residences), "household_id")
    _, again = compared(registry, text, day, decisions)
    assert again.plan.size == 0
    for told, read in ((found.households, again.households), (found.people, again.people)):
        assert {n for n, kind in told.items() if kind in TAKEN} == {
            n for n, kind in read.items() if kind == UNCHANGED
        }


def at_most_one(rows, whose):
    """See that no two periods of one person or household overlap."""
    rows = sorted(rows, key=lambda row: (row[whose], row["valid_from"], row["id"]))
    for earlier, later in itertools.pairwise(rows):
        if earlier[whose] == later[whose]:
            assert earlier["valid_to"] is not None, whose
            assert earlier["valid_to"] <= later["valid_from"], whose


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(ROWS, min_size=2, max_size=6), data=st.data())
def test_the_order_of_rows_does_not_matter(rows, data):
    shuffled = data.draw(st.permutations(rows))
    first, second = staged_of(written(rows)), staged_of(written(shuffled))
    assert sorted(len(h.rows) for h in first.households) == sorted(
        len(h.rows) for h in second.households
    )
