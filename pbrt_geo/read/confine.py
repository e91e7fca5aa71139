"""Taking rights away from the process that opens a foreign file.

Each layer is taken where the system has it; none is needed for the next. The readers hold no
code that opens a second file or a connection (there is no GDAL here): these layers are for
the day on which one of them, or a library below, has a fault.

| layer | Linux | macOS | Windows |
|---|---|---|---|
| no socket, no program, no file but its own and the libraries' | yes | yes | yes |
| time limit on the wall clock, then killed (by the parent) | yes | yes | yes |
| CPU, memory and file size limits | yes | in part | no |
| no network, by the kernel | yes, where user namespaces are allowed | no | no |
| the same for files, by the kernel (Landlock) | yes, kernel 5.13 or later | no | no |

The libraries' folders stay readable because libraries load parts of themselves on first use.
"""

import os
import struct
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pbrt_geo.read.limits import Limits

_NEW_USER_AND_NETWORK = 0x1000_0000 | 0x4000_0000
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_EVERY_FILE_RIGHT = 0x1FFF  # of Landlock's first version
_READ = 0x4 | 0x8  # read a file, list a folder
_READ_AND_WRITE = _READ | 0x2 | 0x100  # write to a file, create one
_NO_NEW_PRIVILEGES = 38

_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "ctypes.",
    "winreg.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.startfile",
    "os.system",
    "os.link",
    "os.symlink",
    "shutil.",
    "urllib.",
)


def limit_resources(limits: Limits) -> bool:
    """Set the limits of CPU time, memory and file size; False where the system has none."""
    try:
        import resource
    except ImportError:
        return False
    for kind, most in (
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, 4 * limits.unpacked_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):  # macOS refuses some
            return False
    return True


def leave_network() -> bool:
    """Move into a network of its own, in which there is nobody; must come before any thread."""
    kernel = _kernel()
    return kernel is not None and kernel.unshare(_NEW_USER_AND_NETWORK) == 0


def keep_only(folder: Path) -> bool:
    """Let the kernel refuse every file outside `folder` and the libraries, for good."""
    kernel = _kernel()
    if kernel is None or kernel.syscall(_LANDLOCK_CREATE, None, 0, 1) < 1:
        return False
    rules = kernel.syscall(_LANDLOCK_CREATE, struct.pack("=Q", _EVERY_FILE_RIGHT), 8, 0)
    rights = dict.fromkeys(libraries(), _READ) | {str(folder): _READ_AND_WRITE}
    for place, right in rights.items():
        handle = os.open(place, os.O_RDONLY)
        kernel.syscall(_LANDLOCK_ADD, rules, 1, struct.pack("=Qi", right, handle), 0)
        os.close(handle)
    kept = kernel.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0
    kept = kept and kernel.syscall(_LANDLOCK_RESTRICT, rules, 0) == 0
    os.close(rules)
    return bool(kept)


def libraries() -> set[str]:
    """Folders of Python's own library and of the packages that the readers use."""
    places = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    for name in ("numpy", "shapely", "pyarrow", "pyproj"):
        module = sys.modules.get(name)
        if module is not None and module.__file__:
            places.add(str(Path(module.__file__).parents[1]))
    return {os.path.realpath(place) for place in places}


def guard(folder: Path) -> bool:
    """Let Python refuse sockets, other programs and files elsewhere, for good."""
    sys.addaudithook(_watcher(os.path.realpath(folder)))
    return True


def _watcher(folder: str) -> Callable[[str, tuple[Any, ...]], None]:
    inside = (os.path.normcase(folder + os.sep),)
    readable = tuple(os.path.normcase(place + os.sep) for place in libraries())

    def watch(event: str, facts: tuple[Any, ...]) -> None:
        if event.startswith(_FORBIDDEN):
            raise PermissionError(event)
        if event == "open" and isinstance(facts[0], str | bytes):
            path = os.path.normcase(os.path.realpath(os.fsdecode(facts[0])))
            reads = facts[1] in ("r", "rb")
            if not path.startswith(inside + readable if reads else inside):
                raise PermissionError(event)

    return watch


def _kernel() -> Any:
    if sys.platform != "linux":
        return None
    import ctypes

    return ctypes.CDLL(None, use_errno=True)
