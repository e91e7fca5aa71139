"""Who sees and changes what: role × table × action × area, against tables written by hand.

The tables below are the promise of `docs/decisions/0018-roles.md`; they are not derived from
`rights.toml`, so that a slip there fails here. A digit is an RT (or what lives in it) that the role
sees or may change; `-` is nothing; `x` is a refusal whatever the area.
"""

import datetime as dt
import threading
from collections import Counter

import pytest
from sqlalchemy import func, literal_column, select, text
from sqlalchemy import table as bare_table

from pbrt_geo.registry import tables as t
from pbrt_geo.registry.engine import RegistryError, transaction
from pbrt_geo.registry.rights import NotAllowed
from pbrt_geo.registry.store import Conflict
from registry.registries import ON
from registry.watched_people import ACTORS, BEGAN, NAMES, NUMBERS, RT_IDS, fill, number, user_row

WHO = (*ACTORS, "publik", "command")

SEEN = """
                   rt  desa  kecamatan opd opd_kecamatan bappeda bupati admin publik command
households         1   12    12        13  1             1234    -      -     -      1234
residences         1   12    12        13  1             1234    -      -     -      1234
residents          1   12    12        13  1             1234    -      -     -      1234
memberships        1   12    12        13  1             1234    -      -     -      1234
evidence           1   12    12        13  1             1234    -      -     -      1234
programme_reports  1   12    12        1234 12           1234    -      -     -      1234
lists              1   12    12        1234 12           1234    -      -     -      1234
list_entries       1   12    12        1234 12           1234    -      -     -      1234
rt_notes           1   12    12        1234 12           1234    -      -     -      1234
rt_matters         1   12    12        1234 12           1234    -      -     -      1234
rt_stages          1   12    12        1234 12           1234    -      -     -      1234
places             1234 1234 1234      1234 1234         1234    1234   1234  -      1234
"""
"""Rows of which RT each role sees."""

COUNTED = """
                   rt  desa  kecamatan opd opd_kecamatan bappeda bupati admin publik command
enrolments         1   2     2         2   1             4       0      0     0      4
users              1   1     1         1   1             1       1      8     x      8
drafts             1   0     0         0   0             1       0      0     x      2
mappings           1   1     x         x   x             1       x      x     x      1
sightings          x   x     x         x   x             x       x      2     x      2
changes            12  24    24        36  18            48      x      56    x      56
batches            1   1     1         1   1             1       x      2     x      2
"""
"""
How many rows of other tables: what a programme does, accounts, and the record.

Changes: 5 of each household, 1 of each enrolment (pkh: 1 and 3, rtlh: 2 and 3), 6 of each RT, 8
accounts. The OPD's 36: 2 households, 2 enrolments of its own, 4 RT.
"""

CHANGED = """
                   rt  desa  kecamatan opd opd_kecamatan bappeda bupati admin publik command
households         1   12    x         x   x             1234    x      x     x      1234
residences         1   12    x         x   x             1234    x      x     x      1234
residents          1   12    x         x   x             1234    x      x     x      1234
memberships        1   12    x         x   x             1234    x      x     x      1234
evidence           1   12    x         x   x             1234    x      x     x      1234
programme_reports  1   12    x         x   x             1234    x      x     x      1234
lists              1   12    s         x   x             1234    x      x     x      1234
list_entries       1   12    x         x   x             1234    x      x     x      1234
rt_notes           1   12    12        x   x             1234    x      x     x      1234
rt_matters         1   12    12        x   x             1234    x      x     x      1234
rt_stages          1   12    12        x   x             1234    x      x     x      1234
"""
"""Rows of which RT each role may change, take back, or add to; `s`: the state only, see below."""

SINCE = {"valid_from": BEGAN, "valid_to": None}
NEW = {
    "residences": lambda n: {"household_id": n, "rt_id": RT_IDS[n], "cause": "moved", **SINCE},
    "memberships": lambda n: {
        **{"resident_id": n, "household_id": n, "role": "other", "cause": "moved"},
        **SINCE,
    },
    "evidence": lambda n: {"household_id": n, "as_of": ON, "source": "form", "dtsen_desil": 3},
    "programme_reports": lambda n: {"programme_id": "pip", "as_of": ON, "rt_id": RT_IDS[n]},
    "lists": lambda n: {"rt_id": RT_IDS[n], "as_of": ON, "purpose": "poor", "state": "proposed"},
    "list_entries": lambda n: {"list_id": n, "household_id": n, "is_proposed": False},
    "rt_notes": lambda n: {"rt_id": RT_IDS[n], "as_of": ON, "section": "potensi", "text": "Sawah"},
    "rt_matters": lambda n: {"rt_id": RT_IDS[n], "as_of": ON, "kind": "harapan", "text": "Air"},
    "rt_stages": lambda n: {"rt_id": RT_IDS[n], "stage": "pemetaan", "date": ON},
}
"""A new row about RT n; households and residents are added with where they live, see below."""

