"""The page of imports, run without a browser: examined, asked, stored, stopped; and long work."""

# ruff: noqa: F811 (a fixture is imported, then named as an argument)

import threading
import time

import pytest

pytest.importorskip("streamlit", reason="the extra `dashboard` is not installed")

from opened import folder, public_folder, said  # noqa: F401  fixtures
from registry.households import look, names_of, nik, no_kk
from test_sios_pages import (  # noqa: F401  fixtures
    enter,
    filled,
    go,
    press,
    registry,
    rows,
)

from dashboard.jobs import Job
from pbrt_geo.intake.problems import IntakeError
from pbrt_geo.registry import tables as t

HEAD = "No KK;NIK;Nama;Jenis Kelamin;Hubungan;Desa;RT"


def csv(*lines: str) -> bytes:
    return "\n".join([HEAD, *lines]).encode()


def person(kk: int, number: int, name: str, rt: str = "001", desa: str = "Goa") -> str:
    return f"{no_kk(kk)};{nik(number)};{name};L;Kepala Keluarga;{desa};{rt}"


def upload(app, *lines: str):
    """Give the page a file, and wait until it is examined."""
    (uploader,) = app.get("file_uploader")
    return settled(uploader.upload("pendataan.csv", csv(*lines), "text/csv").run())


def settled(app):
    for _ in range(40):
        if not any(b.key == "import_stop" for b in app.button):
            break
        time.sleep(0.25)
        app = app.run()
    assert not app.exception
    return app


@pytest.fixture
def page(registry):
    return go(enter("goa"), "impor")


def table(app) -> list[list[str]]:
    found = next(m.value for m in app.markdown if m.value.startswith("| Data"))
    lines = found.replace("\\", "").splitlines()
    return [[c.strip() for c in line.strip("|").split("|")] for line in (lines[0], *lines[2:])]


# ── a file on its way ───────────────────────────────────────────────────────────────────────────


def test_a_file_is_examined_before_anything_is_stored(page, registry):
    app = upload(page, person(1, 10, "Sahbandar Tua"), person(9, 90, "Sahnim"))
    head, households, people = table(app)
    assert head[1:4] == ["Baru", "Berubah", "Sama"]
    assert people[:4] == ["Orang", "1", "1", "0"]
    assert households[1] == "1"
    assert not [row for row in rows(registry, t.batches) if row["kind"] == "import"][3:]
    assert app.button(key="import_store").disabled


def test_what_was_shown_is_stored_with_a_reason(page, registry):
    app = upload(page, person(1, 10, "Sahbandar Tua"), person(9, 90, "Sahnim"))
    app = app.text_input(key="import_reason").set_value("pendataan").run()
    app = settled(press(app, "import_store"))
    assert "1 orang baru" in app.success[0].value
    assert names_of(look(registry, 1))[0] == "Sahbandar Tua"
    batch = rows(registry, t.batches)[-1]
    assert (batch["kind"], batch["actor"], batch["reason"]) == ("import", "goa", "pendataan")
    app = press(app, "import_next")
    app = upload(app, person(1, 10, "Sahbandar Tua"), person(9, 90, "Sahnim"))
    assert "sudah pernah diimpor" in "".join(i.value for i in app.info)
    assert not any(b.key == "import_store" for b in app.button)


def test_problems_name_their_cells_and_say_how_to_mend_them(page, registry):
    app = upload(page, person(1, 10, ""), person(9, 90, "Sahnim").replace(nik(90), "52070"))
    shown = said(app)
    assert "| B3 | Kesalahan |" in shown
    assert "seharusnya 16" in shown
    assert "2 kesalahan" in shown
    assert nik(10) not in shown
    assert app.get("download_button")


def test_a_place_that_is_not_known_is_asked(page, registry):
    app = upload(page, person(9, 90, "Sahnim", rt="01"), person(8, 80, "Sahrun", desa="Gua"))
    asked = [s for s in app.selectbox if (s.key or "").find("_place_") > 0]
    assert [s.label.replace("\\", "") for s in asked] == ["Gua · 1 baris"]
    option = next(o for o in asked[0].options if o.startswith("Goa"))
    app = asked[0].set_value(option).run() if option in asked[0].options else app
    assert "belum diperiksa" in said(app)
    app = settled(press(app, "import_again"))
    assert table(app)[2][1] == "2"


def test_rows_of_elsewhere_are_refused(page, registry):
    app = upload(page, person(9, 90, "Sahnim", rt="003", desa="Air Suning"))
    assert "di luar wilayah akun" in said(app)
    assert table(app)[2][1] == "0"


def test_a_file_that_is_none_is_refused_with_a_sentence(page, registry):
    (uploader,) = page.get("file_uploader")
    app = settled(uploader.upload("x.xlsx", b"\x00\x01\x02", "application/x").run())
    assert app.error
    assert app.get("file_uploader")


# ── long work ───────────────────────────────────────────────────────────────────────────────────


def test_work_tells_how_far_it_is_and_can_be_stopped():
    half = threading.Event()

    def work(tell, stop):
        tell(0.5)
        half.set()
        while not stop():
            time.sleep(0.01)
        raise IntakeError.of("intake_stopped")

    job = Job("store", work).start()
    assert half.wait(5)
    assert (job.share, job.is_running, job.is_stopping) == (0.5, True, False)
    job.stop()
    job.wait(5)
    assert not job.is_running
    assert "Tidak ada yang tersimpan" in job.error.text()


def test_work_that_fails_says_nothing_of_whom_it_was_about():
    def work(tell, stop):
        raise RuntimeError("Sahbandar")

    job = Job("store", work).start()
    job.wait(5)
    assert "kesalahan program" in job.error.text()
    assert "Sahbandar" not in repr(job) + job.error.text()
