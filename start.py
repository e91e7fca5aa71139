"""From nothing but Python 3.11 or later to the dashboard, or to the passed tests.

python3 start.py [--port N] [--edition DIR]   prepare what is missing, serve the dashboard
python3 start.py test | check | bench         the same for those who change the code

Only the standard library, one file, the same on Windows, Linux and macOS. On a prepared
machine it compares two stamps and hands over at once. Why so: docs/decisions/0005.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 -- said before an older Python stumbles below
    sys.exit(
        "Perlu Python 3.11 atau lebih baru; ini Python {0}.{1}. Pasang, lalu jalankan lagi.\n"
        "Python 3.11 or later is needed; this is Python {0}.{1}. Install it, then run again."
        "".format(*sys.version_info)
    )

import argparse
import errno
import hashlib
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

WINDOWS = os.name == "nt"
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
EDITIONS = ROOT / "editions"
PUBLIC = ROOT / "public"
STAMP = VENV / "pbrt-ready.json"  # written last: what is installed, and for which Python
EDITIONS_STAMP = VENV / "pbrt-editions.json"
PUBLIC_STAMP = VENV / "pbrt-public.json"
UNFINISHED = VENV / "pbrt-unfinished"  # written first, gone when all went well
PIP_LOG = VENV / "pbrt-install.log"
# Each lock holds all of the ones named after it.
LOCKS = {"run": ("run",), "develop": ("develop", "run"), "bench": ("bench", "develop", "run")}
CHECKS = (
    ("ruff", "format", "--check"),
    ("ruff", "check"),
    ("mypy",),
    ("pbrt", "docs", "--check"),
)
SIGNS = {  # what pip prints when it fails, and the sentence that fits
    "no_space": ("No space left", "not enough space on the disk"),
    "wrong_hash": ("DO NOT MATCH THE HASHES",),
    "no_internet": ("Failed to establish", "NameResolution", "ProxyError", "timed out", "SSLError",
                    "Connection refused", "Connection reset", "Connection aborted", "Incomplete"),
    "no_package": ("No matching distribution",),
}  # fmt: skip


class Stop(Exception):
    """A reason to stop that the person at the keyboard can do something about."""

    def __init__(self, key: str, **facts: object) -> None:
        super().__init__(key)
        self.key, self.facts = key, facts


# ── words


def say(key: str, language: str, **facts: object) -> str:
    """Return one of the sentences of pbrt_geo/text/<language>/start.toml."""
    file = ROOT / "pbrt_geo" / "text" / language / "start.toml"
    sentences = tomllib.loads(file.read_text(encoding="utf-8"))["start"]
    return sentences[key].format(**facts)


def tell(key: str, **facts: object) -> None:
    """Print a sentence in Indonesian, then in English."""
    for language in ("id", "en"):
        print(say(key, language, **facts), flush=True)


# ── the environment


def tool(name: str) -> str:
    """Return the path of a program in the environment."""
    return str(VENV / ("Scripts" if WINDOWS else "bin") / (f"{name}.exe" if WINDOWS else name))


def prepare(purpose: str) -> None:
    """Make `.venv` hold what `purpose` needs; do nothing if the stamp says it does."""
    wanted, ready = fingerprints(), read_json(STAMP)
    same_place = all(ready.get(fact) == wanted[fact] for fact in ("python", "place"))
    if same_place and ready.get(purpose) == wanted[purpose]:
        return
    broken = UNFINISHED.exists()
    tell("repairing" if broken else "renewing" if ready else "preparing")
    if broken or (ready and not same_place):
        shutil.rmtree(VENV)
    if not Path(tool("python")).exists():
        make_venv()
    install(purpose)
    UNFINISHED.unlink(missing_ok=True)
    write_json(STAMP, {fact: wanted[fact] for fact in (*LOCKS[purpose], "python", "place")})
    tell("prepared")


def fingerprints() -> dict[str, str]:
    """Say what an environment must have been made from, and where, to be the right one."""
    project = (ROOT / "pyproject.toml").read_bytes()
    locks = {name: sha256([project, lock(name).read_bytes()]) for name in LOCKS}
    return locks | {"python": "{}.{}".format(*sys.version_info), "place": str(ROOT)}


def lock(purpose: str) -> Path:
    """Return the file with the versions and hashes for a purpose."""
    return ROOT / "requirements" / f"{purpose}.txt"


def make_venv() -> None:
    """Make the environment with the Python outside it, also when started from inside."""
    VENV.mkdir(exist_ok=True)
    begin_change()
    outside = getattr(sys, "_base_executable", sys.executable)
    command = [outside, "-m", "venv", str(VENV)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise reason(made.stdout + made.stderr, otherwise="no_venv")


def begin_change() -> None:
    """Note that the environment is half done from here on, in case the power fails."""
    UNFINISHED.touch()
    STAMP.unlink(missing_ok=True)


def install(purpose: str) -> None:
    """Install the locked packages, the build backend among them, and then this project."""
    entries = lock(purpose).read_text(encoding="utf-8").splitlines()
    packages = sum("==" in entry and not entry.startswith(" ") for entry in entries)
    done = 0
    for line in pip("--require-hashes", "--only-binary", ":all:", "-r", str(lock(purpose))):
        if line.startswith(("Collecting ", "Processing ")):  # from the index, or from a folder
            done = min(done + 1, packages)
            draw_bar(done, packages, Path(line.split()[1]).name.split("==")[0].split("-")[0])
        elif line.startswith("Installing collected"):  # all of them are downloaded and checked
            begin_change()
            draw_bar(packages, packages, "")
            tell("unpacking")
    for _ in pip("--no-build-isolation", "--no-index", "--editable", str(ROOT)):
        pass


def pip(*arguments: str) -> Iterator[str]:
    """Run pip install, yield what it prints and keep it; raise `Stop` if it fails."""
    calm = ("--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--retries", "2")
    command = [tool("python"), "-m", "pip", "install", "--no-deps", *calm, *arguments]
    said = []
    with subprocess.Popen(
        command,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as job:
        for line in job.stdout or ():
            said.append(line)
            yield line
    PIP_LOG.write_text("".join(said), encoding="utf-8")
    if job.returncode != 0:
        raise reason("".join(said), otherwise="install_failed")


def reason(said: str, otherwise: str) -> Stop:
    """Choose the sentence that fits what a failed program printed."""
    fitting = (key for key, signs in SIGNS.items() if any(sign in said for sign in signs))
    facts = {"python": "{}.{}".format(*sys.version_info), "log": PIP_LOG.relative_to(ROOT)}
    return Stop(next(fitting, otherwise), **facts)


def draw_bar(done: int, total: int, name: str) -> None:
    """Draw the bar over itself; end the line when it is full. Only for a terminal."""
    if sys.stdout.isatty():
        filled = "#" * (30 * done // total)
        end = "" if name else "\n"
        label = say("installing", "id")
        print(f"\r{label} [{filled:<30}] {done}/{total} {name:<24.24}", end=end, flush=True)


def environment() -> dict[str, str]:
    """Return the variables for programs started from here."""
    return os.environ | {"PYTHONUTF8": "1", "PIP_USER": "0"}


# ── the sample editions


def prepare_editions() -> list[str]:
    """Build the sample editions unless they are there and made from the code and data of now."""
    source = sha256(file.read_bytes() for file in edition_sources())
    built = read_json(EDITIONS_STAMP)
    if is_current(built, source, EDITIONS):
        return built["names"]
    tell("editions")
    sample = ("--region", str(ROOT / "geodata" / "sample"))
    if not runs("edition", "build", *sample, "--all", "--out", str(EDITIONS)):
        raise Stop("editions_failed")
    names = sorted(file.parent.name for file in EDITIONS.glob("*/edition.json"))
    write_json(EDITIONS_STAMP, {"source": source, "names": names})
    return names


def prepare_public(names: list[str]) -> None:
    """Publish the sample editions, the oldest first, unless that was done with what is there."""
    rules = sorted((ROOT / "pbrt_geo" / "disclosure").glob("*.*"))
    files = [*rules, EDITIONS_STAMP, *(EDITIONS / name / "edition.json" for name in names)]
    source = sha256(file.read_bytes() for file in files)
    made = read_json(PUBLIC_STAMP)
    if is_current(made, source, PUBLIC):
        return
    tell("public")
    for name in {*made.get("names", []), *names}:  # of invented people, and never given to anybody
        shutil.rmtree(PUBLIC / name, ignore_errors=True)
    for name in names:  # a name ends in its date
        if not runs("edition", "publish", str(EDITIONS / name), "--out", str(PUBLIC / name)):
            raise Stop("public_failed")
    write_json(PUBLIC_STAMP, {"source": source, "names": names})


def is_current(stamp: dict[str, Any], source: str, folder: Path) -> bool:
    """Tell whether editions were made from this source and are all there."""
    names = stamp.get("names", [])
    present = all((folder / name / "edition.json").exists() for name in names)
    return bool(names) and stamp.get("source") == source and present


def runs(*words: str) -> bool:
    """Run a command of `pbrt`; tell whether it succeeded."""
    command = (tool("pbrt"), *words)
    return subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode == 0


def edition_sources() -> list[Path]:
    """List the files that decide what is in the sample editions."""
    library = ROOT / "pbrt_geo"
    above = ("show", "read", "sample", "commands", "disclosure", "cli.py", "manual.py")
    elsewhere = {library / name for name in above}
    code = [file for file in library.rglob("*.py") if not elsewhere & {file, *file.parents}]
    sample = [file for file in (ROOT / "geodata" / "sample").rglob("*") if file.is_file()]
    return sorted(code) + sorted(sample)


# ── the commands


def serve(arguments: list[str]) -> NoReturn:
    """Serve the dashboard on this computer."""
    options = read_options(arguments)
    address = f"http://localhost:{options.port}"
    check_port(options.port, address)
    shelf = find_shelf(options.edition) if options.edition else EDITIONS
    prepare("run")
    if not options.edition:
        prepare_public(prepare_editions())
    (ROOT / "dashboard" / "static").mkdir(exist_ok=True)  # Streamlit warns if it is absent
    tell("serving", address=address)
    tell("next")
    app = ("run", str(ROOT / "dashboard" / "serve.py"), "--server.port", str(options.port))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # until the server listens to it, and after
    streamlit = [tool("python"), "-m", "streamlit", *app, "--logger.hideWelcomeMessage", "true"]
    hand_over(streamlit, {"PBRT_EDITIONS": str(shelf)})


def read_options(arguments: list[str]) -> argparse.Namespace:
    """Read the options of the dashboard."""

    def both(key: str, between: str) -> str:
        return between.join(say(key, language).strip() for language in ("id", "en"))

    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("start.py", formatter_class=layout)
    parser.description = both("help", "\n\n")
    parser.add_argument("--port", type=int, default=8501, help=both("help_port", " / "))
    parser.add_argument("--edition", type=Path, metavar="DIR", help=both("help_edition", " / "))
    return parser.parse_args(arguments)


def check_port(port: int, address: str) -> None:
    """Stop with advice if nothing can be served on `port`."""
    if not 0 < port < 65536:
        raise Stop("port_range", port=port)
    problem = port_problem(port)
    if problem == errno.EADDRINUSE:
        free = next(n for n in range(1024, 65536) if n > port and not port_problem(n))
        raise Stop("port_busy", port=port, address=address, free=free)
    if problem:
        raise Stop("port_range", port=port)


def port_problem(port: int) -> int:
    """Return 0 if `port` of this computer is free, else the number of the system's error."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if not WINDOWS:  # there it would allow a port that another program listens on
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return errno.EADDRINUSE if WINDOWS else error.errno or errno.EACCES
    return 0


