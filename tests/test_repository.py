"""The repository keeps its own promises: lock, plan of the house, documents, checks."""

import ast
import importlib.util
import re
import subprocess
import sys
import tomllib
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RUN = ("registry", "show", "dashboard")
"""What the dashboard needs beside the library."""
PEOPLE = {"pbrt_geo.registry", "pbrt_geo.intake"}
HEAVY = ("streamlit", "folium", "plotly", "matplotlib", "branca", "streamlit_folium", "sqlalchemy")
HOSTS = ("pypi" + ".org", "python" + "hosted", "npm" + "js.", "deb." + "debian", "conda" + ".org")


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def tracked(*patterns):
    command = ["git", "ls-files", "-z", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


# ── the lock ────────────────────────────────────────────────────────────────────────────────────


def locked(name):
    """Packages of a lock: name -> (version, hashes)."""
    entries = re.split(r"\n(?=[a-z0-9])", read(f"requirements/{name}.txt"))
    found = {}
    for entry in entries:
        match = re.match(r"([a-z0-9-]+)==([^ ;]+)", entry)
        if match:
            found[match[1]] = (match[2], frozenset(re.findall(r"sha256:[0-9a-f]{64}", entry)))
    return found


@pytest.mark.parametrize("name", ["run", "develop", "bench"])
def test_lock_pins_everything_with_hashes_and_names_no_host(name):
    text = read(f"requirements/{name}.txt")
    assert "://" not in text
    assert not re.search(r"^\s*-(?!-hash)", text, flags=re.MULTILINE), "an option, or another file"
    assert all(hashes for _, hashes in locked(name).values())
    pinned = [line for line in text.splitlines() if line and line[0] not in " #"]
    assert len(pinned) == len(locked(name)) > 40


def test_the_tools_come_with_the_same_versions():
    run, develop, bench = locked("run"), locked("develop"), locked("bench")
    assert {name: develop.get(name) for name in run} == run
    assert {name: bench.get(name) for name in develop} == develop


def test_what_only_benchmarks_need_is_not_installed_for_the_tests():
    assert "tobler" in locked("bench")
    assert not {"tobler", "rasterio"} & locked("develop").keys()


@pytest.mark.parametrize(
    ("name", "purposes"),
    [
        ("run", RUN),
        ("develop", (*RUN, "test", "check")),
        ("bench", (*RUN, "test", "check", "bench")),
    ],
)
def test_lock_agrees_with_the_project(name, purposes):
    project, lock = PROJECT["project"], locked(name)
    wanted = project["dependencies"] + PROJECT["build-system"]["requires"]
    wanted += [text for p in purposes for text in project["optional-dependencies"][p]]
    for requirement in map(Requirement, wanted):
        if requirement.name != project["name"]:
            version, _ = lock[requirement.name.lower()]
            assert requirement.specifier.contains(version), requirement


def test_all_imported_packages_are_declared():
    """What the library and the dashboard import is asked for by name, not by chance."""
    texts = PROJECT["project"]["dependencies"]
    texts += [t for p in RUN for t in PROJECT["project"]["optional-dependencies"][p]]
    declared = {Requirement(text).name.lower().replace("-", "_") for text in texts}
    declared |= {"argon2"} & {name.removesuffix("_cffi") for name in declared}
    inside = {"pbrt_geo", "dashboard", "xstatic"}
    for module in modules():
        for name in imports_of(module):
            top = name.split(".")[0].lower()
            assert top in sys.stdlib_module_names or top in declared | inside, (module, name)


def test_no_file_names_a_host_of_packages():
    for file in tracked():
        if file.suffix in {".py", ".md", ".toml", ".txt", ".yml", ".json", ""}:
            text = file.read_text(encoding="utf-8", errors="ignore")
            assert not [host for host in HOSTS if host in text], file


# ── the plan of the house ───────────────────────────────────────────────────────────────────────


@cache
def rooms():
    """Rows of the picture in CONTRIBUTING.md, top first; each is a list of modules."""
    picture = re.search(r"```text\n(dashboard\n.*?)```", read("CONTRIBUTING.md"), flags=re.DOTALL)
    return [line.split() for line in picture[1].splitlines()]


@cache
def modules():
    """Every module of the library and the dashboard, by its dotted name."""
    files = [*(ROOT / "pbrt_geo").rglob("*.py"), *(ROOT / "dashboard").rglob("*.py")]
    return {".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): f
            for f in files}  # fmt: skip


@cache
def imports_of(module):
    """Dotted names that a module imports, wherever in its file."""
    found = set()
    for node in ast.walk(ast.parse(modules()[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in modules() else node.module for name in names}
    return found


def room_of(module):
    """Row of a module, 0 at the top; its longest matching name counts."""
    places = {name: row for row, names in enumerate(rooms()) for name in names}
    fitting = [name for name in places if module == name or module.startswith(name + ".")]
    assert fitting, f"{module} has no place in the picture of CONTRIBUTING.md"
    return places[max(fitting, key=len)]


def test_every_module_imports_only_from_its_own_row_and_below():
    upward = []
    for module in modules().keys() - {"pbrt_geo"}:  # the front door shows what is behind it
        for name in imports_of(module) & modules().keys() - {"pbrt_geo"}:
            if room_of(name) < room_of(module):
                upward.append(f"{module} -> {name}")
    assert not upward


def test_no_circle_of_imports():
    graph = {module: imports_of(module) & modules().keys() for module in modules()}
    order = list(TopologicalSorter(graph).static_order())
    assert len(order) == len(graph)


def test_everything_in_the_picture_exists():
    names = {name for row in rooms() for name in row}
    assert names <= modules().keys()


def test_what_people_see_is_read_without_the_code_that_counts():
    rows = rooms()
    top, bottom = room_of("pbrt_geo.measures"), room_of("pbrt_geo.spatial")
    counting = {name for row in rows[top : bottom + 1] for name in row} | {"pbrt_geo.indicators"}
    counting -= PEOPLE
    for module in modules():
        if module.startswith(("dashboard", "pbrt_geo.show", "pbrt_geo.edition")):
            assert not [n for n in imports_of(module) if n.startswith(tuple(counting))], module


def test_what_is_seen_of_areas_knows_no_people():
    for module in modules():
        if module.startswith(("pbrt_geo.show", "pbrt_geo.edition", "pbrt_geo.disclosure")):
            assert not [n for n in imports_of(module) if n.startswith(tuple(PEOPLE))], module


def test_what_draws_does_not_decide_what_may_be_told():
    for module in modules():
        if module.startswith(("pbrt_geo.show", "pbrt_geo.edition", "pbrt_geo.series")):
            assert not [n for n in imports_of(module) if n.startswith("pbrt_geo.disclosure")], (
                module
            )


def test_the_library_loads_no_screen_packages_and_no_solver():
    heavy = (*HEAVY, "highspy")
    code = f"import sys, pbrt_geo; print([m for m in {heavy} if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


# ── documents ───────────────────────────────────────────────────────────────────────────────────


def test_glossary_explains_the_terms_of_law_and_place():
    terms = (
        "RT, RW, dusun, lingkungan, desa, kelurahan, kecamatan, kabupaten, Musrenbang, usulan, "
        "pagu, realisasi, berita acara, SK, KK, NIK, desil, DTSEN, PKH, BPNT, Sembako, PBI-JKN, "
        "PIP, BLT-DD, RTLH, pilar, OPD, Bappeda, SIOS, FGT, Watts, Alkire, coverage, exclusion, "
        "inclusion, edition, nol, tidak ada data, disamarkan, belum terbentuk"
    )
    first_cells = " ".join(re.findall(r"^\| ([^|]+) \|", read("GLOSSARY.md"), flags=re.MULTILINE))
    missing = [term for term in terms.split(", ") if not re.search(rf"\b{term}\b", first_cells)]
    assert not missing


def test_glossary_has_both_languages_in_every_row():
    rows = [line for line in read("GLOSSARY.md").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert all(len(row) == 3 and all(row) for row in cells)


def test_decisions_are_numbered_once_and_say_what_they_cost():
    files = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [file.name[:4] for file in files]
    assert len(numbers) == len(set(numbers))
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert text.startswith(f"# {file.name[:4]} "), file.name
        assert all(part in text for part in ("**Problem.**", "**Choice.**", "**Cost.**")), file.name


def test_readme_names_every_folder_and_file_at_the_top():
    folders = {file.relative_to(ROOT).parts[0] for file in tracked()}
    hidden = {name for name in folders if name.startswith(".")}
    text = read("README.md")
    assert not [name for name in folders - hidden if f"`{name}" not in text]


def test_links_between_documents_lead_somewhere():
    for file in tracked("*.md"):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", file.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (file.parent / target).exists(), f"{file.name}: {target}"


# ── the commands ────────────────────────────────────────────────────────────────────────────────


def checks():
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    start = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(start)
    return start.CHECKS


@pytest.mark.parametrize("words", checks(), ids=" ".join)
def test_check(words):
    folder = Path(sys.executable).parent
    tool = folder / (words[0] + (".exe" if sys.platform == "win32" else ""))
    told = subprocess.run([tool, *words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-1000:]


def test_continuous_integration_does_what_a_newcomer_does():
    script = read(".ci/run")
    assert 'exec "$python" start.py test\n' in script
    assert script.count("start.py") == 1
