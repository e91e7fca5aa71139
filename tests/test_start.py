"""start.py: what it does on a bare, a prepared, an interrupted and an offline machine."""

import ast
import errno
import importlib.util
import json
import os
import re
import signal
import socket
import string
import subprocess
import sys
import time
import tomllib
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = (ROOT / "start.py").read_text(encoding="utf-8")
COLLECTED = ["Collecting numpy==2\n", "Installing collected packages: numpy\n"]


@pytest.fixture
def start(tmp_path, monkeypatch):
    """start.py as a module, its environment in an empty folder and pip played by a list."""
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    venv = tmp_path / ".venv"
    monkeypatch.setattr(module, "VENV", venv)
    monkeypatch.setattr(module, "EDITIONS", tmp_path / "editions")
    monkeypatch.setattr(module, "PUBLIC", tmp_path / "public")
    for name in ("STAMP", "EDITIONS_STAMP", "PUBLIC_STAMP", "UNFINISHED", "PIP_LOG"):
        monkeypatch.setattr(module, name, venv / getattr(module, name).name)
    module.made = []

    def make_venv():
        venv.mkdir(exist_ok=True)
        module.begin_change()
        python = Path(module.tool("python"))
        python.parent.mkdir()
        python.touch()
        module.made.append("venv")

    def pip(*arguments):
        module.made.append("pip")
        yield from COLLECTED if "-r" in arguments else []

    monkeypatch.setattr(module, "make_venv", make_venv)
    monkeypatch.setattr(module, "pip", pip)
    return module


# ── the file itself ─────────────────────────────────────────────────────────────────────────────


def test_only_the_standard_library():
    imports = [node for node in ast.walk(ast.parse(SOURCE)) if isinstance(node, ast.Import)]
    froms = [node for node in ast.walk(ast.parse(SOURCE)) if isinstance(node, ast.ImportFrom)]
    names = {alias.name for node in imports for alias in node.names} | {n.module for n in froms}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_an_old_python_reads_the_file_and_is_told_what_to_do():
    ast.parse(SOURCE, feature_version=(3, 7))
    pretend = "import sys; sys.version_info = (3, 8, 18); exec(open('start.py').read())"
    told = run_python("-c", pretend)
    assert told.returncode == 1
    assert "Perlu Python 3.11 atau lebih baru; ini Python 3.8." in told.stderr
    assert "Python 3.11 or later is needed; this is Python 3.8." in told.stderr
    assert "Traceback" not in told.stderr


def test_help_needs_nothing_installed():
    told = run_python("-I", "-S", "start.py", "--help")
    assert told.returncode == 0
    for word in ("--port", "--edition", "start.py test", "start.py check", "start.py bench"):
        assert word in told.stdout


def test_sentences_are_complete_in_both_languages_and_plain():
    spoken = {language: sentences(language) for language in ("id", "en")}
    assert spoken["id"].keys() == spoken["en"].keys()
    used = set(re.findall(r'(?:tell|Stop|say|both)\("(\w+)"', SOURCE)) | set(signs())
    used |= {"repairing", "renewing", "preparing", "no_venv", "install_failed"}
    assert used | {"check_failed", "check_passed"} == spoken["id"].keys()
    for key, sentence in spoken["id"].items():
        assert (sentence + spoken["en"][key]).isascii(), key
        assert places(sentence) == places(spoken["en"][key]), key


def run_python(*arguments):
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def sentences(language):
    file = ROOT / "pbrt_geo" / "text" / language / "start.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))["start"]


def places(sentence):
    return sorted(name for _, name, _, _ in string.Formatter().parse(sentence) if name)


def signs():
    return re.findall(r'^    "(\w+)": \(', SOURCE, flags=re.MULTILINE)


# ── the environment ─────────────────────────────────────────────────────────────────────────────


def test_a_prepared_environment_is_not_touched(start):
    start.prepare("run")
    assert start.made == ["venv", "pip", "pip"]
    start.prepare("run")
    assert start.made == ["venv", "pip", "pip"]
    assert not start.UNFINISHED.exists()


def test_the_tools_hold_all_that_the_dashboard_needs(start):
    start.prepare("develop")
    start.made.clear()
    start.prepare("run")
    assert start.made == []


def test_the_rivals_of_the_benchmarks_come_only_for_the_benchmarks(start):
    start.prepare("develop")
    start.made.clear()
    start.prepare("bench")
    assert start.made == ["pip", "pip"]
    start.prepare("develop")
    start.prepare("run")
    assert start.made == ["pip", "pip"]


def test_what_is_measured_is_the_sample(start, monkeypatch):
    done = []
    monkeypatch.setattr(start, "prepare_editions", lambda: done.append("editions"))
    monkeypatch.setattr(start, "hand_over", lambda command, variables: done.append(command[1:]))
    start.bench(["bench_map"])
    assert done == ["editions", ["bench", "bench_map"]]


def test_the_tools_are_added_to_what_is_there(start):
    start.prepare("run")
    start.made.clear()
    start.prepare("develop")
    assert start.made == ["pip", "pip"]


