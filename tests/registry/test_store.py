"""Transactions in somebody's name: versions, conflicts, the record of changes, what is not told."""

import contextlib
import datetime as dt
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Table, insert, text, update

from pbrt_geo.registry import engine as engine_module
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.engine import RegistryError, transaction, url_of
from pbrt_geo.registry.rights import COMMAND, Actor, NotAllowed
from pbrt_geo.registry.store import Conflict, Registry
from registry.registries import ON, RTS, add_household, nik, rows_of

RT = next(iter(RTS))


def key_of(error: pytest.ExceptionInfo[RegistryError]) -> str:
    return error.value.problems[0].key


@pytest.fixture
def household(sample_places: Registry) -> int:
    with sample_places.write(COMMAND, ON, "form", "pendataan") as work:
        return add_household(work, RT, 1)


@pytest.fixture
def impatient(where: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """The same registry, opened by somebody who waits a fifth of a second."""
    monkeypatch.setattr(engine_module, "WAIT_S", 0.2)
    opened = Registry.open(where)
    yield opened
    opened.close()


# ── versions and the record ─────────────────────────────────────────────────────────────────────


def test_a_change_leaves_who_when_from_to_and_why(registry: Registry, household: int) -> None:
    at = dt.datetime(2026, 6, 2, 8, 30, tzinfo=dt.UTC)
    registry.clock = lambda: at
    with registry.write(COMMAND, ON, "form", "alamat baru", page="rumah") as work:
        assert work.update(t.households, household, 1, address="Jalan Lama", note=None) == 2
    batch, change = rows_of(registry, t.batches)[-1], rows_of(registry, t.changes)[-1]
    assert (batch["actor"], batch["role"], batch["kind"]) == ("pbrt", "command", "form")
    assert (batch["reason"], batch["about"]) == ("alamat baru", {"page": "rumah"})
    assert batch["at"] == "2026-06-02T08:30:00.000+00:00"
    assert (change["entity"], change["row_id"], change["version"]) == ("households", household, 2)
    assert change["before"] == {"address": "Dusun 1"}
    assert change["after"] == {"address": "Jalan Lama"}
    with registry.read(COMMAND, ON) as reading:
        last = reading.last_change(t.households, household)
        row = reading.get(t.households, household)
    assert last is not None
    assert dict(last) == {
        "actor": "pbrt",
        "at": batch["at"],
        "reason": "alamat baru",
        "version": 2,
    }
    assert row is not None
    assert (row["version"], row["address"]) == (2, "Jalan Lama")


def test_nothing_different_leaves_nothing(registry: Registry, household: int) -> None:
    before = registry.content_hash()
    with registry.write(COMMAND, ON, "form", "tekan simpan") as work:
        assert work.update(t.households, household, 1, address="Dusun 1") == 1
    assert registry.content_hash() == before


def test_dates_are_recorded_as_they_are_written(registry: Registry, household: int) -> None:
    made = [row for row in rows_of(registry, t.changes) if row["entity"] == "residences"]
    assert [row["after"]["valid_from"] for row in made] == [ON.isoformat()]
    assert [row["before"] for row in made] == [None]


def test_the_second_editor_sees_the_conflict_and_nothing_is_stored(
    registry: Registry, household: int
) -> None:
    with registry.write(COMMAND, ON, "form", "pertama") as work:
        work.update(t.households, household, 1, address="Jalan Pertama")
    before = registry.content_hash()
    with (
        pytest.raises(Conflict) as conflict,
        registry.write(COMMAND, ON, "form", "kedua") as work,
    ):
        add_household(work, RT, 2)
        work.update(t.households, household, 1, address="Jalan Kedua")
    assert registry.content_hash() == before
    error = conflict.value
    assert (error.table, error.row_id) == (t.households, household)
    assert error.theirs is not None
    assert (error.theirs["address"], error.theirs["version"]) == ("Jalan Pertama", 2)
    assert error.text() == (
        "Tidak tersimpan: pbrt sudah mengubah data ini sejak Anda membukanya (versi Anda 1). "
        "Bandingkan kedua isinya, lalu pilih."
    )


def test_what_is_void_is_kept_and_cannot_be_changed(registry: Registry, household: int) -> None:
    with registry.write(COMMAND, ON, "form", "salah catat") as work:
        work.void(t.households, household, 1)
    row = next(row for row in rows_of(registry, t.households) if row["id"] == household)
    assert (row["is_void"], row["version"], row["address"]) == (True, 2, "Dusun 1")
    with registry.read(COMMAND, ON) as reading:
        assert reading.get(t.households, household) is None
        assert not reading.rows(reading.visible(t.households).select())
    with (
        pytest.raises(Conflict, match=r"sudah dibatalkan.*\(versi Anda 2\)") as gone,
        registry.write(COMMAND, ON, "form", "lagi") as work,
    ):
        work.update(t.households, household, 2, address="Jalan Hantu")
    assert gone.value.theirs is None


def test_a_void_number_can_be_used_again_and_a_living_one_cannot(
    registry: Registry, household: int
) -> None:
    with registry.write(COMMAND, ON, "form", "salah catat") as work:
        number = work.get(t.households, household)["no_kk"]  # type: ignore[index]
        work.void(t.households, household, 1)
        work.insert(t.households, no_kk=number, kk_state="valid")
    with (
        pytest.raises(RegistryError) as error,
        registry.write(COMMAND, ON, "form", "kembar") as work,
    ):
        work.insert(t.households, no_kk=number, kk_state="valid")
    assert key_of(error) == "registry_rule"


def test_an_error_anywhere_leaves_nothing(registry: Registry, household: int) -> None:
    before = registry.content_hash()
    with (
        pytest.raises(ZeroDivisionError),
        registry.write(COMMAND, ON, "import", "terputus") as work,
    ):
        add_household(work, RT, 2)
        work.update(t.households, household, 1, address="Jalan Baru")
        raise ZeroDivisionError
    assert registry.content_hash() == before


def test_an_error_that_is_caught_on_the_way_leaves_nothing(
    registry: Registry, household: int
) -> None:
    """PostgreSQL would say "stored" and have stored nothing; SQLite would have stored a part."""
    before = registry.content_hash()
    person = {"nik": nik(4711), "nik_state": "valid", "name": "Warga"}
    with (
        pytest.raises(RegistryError) as error,
        registry.write(COMMAND, ON, "import", "ditelan") as work,
    ):
        add_household(work, RT, 2)
        with contextlib.suppress(Exception):
            work.insert_many(t.residents, [person, person])
        with contextlib.suppress(Exception):
            work.update(t.households, household, 1, address="Jalan Baru")
    assert key_of(error) == "registry_failed"
    assert registry.content_hash() == before


def test_writing_inside_of_writing_is_refused_at_once(registry: Registry, household: int) -> None:
    with registry.write(COMMAND, ON, "form", "luar") as work:
        with pytest.raises(ValueError, match="inside of another"):
            registry.saw(COMMAND, "form", [{"household_id": household}])
        with registry.read(COMMAND, ON) as reading:  # reading is no harm
            assert reading.get(t.households, household)
        work.update(t.households, household, 1, address="Jalan Luar")
    registry.saw(COMMAND, "form", [{"household_id": household}])
    assert len(rows_of(registry, t.sightings)) == 1


def test_keys_come_in_the_order_of_the_rows(registry: Registry) -> None:
    people = [
        {"nik": nik(n), "nik_state": "valid", "name": f"Warga {n}"} for n in range(9999, 4999, -1)
    ]
    with registry.write(COMMAND, ON, "import", "urutan") as work:
        keys = work.insert_many(t.residents, people)
    assert keys == sorted(keys)
    stored = {row["id"]: row["nik"] for row in rows_of(registry, t.residents)}
    assert [stored[key] for key in keys] == [person["nik"] for person in people]


def test_the_log_of_a_big_import_does_not_lie_about(registry: Registry, where: str) -> None:
    if registry.engine.dialect.name != "sqlite":
        pytest.skip("the log of a server is its own")
    log = Path(where + "-wal")
    people = [{"nik": None, "nik_state": "none", "name": "Warga " * 20} for _ in range(20_000)]
    with registry.write(COMMAND, ON, "import", "banyak") as work:
        work.insert_many(t.residents, people)
    assert log.stat().st_size > 3_000_000
    with registry.write(COMMAND, ON, "form", "sesudahnya") as work:
        work.record()
    assert log.stat().st_size <= 1_000_000


@pytest.mark.parametrize("table", t.APPEND_ONLY, ids=lambda table: table.name)
@pytest.mark.parametrize("verb", ["update", "delete"])
def test_the_record_never_changes(
    registry: Registry, household: int, table: Table, verb: str
) -> None:
    registry.saw(COMMAND, "form", [{"household_id": household}])
    before = rows_of(registry, table)
    assert before
    column = {"changes": "entity", "batches": "reason", "sightings": "what"}[table.name]
    statement = f"UPDATE {table.name} SET {column} = 'x'"
    if verb == "delete":
        statement = f"DELETE FROM {table.name}"
    with pytest.raises(RegistryError), transaction(registry.engine, writes=True) as connection:
        connection.execute(text(statement))
    assert rows_of(registry, table) == before


def test_an_erasure_may_blank_what_changed_and_nothing_else(
    registry: Registry, household: int
) -> None:
    blank = update(t.changes).values(before=None, after=None)
    for more in ({"row_id": 7}, {"version": 9}, {"entity": "users"}, {"batch_id": 1, "version": 2}):
        with pytest.raises(RegistryError), transaction(registry.engine, writes=True) as connection:
            connection.execute(blank.values(**more))
    with transaction(registry.engine, writes=True) as connection:
        connection.execute(blank)
    assert {row["after"] for row in rows_of(registry, t.changes)} == {None}


# ── what is not stored ──────────────────────────────────────────────────────────────────────────


def told_by(error: BaseException) -> str:
    """All that a log or a page could print of an error, and of those that led to it."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        part = waiting.pop()
        if part is not None and part not in seen:
            seen.append(part)
            waiting += [part.__cause__, part.__context__]
    texts = [f"{part!r} {part} {part.args} {vars(part)}" for part in seen]
    return "\n".join([*texts, *traceback.format_exception(error)])


@pytest.mark.parametrize("name", ["Siti Rekaan", "Siti \ud800", "x" * 40], ids=["twice", "u", "x"])
def test_an_error_of_the_database_says_nothing_of_people(registry: Registry, name: str) -> None:
    person = {"nik": nik(4711), "nik_state": "valid", "name": name, "sex": None}
    broken = person | ({"sex": "secret value"} if name[0] == "x" else {})
    with (
        pytest.raises(RegistryError) as error,
        registry.write(COMMAND, ON, "form", "uji") as work,
    ):
        work.insert(t.residents, **broken)
        work.insert(t.residents, **broken)
    text = told_by(error.value)
    for secret in (nik(4711), "Siti", "\ud800", "xxxx", "secret value"):
        assert secret not in text
    if name[0] == "x":
        assert error.value.__notes__ == ["ck_residents_sex_allowed"]
    assert key_of(error) == ("registry_value" if name[-1] == "\ud800" else "registry_rule")
    assert not rows_of(registry, t.residents)


def test_rows_that_would_be_stored_in_part_are_refused(registry: Registry, household: int) -> None:
    with registry.write(COMMAND, ON, "form", "uji") as work:
        with pytest.raises(ValueError, match="different columns"):
            rows = [{"no_kk": None, "kk_state": "none"}, {"kk_state": "none", "note": "hilang"}]
            work.insert_many(t.households, rows)
        for kept in ("id", "version"):
            with pytest.raises(ValueError, match="counted by the registry"):
                work.insert(t.households, **{"kk_state": "none", kept: 77})
        assert work.insert_many(t.households, []) == []
    assert len(rows_of(registry, t.batches)) == 1


def test_the_row_in_batches_can_be_had_without_a_change_and_only_once(registry: Registry) -> None:
    with registry.write(COMMAND, ON, "export", "rapat", content_hash="ab") as work:
        key = work.record(n_rows=12)
        assert key == work.batch_id
        with pytest.raises(ValueError, match="never changes"):
            work.record(n_rows=13)
    (batch,) = rows_of(registry, t.batches)
    assert (batch["id"], batch["about"], batch["content_hash"]) == (key, {"n_rows": 12}, "ab")


# ── tables without versions ─────────────────────────────────────────────────────────────────────


def test_a_row_without_version_is_replaced_by_its_key(registry: Registry) -> None:
    row = {"source": "kobo", "header": "nama", "field": "name"}
    with registry.write(COMMAND, ON, "import", "pemetaan") as work:
        work.put(t.mappings, [row, row | {"header": "umur"}])
        work.put(t.mappings, [row | {"field": ""}])
        work.remove(t.mappings, [("kobo", "umur"), ("kobo", "tidak ada")])
    assert [dict(row) for row in rows_of(registry, t.mappings)] == [row | {"field": ""}]


def test_only_tables_without_versions_lose_rows_and_drafts_are_ones_own(registry: Registry) -> None:
    with registry.write(COMMAND, ON, "account", "uji") as work:
        account = {"login": "a", "display": "A", "role": "operator_desa", "must_change": False}
        account |= {"area_id": "52.07.01.2001", "programmes": [], "n_failed": 0}
        key = work.insert(t.users, **account)
        with pytest.raises(ValueError, match="households"):
            work.remove(t.households, [(1,)])
    actor = Actor("b", "operator_desa", "52.07.01.2001", None)
    draft = {"user_id": key, "form": "rumah", "key": "1", "data": {}, "saved_at": "2026"}
    with pytest.raises(NotAllowed), registry.write(actor, ON, "draft", "uji") as work:
        work.put(t.drafts, [draft])
    assert not rows_of(registry, t.drafts)


# ── several at once ─────────────────────────────────────────────────────────────────────────────


def test_who_waits_too_long_is_told_so(registry: Registry, impatient: Registry) -> None:
    with registry.write(COMMAND, ON, "import", "panjang") as work:
        work.record()
        with pytest.raises(RegistryError) as error, impatient.write(COMMAND, ON, "form", "x"):
            pytest.fail("two write at once")
        assert key_of(error) == "registry_busy"
    with impatient.write(COMMAND, ON, "form", "giliran") as work:
        work.record()
    assert [row["reason"] for row in rows_of(registry, t.batches)] == ["panjang", "giliran"]


def test_a_reading_sees_one_moment_and_waits_for_nobody(
    sample_places: Registry, impatient: Registry
) -> None:
    def n_seen() -> int:
        return len(reading.rows(reading.visible(t.households).select()))

    with impatient.read(COMMAND, ON) as reading:
        assert n_seen() == 0
        with sample_places.write(COMMAND, ON, "import", "sementara itu") as work:
            add_household(work, RT, 1)
            assert n_seen() == 0
        assert n_seen() == 0
    with impatient.read(COMMAND, ON) as reading:
        assert n_seen() == 1


def test_a_reading_cannot_write(registry: Registry) -> None:
    row = {"source": "a", "header": "b", "field": "c"}
    with pytest.raises(RegistryError) as error, registry.read(COMMAND, ON) as reading:
        reading._connection.execute(insert(t.mappings), row)
    assert key_of(error) == "registry_read_only"
    assert not rows_of(registry, t.mappings)


def test_on_a_server_looking_at_people_does_not_wait_for_who_writes(
    registry: Registry, impatient: Registry, household: int
) -> None:
    if registry.engine.dialect.name == "sqlite":
        pytest.skip("a file has one writer at a time")
    with registry.write(COMMAND, ON, "import", "panjang") as work:
        work.update(t.households, household, 1, address="Jalan Baru")
        impatient.saw(COMMAND, "search", [{"household_id": household}])
    assert len(rows_of(registry, t.sightings)) == 1


# ── addresses ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "where",
    ["mysql://a:kunci@b/c", "sqlite://", "sqlite:///:memory:", "postgresql://a:kunci@b:x/c"],
)
def test_a_strange_address_is_refused_without_its_password(where: str) -> None:
    with pytest.raises(RegistryError) as error:
        url_of(where)
    assert key_of(error) == "registry_address"
    assert "kunci" not in told_by(error.value)


def test_a_server_that_does_not_answer_is_told_so() -> None:
    address = f"postgresql://siapa:{'kunci'[::-1]}@127.0.0.1:1/registri"
    with pytest.raises(RegistryError) as error:
        Registry.open(address)
    assert key_of(error) == "registry_unreachable"
    assert "icnuk" not in told_by(error.value)
