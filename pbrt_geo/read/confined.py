"""Reading a foreign file in a process of its own.

The bytes are copied under a name of our own into a folder of their own; `child.py` reads them there
behind the walls of `confine.py`, and is killed when its time is over. The name of the file is
display text: it is never opened, and never decides anything.
"""

import dataclasses
import json
import os
import stat
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from pbrt_geo.read.limits import Limits, Refused

_HEAD_BYTES = 4096
_SHOWN_NAME = 60
_DEAD = "http://127.0.0.1:9"  # nobody listens there

_START = """
import sys, types
from pathlib import Path
package = types.ModuleType("pbrt_geo")  # without running the library's own start
package.__path__ = [sys.argv[1]]
sys.modules["pbrt_geo"] = package
from pbrt_geo.read.child import main
main(Path(sys.argv[2]))
"""


@contextmanager
def own_folder() -> Iterator[Path]:
    """Give a temporary folder that only we and the reading process know; it is removed after."""
    with tempfile.TemporaryDirectory(prefix="pbrt-", ignore_cleanup_errors=True) as place:
        yield Path(place)


def display_name(name: str) -> str:
    """Return the last part of a file name, safe to show: no controls, no markup, not too long."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if unicodedata.category(c)[0] != "C" and c not in "`<>")
    shown = kept.strip() or "?"
    return shown if len(shown) <= _SHOWN_NAME else shown[: _SHOWN_NAME - 1] + "…"


def name_of(source: Path | str | bytes, name: str | None) -> str:
    """Return what to call a file in messages: the name that was given, or that of its path."""
    return display_name(name or ("" if isinstance(source, bytes) else str(source)))


def bytes_of(source: Path | str | bytes, limits: Limits) -> bytes:
    """Return the bytes of a file, no more of them than the limit, or refuse."""
    if isinstance(source, bytes):
        data = source
    else:
        with _opened(source) as file:
            data = file.read(limits.file_bytes + 1)
    if len(data) > limits.file_bytes:
        raise Refused("file_too_large", most=limits.file_bytes // 2**20)
    return data


def _opened(path: Path | str) -> BinaryIO:
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):  # a pipe or a device would never end
            raise Refused("file_missing")
        return Path(path).open("rb")
    except (OSError, ValueError):  # ValueError: a NUL in the name
        raise Refused("file_missing") from None


def read_confined(
    folder: Path, data: bytes, kind_of: Callable[[bytes], str], layer: str | None, limits: Limits
) -> tuple[str, dict[str, Any]]:
    """
    Read bytes by the reader of their kind, in a process that can do nothing else.

    Parameters
    ----------
    folder
        An empty folder; what the reader hands back beside the outcome lies there afterwards.
    kind_of
        Tells the reader's name from the first bytes, or refuses.

    Returns
    -------
    kind, outcome
        What the reader is called and what it says.
    """
    kind = kind_of(data[:_HEAD_BYTES])
    (folder / "input").write_bytes(data)
    job = {"kind": kind, "file": "input", "layer": layer, "limits": dataclasses.asdict(limits)}
    (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    return kind, _run(folder, limits)


def _run(folder: Path, limits: Limits) -> dict[str, Any]:
    package = str(Path(__file__).parents[1])
    command = [sys.executable, "-I", "-B", "-X", "utf8", "-c", _START, package, str(folder)]
    silent = subprocess.DEVNULL
    process = subprocess.Popen(
        command, stdin=silent, stdout=silent, stderr=silent, env=environment(folder), cwd=folder
    )
    try:
        process.wait(limits.wall_seconds)
    except subprocess.TimeoutExpired:
        raise Refused("file_slow") from None
    finally:
        process.kill()
        process.wait()
    return _outcome(folder, process.returncode)


def environment(folder: Path) -> dict[str, str]:
    """Return the whole environment of the child: nothing of ours, so no secret, goes along."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "WINDIR") if name in os.environ}
    quiet = dict.fromkeys(("http_proxy", "https_proxy", "GDAL_HTTP_PROXY"), _DEAD)
    single = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")  # memory limit
    own = {"TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)}
    arrow = {"ARROW_DEFAULT_MEMORY_POOL": "system", "PROJ_NETWORK": "OFF"}
    return kept | quiet | single | own | arrow


_KILLED_BY_A_LIMIT = (-24, -9)  # SIGXCPU; SIGKILL at the hard limit


def _outcome(folder: Path, code: int) -> dict[str, Any]:
    try:
        outcome = json.loads((folder / "outcome.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise Refused("file_slow" if code in _KILLED_BY_A_LIMIT else "file_damaged") from None
    if "refused" in outcome:
        raise Refused(outcome["refused"], **outcome["facts"])
    return dict(outcome)