ANOTHER = {
    "households": {"address": "Lorong"},
    "residences": {"cause": "corrected"},
    "residents": {"disability": "netra"},
    "memberships": {"role": "other"},
    "evidence": {"dtsen_desil": 9},
    "programme_reports": {"programme_id": "pip"},
    "lists": {"purpose": "pkh"},
    "list_entries": {"decision": "keep"},
    "rt_notes": {"text": "Sawah"},
    "rt_matters": {"text": "Sawah"},
    "rt_stages": {"evidence": "Berita acara"},
}


def cells(table):
    """Read a table of this file: (row, role) → cell."""
    head, *lines = [line.split() for line in table.strip().splitlines()]
    return {
        (line[0], who): cell for line in lines for who, cell in zip(head, line[1:], strict=True)
    }


@pytest.fixture
def actors(sample_places):
    return fill(sample_places)


class Undone(Exception):
    """Raised by a test at the end of a transaction, so that nothing of it is stored."""


def outcome(registry, actor, change):
    """Try a change, and undo it: `ok`, or the kind of the refusal."""
    try:
        with registry.write(actor, ON, "form", "Uji") as work:
            change(work)
            work.finish()
            raise Undone
    except Undone:
        return "ok"
    except (NotAllowed, Conflict) as error:
        return error.problems[0].key


def test_the_matrix_has_at_least_three_hundred_cells_with_every_table_and_role():
    tables = [*cells(SEEN), *cells(COUNTED)]
    assert {name for name, _ in tables} == set(t.metadata.tables)
    assert {who for _, who in tables} == set(WHO)
    assert len(tables) + 3 * len(cells(CHANGED)) >= 300


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


def seen_by(reading, table):
    """The RTs whose rows somebody sees in a table, as a cell."""
    try:
        seen = reading.visible(table)
    except NotAllowed:
        return "x"
    rows = reading.rows(select(seen))
    if table is t.places:
        found = {NUMBERS[row["rt_id"]] for row in rows}
    else:
        found = {row["id"] for row in rows}  # row n is about RT n
    return "".join(map(str, sorted(found))) or "-"


def test_everybody_sees_the_rows_of_the_table_and_no_other(sample_places, actors):
    for (name, who), cell in cells(SEEN).items():
        with sample_places.read(actors[who], ON) as reading:
            assert seen_by(reading, t.metadata.tables[name]) == cell, (name, who)


def counted_by(reading, table):
    """How many rows somebody sees in a table, as a cell."""
    try:
        seen = reading.visible(table)
    except NotAllowed:
        return "x"
    return str(reading.rows(select(func.count().label("n")).select_from(seen))[0]["n"])


def test_everybody_counts_the_rows_of_the_table_and_no_other(sample_places, actors):
    for (name, who), cell in cells(COUNTED).items():
        with sample_places.read(actors[who], ON) as reading:
            assert counted_by(reading, t.metadata.tables[name]) == cell, (name, who)


def test_a_key_of_somebody_else_gives_nothing(sample_places, actors):
    for (name, who), cell in cells(SEEN).items():
        if name == "places":
            continue
        table = t.metadata.tables[name]
        with sample_places.read(actors[who], ON) as reading:
            found = {n for n in (*RT_IDS, 999) if reading.get(table, n) is not None}
            assert found == {int(n) for n in cell if n.isdigit()}, (name, who)
            last = {n for n in (*RT_IDS, 999) if reading.last_change(table, n) is not None}
            assert last == found, (name, who)


def test_a_join_sees_no_more_than_its_tables(sample_places, actors):
    for who in WHO:
        expected = {NAMES[int(n)] for n in cells(SEEN)["residents", who] if n.isdigit()}
        with sample_places.read(actors[who], ON) as reading:
            h, m, p = (reading.visible(x) for x in (t.households, t.memberships, t.residents))
            joined = select(p.c.name).select_from(p).outerjoin(m, m.c.resident_id == p.c.id)
            joined = joined.outerjoin(h, h.c.id == m.c.household_id)
            assert {row["name"] for row in reading.rows(joined)} == expected, who
            crossed = select(func.count().label("n")).select_from(p.join(h, p.c.id != h.c.id))
            n = len(expected) * (len(expected) - 1)
            assert reading.rows(crossed)[0]["n"] == n, who


