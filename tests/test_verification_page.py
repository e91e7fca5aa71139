"""The pages Verifikasi and Pemetaan sosial, run without a browser, as one account and another."""

# ruff: noqa: F811 (a fixture is imported, then named as an argument)

import ast
import datetime as dt
import shutil

import pytest

pytest.importorskip("streamlit", reason="the extra `dashboard` is not installed")

from opened import APP, address_of, folder, public_folder, said  # noqa: F401  fixtures
from registry.listed_people import AIR_SUNING, FOUND, GOA, RT_1, RT_2, account, evidence, household
from registry.registries import ON, fill_places
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard import door, sios, state
from pbrt_geo.registry import lists, matters, social, stages, verification
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.rights import COMMAND, actor_of_row
from pbrt_geo.registry.store import Registry

NOON = dt.datetime(ON.year, ON.month, ON.day, 4, tzinfo=dt.UTC)
ROLES = {
    "satu": ("operator_desa", GOA),
    "dua": ("operator_desa", GOA),
    "lain": ("operator_desa", AIR_SUNING),
    "rt": ("operator_rt", RT_1),
    "camat": ("kecamatan", "52.07.01"),
    "bupati": ("bupati", "52.07"),
}
HEADS = {"poor": "Ratna *Contoh* <b>", "poorer": "Burhan", "fine": "Cahya", "unknown": "Dewi"}


@pytest.fixture(scope="module")
def filled(sqlite_template, tmp_path_factory):
    """File of a registry with four households in RT 001 of Goa, one in RT 002, and accounts."""
    file = tmp_path_factory.mktemp("lists") / "registry.db"
    shutil.copy(sqlite_template, file)
    opened = Registry.open(file)
    fill_places(opened)
    keys = {name: household(opened, RT_1, head) for name, head in HEADS.items()}
    evidence(opened, keys["poor"], met=9, desil=6)
    evidence(opened, keys["poorer"], met=3, desil=2)
    evidence(opened, keys["fine"], met=2, desil=8)
    household(opened, RT_2, "Eka")
    for login, (role, area) in ROLES.items():
        account(opened, login, role, area)
    opened.close()
    return file


@pytest.fixture
def registry(filled, folder, public_folder, tmp_path, monkeypatch):
    """The registry of one test, which the pages open too; their day is that of the tests."""
    file = tmp_path / "registry.db"
    shutil.copy(filled, file)
    monkeypatch.setenv(sios.FILE_VARIABLE, str(file))
    monkeypatch.delenv(sios.URL_VARIABLE, raising=False)
    monkeypatch.setenv(door.SHELF_VARIABLE, str(folder))
    monkeypatch.setenv(door.PUBLIC_VARIABLE, str(public_folder))
    monkeypatch.setattr(sios.registry(), "clock", lambda: NOON)
    yield sios.registry()
    sios.close()


def actor(registry, login):
    return actor_of_row(next(row for row in rows(registry, t.users) if row["login"] == login))


def rows(registry, table):
    with registry.read(COMMAND, ON) as reading:
        return [dict(row) for row in reading.rows(reading.visible(table).select())]


def page(registry, login: str, address: str = "verifikasi", **query: str) -> AppTest:
    """A page as whoever is logged in sees it first."""
    app = AppTest.from_file(str(APP), default_timeout=60)
    app._page_hash = calc_hash(address)
    app.session_state[state._ACCOUNT] = (actor(registry, login), NOON)
    for name, value in query.items():
        app.query_params[name] = value
    return ran(app)


def ran(app: AppTest) -> AppTest:
    app = app.run()
    assert not app.exception
    return app


def pick(app: AppTest, rt_id: str = RT_1, key: str = "pick_verification_rt") -> AppTest:
    app.selectbox(key=key).set_value(rt_id)
    return ran(app)


def press(app: AppTest, key: str) -> AppTest:
    """Press the first button whose key begins so."""
    found = [button for button in app.button if (button.key or "").startswith(key)]
    assert found, [button.key for button in app.button]
    assert not found[0].disabled
    found[0].click()
    return ran(app)


def has(app: AppTest, key: str) -> bool:
    return any((button.key or "").startswith(key) for button in app.button)


def field(app: AppTest, end: str, kind: str = "text_input"):
    found = [w for w in getattr(app, kind) if (w.key or "").endswith(end)]
    assert len(found) == 1, [w.key for w in getattr(app, kind)]
    return found[0]


def toast(app: AppTest) -> str:
    return " ".join(one.value for one in app.toast)


