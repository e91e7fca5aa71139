"""An import as the page goes through it: a file, what was chosen about it, examined, stored.

All of it lies in the memory of the session and is let go of with it; the file is never written to
a disk by the pages.
"""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from dashboard import data, sios, state
from dashboard.jobs import Job
from pbrt_geo.errors import PbrtError
from pbrt_geo.show import words

if TYPE_CHECKING:
    from pbrt_geo.intake.doctor import Choices, Examination, Receipt
    from pbrt_geo.intake.reading import SheetFile

_KEY = "import_going_on"
_QUICK_S = 1.5
"""Work that ends within this is waited for: no bar that only flickers."""


@dataclass
class Import:
    """One file on its way into the registry."""

    choices: "Choices"
    file: "SheetFile | None" = None
    name: str = ""
    examination: "Examination | None" = None
    receipt: "Receipt | None" = None
    error: PbrtError | None = None
    job: Job | None = None
    examined: "Choices | None" = None
    """What was chosen when it was last examined."""
    round: int = 0
    """Counts files, so that the choices of one are not offered for the next."""
    marked: dict[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def is_outdated(self) -> bool:
        """Tell whether something was chosen since the file was examined."""
        return self.examined is not None and self.choices != self.examined


def current() -> Import:
    """Return the import of this session."""
    from pbrt_geo.intake.doctor import Choices

    found: Import | None = state.kept(_KEY)
    if found is None:
        found = Import(Choices())
        state.keep(_KEY, found)
    return found


def take(name: str, content: bytes, as_of: dt.date | None) -> None:
    """Begin with a file: read and examine it."""
    from pbrt_geo.intake.doctor import Choices

    going = Import(Choices(as_of=as_of), name=name, round=current().round + 1)
    state.keep(_KEY, going)
    _examine(going, content)


def begin_anew() -> None:
    """Let go of the file and of all that was chosen."""
    state.keep(_KEY, Import(current().choices.__class__(), round=current().round + 1))


def choose(**changes: Any) -> None:
    """Note a choice; it counts with the next examination."""
    going = current()
    going.choices = replace(going.choices, **changes)


def choose_one(name: str, key: str, value: str | None) -> None:
    """Note the choice for one column, place or question; None takes it back."""
    told = dict(getattr(current().choices, name))
    if value is None:
        told.pop(key, None)
    else:
        told[key] = value
    choose(**{name: told})


def examine_again() -> None:
    """Examine the same file with what was chosen."""
    _examine(current(), None)


def _examine(going: Import, content: bytes | None) -> None:
    from pbrt_geo.intake.doctor import examine
    from pbrt_geo.intake.reading import read_upload

    registry, actor, on = sios.session()
    choices, known, name = going.choices, _of_the_region(), going.name

    def work(tell: Any, stop: Any) -> "tuple[SheetFile, Examination]":
        file = going.file if content is None else read_upload(content, name)
        assert file is not None  # a file was read before it is examined again
        tell(0.3 if content else 0.0)

        def rest(share: float) -> None:
            tell(0.3 + 0.7 * share if content else share)

        made = examine(registry, actor, on, file, choices, progress=rest, stop=stop, **known)
        return file, made

    _start(going, Job("examine", work))


def _of_the_region() -> dict[str, Any]:
    """Return the areas and programmes that editions know; without editions the registry's own."""
    try:
        shelf = data.shelf()
    except PbrtError:
        return {}
    told = shelf.editions[-1].programmes
    return {"programmes": [(str(key), words.subject_name(key, "id", told)) for key in told.index]}


def store(reason: str) -> None:
    """Store what was examined, all or nothing."""
    from pbrt_geo.intake.doctor import accept

    registry, actor, on = sios.session()
    going = current()
    examined = going.examination
    assert examined is not None

    def work(tell: Any, stop: Any) -> "Receipt":
        return accept(registry, actor, on, examined, reason, progress=tell, stop=stop)

    _start(going, Job("store", work))


def _start(going: Import, job: Job) -> None:
    going.error, going.receipt, going.marked = None, None, {}
    going.job = job.start()
    job.wait(_QUICK_S)


def settle() -> Job | None:
    """Take over what a job ended with; return the job that still runs."""
    going = current()
    job = going.job
    if job is None or job.is_running:
        return job
    going.job = None
    going.error = job.error
    if job.error is None and job.kind == "examine":
        going.file, going.examination = job.result
        going.examined = going.examination.choices if going.examination else None
    elif job.error is None:
        going.receipt = job.result
    return None


def marked(going: Import, language: str) -> bytes:
    """Return the file with its problems listed and marked; made outside a page's run."""
    from pbrt_geo.intake.marked import marked_file

    assert going.file is not None and going.examination is not None
    if language not in going.marked:
        problems = going.examination.problems
        going.marked[language] = marked_file(going.file, problems, language)
    return going.marked[language]
