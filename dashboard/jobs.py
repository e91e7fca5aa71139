"""Long work beside the page: it tells how far it is, and can be stopped.

The work runs in a thread of its own, in the name of whoever began it; the page looks at it now and
then. Whoever leaves the page finds it again. What was begun is either stored as a whole or not.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pbrt_geo.errors import PbrtError, Problem

Work = Callable[[Callable[[float], None], Callable[[], bool]], Any]
"""Takes what to tell the share that is done (0 to 1), and what tells whether to stop."""


@dataclass
class Job:
    """One piece of work: `kind` names it in texts; in the end `result`, or `error`, is there."""

    kind: str
    work: Work = field(repr=False)
    share: float = 0.0
    result: Any = field(default=None, repr=False)
    error: PbrtError | None = None
    _stop: threading.Event = field(default_factory=threading.Event, repr=False)
    _thread: threading.Thread | None = field(default=None, repr=False)

    def start(self) -> "Job":
        """Begin."""
        self._thread = threading.Thread(target=self._run, name=f"job-{self.kind}", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ask it to stop; it does so at its next step, and nothing of it is stored."""
        self._stop.set()

    @property
    def is_stopping(self) -> bool:
        """Tell whether it was asked to stop."""
        return self._stop.is_set()

    @property
    def is_running(self) -> bool:
        """Tell whether it still works."""
        return self._thread is not None and self._thread.is_alive()

    def wait(self, seconds: float) -> None:
        """Wait for the end, at most so long."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        try:
            self.result = self.work(self._tell, self._stop.is_set)
        except PbrtError as error:
            self.error = error
        except Exception:  # its text may hold people: it is neither shown nor logged
            self.error = PbrtError(Problem("job_failed"))

    def _tell(self, share: float) -> None:
        self.share = share
