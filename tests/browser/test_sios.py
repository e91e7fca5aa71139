"""An operator's day in a real Chromium: log in, find, edit, reload, meet a conflict, import."""

# ruff: noqa: F811 (a fixture is imported, then named as an argument)

import re
import shutil

import pytest
from public_edition import write_public_shelf
from registry.households import nik, no_kk
from test_sios_import import csv, person
from test_sios_pages import PASSWORD, filled  # noqa: F401  a fixture

from browser.conftest import REPOSITORY, wait_until_quiet

NAMES = ("Sahbandar", "Siti", "Lalu", "Denda")
WIDTHS = (1366, 1024, 390)


@pytest.fixture(scope="module")
def site(filled, serve, tmp_path_factory):
    """The pages over a copy of the small registry, with a public shelf only."""
    folder = tmp_path_factory.mktemp("day")
    shutil.copy(filled, folder / "registry.db")
    write_public_shelf(folder / "public")
    env = {"PBRT_REGISTRY": str(folder / "registry.db"), "PBRT_EDITIONS": str(folder / "public")}
    return serve(REPOSITORY / "dashboard" / "serve.py", env)


def box(page, key: str):
    """The input of a widget, by a part of its key."""
    return page.locator(f"[class*='st-key-'][class*='{key}'] input").first


def button(page, key: str):
    return page.locator(f"[class*='st-key-{key}'] button").first


def enter(page, login: str) -> None:
    box(page, "login_name").fill(login)
    box(page, "login_password").fill(PASSWORD)
    box(page, "login_password").press("Enter")
    page.locator(".st-key-search_text").wait_for()


def open_household(page, text: str, part: int = 0) -> None:
    box(page, "search_text").fill(text)
    button(page, "search_hit_0").click()
    page.locator(".st-key-household_bar").wait_for()
    go_to(page, part)


def go_to(page, part: int) -> None:
    chosen = page.locator(".st-key-household_part button").nth(part)
    chosen.click()
    wait_until_quiet(page)


def kept_by_the_browser(page) -> str:
    stored = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}])")
    cookies = "".join(f"{c['name']}={c['value']}" for c in page.context.cookies())
    return stored + cookies


def type_name(page, name: str) -> None:
    field = box(page, "_name")
    field.fill(name)
    page.locator(".st-key-edit_end").get_by_text("isian berubah").wait_for()


def store(page) -> None:
    box(page, "_reason").click()
    page.keyboard.press("Enter")
    enabled = page.locator(".st-key-edit_save button:not([disabled])")
    enabled.wait_for()
    enabled.click()


def test_search_as_one_types_and_nothing_of_people_in_addresses_or_the_browser(site, visit):
    page = visit(f"{site.url}/cari")
    enter(page, "goa")
    box(page, "search_text").press_sequentially("sahb", delay=40)
    hit = page.locator(".st-key-search_hit_0 button")
    hit.wait_for()
    assert "Sahbandar" in hit.inner_text()
    hit.click()
    page.get_by_role("heading", name="Keluarga Sahbandar").wait_for()
    assert page.url == f"{site.url}/keluarga"
    assert page.title() == "Keluarga"
    kept = kept_by_the_browser(page)
    addresses = "".join(page.log.requests)
    for told in (*NAMES, nik(10), nik(11), no_kk(1)):
        assert told not in kept + addresses
    page.log.assert_clean(site.url)


def test_what_was_typed_survives_a_reload(site, visit):
    page = visit(f"{site.url}/masuk")
    enter(page, "goa2")
    open_household(page, "denda", 1)
    type_name(page, "Denda Baru")
    page.locator(".st-key-edit_end").get_by_text("Draf tersimpan").wait_for()
    page.reload()
    enter(page, "goa2")
    open_household(page, "denda", 1)
    page.get_by_text("dipulihkan", exact=False).wait_for()
    assert box(page, "_name").input_value() == "Denda Baru"
    assert "Denda Sahira" in page.locator("h1").inner_text()


def test_two_who_edit_at_once_choose_side_by_side(site, visit):
    mine, theirs = visit(f"{site.url}/masuk"), visit(f"{site.url}/masuk")
    for page, login in ((mine, "goa"), (theirs, "bappeda")):
        enter(page, login)
        open_household(page, "sahbandar", 1)
    type_name(theirs, "Sahbandar Satu")
    type_name(mine, "Sahbandar Dua")
    store(theirs)
    theirs.get_by_role("heading", name="Keluarga Sahbandar Satu").wait_for()
    store(mine)
    clash = mine.locator("[class*='st-key-clash_']")
    clash.wait_for()
    for told in ("Sahbandar Satu", "Sahbandar Dua", "isian bappeda"):
        assert told in clash.inner_text()
    clash.get_by_text("isian saya", exact=True).click()
    save = mine.locator(".st-key-conflict_save button:not([disabled])")
    save.wait_for()
    save.click()
    mine.get_by_role("heading", name="Keluarga Sahbandar Dua").wait_for()


def test_a_file_is_examined_and_stored(site, visit, tmp_path):
    file = tmp_path / "pendataan.csv"
    file.write_bytes(csv(person(9, 90, "Sahnim"), person(8, 80, "", rt="002")))
    page = visit(f"{site.url}/impor")
    enter(page, "goa")
    page.locator(".st-key-menu_wide").get_by_text("Impor berkas").click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("kesalahan (barisnya", exact=False).wait_for()
    with page.expect_download() as waiting:
        button(page, "import_marked").click()
    assert waiting.value.suggested_filename == "pendataan_bertanda.xlsx"
    waiting.value.save_as(tmp_path / "marked.xlsx")
    assert (tmp_path / "marked.xlsx").read_bytes().startswith(b"PK")
    box(page, "import_reason").fill("pendataan")
    save = page.locator(".st-key-import_store button:not([disabled])")
    save.wait_for()
    save.click()
    page.get_by_text("1 orang baru", exact=False).wait_for()
    page.log.assert_clean(site.url)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_about_people_is_wider_than_the_screen(site, visit, width):
    page = visit(f"{site.url}/masuk", width=width, height=800)
    box(page, "login_name").wait_for()
    _fits(page)
    enter(page, "goa")
    _fits(page)
    open_household(page, "sah", 0)
    for part in range(4):
        go_to(page, part)
        _fits(page)


def _fits(page) -> None:
    main = page.locator('[data-testid="stMain"]')
    assert main.evaluate("e => e.scrollWidth - e.clientWidth") <= 0, page.url


def test_logs_of_the_server_name_nobody(site):
    text = site.output()
    assert not [name for name in NAMES if name in text]
    assert not re.search(r"\d{16}", text)
