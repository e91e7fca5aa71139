"""Disks that fail: writes that break off, one that is full, one that can only be read.

A write is broken off by the limit that Unix sets to the size of files: the system refuses the
write, as a failing disk does, and it can be placed at each write in turn.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pbrt_geo.registry.problems import RegistryError

STORED = "stored"


def told_with_limit(task: Callable[[], object], limit: int | None) -> str:
    """
    Do something in a process whose files may grow to `limit` bytes and no further.

    Returns `stored`, the key of the problem that was told, or what else happened.
    """
    readable, writable = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(readable)
        os.write(writable, _outcome(task, limit).encode())
        os._exit(0)
    os.close(writable)
    with os.fdopen(readable) as pipe:
        told = pipe.read()
    os.waitpid(process, 0)
    return told


def _outcome(task: Callable[[], object], limit: int | None) -> str:
    import resource

    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        task()
    except RegistryError as error:
        return error.problems[0].key
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return STORED


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Callable[[str], None]]:
    """Put a small disk at a folder; what it gives changes how it is mounted (`ro`, `size=4m`)."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root of Linux can mount a small disk")
    folder.mkdir(exist_ok=True)
    mounted = _mount("-t", "tmpfs", "-o", f"size={size}", "pbrt-test", str(folder))
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")

    def remount(options: str) -> None:
        done = _mount("-o", f"remount,{options}", str(folder))
        assert done.returncode == 0, done.stderr

    try:
        yield remount
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _mount(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["mount", *arguments], check=False, capture_output=True)


@contextlib.contextmanager
def read_only(folder: Path, remount: Callable[[str], None] | None) -> Iterator[None]:
    """Let a folder and its files only be read for a while."""
    if remount:
        remount("ro")
        yield
        remount("rw")
        return
    modes = {path: path.stat().st_mode for path in (*folder.iterdir(), folder)}
    for path in modes:
        path.chmod(0o500 if path.is_dir() else 0o400)
    yield
    for path, mode in reversed(modes.items()):
        path.chmod(mode)