def entry(registry, name: str) -> dict:
    head = next(r["id"] for r in rows(registry, t.residents) if r["name"] == HEADS[name])
    home = next(m for m in rows(registry, t.memberships) if m["resident_id"] == head)
    listed = rows(registry, t.list_entries)
    return next(e for e in listed if e["household_id"] == home["household_id"])


def open_entry(app: AppTest, registry, name: str) -> AppTest:
    return press(app, f"open_verification_entry_{entry(registry, name)['id']}")


def proposed(registry) -> AppTest:
    app = pick(page(registry, "satu"))
    field(app, "_why").set_value("Uji")
    return press(app, "propose_do")


def deliberated(registry) -> int:
    """A list that waits for its second person: one stays, one was removed."""
    who = actor(registry, "satu")
    told = {"rule": "either", "reason": "Uji"}
    list_id = verification.propose(registry, who, ON, RT_1, ON, **told)
    row = entry(registry, "poor")
    told = {"decision": "remove", "reason": "Sudah bekerja"}
    verification.decide(registry, who, ON, row["id"], row["version"], **told)
    verification.keep_rest(registry, who, ON, list_id)
    verification.close(registry, who, ON, list_id, 1, held_on=ON, minutes="BA 7")
    return list_id


def confirmed(registry) -> int:
    list_id = deliberated(registry)
    who = actor(registry, "dua")
    with registry.read(who, ON) as reading:
        seen = lists.read_list(reading, list_id).content_hash
    verification.confirm(registry, who, ON, list_id, 2, seen=seen)
    return list_id


# ── from the proposal to the seal ───────────────────────────────────────────────────────────────


def test_the_way_of_a_list_by_two_people(registry):
    app = pick(page(registry, "satu"))
    assert "mengusulkan **2**, tidak mengusulkan **1**, dan tidak dapat menilai **1**" in said(app)
    field(app, "_why").set_value("Semester 1")
    app = press(app, "propose_do")
    assert "Daftar sudah diusulkan" in toast(app)
    assert "2 keluarga belum diputuskan" in said(app)

    app = open_entry(app, registry, "poor")
    store = f"typing_verification_entry_{entry(registry, 'poor')['id']}_store"
    assert next(b for b in app.button if b.key == store).disabled  # nothing is chosen yet
    field(app, "_decision", "segmented_control").set_value("remove")
    app = press(ran(app), "typing_verification_entry")
    assert "Alasan belum diisi" in said(app)
    field(app, f"entry_{entry(registry, 'poor')['id']}_reason").set_value("Sudah bekerja")
    app = press(ran(app), "typing_verification_entry")
    assert "Keputusan tersimpan" in toast(app)
    assert (entry(registry, "poor")["decision"], entry(registry, "poor")["reason"]) == (
        "remove",
        "Sudah bekerja",
    )

    app = press(app, "keep_rest")
    field(app, "_which", "selectbox").set_value(entry_key(registry, "fine"))
    app = ran(app)
    [why] = [w for w in app.text_input if w.key.startswith("typing_verification_add")]
    why.set_value("Rumahnya terbakar")
    app = press(ran(app), "add_do")
    assert entry(registry, "fine")["decision"] == "add"

    field(app, "_minutes").set_value("BA 7/2026")
    app = press(ran(app), "close_do")
    assert "Anda mengusulkan daftar ini" in said(app)
    assert not has(app, "confirm_do")

    other = page(registry, "dua")
    assert "Menunggu penetapan oleh orang kedua (1)" in said(other)
    other = press(other, "open_list_")
    assert "BA 7/2026" in said(other)
    other = press(other, "confirm_do")
    assert "Tersegel" in said(other)
    assert "2 keluarga di daftar**, 1 dikeluarkan, 1 ditambahkan" in said(other)
    [row] = rows(registry, t.lists)
    assert (row["state"], row["confirmed_on"]) == ("confirmed", ON)


def test_names_are_shown_letter_by_letter(registry):
    deliberated(registry)
    app = pick(page(registry, "dua"))
    shown = "\n".join(str(part.value) for part in app.markdown)
    assert r"Ratna \*Contoh\* \<b\>" in shown
    assert "<b>" not in shown


def test_opening_a_list_is_recorded_once_for_each_household_shown(registry):
    deliberated(registry)
    app = pick(page(registry, "dua"))
    seen = rows(registry, t.sightings)
    assert {row["what"] for row in seen} == {"list"}
    assert len(seen) == len({row["household_id"] for row in seen}) == 4
    ran(app)
    assert len(rows(registry, t.sightings)) == 4


