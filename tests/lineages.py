"""Random lives of RTs for property tests: valid events, and the households they carry along.

`histories()` draws one `History`, `histories(10)` ten kabupaten in one: events and units as in the
schema (in shuffled order, with corrections), and where each household lived after each event. It
is a model of its own, written household by household as the events say in words, to check the
library against. Everything follows from one drawn seed, which a failing test prints.
"""

import datetime as dt
from dataclasses import dataclass, field
from random import Random

import pandas as pd
from hypothesis import strategies as st

from pbrt_geo import schema
from pbrt_geo.codes import rt_id
from pbrt_geo.region import typed

FIRST = dt.date(2006, 1, 1)
MOST_DAYS = 6
KINDS = ("pecah", "gabung", "ganti_nama", "ganti_nomor", "pindah", "ubah_batas", "bubar", "bentuk")

Homes = dict[tuple[int, int], str]


@dataclass
class History:
    """
    What happened, and where every household lived.

    `homes` has, after each day on which something happened, the RT of each household (missing
    before it came, and after its RT was dissolved into nothing); `desa` the desa of each living RT.
    """

    seed: int
    events: pd.DataFrame = field(repr=False)
    units: pd.DataFrame = field(repr=False)
    homes: dict[dt.date, Homes] = field(repr=False)
    desa: dict[dt.date, dict[str, str]] = field(repr=False)

    def homes_on(self, day: dt.date) -> Homes:
        """RT of each household on a day."""
        return self.homes[max(known for known in self.homes if known <= day)]

    def desa_on(self, day: dt.date) -> dict[str, str]:
        """Desa of each RT that lives on a day."""
        return self.desa[max(known for known in self.desa if known <= day)]

    @property
    def days(self) -> list[dt.date]:
        """Days on which something happened, the first of all included."""
        return sorted(self.homes)


def histories(n_kabupaten: int = 1) -> st.SearchStrategy[History]:
    """Draw histories of `n_kabupaten` that go on side by side."""
    return st.integers(0, 2**32 - 1).map(lambda seed: history(seed, n_kabupaten))


def history(seed: int, n_kabupaten: int = 1) -> History:
    """Let a few RTs live for a few years."""
    random = Random(seed)
    villages = [Village(random, number) for number in range(n_kabupaten)]
    for village in villages:
        village.live()
        village.correct_some()
    days = sorted({day for village in villages for day in village.homes})
    homes = {
        day: _together([village.at(village.homes, day) for village in villages]) for day in days
    }
    desa = {
        day: _together([village.at(village.desas, day) for village in villages]) for day in days
    }
    events = [event for village in villages for event in village.events]
    units = [unit for village in villages for unit in village.units]
    return History(
        seed,
        _table(random, events, schema.EVENTS),
        _table(random, units, schema.EVENT_UNITS),
        homes,
        desa,
    )


def _together(parts: list[dict]) -> dict:
    return {key: value for part in parts for key, value in part.items()}


def _table(random: Random, rows: list[dict], declared: schema.Table) -> pd.DataFrame:
    names = [column.name for column in declared.columns]
    frame = pd.DataFrame(random.sample(rows, len(rows)), columns=names)
    dates = {c.name: pd.to_datetime(frame[c.name]) for c in declared.columns if c.type == "date"}
    return typed(frame.assign(**dates), declared)


