"""Renew the locks from pyproject.toml: `python requirements/renew.py [--upgrade]`.

Needs uv (`python -m pip install uv`) and the package index. A lock holds one version of each
package for every Python and every system below, with the hashes of all its files, and names
no host. `run.txt` is what the dashboard needs; `develop.txt` is the same and the tools;
`bench.txt` is the same again and the programs that benchmarks compare with.
Without `--upgrade` a version changes only where pyproject.toml asks for it.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LOCKS = {
    "run.txt": ("dashboard",),
    "develop.txt": ("dashboard", "test", "check"),
    "bench.txt": ("dashboard", "test", "check", "bench"),
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = (
    "x86_64-pc-windows-msvc",
    "x86_64-manylinux_2_28",
    "aarch64-manylinux_2_28",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
)
NO_HOST = ("--no-emit-index-url", "--no-emit-find-links", "--no-annotate", "--no-header")
HEADER = (
    "# Versions and hashes for Python 3.11 to 3.14 on Windows, Linux and macOS.\n"
    "# Written by requirements/renew.py from pyproject.toml; not by hand.\n"
)


def main() -> None:
    """Write the locks, then see that they can be installed without a compiler."""
    upgrade = [option for option in sys.argv[1:] if option == "--upgrade"]
    smaller = None
    for name, extras in LOCKS.items():
        _write(name, extras, smaller, upgrade)
        smaller = name
    for system in SYSTEMS:
        for python in PYTHONS:
            _check_wheels("develop.txt", system, python)
            if "linux" in system:  # where the benchmarks are measured
                _check_wheels("bench.txt", system, python)


def _write(name: str, extras: tuple[str, ...], smaller: str | None, upgrade: list[str]) -> None:
    lock = HERE / name
    same_versions = [] if smaller is None else ["--constraint", str(HERE / smaller)]
    purposes = [part for extra in extras for part in ("--extra", extra)]
    one_version = ["--universal", "--python-version", PYTHONS[0], "--fork-strategy", "fewest"]
    options = [*purposes, *one_version, *NO_HOST, *same_versions, *upgrade]
    _uv("pyproject.toml", "-", *options, "--generate-hashes", "-o", str(lock))
    lock.write_text(HEADER + _without_header(lock), encoding="utf-8", newline="\n")
    print(f"{name}: {lock.read_text(encoding='utf-8').count('==')} packages")


def _check_wheels(name: str, system: str, python: str) -> None:
    target = ["--python-platform", system, "--python-version", python]
    _uv(str(HERE / name), *target, "--only-binary", ":all:", "--no-deps")


def _uv(*arguments: str) -> None:
    """Run the resolver; the build backend comes by standard input, it is locked as well."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        build = "\n".join(tomllib.load(file)["build-system"]["requires"])
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", *arguments]
    oldest_macos = os.environ | {"MACOSX_DEPLOYMENT_TARGET": "14.0"}
    quiet = subprocess.DEVNULL
    subprocess.run(
        command, check=True, cwd=ROOT, input=build, text=True, env=oldest_macos, stdout=quiet
    )


def _without_header(lock: Path) -> str:
    lines = lock.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("#"))


if __name__ == "__main__":
    main()