def test_nobody_reads_the_hash_of_a_password_or_the_values_of_the_record_as_an_admin(
    sample_places, actors
):
    for who in WHO:
        if who in ("publik", "command"):
            continue
        with sample_places.read(actors[who], ON) as reading:
            rows = reading.rows(select(reading.visible(t.users)))
            assert {(row["password_hash"], row["totp_secret"]) for row in rows} == {("•", "•")}
    with sample_places.read(actors["admin"], ON) as reading:
        rows = reading.rows(select(reading.visible(t.changes)))
        assert {(row["before"], row["after"]) for row in rows} == {(None, None)}


def test_the_record_of_changes_holds_the_own_people_only(sample_places, actors):
    with sample_places.read(actors["rt"], ON) as reading:
        seen = reading.visible(t.changes)
        rows = reading.rows(select(seen).where(seen.c.entity == "residents"))
    assert [row["after"]["name"] for row in rows] == [NAMES[1]]


def test_an_opd_sees_its_programmes_and_not_what_else_a_household_gets(sample_places, actors):
    with sample_places.read(actors["opd"], ON) as reading:
        rows = reading.rows(select(reading.visible(t.enrolments)))
    assert Counter(row["programme_id"] for row in rows) == {"pkh": 2}


# ── a query that goes around ────────────────────────────────────────────────────────────────────


def around(reading):
    """Queries that name a table themselves, in every place where one can be named."""
    own, raw = reading.visible(t.households), t.residents
    names = select(raw.c.name)
    yield select(raw)
    yield names
    yield select(raw.alias().c.name)
    yield select(own).where(own.c.id.in_(select(raw.c.id)))
    yield select(own, names.limit(1).scalar_subquery().label("name"))
    yield select(own).where(select(raw.c.id).exists())
    yield select(own).join(raw, raw.c.id == own.c.id)
    yield select(func.max(raw.c.name))
    yield select(names.cte("c").c.name)
    yield select(names.subquery().c.name)
    yield select(own).order_by(names.limit(1).scalar_subquery())
    yield select(own.c.id).union(select(raw.c.id))
    yield select(own).having(func.count(raw.c.id) > 1).group_by(own.c.id)
    yield select(text("name")).select_from(text("residents"))
    yield select(literal_column("(SELECT max(name) FROM residents)"))
    yield select(text("*")).select_from(bare_table("residents"))
    yield select(own).where(text("id IN (SELECT id FROM residents)"))
    yield select(raw.c.name).select_from(own)
    yield select(own).order_by(text("(SELECT max(name) FROM residents)"))
    yield select(own).limit(select(raw.c.id).limit(1).scalar_subquery())
    yield select(func.count().over(partition_by=raw.c.id)).select_from(own)
    yield select(func.count().filter(raw.c.id > 1)).select_from(own)
    yield select(own, names.lateral("l").c.name)
    yield select(own).add_cte(names.cte("c"))
    yield select(own).prefix_with("(SELECT max(name) FROM residents),")
    yield select(own).suffix_with("UNION SELECT name FROM residents")
    yield select(own).with_statement_hint("UNION SELECT name FROM residents")


def test_a_query_names_no_table_itself(sample_places, actors):
    for who in ("publik", "rt", "admin", "command"):
        with sample_places.read(actors[who], ON) as reading:
            for query in around(reading):
                with pytest.raises(ValueError, match="visible"):
                    reading.rows(query)


def test_what_another_transaction_was_given_is_not_good_here(sample_places, actors):
    with sample_places.read(actors["command"], ON) as theirs:
        given = theirs.visible(t.residents)
    with (
        sample_places.read(actors["rt"], ON) as reading,
        pytest.raises(ValueError, match="visible"),
    ):
        reading.rows(select(given))


def test_signs_of_sql_in_what_is_searched_are_letters(sample_places, actors):
    with sample_places.read(actors["rt"], ON) as reading:
        p = reading.visible(t.residents)
        for hostile in ("' OR 1=1 --", "%' OR '%'='", "x'; DROP TABLE residents; --"):
            query = select(p.c.id).where(p.c.name.contains(hostile, autoescape=True))
            assert not reading.rows(query)
        assert len(reading.rows(select(p.c.id))) == 1