def find_shelf(folder: Path) -> Path:
    """Return the whole path of a folder that is an edition or holds some."""
    found = (folder / "edition.json").exists() or any(folder.glob("*/edition.json"))
    if not found:
        raise Stop("no_edition")
    return folder.resolve()


def test(arguments: list[str]) -> NoReturn:
    """Run all tests; further arguments go to pytest."""
    prepare("develop")
    browser = find_chromium() or install_chromium()
    if not browser:
        tell("chromium_missing")
    hand_over([tool("python"), "-m", "pytest", *arguments], {"PBRT_CHROMIUM": browser or ""})


def check(_: list[str]) -> NoReturn:
    """Check format, lint, types and documents; say which of them failed."""
    prepare("develop")
    failed = [" ".join(words) for words in CHECKS if not passes(words)]
    for words in CHECKS:
        name = " ".join(words)
        tell("check_failed" if name in failed else "check_passed", check=name)
    sys.exit(1 if failed else 0)


def passes(words: tuple[str, ...]) -> bool:
    """Run one check of the environment."""
    command = [tool(words[0]), *words[1:]]
    return subprocess.run(command, cwd=ROOT, env=environment(), check=False).returncode == 0


def bench(arguments: list[str]) -> NoReturn:
    """Measure the speed; further arguments go to `pbrt bench`."""
    prepare("bench")
    prepare_editions()  # without them the map would be measured on invented cells only
    hand_over([tool("pbrt"), "bench", *arguments], {"PBRT_CHROMIUM": find_chromium() or ""})


