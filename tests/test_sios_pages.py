"""The pages about people, run without a browser: logging in, search, form, conflict, mutation."""

# ruff: noqa: F811 (a fixture is imported, then named as an argument)

import ast
import datetime as dt
import re
import shutil

import pytest

pytest.importorskip("streamlit", reason="the extra `dashboard` is not installed")

from opened import (  # noqa: F401  fixtures
    APP,
    PAGES,
    address_of,
    folder,
    forget,
    open_page,
    public_folder,
    said,
)
from registry.households import (
    GOA,
    RT,
    SUNING,
    add_household,
    look,
    names_of,
    nik,
    no_kk,
)
from registry.registries import fill_places
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard import door, people_pages, sios
from dashboard.text import LANGUAGES, texts_of
from pbrt_geo.registry import accounts, passwords, rights
from pbrt_geo.registry import tables as t
from pbrt_geo.registry.names import masked
from pbrt_geo.registry.rights import COMMAND
from pbrt_geo.registry.store import Registry

PASSWORD = "meja awan kopi lentera"
ROLES = {
    "goa": ("operator_desa", GOA),
    "goa2": ("operator_desa", GOA),
    "suning": ("operator_desa", SUNING),
    "camat": ("kecamatan", GOA.rsplit(".", 1)[0]),
    "bupati": ("bupati", "52.07"),
    "bappeda": ("bappeda", "52.07"),
}


@pytest.fixture(scope="module")
def filled(sqlite_template, tmp_path_factory):
    """File of a registry with two households in Goa, one in Air Suning, and an account a role."""
    file = tmp_path_factory.mktemp("sios") / "registry.db"
    shutil.copy(sqlite_template, file)
    registry = Registry.open(file)
    fill_places(registry)
    add_household(registry, RT[0], ["Sahbandar", "Siti Ma`ruf", "Lalu Sahban"], 1)
    add_household(registry, RT[1], ["Denda Sahira"], 2)
    add_household(registry, RT[2], ["Sahdan <b>Air</b>"], 3)
    on, kept = dt.date(2026, 6, 1), passwords.hashed(PASSWORD)
    for login, (role, area) in ROLES.items():
        accounts.add_user(registry, COMMAND, on, login, login, role, area, password=PASSWORD)
    with registry.write(COMMAND, on, "account", "test") as work:
        for row in work.rows(work.visible(t.users).select()):
            values = {"must_change": False, "password_hash": kept}
            work.update(t.users, row["id"], row["version"], **values)
    registry.close()
    return file


@pytest.fixture
def registry(filled, folder, public_folder, tmp_path, monkeypatch):
    """The registry of one test, which the pages open too."""
    file = tmp_path / "registry.db"
    shutil.copy(filled, file)
    monkeypatch.setenv(sios.FILE_VARIABLE, str(file))
    monkeypatch.delenv(sios.URL_VARIABLE, raising=False)
    monkeypatch.setenv(door.SHELF_VARIABLE, str(folder))
    monkeypatch.setenv(door.PUBLIC_VARIABLE, str(public_folder))
    monkeypatch.setattr(accounts, "REFUSAL_S", 0)
    opened = Registry.open(file)
    yield opened
    opened.close()
    sios.close()


def enter(login: str, address: str = "masuk", password: str = PASSWORD, **query: str) -> AppTest:
    app = open_page(address, **query)
    app.text_input(key="login_name").set_value(login)
    app.text_input(key="login_password").set_value(password)
    return press(app, "login_form")


def press(app: AppTest, name: str) -> AppTest:
    """Press a button by the beginning of its key, or by the key of its form."""
    found = [b for b in app.button if (b.key or "").startswith(name) or b.form_id == name]
    assert found, [b.key for b in app.button]
    app = found[0].click().run()
    assert not app.exception
    app._page_hash = calc_hash(app.session_state["page"])  # a page may have led to another
    return app


def go(app: AppTest, address: str) -> AppTest:
    app._page_hash = calc_hash(address)
    return app.run()


def ask(app: AppTest, text: str) -> AppTest:
    return app.text_input(key="search_text").set_value(text).run()


def hits(app: AppTest) -> list[str]:
    shown = [b for b in app.button if (b.key or "").startswith("search_hit")]
    return [re.match(r"\*\*(.*?)\*\*", b.label)[1].replace("\\", "") for b in shown]


