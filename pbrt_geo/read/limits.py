"""How much of a foreign file is read at most, and how a reader refuses one."""

from dataclasses import dataclass
from typing import Any


class Refused(Exception):
    """The file is not read: the key of a sentence and its facts."""

    def __init__(self, key: str, **facts: Any) -> None:
        self.key, self.facts = key, facts
        super().__init__(key)


@dataclass(frozen=True)
class Limits:
    """How large a file may be and how long its reading may take."""

    file_bytes: int = 100 * 2**20
    unpacked_bytes: int = 100 * 2**20
    members: int = 64
    ratio: int = 100
    rows: int = 200_000
    columns: int = 256
    cpu_seconds: int = 20
    wall_seconds: int = 60
    memory_bytes: int = 2 * 2**30

    @classmethod
    def of_megabytes(cls, megabytes: float) -> "Limits":
        """Return limits for files of up to so many MB, with time and memory to match."""
        usual, times = cls(), max(1.0, megabytes * 2**20 / cls.file_bytes)
        return cls(
            file_bytes=int(megabytes * 2**20),
            unpacked_bytes=int(usual.unpacked_bytes * times),
            cpu_seconds=int(usual.cpu_seconds * times),
            wall_seconds=int(usual.wall_seconds * times),
            memory_bytes=int(usual.memory_bytes * times),
        )