@pytest.mark.parametrize("fact", ["python", "place"])
def test_another_python_or_place_means_a_new_environment(start, fact):
    start.prepare("run")
    start.STAMP.write_text(json.dumps(start.fingerprints() | {fact: "other"}))
    start.made.clear()
    start.prepare("run")
    assert start.made == ["venv", "pip", "pip"]


def test_a_new_lock_renews_in_place(start, capsys):
    start.prepare("run")
    start.STAMP.write_text(json.dumps(start.fingerprints() | {"run": "older"}))
    start.made.clear()
    start.prepare("run")
    assert start.made == ["pip", "pip"]
    assert "daftar paket yang baru" in capsys.readouterr().out


def test_an_interrupted_installation_is_made_anew(start, monkeypatch, capsys):
    def power_fails(*arguments):
        yield from COLLECTED
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(start, "pip", power_fails)
        start.prepare("run")
    assert start.UNFINISHED.exists()
    assert not start.STAMP.exists()
    start.made.clear()
    start.prepare("run")
    assert start.made == ["venv", "pip", "pip"]
    assert "terputus" in capsys.readouterr().out


def test_a_failed_download_leaves_a_working_environment_as_it_was(start, monkeypatch):
    def no_net(*arguments):
        raise start.Stop("no_internet")
        yield

    start.prepare("run")
    start.STAMP.write_text(json.dumps(start.fingerprints() | {"run": "older"}))
    monkeypatch.setattr(start, "pip", no_net)
    with pytest.raises(start.Stop, match="no_internet"):
        start.prepare("run")
    assert start.STAMP.exists()
    assert not start.UNFINISHED.exists()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "WARNING: Retrying after 'NewConnectionError(... Failed to establish a new connection: "
            "[Errno -3] Temporary failure in name resolution')'\n"
            "ERROR: No matching distribution found for anyio==4.16.0",
            "no_internet",
        ),
        ("ERROR: No matching distribution found for numpy==2.4.6", "no_package"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "wrong_hash"),
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "no_space"),
        ("ERROR: something never seen", "install_failed"),
    ],
)
def test_what_pip_says_becomes_a_sentence_with_advice(start, monkeypatch, said, sentence):
    monkeypatch.setattr(start, "ROOT", start.VENV.parent)
    assert start.reason(said, otherwise="install_failed").key == sentence


def test_a_reason_is_told_in_both_languages_without_a_traceback(start, monkeypatch, capsys):
    def fails(purpose):
        raise start.Stop("no_package", python="3.15")

    monkeypatch.setattr(start, "prepare", fails)
    with pytest.raises(SystemExit, match="1"):
        start.main(["check"])
    told = capsys.readouterr().out
    assert "tidak tersedia untuk Python 3.15" in told
    assert "not available for Python 3.15" in told


# ── the sample editions ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def builds(start, monkeypatch):
    """Play `pbrt edition build` and `publish`; return the commands it was called with."""
    commands = []

    def build(command, **_):
        commands.append(command)
        names = [start.EDITIONS / name for name in ("a-2006-12-31", "a-2007-12-31")]
        for folder in names if command[2] == "build" else [Path(command[-1])]:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "edition.json").write_text("{}")
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(start.subprocess, "run", build)
    start.VENV.mkdir()
    return commands


def test_editions_are_built_once(start, builds):
    start.prepare_editions()
    start.prepare_editions()
    assert len(builds) == 1
    assert builds[0][1:3] == ("edition", "build")


def test_a_missing_edition_is_built(start, builds):
    start.prepare_editions()
    (start.EDITIONS / "a-2006-12-31" / "edition.json").unlink()
    start.prepare_editions()
    assert len(builds) == 2


def test_editions_of_older_code_or_data_are_built_again(start, builds, monkeypatch, tmp_path):
    start.prepare_editions()
    changed = tmp_path / "changed.py"
    changed.write_text("# a new formula")
    monkeypatch.setattr(start, "edition_sources", lambda: [changed])
    start.prepare_editions()
    assert len(builds) == 2


def test_editions_depend_on_what_counts_and_not_on_what_shows(start):
    names = {file.relative_to(ROOT).as_posix() for file in start.edition_sources()}
    assert {"pbrt_geo/poverty.py", "pbrt_geo/seal.py", "geodata/sample/events.csv"} <= names
    assert not [name for name in names if name.startswith(("pbrt_geo/show/", "pbrt_geo/cli"))]


def published(builds):
    return [Path(command[-1]).name for command in builds if command[2] == "publish"]


def test_public_editions_are_published_once_and_in_order(start, builds):
    start.prepare_public(start.prepare_editions())
    start.prepare_public(start.prepare_editions())
    assert published(builds) == ["a-2006-12-31", "a-2007-12-31"]
    assert builds[1][3] == str(start.EDITIONS / "a-2006-12-31")