class Village:
    """The RTs and households of a small kabupaten while its history is made."""

    def __init__(self, random: Random, number: int) -> None:
        self.random, self.number = random, number
        self.kabupaten = f"52.{7 + number:02d}"
        self.two_desa = [f"{self.kabupaten}.01.200{n}" for n in (1, 2)]
        self.n_rt = self.n_households = 0
        self.desa: dict[str, str] = {}  # of the RTs that live
        self.home: Homes = {}
        self.events: list[dict[str, object]] = []
        self.units: list[dict[str, object]] = []
        self.homes: dict[dt.date, Homes] = {}
        self.desas: dict[dt.date, dict[str, str]] = {}

    def at(self, kept: dict[dt.date, dict], day: dt.date) -> dict:
        """What was kept of the last day up to `day`."""
        return kept[max(known for known in kept if known <= day)]

    def live(self) -> None:
        """Let things happen on a few days."""
        first = [
            self.new_rt(self.random.choice(self.two_desa)) for _ in range(self.number_of(2, 5))
        ]
        for rt in first:
            self.settle(rt, self.number_of(0, 4))
        self.write("awal", FIRST, [], first)
        self.keep(FIRST)
        day = FIRST
        for _ in range(self.number_of(1, MOST_DAYS)):
            day += dt.timedelta(days=self.number_of(1, 200))
            busy: set[str] = set()
            for _ in range(self.number_of(1, 2)):
                self.happens(day, busy)
            self.keep(day)

    def keep(self, day: dt.date) -> None:
        """Remember how things stand after a day."""
        self.homes[day], self.desas[day] = dict(self.home), dict(self.desa)

    def number_of(self, least: int, most: int) -> int:
        """A random number, both ends included."""
        return self.random.randint(least, most)

    def new_rt(self, desa: str) -> str:
        """An RT with the next id, which was never given before."""
        self.n_rt += 1
        rt = rt_id(self.kabupaten, self.n_rt)
        self.desa[rt] = desa
        return rt

    def settle(self, rt: str, n: int) -> None:
        """Let `n` new households come to an RT."""
        for _ in range(n):
            self.home[self.number, self.n_households] = rt
            self.n_households += 1

    def share_out(self, givers: list[str], takers: list[str]) -> None:
        """Each household of the givers goes to one of the takers."""
        for household, rt in self.home.items():
            if rt in givers:
                self.home[household] = self.random.choice(takers)

    def happens(self, day: dt.date, busy: set[str]) -> None:
        """Let one thing happen to RTs to which nothing happened that day, if it can."""
        kind = self.random.choice(KINDS)
        desa = self.random.choice(self.two_desa)
        free = [rt for rt in self.desa if rt not in busy and self.desa[rt] == desa]
        least = {"gabung": 2, "ubah_batas": 2, "bentuk": 0}.get(kind, 1)
        most = {"gabung": 3, "ubah_batas": 3, "bubar": 3, "bentuk": 0}.get(kind, 1)
        if len(free) < least:
            return
        chosen = self.random.sample(free, self.number_of(least, min(most, len(free))))
        after = self.after(kind, chosen, desa)
        self.write(kind, day, chosen, after)
        for rt in set(chosen) - set(after):
            del self.desa[rt]
        busy |= {*chosen, *after}

    def after(self, kind: str, chosen: list[str], desa: str) -> list[str]:
        """Carry an event out; return the RTs after it."""
        coin = self.random.random() < 0.5
        if kind == "bentuk":
            born = self.new_rt(desa)
            self.settle(born, self.number_of(0, 3))
            return [born]
        if kind == "pecah":
            children = [self.new_rt(desa) for _ in range(self.number_of(1 if coin else 2, 3))]
            after = [*chosen, *children] if coin else children
        elif kind == "gabung":
            after = [chosen[0] if coin else self.new_rt(desa)]
        elif kind == "bubar":
            after, chosen = chosen[1:], chosen[:1]
        else:
            after = list(chosen)
        if kind == "pindah":
            self.desa[chosen[0]] = self.two_desa[1 - self.two_desa.index(desa)]
        elif after:
            self.share_out(chosen, after)
        else:
            self.home = {key: rt for key, rt in self.home.items() if rt not in chosen}
        return after

    def write(
        self, kind: str, day: dt.date, before: list[str], after: list[str], **more: object
    ) -> str:
        """Write an event down as it left the village."""
        event_id = f"E{self.number + 10}{len(self.events) + 1:05d}"
        about = {"event_id": event_id, "level": "rt", "kind": kind, "date": day, "source": "test"}
        self.events.append(about | more)
        self.units += [{"event_id": event_id, "role": "before", "unit_id": rt} for rt in before]
        for rt in after:
            told = {"parent_id": self.desa[rt], "number": f"{int(rt[8:13]):03d}", "name": kind}
            self.units.append({"event_id": event_id, "role": "after", "unit_id": rt, **told})
        return event_id

    def correct_some(self) -> None:
        """Spoil events that were written, and add the corrections that put them right again."""
        n = len(self.events)
        for position in self.random.sample(range(n), min(n, self.number_of(0, 2))):
            wrong = self.events[position]
            right = f"E{self.number + 10}{len(self.events) + 1:05d}"
            marks = {"event_id": right, "corrects": wrong["event_id"], "reason": "salah tulis"}
            self.events.append(wrong | marks)
            units = [unit for unit in self.units if unit["event_id"] == wrong["event_id"]]
            self.units += [unit | {"event_id": right} for unit in units]
            wrong["date"] = FIRST - dt.timedelta(days=self.number_of(1, 400))
        if self.random.random() < 0.5:
            never = self.write("bubar", FIRST, [rt_id(self.kabupaten, 1)], [])
            self.write("batal", FIRST, [], [], corrects=never, reason="tidak pernah terjadi")