def hand_over(command: list[str], variables: dict[str, str]) -> NoReturn:
    """Become another program; on Windows, where that cannot be, wait for it."""
    os.chdir(ROOT)
    sys.stdout.flush()
    if not WINDOWS:
        os.execve(command[0], command, environment() | variables)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the other program
    sys.exit(subprocess.run(command, env=environment() | variables, check=False).returncode)


# ── a browser for the tests


def find_chromium() -> str | None:
    """Return the path of a Chromium, Chrome or Edge."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
    on_path = (shutil.which(name) for name in names)
    usual = (str(place) for place in usual_places() if place.exists())
    known = os.environ.get("PBRT_CHROMIUM")
    return known or next(filter(None, on_path), None) or next(usual, None)


def usual_places() -> list[Path]:
    """List where Windows and macOS keep these browsers."""
    variables = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
    folders = [Path(os.environ[name]) for name in variables if name in os.environ]
    windows = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")
    mac = ("Chromium", "Google Chrome", "Microsoft Edge")
    places = [folder / program for folder in folders for program in windows]
    return places + [Path(f"/Applications/{name}.app/Contents/MacOS/{name}") for name in mac]


def install_chromium() -> str | None:
    """Install Debian's package where that is allowed without asking; return its path."""
    rights = rights_to_install()
    if rights is None:
        return None
    tell("chromium_install")
    quiet = environment() | {"DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        command = [*rights, "apt-get", "-qq", *step]
        subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, check=False)
    return find_chromium()