def test_a_second_decision_on_one_household_is_shown_beside_the_first(registry):
    app = open_entry(proposed(registry), registry, "poor")
    row = entry(registry, "poor")
    told = {"decision": "change", "reason": "Kepala keluarga berganti"}
    verification.decide(registry, actor(registry, "dua"), ON, row["id"], row["version"], **told)
    field(app, "_decision", "segmented_control").set_value("remove")
    field(app, f"entry_{row['id']}_reason").set_value("Sudah bekerja")
    app = press(ran(app), "typing_verification_entry")
    assert "**dua** sudah mengubahnya" in said(app)
    for text in ("Kepala keluarga berganti", "Sudah bekerja", "dikeluarkan"):
        assert text in said(app)
    assert entry(registry, "poor")["decision"] == "change"
    app = press(app, f"typing_verification_entry_{row['id']}_store")
    assert entry(registry, "poor")["decision"] == "remove"
    assert "sudah mengubahnya" not in said(app)


def test_what_is_stored_can_be_taken_in_a_conflict(registry):
    app = open_entry(proposed(registry), registry, "poor")
    row = entry(registry, "poor")
    who = actor(registry, "dua")
    verification.decide(registry, who, ON, row["id"], row["version"], decision="keep")
    field(app, "_decision", "segmented_control").set_value("remove")
    field(app, f"entry_{row['id']}_reason").set_value("Sudah bekerja")
    app = press(ran(app), "typing_verification_entry")
    app = press(app, f"typing_verification_entry_{row['id']}_leave")
    assert entry(registry, "poor")["decision"] == "keep"
    assert rows(registry, t.drafts) == []


def test_a_reason_that_is_being_typed_survives_a_reload(registry):
    app = open_entry(proposed(registry), registry, "poor")
    key = f"entry_{entry(registry, 'poor')['id']}_reason"
    field(app, key).set_value("Baru setengah jalan")
    ran(app)
    again = open_entry(pick(page(registry, "satu")), registry, "poor")
    assert field(again, key).value == "Baru setengah jalan"
    other = open_entry(pick(page(registry, "dua")), registry, "poor")
    assert field(other, key).value == ""


def test_a_list_closed_meanwhile_says_so(registry):
    app = open_entry(proposed(registry), registry, "poor")
    field(app, "_decision", "segmented_control").set_value("keep")
    app, who = ran(app), actor(registry, "dua")
    [row] = rows(registry, t.lists)
    verification.keep_rest(registry, who, ON, row["id"])
    verification.close(registry, who, ON, row["id"], 1, held_on=ON, minutes="BA")
    app = press(app, f"typing_verification_entry_{entry(registry, 'poor')['id']}_store")
    assert "sudah ditutup" in said(app)
    assert "Penetapan oleh orang kedua" in said(app)


def test_who_may_do_what_with_a_list(registry):
    deliberated(registry)
    seen = {}
    for login in ("satu", "dua", "rt", "camat"):
        app = pick(page(registry, login))
        steps = ("confirm_do", "send_back_do", "withdraw_do")
        seen[login] = [step for step in steps if has(app, step)]
        assert len(app.get("download_button")) == (login in ("satu", "dua"))
    assert seen == {
        "satu": ["send_back_do", "withdraw_do"],
        "dua": ["confirm_do", "send_back_do", "withdraw_do"],
        "rt": ["send_back_do", "withdraw_do"],
        "camat": ["confirm_do", "send_back_do"],
    }
    elsewhere = page(registry, "lain")
    assert RT_1 not in elsewhere.selectbox(key="pick_verification_rt").options
    assert "Tidak ada daftar yang menunggu" in said(elsewhere)


def test_sent_back_and_withdrawn_with_a_reason(registry):
    list_id = deliberated(registry)
    app = press(pick(page(registry, "dua")), "send_back_do")
    assert "Alasan belum diisi" in said(app)
    field(app, f"send_back_{list_id}_reason").set_value("Periksa satu keluarga lagi")
    app = press(ran(app), "send_back_do")
    assert "Periksa satu keluarga lagi" in said(app)
    field(app, f"withdraw_{list_id}_reason").set_value("Tanggal keliru")
    app = press(ran(app), "withdraw_do")
    assert rows(registry, t.lists) == []
    assert "belum mempunyai daftar" in said(app)