# ── changing ────────────────────────────────────────────────────────────────────────────────────


def changing(table, n):
    return lambda work: work.update(table, n, 1, **ANOTHER[table.name])


def voiding(table, n):
    return lambda work: work.void(table, n, 1)


def adding(table, n):
    return lambda work: work.insert(table, **NEW[table.name](n))


def test_everybody_changes_the_rows_of_the_table_and_no_other(sample_places, actors):
    for (name, who), cell in cells(CHANGED).items():
        refusal = "not_allowed" if cell == "x" else "registry_gone"
        expected = {n: "ok" if str(n) in cell else refusal for n in RT_IDS}
        if cell == "s":
            expected = {1: "not_allowed", 2: "not_allowed", 3: refusal, 4: refusal}
        table = t.metadata.tables[name]
        for verb in (changing, voiding):
            found = {n: outcome(sample_places, actors[who], verb(table, n)) for n in RT_IDS}
            assert found == expected, (name, who, verb)


def test_everybody_adds_rows_about_the_own_area_and_no_other(sample_places, actors):
    for (name, who), cell in cells(CHANGED).items():
        if name in NEW:
            refusal = "not_allowed" if cell in "xs" else "outside_area"
            table = t.metadata.tables[name]
            found = {n: outcome(sample_places, actors[who], adding(table, n)) for n in RT_IDS}
            assert found == {n: "ok" if str(n) in cell else refusal for n in RT_IDS}, (name, who)


def add_household(work, n):
    home = work.insert(t.households, no_kk=number(50 + n), kk_state="valid")
    row = {"household_id": home, "rt_id": RT_IDS[n], "cause": "recorded"}
    work.insert(t.residences, **row, **SINCE)
    person = work.insert(t.residents, nik_state="none", name="Rara Ayu")
    row = {"resident_id": person, "household_id": home, "role": "head", "cause": "born"}
    work.insert(t.memberships, **row, **SINCE)


def test_everybody_adds_people_to_the_own_area_and_no_other(sample_places, actors):
    for who in WHO:
        cell = cells(CHANGED)["households", who]
        for n in RT_IDS:
            found = outcome(sample_places, actors[who], lambda w, n=n: add_household(w, n))
            refusal = "not_allowed" if cell == "x" else "outside_area"
            assert found == ("ok" if str(n) in cell else refusal)


def test_only_an_admin_keeps_accounts_and_nobody_gives_himself_an_area(sample_places, actors):
    new = user_row("rt") | {"login": "baru"}

    def moving(user_id, **values):
        return lambda work: work.update(t.users, user_id, 1, **values)

    for who in WHO:
        own, expected = actors[who].user_id or 1, "not_allowed"
        if who in ("admin", "command"):
            expected = "ok"
        for change in (
            lambda work: work.insert(t.users, **new),
            moving(own, area_id="52.07.03"),
            moving(own, role="bappeda"),
        ):
            assert outcome(sample_places, actors[who], change) == expected, who


def test_an_admin_of_a_kecamatan_keeps_the_accounts_of_it_and_stays_in_it(sample_places, actors):
    with sample_places.write(actors["command"], ON, "account", "Uji") as work:
        work.update(t.users, actors["admin"].user_id, 1, area_id="52.07.01")
    admin = type(actors["admin"])("admin", "admin", "52.07.01", actors["admin"].user_id)
    with sample_places.read(admin, ON) as reading:
        rows = reading.rows(select(reading.visible(t.users)))
    assert {row["login"] for row in rows} == {"rt", "desa", "kecamatan", "opd_kecamatan", "admin"}
    wider = lambda w: w.update(t.users, admin.user_id, 2, area_id="52.07")  # noqa: E731
    assert outcome(sample_places, admin, wider) == "outside_area"
    elsewhere = user_row("desa") | {"login": "lain", "area_id": "52.07.03.2002"}
    assert outcome(sample_places, admin, lambda w: w.insert(t.users, **elsewhere)) == "outside_area"


