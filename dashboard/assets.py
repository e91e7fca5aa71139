"""Files the map loads once: its script, and the boundaries of the editions on the shelf.

Streamlit serves the folder `static` beside the page to everyone, without a login. So only what
is no secret goes there: Leaflet and our script, and simplified boundaries with names of areas.
Values never do; they travel in the session of the reader.

The name of each file is the hash of its content: a browser may keep it, a new edition gets a new
address, and two servers on one folder do not disturb each other.
"""

import hashlib
import mimetypes
import os
import tempfile
import time
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

from pbrt_geo.edition import Edition
from pbrt_geo.errors import PbrtError
from pbrt_geo.show.geometry import compact
from pbrt_geo.show.offline import bundle

STATIC = Path(__file__).parent / "static"

KEPT_SECONDS = 14 * 86_400
"""Files of other editions are removed when nobody has started with them for two weeks."""

# from the frame of the map, so that it holds under any `server.baseUrlPath`
_FROM_FRAME = "../../app/static/map/"

# Windows may know .js as text/plain, which a browser then refuses to run
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/json", ".json")


def prepare(editions: Iterable[Edition], static: Path = STATIC) -> list[str]:
    """
    Put everything the maps of these editions load into the static folder.

    Returns
    -------
    names
        Names of the files, the script first.

    Raises
    ------
    PbrtError
        If the folder cannot be written.
    """
    paths = [
        path
        for edition in editions
        for level in edition.mapped_levels
        if (path := edition.map_file(level)).exists()
    ]
    try:
        names = [script_name(static), *(geometry_name(path, static) for path in paths)]
        _remove_old(static / "map", set(names))
    except OSError as error:
        raise PbrtError.of("static_folder", folder=static.name) from error
    return list(dict.fromkeys(names))


def script_address(static: Path = STATIC) -> str:
    """Return the address of the script of the map, seen from the frame of the map."""
    return _FROM_FRAME + script_name(static)


@cache
def script_name(static: Path = STATIC) -> str:
    """Put the script in place and return its name."""
    return _put(bundle().encode("utf-8"), "map", ".js", static / "map")


def script_of(file: Path, static: Path = STATIC) -> str:
    """Put a script of the dashboard in place and return its address, seen from the frame."""
    return _FROM_FRAME + _put(file.read_bytes(), file.stem, file.suffix, static / "map")


def geometry_name(path: Path, static: Path = STATIC) -> str:
    """Put a map file in place and return its name; it lies beside the script."""
    facts = path.stat()
    return _geometry_name(path, facts.st_mtime_ns, facts.st_size, static)


@lru_cache(maxsize=256)
def _geometry_name(path: Path, changed: int, size: int, static: Path) -> str:
    return _put(
        compact(path).encode("utf-8"), path.stem.removeprefix("map_"), ".json", static / "map"
    )


def _put(content: bytes, stem: str, suffix: str, folder: Path) -> str:
    name = f"{stem}-{hashlib.sha256(content).hexdigest()[:16]}{suffix}"
    target = folder / name
    if target.exists() and target.stat().st_size == len(content):
        os.utime(target)  # in use: see `_remove_old`
        return name
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return name


def _remove_old(folder: Path, used: set[str]) -> None:
    for file in folder.iterdir():
        if file.name not in used and time.time() - file.stat().st_mtime > KEPT_SECONDS:
            file.unlink(missing_ok=True)
