"""How far long work is, whether to go on, and not being held up on the way."""

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pbrt_geo.intake.examination import Stopped

Progress = Callable[[float], None]
"""Is told the share that is done, from 0 to 1."""
Stop = Callable[[], bool]
"""Says whether to stop."""


def tell_nobody(share: float) -> None:
    """Tell nobody."""


def never() -> bool:
    """Never stop."""
    return False


class Teller:
    """Tells how far it is and asks whether to go on."""

    def __init__(self, progress: Progress, stop: Stop) -> None:
        self.progress, self.stop = progress, stop

    def __call__(self, share: float) -> None:
        """Tell the share that is done; raise `Stopped` if that was enough."""
        if self.stop():
            raise Stopped.of("intake_stopped")
        self.progress(min(share, 1.0))

    def part(self, begin: float, end: float) -> Progress:
        """Return what tells of a part of the whole."""
        return lambda share: self(begin + (end - begin) * share)

    def steps(self, size: int, begin: float, end: float) -> Callable[[int], None]:
        """Return what is told how many more of `size` rows are done."""
        done = 0

        def step(n: int) -> None:
            nonlocal done
            done += n
            self(begin + (end - begin) * done / max(size, 1))

        return step


_resting = 0
_lock = threading.Lock()


@contextmanager
def many_objects() -> Iterator[None]:
    """
    Make many objects that live on without the collector of cycles going through them again.

    It would take two fifths of an import and find nothing. It works again when the last import of
    the process is done.
    """
    global _resting  # noqa: PLW0603 - the collector is one for the whole process
    with _lock:
        _resting += 1
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _resting -= 1
            if not _resting:
                gc.enable()