def test_nobody_takes_in_people_of_elsewhere(sample_places, actors):
    attempts = {
        "person": lambda w, n: w.insert(
            t.memberships, resident_id=n, household_id=1, role="child", cause="moved", **SINCE
        ),
        "own membership": lambda w, n: w.update(t.memberships, 1, 1, resident_id=n),
        "household": lambda w, n: w.insert(
            t.residences, household_id=n, rt_id=RT_IDS[1], cause="moved", **SINCE
        ),
        "own residence": lambda w, n: w.update(t.residences, 1, 1, household_id=n),
        "enrolment": lambda w, n: w.update(t.enrolments, 1, 1, resident_id=n),
        "entry": lambda w, n: w.insert(t.list_entries, list_id=n, household_id=1, is_proposed=True),
        "own entry": lambda w, n: w.update(t.list_entries, 1, 1, household_id=n),
    }
    for name, attempt in attempts.items():
        for n in (2, 3, 999):  # 999 is nobody: it is not told which
            found = outcome(sample_places, actors["rt"], lambda w, n=n, a=attempt: a(w, n))
            assert found == "outside_area", (name, n)


def test_a_refusal_says_the_same_of_what_is_elsewhere_and_of_what_is_not_there(
    sample_places, actors
):
    def refused(change):
        try:
            with sample_places.write(actors["rt"], ON, "form", "Uji") as work:
                change(work)
        except (NotAllowed, Conflict) as error:
            return type(error), error.text("id"), getattr(error, "theirs", None)

    for change in (
        lambda n: lambda w: w.update(t.residents, n, 1, name="X"),
        lambda n: lambda w: w.update(t.residents, n, 7, name="X"),
        lambda n: lambda w: w.void(t.households, n, 1),
        lambda n: lambda w: w.insert(t.evidence, household_id=n, as_of=ON, source="form"),
    ):
        assert refused(change(3)) == refused(change(999)) is not None


def test_a_household_moves_out_to_an_rt_that_there_is(sample_places, actors):
    there = {"cause": "moved", "valid_to": None, "valid_from": ON}

    def moves(rt_id):
        return lambda w: w.insert(t.residences, household_id=1, rt_id=rt_id, **there)

    assert outcome(sample_places, actors["rt"], moves(RT_IDS[3])) == "ok"
    assert outcome(sample_places, actors["rt"], moves("RT-5207-99999-9")) == "outside_area"


def test_nobody_chooses_keys_or_signs_for_another(sample_places, actors):
    with sample_places.write(actors["bappeda"], ON, "form", "Uji") as work:
        with pytest.raises(ValueError, match="counted by the registry"):
            work.update(t.households, 1, 1, id=77)
        for values in ({"id": 77}, {"version": 9}):
            with pytest.raises(ValueError, match="counted by the registry"):
                work.insert(t.households, kk_state="none", **values)
    other, own = actors["kecamatan"].user_id, actors["bappeda"].user_id
    for user_id, expected in ((other, "not_allowed"), (own, "ok")):
        sign = lambda w, u=user_id: w.update(t.lists, 1, 1, confirmed_by=u)  # noqa: E731
        assert outcome(sample_places, actors["bappeda"], sign) == expected


def test_who_confirms_lists_changes_their_state_and_nothing_else(sample_places, actors):
    confirmed = {"state": "confirmed", "confirmed_by": actors["kecamatan"].user_id}

    def change(n, **values):
        return outcome(
            sample_places, actors["kecamatan"], lambda w: w.update(t.lists, n, 1, **values)
        )

    assert change(1, **confirmed) == "ok" and change(3, **confirmed) == "registry_gone"
    assert change(1, **confirmed, purpose="pkh") == "not_allowed"
    assert change(1, is_void=True) == "not_allowed"


def test_a_confirmed_list_and_what_is_on_it_never_change_again(sample_places, actors):
    with sample_places.write(actors["kecamatan"], ON, "verification", "Uji") as work:
        work.update(t.lists, 1, 1, state="confirmed")
    for who in ("rt", "kecamatan", "bappeda", "command"):
        for change in (
            lambda w: w.update(t.lists, 1, 2, state="proposed"),
            lambda w: w.void(t.lists, 1, 2),
            lambda w: w.update(t.list_entries, 1, 1, decision="remove"),
            lambda w: w.void(t.list_entries, 1, 1),
            lambda w: w.insert(t.list_entries, list_id=1, household_id=1, is_proposed=False),
        ):
            assert outcome(sample_places, actors[who], change) == "not_allowed", who


def test_an_old_membership_does_not_bring_back_who_left(sample_places, actors):
    with sample_places.write(actors["command"], ON, "mutation", "Menikah") as work:
        work.update(t.memberships, 1, 1, valid_to=ON)
        row = {"resident_id": 1, "household_id": 3, "role": "spouse", "cause": "moved"}
        work.insert(t.memberships, **row, valid_from=ON, valid_to=None)
    with sample_places.read(actors["rt"], ON) as reading:
        assert reading.get(t.memberships, 1) is not None  # that somebody lived there is seen
    for values in ({"valid_from": ON + dt.timedelta(days=1)}, {"valid_to": None}):
        for who, expected in (("rt", "outside_area"), ("bappeda", "ok")):
            change = lambda w, v=values: w.update(t.memberships, 1, 2, **v)  # noqa: E731
            assert outcome(sample_places, actors[who], change) == expected, who