def test_public_editions_of_other_editions_are_replaced(start, builds):
    start.prepare_public(start.prepare_editions())
    foreign = start.PUBLIC / "of-somebody-else"
    foreign.mkdir()
    (start.PUBLIC / "a-2007-12-31" / "old.txt").touch()
    (start.EDITIONS / "a-2006-12-31" / "edition.json").write_text('{"id": "another"}')
    start.prepare_public(start.prepare_editions())
    assert len(published(builds)) == 4
    assert not (start.PUBLIC / "a-2007-12-31" / "old.txt").exists()
    assert foreign.exists()


def test_internal_editions_do_not_depend_on_the_rule_of_publishing(start):
    names = {file.relative_to(ROOT).as_posix() for file in start.edition_sources()}
    assert not [name for name in names if name.startswith("pbrt_geo/disclosure/")]


def test_a_refused_publication_stops_the_start(start, builds, monkeypatch):
    names = start.prepare_editions()
    failed = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(start.subprocess, "run", lambda command, **_: failed)
    with pytest.raises(start.Stop, match="public_failed"):
        start.prepare_public(names)
    assert not start.PUBLIC_STAMP.exists()


def test_editions_that_fail_stop_the_start(start, monkeypatch):
    start.VENV.mkdir()
    failed = subprocess.CompletedProcess([], 1)
    monkeypatch.setattr(start.subprocess, "run", lambda command, **_: failed)
    with pytest.raises(start.Stop, match="editions_failed"):
        start.prepare_editions()
    assert not start.EDITIONS_STAMP.exists()


# ── serving ─────────────────────────────────────────────────────────────────────────────────────


def test_a_busy_port_is_told_with_a_free_one(start):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert start.port_problem(port) == errno.EADDRINUSE
        with pytest.raises(start.Stop, match="port_busy") as stop:
            start.check_port(port, f"http://localhost:{port}")
    assert stop.value.facts["free"] > port
    assert start.port_problem(stop.value.facts["free"]) == 0


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_that_is_none(start, port):
    with pytest.raises(start.Stop, match="port_range"):
        start.check_port(port, "")


def test_a_folder_of_one_or_several_editions(start, tmp_path):
    shelf = tmp_path / "my editions"
    one = shelf / "2008"
    one.mkdir(parents=True)
    with pytest.raises(start.Stop, match="no_edition"):
        start.find_shelf(shelf)
    (one / "edition.json").write_text("{}")
    assert start.find_shelf(shelf) == shelf.resolve()
    assert start.find_shelf(one) == one.resolve()
    with pytest.raises(start.Stop, match="no_edition"):
        start.find_shelf(tmp_path / "absent")


def test_own_editions_are_served_without_building_the_sample(start, monkeypatch, tmp_path):
    (tmp_path / "edition.json").write_text("{}")
    handed = {}
    monkeypatch.setattr(start, "hand_over", lambda *given: handed.update(given=given))
    monkeypatch.setattr(start, "prepare_editions", lambda: pytest.fail("built the sample"))
    start.serve(["--port", str(free_port()), "--edition", str(tmp_path)])
    command, variables = handed["given"]
    assert variables == {"PBRT_EDITIONS": str(tmp_path.resolve())}
    assert command[command.index("--server.port") + 1].isdigit()


@pytest.mark.parametrize("found", ["/usr/bin/some-chromium", None])
def test_the_tests_are_told_where_the_browser_is(start, monkeypatch, capsys, found):
    handed = {}
    monkeypatch.setattr(start, "find_chromium", lambda: found)
    monkeypatch.setattr(start, "install_chromium", lambda: None)
    monkeypatch.setattr(start, "hand_over", lambda *given: handed.update(given=given))
    start.test(["-k", "poverty"])
    command, variables = handed["given"]
    assert command[1:] == ["-m", "pytest", "-k", "poverty"]
    assert variables == {"PBRT_CHROMIUM": found or ""}
    assert ("uji peramban dilewati" in capsys.readouterr().out) == (found is None)


def test_debian_is_asked_only_where_it_may_be(start, monkeypatch):
    monkeypatch.setattr(start.shutil, "which", lambda name: None)
    assert start.install_chromium() is None


def test_the_server_answers_soon_and_stops_cleanly(tmp_path):
    stamp = ROOT / ".venv" / "pbrt-ready.json"
    if not stamp.exists() or Path(sys.prefix) != ROOT / ".venv":
        pytest.skip("this environment was not made by start.py")
    (tmp_path / "edition.json").write_text("{}")
    port = free_port()
    options = ("--port", str(port), "--edition", str(tmp_path))
    command = [sys.executable, str(ROOT / "start.py"), *options]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, cwd=tmp_path, **streams) as server:
        try:
            wait_for(f"http://localhost:{port}/_stcore/health", seconds=20)
        finally:
            server.send_signal(signal.SIGINT if os.name != "nt" else signal.SIGTERM)
        said, _ = server.communicate(timeout=20)
    assert f"http://localhost:{port}" in said
    assert "Ctrl+C" in said
    assert "Traceback" not in said
    assert server.returncode == 0 or os.name == "nt"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(address, seconds):
    until = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=1) as answer:
                assert answer.status == 200
                return
        except OSError:
            assert time.monotonic() < until, "the server did not answer"
            time.sleep(0.1)