def test_a_list_changed_behind_its_seal_is_not_to_be_used(registry):
    from sqlalchemy import update

    from pbrt_geo.registry.engine import transaction

    confirmed(registry)
    with transaction(registry.engine, writes=True) as connection:
        connection.execute(update(t.list_entries).values(decision="keep"))
    assert "Jangan dipakai" in said(pick(page(registry, "satu")))


# ── differences ─────────────────────────────────────────────────────────────────────────────────


def test_differences_are_counted_listed_and_recorded(registry):
    for name, desil in (("poor", 2), ("poorer", 7)):
        key = entry_key(registry, name)
        told = {"desil": desil, "as_of": FOUND + dt.timedelta(days=1), "source": "dtsen"}
        evidence(registry, key, **told)
    confirmed_by_criteria(registry)
    app = page(registry, "dua")
    app.segmented_control(key="verification_part").set_value("differences")
    app = ran(app)
    assert "| Goa | 3 | 0 | 1 | 2 | 1 | 1 |" in said(app)
    assert "Tidak di daftar RT, desil rendah" in said(app)
    before = len(rows(registry, t.sightings))
    app.selectbox(key="difference_kind").set_value("unlisted_low")
    app = ran(app)
    assert "Ratna" in said(app)
    assert len(rows(registry, t.sightings)) == before + 1
    app = press(app, f"open_household_{entry_key(registry, 'poor')}")
    assert "Ratna" in app.title[0].value


def entry_key(registry, name: str) -> int:
    head = next(r["id"] for r in rows(registry, t.residents) if r["name"] == HEADS[name])
    of = next(m for m in rows(registry, t.memberships) if m["resident_id"] == head)
    return of["household_id"]


def confirmed_by_criteria(registry) -> None:
    """Of the two with few or many criteria, the one with many was removed."""
    who, second = actor(registry, "satu"), actor(registry, "dua")
    told = {"rule": "criteria", "reason": "Uji"}
    list_id = verification.propose(registry, who, ON, RT_1, ON, **told)
    row = entry(registry, "poor")
    told = {"decision": "remove", "reason": "Sudah bekerja"}
    verification.decide(registry, who, ON, row["id"], row["version"], **told)
    verification.close(registry, who, ON, list_id, 1, held_on=ON, minutes="BA")
    with registry.read(second, ON) as reading:
        seen = lists.read_list(reading, list_id).content_hash
    verification.confirm(registry, second, ON, list_id, 2, seen=seen)


# ── social mapping ──────────────────────────────────────────────────────────────────────────────


def mapping(registry, login: str = "satu", part: str = "notes", **query: str) -> AppTest:
    app = pick(page(registry, login, "pemetaan", **query), key="pick_social_rt")
    app.segmented_control(key="social_part").set_value(part)
    return ran(app)


def test_a_section_is_written_put_right_and_its_draft_kept(registry):
    app = mapping(registry)
    field(app, f"gambaran_{RT_1}_text", "text_area").set_value("40 rumah\nsumur *bersama*")
    app = ran(app)
    again = mapping(registry)
    assert field(again, f"gambaran_{RT_1}_text", "text_area").value.startswith("40 rumah")
    app = press(app, "note_gambaran_store")
    assert "Tersimpan." in toast(app)
    [row] = rows(registry, t.rt_notes)
    assert (row["section"], row["as_of"], row["text"]) == (
        "gambaran",
        ON,
        "40 rumah\nsumur *bersama*",
    )
    assert rows(registry, t.drafts) == []
    app = press(app, "open_social_note")
    field(app, f"note_{row['id']}_text", "text_area").set_value("41 rumah")
    app = press(ran(app), f"typing_social_note_{row['id']}_store")
    assert "41 rumah" in said(app)


def test_two_who_put_a_section_right_see_both_texts(registry):
    who = actor(registry, "dua")
    told = {"section": "gambaran", "as_of": ON, "text": "Awal"}
    key = social.write_note(registry, who, ON, RT_1, **told)
    app = press(mapping(registry), "open_social_note")
    social.change_note(registry, who, ON, key, 1, text="Punya mereka")
    field(app, f"note_{key}_text", "text_area").set_value("Punya saya")
    app = press(ran(app), f"typing_social_note_{key}_store")
    assert "**dua** sudah mengubahnya" in said(app)
    assert "Punya mereka" in said(app)
    app = press(app, f"typing_social_note_{key}_store")
    assert rows(registry, t.rt_notes)[0]["text"] == "Punya saya"