def rights_to_install() -> list[str] | None:
    """Return the words before `apt-get`, or None where packages cannot be installed."""
    if WINDOWS or not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "-n"]
    if not shutil.which("sudo"):
        return None
    asks = subprocess.run([*sudo, "true"], capture_output=True, check=False).returncode
    return None if asks else sudo


# ── small things


def sha256(parts: Iterable[bytes]) -> str:
    """Return one fingerprint of several contents."""
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()


def read_json(path: Path) -> dict[str, Any]:
    """Read a stamp; one that is missing or damaged counts as empty."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_json(path: Path, facts: dict[str, Any]) -> None:
    """Write a stamp whole or not at all."""
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(facts), encoding="utf-8")
    draft.replace(path)


COMMANDS: dict[str, Callable[[list[str]], NoReturn]]
COMMANDS = {"test": test, "check": check, "bench": bench}


def main(arguments: list[str]) -> None:
    """Run the command named first, or serve the dashboard."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a console that cannot show a letter
    try:
        if arguments and arguments[0] in COMMANDS:
            COMMANDS[arguments[0]](arguments[1:])
        serve(arguments)
    except Stop as stop:
        tell(stop.key, **stop.facts)
    except PermissionError:
        tell("in_use")
    except KeyboardInterrupt:
        tell("stopped")
    sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