def test_who_tries_whether_a_number_is_in_the_registry_leaves_a_trace(sample_places, actors):
    tries = {
        "resident_id": lambda w, n: w.insert(
            t.residents, nik=number(n), nik_state="valid", name="X"
        ),
        "household_id": lambda w, n: w.update(t.households, 1, 1, no_kk=number(n)),
    }
    for key, attempt in tries.items():
        with (
            pytest.raises(RegistryError) as refused,
            sample_places.write(actors["rt"], ON, "form", "Uji") as work,
        ):
            attempt(work, 3)
        assert [problem.key for problem in refused.value.problems] == ["registry_rule"]
        with transaction(sample_places.engine, writes=False) as connection:
            s = t.sightings
            query = select(s.c.actor, s.c.what).where(s.c[key] == 3)
            assert connection.execute(query).all() == [("rt", "taken")]


def test_a_draft_belongs_to_whoever_typed_it(sample_places, actors):
    draft = {"form": "household", "key": "1", "data": {}, "saved_at": "2026"}
    for who, expected in (("rt", "ok"), ("bappeda", "not_allowed"), ("admin", "not_allowed")):
        put = lambda w: w.put(t.drafts, [draft | {"user_id": actors["rt"].user_id}])  # noqa: E731
        assert outcome(sample_places, actors[who], put) == expected


# ── time, and two at once ───────────────────────────────────────────────────────────────────────


def test_who_moves_is_seen_by_the_new_area_and_no_longer_by_the_old(sample_places, actors):
    with sample_places.write(actors["rt"], ON, "mutation", "Pindah") as work:
        work.update(t.residences, 1, 1, valid_to=ON)
        row = {"household_id": 1, "rt_id": RT_IDS[2], "cause": "moved", "valid_from": ON}
        work.insert(t.residences, **row, valid_to=None)
    for who, sees in (("rt", False), ("desa", True)):
        with sample_places.read(actors[who], ON) as reading:
            for table in (t.households, t.residents, t.evidence, t.memberships):
                assert (reading.get(table, 1) is not None) == sees, (who, table.name)
            assert reading.get(t.list_entries, 1) is not None  # the list of RT 1 stays whole


def test_who_left_or_died_is_still_seen_by_the_last_area(sample_places, actors):
    with sample_places.write(actors["rt"], ON, "mutation", "Pergi") as work:
        work.update(t.residences, 1, 1, valid_to=ON)
        work.update(t.memberships, 1, 1, valid_to=ON)
    for who, sees in (("rt", True), ("desa", True), ("bappeda", True), ("opd", True)):
        with sample_places.read(actors[who], ON) as reading:
            assert (reading.get(t.residents, 1) is not None) == sees, who
            assert (reading.get(t.households, 1) is not None) == sees, who


def test_a_person_in_a_household_elsewhere_is_seen_there_only(sample_places, actors):
    with sample_places.write(actors["command"], ON, "mutation", "Menikah") as work:
        work.update(t.memberships, 1, 1, valid_to=ON)
        row = {"resident_id": 1, "household_id": 3, "role": "spouse", "cause": "moved"}
        work.insert(t.memberships, **row, valid_from=ON, valid_to=None)
    with sample_places.read(actors["rt"], ON) as reading:
        assert reading.get(t.residents, 1) is None
        assert reading.get(t.households, 1) is not None
        rows = reading.rows(select(reading.visible(t.changes)))
        assert not [row for row in rows if row["entity"] == "residents"]


def test_two_roles_side_by_side_see_their_own_rows_only(sample_places, actors):
    wrong = []

    def looks(who):
        expected = {NAMES[int(n)] for n in cells(SEEN)["residents", who] if n.isdigit()}
        for _ in range(25):
            with sample_places.read(actors[who], ON) as reading:
                p = reading.visible(t.residents)
                found = {row["name"] for row in reading.rows(select(p.c.name))}
            if found != expected:
                wrong.append((who, found))

    threads = [threading.Thread(target=looks, args=(who,)) for who in ("rt", "bappeda", "admin")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