def open_first(app: AppTest, text: str, part: str = "data") -> AppTest:
    app = press(ask(app, text), "search_hit_0")
    return app.segmented_control(key="household_part").set_value(part).run()


def field(app: AppTest, column: str, kind: str = "text_input"):
    found = [w for w in getattr(app, kind) if (w.key or "").endswith(f"_{column}")]
    assert len(found) == 1, [w.key for w in getattr(app, kind)]
    return found[0]


def rows(registry, table):
    with registry.read(COMMAND, dt.date.today()) as reading:
        seen = reading.visible(table)
        return reading.rows(seen.select())


# ── who gets in, and where ──────────────────────────────────────────────────────────────────────


def test_without_a_registry_there_are_no_such_pages(folder, public_folder, monkeypatch):
    for name in (sios.FILE_VARIABLE, sios.URL_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(door.SHELF_VARIABLE, str(folder))
    app = open_page()
    assert "Edisi internal" in said(app)
    assert not {link.label for link in app.get("page_link")} & {"Masuk", "Cari warga"}


@pytest.mark.parametrize("address", people_pages.ADDRESSES)
def test_whoever_is_not_in_gets_the_login_at_every_address(registry, address):
    app = open_page(address)
    assert app.title[0].value == "Masuk"
    assert not app.exception
    assert [w.key for w in app.text_input] == ["login_name", "login_password", "login_code"]
    assert rows(registry, t.sightings) == []


@pytest.mark.parametrize("address", ["", "peta", "batas", "penerbitan"])
def test_whoever_is_not_in_sees_public_editions_only(registry, address):
    assert "Edisi internal" not in said(open_page(address))


@pytest.mark.parametrize(
    ("login", "internal", "people"),
    [("goa", False, True), ("camat", True, True), ("bupati", True, False)],
)
def test_the_role_decides_what_is_open(registry, login, internal, people):
    app = enter(login)
    assert (app.title[0].value == "Cari warga") == people
    for address in ("cari", "keluarga"):
        app = go(app, address)
        assert ("tidak mencakup halaman ini" in app.title[0].value) != people
    app = go(app, "")
    assert ("Edisi internal" in said(app)) == internal


MENU = {
    "goa": {"cari", "keluarga", "verifikasi", "pemetaan", "impor", "masuk"},
    "camat": {"cari", "keluarga", "verifikasi", "pemetaan", "masuk"},
    "bupati": {"masuk"},
    "bappeda": {"cari", "keluarga", "verifikasi", "pemetaan", "impor", "masuk"},
}
"""Pages about people that each role gets, by address."""


@pytest.mark.parametrize("login", MENU)
def test_every_address_gives_a_role_what_it_may_see_and_no_more(registry, login):
    app = enter(login)
    for address in people_pages.ADDRESSES:
        app = go(app, address)
        assert not app.exception
        refused = "tidak mencakup halaman ini" in app.title[0].value
        assert refused != (address in MENU[login]), address
    seen = {row["actor"] for row in rows(registry, t.sightings)}
    assert seen <= {login}


def test_two_roles_side_by_side_never_see_each_others_rows(registry):
    goa, suning = enter("goa"), enter("suning")
    for _ in range(2):
        goa, suning = ask(goa, "sahd"), ask(suning, "sahd")
        assert hits(goa) == []
        assert hits(suning) == ["Sahdan <b>Air</b>"]
    goa, suning = ask(goa, "sahb"), ask(suning, "sahb")
    assert (hits(goa), hits(suning)) == (["Sahbandar", "Lalu Sahban"], [])


def test_logging_out_closes_the_internal_shelf(registry):
    app = go(enter("bappeda"), "")
    assert "Edisi internal" in said(app)
    app = go(press(app, "log_out"), "")
    assert not app.exception
    assert "Edisi internal" not in said(app)


def test_a_registry_that_is_not_there_is_told_before_anybody_types(registry, monkeypatch):
    monkeypatch.setenv(sios.FILE_VARIABLE, "/nowhere/registry.db")
    app = open_page("cari")
    assert "Belum ada registri" in said(app)
    assert not app.text_input
    assert "/nowhere" not in said(app)


def test_a_wrong_password_tells_nothing_and_keeps_out(registry):
    app = enter("goa", password="salah salah salah")
    assert "tidak cocok" in said(app)
    other = enter("nobody", password="salah salah salah")
    assert [e.value for e in other.error] == [e.value for e in app.error]
    assert go(app, "cari").title[0].value == "Masuk"


def test_a_password_of_somebody_else_is_changed_first(registry):
    on = dt.date.today()
    made = accounts.add_user(registry, COMMAND, on, "baru", "Baru", "operator_desa", GOA)
    app = enter("baru", password=made)
    assert "Ganti kata sandi dahulu" in [h.value for h in app.header]
    for key, typed in (("login_new", "pagar sumur kebun lampu"), ("login_again", "lain")):
        app.text_input(key=key).set_value(typed)
    app = press(app, "change_form")
    assert "tidak sama" in said(app)
    app.text_input(key="login_again").set_value("pagar sumur kebun lampu")
    assert press(app, "change_form").title[0].value == "Cari warga"
    assert made not in repr(app.session_state)


def test_half_an_hour_of_nothing_ends_the_session(registry, monkeypatch):
    app = ask(enter("goa"), "sahbandar")
    assert hits(app) == ["Sahbandar"]
    clock = sios.registry().clock
    later = lambda: clock() + sios.IDLE + dt.timedelta(seconds=1)  # noqa: E731
    monkeypatch.setattr(sios.registry(), "clock", later)
    app = app.run()
    assert app.title[0].value == "Masuk"
    assert "30 menit" in said(app)
    assert "Sahbandar" not in repr(app.session_state)


def test_a_session_ends_when_the_account_changes(registry):
    app = enter("goa")
    row = next(r for r in rows(registry, t.users) if r["login"] == "goa")
    with registry.write(COMMAND, dt.date.today(), "account", "test") as work:
        work.update(t.users, row["id"], row["version"], area_id=SUNING)
    app = app.run()
    assert app.title[0].value == "Masuk"
    assert "akun Anda diubah" in said(app)


def test_logging_out_leaves_nothing_behind(registry):
    app = open_first(enter("goa"), "sahbandar", "edit")
    field(app, "name").set_value("Sahbandar Tua").run()
    app = press(app, "log_out")
    assert app.title[0].value == "Masuk"
    held = repr(app.session_state)
    assert not [name for name in ("Sah", "Siti", nik(1), no_kk(1)) if name in held]


def test_people_are_not_shown_in_a_meeting(registry):
    app = enter("bappeda")
    app = app.toggle(key="pick_briefing").set_value(True).run()
    assert "mode rapat" in app.title[0].value
    assert not app.text_input
    assert "Cari warga" not in {link.label for link in app.get("page_link")}


def test_pages_work_where_there_is_no_edition(registry, monkeypatch, tmp_path):
    monkeypatch.setenv(door.SHELF_VARIABLE, str(tmp_path / "none"))
    monkeypatch.setenv(door.PUBLIC_VARIABLE, str(tmp_path / "none"))
    forget()
    app = open_page("")
    assert "Belum ada edisi" in said(app)
    app = enter("goa", bahasa="en")
    assert app.title[0].value == "Find people"
    app = open_first(app, "sahbandar")
    assert app.title[0].value == "Household of Sahbandar"
    assert address_of(app) == {"bahasa": "en"}
    forget()


# ── search ──────────────────────────────────────────────────────────────────────────────────────


def test_search_finds_in_the_own_area_and_records_it_once(registry):
    app = ask(enter("goa"), "sah")
    assert hits(app) == ["Sahbandar", "Denda Sahira", "Lalu Sahban"]
    app = app.run()
    seen = [row for row in rows(registry, t.sightings) if row["what"] == "search"]
    assert len(seen) == 3
    assert hits(ask(app, nik(30))) == []
    assert "tidak ada warga yang cocok" in said(app).lower()


def test_a_hit_shows_no_whole_number(registry):
    app = ask(enter("goa"), "siti")
    labels = " ".join(b.label for b in app.button)
    assert masked(nik(11)) in labels
    assert nik(11) not in labels


def test_an_rt_lists_its_households(registry):
    app = enter("goa")
    app = app.selectbox(key="search_rt").set_value(RT[1]).run()
    assert hits(app) == ["Denda Sahira"]


def test_names_are_shown_letter_by_letter(registry):
    app = ask(enter("suning"), "sahdan")
    assert r"Sahdan \<b\>Air\<\/b\>" in app.button[0].label


def test_nothing_of_people_stands_in_the_address(registry):
    app = open_first(enter("goa"), "sahbandar")
    assert address_of(app) == {}


# ── a household ─────────────────────────────────────────────────────────────────────────────────


def test_a_household_is_shown_and_the_sight_recorded(registry):
    app = open_first(enter("goa"), "sahbandar")
    text = said(app)
    assert app.title[0].value == "Keluarga Sahbandar"
    assert "Siti Ma`ruf" in text and "RT 001, Goa" in text
    assert no_kk(1) not in text and nik(11) not in text
    seen = [row for row in rows(registry, t.sightings) if row["what"] == "form"]
    assert {row["household_id"] for row in seen} - {None} == {1}


def test_history_names_who_and_why(registry):
    app = open_first(enter("goa"), "sahbandar", "history")
    assert "baru dicatat" in said(app)


def test_who_may_only_look_has_no_form(registry):
    app = press(ask(enter("camat"), "sahbandar"), "search_hit_0")
    assert list(app.segmented_control(key="household_part").options) == ["Data", "Riwayat"]


def edit(app: AppTest, reason: str = "Salah ketik") -> AppTest:
    app = field(app, "reason", "selectbox").set_value(reason).run()
    return press(app, "edit_save")


def test_an_edit_is_stored_with_its_reason(registry):
    app = open_first(enter("goa"), "sahbandar", "edit")
    app = field(app, "name").set_value("Sahbandar Tua").run()
    app = edit(app)
    assert "1 data diubah" in app.success[0].value
    assert names_of(look(registry, 1))[0] == "Sahbandar Tua"
    batch = [row for row in rows(registry, t.batches) if row["kind"] == "form"][-1]
    assert (batch["actor"], batch["reason"]) == ("goa", "Salah ketik")
    assert rows(registry, t.drafts) == []


def test_what_cannot_be_stored_is_said_and_stays_typed(registry):
    app = open_first(enter("goa"), "sahbandar", "edit")
    app = edit(field(app, "nik").set_value("5207").run())
    assert "16 angka" in said(app)
    assert field(app, "nik").value == "5207"


def test_a_draft_survives_a_new_session(registry):
    app = open_first(enter("goa"), "sahbandar", "edit")
    field(app, "name").set_value("Sahbandar Tua").run()
    app = open_first(enter("goa"), "sahbandar", "edit")
    assert field(app, "name").value == "Sahbandar Tua"
    assert "dipulihkan" in said(app)
    app = press(app, "typing_household_1_drop")
    assert field(app, "name").value == "Sahbandar"
    assert rows(registry, t.drafts) == []


def test_waiting_drafts_are_offered(registry):
    app = open_first(enter("goa"), "sahbandar", "edit")
    field(app, "name").set_value("Sahbandar Tua").run()
    app = go(enter("goa"), "keluarga")
    app = press(app, "draft_0")
    assert field(app, "name").value == "Sahbandar Tua"


def test_two_editors_compare_field_by_field(registry):
    mine, theirs = (open_first(enter(who), "sahbandar", "edit") for who in ("goa", "goa2"))
    theirs = field(theirs, "name").set_value("Sahbandar Satu").run()
    edit(field(theirs, "disability").set_value("netra").run())
    mine = field(mine, "name").set_value("Sahbandar Dua").run()
    assert "goa2 juga mengubah" in said(mine)
    mine = edit(mine)
    text = said(mine)
    assert names_of(look(registry, 1))[0] == "Sahbandar Satu"
    for shown in ("Sahbandar Satu", "Sahbandar Dua", "Hanya diubah goa2", "Disabilitas"):
        assert shown in text
    assert mine.button(key="conflict_save").disabled
    choice = next(c for c in mine.segmented_control if c.key.startswith("choose_"))
    mine = press(choice.set_value("mine").run(), "conflict_save")
    row = look(registry, 1).members[0].resident
    assert (row["name"], row["disability"]) == ("Sahbandar Dua", "netra")
    assert rows(registry, t.drafts) == []


def test_the_other_side_can_be_chosen(registry):
    mine, theirs = (open_first(enter(who), "sahbandar", "edit") for who in ("goa", "goa2"))
    edit(field(theirs, "name").set_value("Sahbandar Satu").run())
    mine = field(mine, "name").set_value("Sahbandar Dua").run()
    mine = edit(field(mine, "disability").set_value("rungu").run())
    choice = next(c for c in mine.segmented_control if c.key.startswith("choose_"))
    press(choice.set_value("theirs").run(), "conflict_save")
    row = look(registry, 1).members[0].resident
    assert (row["name"], row["disability"]) == ("Sahbandar Satu", "rungu")


def test_what_staff_found_is_stored_as_evidence(registry):
    app = open_first(enter("goa"), "sahbandar", "welfare")
    app = field(app, "spending_idr", "number_input").set_value(400_000.0).run()
    app = field(app, "criterion_05", "segmented_control").set_value("yes").run()
    app = field(app, "reason", "selectbox").set_value("Kunjungan rumah").run()
    app = press(app, "welfare_save")
    text = said(app)
    assert "isian petugas" in text and "Rp 400.000" in text
    assert "1 dari 1 kriteria" in text
    (row,) = look(registry, 1).evidence
    assert (row["source"], row["criterion_05"], row["criterion_06"]) == ("form", True, None)
    assert rows(registry, t.drafts) == []


# ── mutations ───────────────────────────────────────────────────────────────────────────────────


def mutate(app: AppTest, kind: str) -> AppTest:
    return app.segmented_control(key="mutation_kind").set_value(kind).run()


def test_a_household_is_moved(registry):
    app = open_first(enter("goa"), "sahbandar", "mutation")
    app = field(app, "rt_id", "selectbox").set_value(RT[1]).run()
    app = field(app, "date", "date_input").set_value(dt.date(2026, 3, 5)).run()
    app = field(app, "reason", "selectbox").set_value("Surat pindah").run()
    app = press(app, "typing_move_1_save")
    assert "RT 002, Goa" in said(app)
    assert look(registry, 1).residence["rt_id"] == RT[1]


def test_a_mutation_that_lacks_something_says_so_and_stays_typed(registry):
    app = mutate(open_first(enter("goa"), "sahbandar", "mutation"), "birth")
    app = field(app, "name").set_value("Lalu Kecil").run()
    app = press(app, "typing_birth_1_save")
    assert "tanggal lahir masih kosong" in said(app)
    assert field(app, "name").value == "Lalu Kecil"
    assert [row["form"] for row in rows(registry, t.drafts)] == ["birth"]


def test_a_kk_is_split(registry):
    app = mutate(open_first(enter("goa"), "sahbandar", "mutation"), "split")
    son = str(look(registry, 1).members[2].resident["id"])
    pills = next(w for w in app.button_group if w.key.endswith("_leaving"))
    app = pills.set_value([son]).run()
    app = field(app, "new_head", "selectbox").set_value(son).run()
    app = field(app, "date", "date_input").set_value(dt.date(2026, 3, 5)).run()
    app = field(app, "reason", "selectbox").set_value("Menikah").run()
    press(app, "typing_split_1_save")
    assert names_of(look(registry, 1)) == ["Sahbandar", "Siti Ma`ruf"]
    assert names_of(look(registry, 4)) == ["Lalu Sahban"]


def test_a_new_household_is_recorded(registry):
    app = press(enter("goa"), "search_new")
    app = field(app, "home_rt_id", "selectbox").set_value(RT[0]).run()
    app = field(app, "home_since", "date_input").set_value(dt.date(2026, 3, 5)).run()
    app = field(app, "name").set_value("Sahnim").run()
    app = field(app, "reason", "selectbox").set_value("Hasil pendataan").run()
    app = press(app, "typing_new_household_new_save")
    assert app.title[0].value == "Keluarga Sahnim"
    assert rows(registry, t.drafts) == []


# ── what never is ───────────────────────────────────────────────────────────────────────────────


def test_no_page_about_people_caches():
    """Streamlit's caches are shared by all sessions, whoever is logged in."""
    for name in ("sios", "login", "people", "drafts", "household_parts", "mutation_forms"):
        _caches_nothing(APP.with_name(f"{name}.py"))
    for file in APP.parent.glob("people_*.py"):
        _caches_nothing(file)
    for name in people_pages.PAGES:
        _caches_nothing(APP.parent / "views" / f"{name}.py")


def _caches_nothing(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        for decorator in getattr(node, "decorator_list", ()):
            assert "cache" not in ast.unparse(decorator), file.name


def test_texts_of_these_pages_exist_in_both_languages():
    for language in LANGUAGES:
        texts = texts_of(language)
        for name in people_pages.PAGES:
            assert texts[f"{name}.title"]
        for action in rights.ACTIONS:
            assert action == "let_in" or texts[f"account.action.{action}"]


def test_every_page_keeps_its_address_with_a_registry(registry):
    app = enter("bappeda")
    for address in PAGES:
        app = go(app, address)
        assert not app.exception
        assert app.title[0].value