def test_a_problem_is_named_and_a_number_of_a_person_refused(registry):
    app = mapping(registry, part="matters")
    field(app, f"masalah_{RT_1}_matter").set_value("Air sulit bagi 5207" + "1" * 12)
    app = press(ran(app), "matter_masalah_store")
    assert "16 angka" in said(app)
    field(app, f"masalah_{RT_1}_matter").set_value("Air bersih sulit")
    field(app, f"masalah_{RT_1}_cause").set_value("Sumur kering")
    field(app, f"masalah_{RT_1}_frequency", "number_input").set_value(14)
    app = press(ran(app), "matter_masalah_store")
    [row] = rows(registry, t.rt_matters)
    assert (row["text"], row["root_cause"], row["frequency"]) == (
        "Air bersih sulit",
        "Sumur kering",
        14,
    )
    assert "Akar masalah: Sumur kering" in said(app)
    assert "Disebut 14 orang" in said(app)


def test_a_problem_is_taken_back_with_a_reason(registry):
    told = {"as_of": ON, "kind": "masalah", "text": "Dobel"}
    key = matters.name_matter(registry, actor(registry, "satu"), ON, RT_1, **told)
    app = press(mapping(registry, part="matters"), "open_social_matter")
    field(app, f"void_{key}_reason").set_value("Tercatat dua kali")
    press(ran(app), "social_matter_void_do")
    assert rows(registry, t.rt_matters) == []


def test_stages_are_recorded_in_order_and_skipped_ones_told(registry):
    who = actor(registry, "satu")
    told = {"stage": "sosialisasi", "date": FOUND, "evidence": "BA 1"}
    stages.record_stage(registry, who, ON, RT_1, **told)
    app = mapping(registry, part="stages")
    field(app, "_stage_1", "selectbox").set_value("usulan")
    app = ran(app)
    field(app, "record_" + RT_1 + "_evidence").set_value("BA 2")
    field(app, "record_" + RT_1 + "_date", "date_input").set_value(FOUND - dt.timedelta(days=1))
    app = press(ran(app), "record_do")
    assert "yang mendahuluinya bertanggal" in said(app)
    field(app, "record_" + RT_1 + "_date", "date_input").set_value(ON)
    app = press(ran(app), "record_do")
    assert said(app).count("dilewati") >= 3
    assert [row["stage"] for row in rows(registry, t.rt_stages)] == ["sosialisasi", "usulan"]
    app = pick(app, "", key="pick_social_rt")
    assert "| Usulan | 1 |" in said(app)


def test_a_stage_put_right_by_two_is_a_conflict_with_days(registry):
    who = actor(registry, "dua")
    told = {"stage": "sosialisasi", "date": FOUND, "evidence": "BA 1"}
    key = stages.record_stage(registry, who, ON, RT_1, **told)
    app = press(mapping(registry, part="stages"), "open_social_stage")
    told = {"date": FOUND, "evidence": "BA 1b", "reason": "Nomor"}
    stages.change_stage(registry, who, ON, key, 1, **told)
    field(app, f"stage_{key}_why_changed").set_value("Tanggal")
    field(app, f"stage_{key}_date", "date_input").set_value(ON)
    app = press(ran(app), f"typing_social_stage_{key}_store")
    assert "BA 1b" in said(app)
    app = press(ran(app), f"typing_social_stage_{key}_store")
    assert rows(registry, t.rt_stages)[0]["date"] == ON


# ── who, where, in which language ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("address", ["verifikasi", "pemetaan"])
def test_whoever_sees_no_people_is_told_so(registry, address):
    app = page(registry, "bupati", address)
    assert "tidak mencakup halaman ini" in app.title[0].value


@pytest.mark.parametrize("part", ["notes", "matters", "stages"])
def test_english_pages_run(registry, part):
    confirmed(registry)
    app = pick(page(registry, "satu", bahasa="en"))
    assert "Confirmed list" in said(app)
    assert app.title[0].value == "Verification"
    assert mapping(registry, part=part, bahasa="en").title[0].value == "Social mapping"


def test_nothing_personal_stands_in_the_address(registry):
    app = open_entry(proposed(registry), registry, "poor")
    field(app, f"entry_{entry(registry, 'poor')['id']}_reason").set_value("Ratna pindah")
    assert set(address_of(ran(app))) <= {"tahun", "bahasa"}


def test_no_part_of_these_pages_caches():
    names = ("doing", "lists", "list_parts", "list_steps", "difference_parts", "social_parts")
    files = [APP.with_name(f"{name}.py") for name in (*names, "stage_parts")]
    files += [APP.parent / "views" / f"{name}.py" for name in ("verification", "social")]
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        assert "cache" not in ast.unparse(tree), file.name
