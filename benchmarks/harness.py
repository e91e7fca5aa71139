"""How every benchmark measures, so that its figures can be believed and compared.

A benchmark is a module `bench_<subject>.py` with

    def rows(quick: bool = False) -> list[Row]: ...

which prints nothing and returns one `Row` for each contestant and case; `quick` asks for the
smallest case and two rounds (a check that it runs, not a measurement). Its last lines are

    if __name__ == "__main__":
        harness.main(rows)

so that `python -m benchmarks.bench_<subject> [--quick] [--json]` prints the machine and the table.

Contestants take turns in every round, so that a slow minute of the machine meets all of them; the
first turn of each is not counted, unless it is a cold start that is asked for. Wall and CPU are
medians of at least five rounds. Every answer is compared: `race` raises if two contestants differ.
Peak memory is taken in a process of its own, above what the inputs already need.
"""

import argparse
import gc
import importlib.metadata
import json
import math
import multiprocessing
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROUNDS = 5
PACKAGES = ("geopandas", "numpy", "pandas", "pyarrow", "pyogrio", "pyproj", "shapely")


@dataclass
class Row:
    """
    What is known of one contestant in one case.

    `times_ours` is its wall time divided by ours; `growth` the exponent g of wall ~ size^g over
    the cases; `target` what ours must reach against this contestant, as a number of times, and
    `met` whether it does. `load` is the load average of the last minute when its last turn ended.
    """

    bench: str
    case: str
    what: str
    wall_s: float
    cpu_s: float = math.nan
    times_ours: float = math.nan
    peak_mb: float = math.nan
    growth: float = math.nan
    load: float = math.nan
    rounds: int = 1
    target: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Tell whether the target is reached; None where there is none."""
        return None if self.target is None else self.times_ours >= self.target


@dataclass(frozen=True)
class Contestant:
    """One way to do the work: `run(inputs)` gives an answer."""

    name: str
    run: Callable[[Any], Any]


@dataclass(frozen=True)
class Timing:
    """Wall and CPU seconds of each counted turn, and the load at the end."""

    wall: list[float]
    cpu: list[float]
    load: float


def race(
    contestants: list[Contestant],
    inputs: Any,
    same: Callable[[Any, Any], bool],
    rounds: int = ROUNDS,
) -> dict[str, Timing]:
    """
    Let contestants take turns and compare every answer with the first one, by `same`.

    Raises
    ------
    AssertionError
        If an answer differs from that of the first contestant.
    """
    walls: dict[str, list[float]] = {c.name: [] for c in contestants}
    cpus: dict[str, list[float]] = {c.name: [] for c in contestants}
    loads: dict[str, float] = {}
    first = None
    for number in range(rounds + 1):
        for contestant in contestants:
            answer, wall, cpu = timed(contestant.run, inputs)
            first = answer if first is None else first
            assert same(first, answer), f"{contestant.name} differs from {contestants[0].name}"
            if number:
                walls[contestant.name].append(wall)
                cpus[contestant.name].append(cpu)
            loads[contestant.name] = load()
    return {c.name: Timing(walls[c.name], cpus[c.name], loads[c.name]) for c in contestants}


def timed(run: Callable[[Any], Any], inputs: Any) -> tuple[Any, float, float]:
    """Return the answer, and the wall and CPU seconds it took."""
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    answer = run(inputs)
    return answer, time.perf_counter() - wall, time.process_time() - cpu


def as_rows(bench: str, case: str, ours: str, timings: dict[str, Timing]) -> list[Row]:
    """Turn the timings of one case into rows, ours first."""
    base = statistics.median(timings[ours].wall)
    return [
        Row(
            bench,
            case,
            name,
            wall_s=statistics.median(timing.wall),
            cpu_s=statistics.median(timing.cpu),
            times_ours=statistics.median(timing.wall) / base,
            load=timing.load,
            rounds=len(timing.wall),
        )
        for name, timing in sorted(timings.items(), key=lambda item: item[0] != ours)
    ]


def add_growth(rows: list[Row], sizes: dict[str, float]) -> None:
    """
    Note the exponent g of wall ~ size^g in the last row of each contestant; 1 is in step.

    `sizes` tells the size of each case that is to be counted.
    """
    for what in {row.what for row in rows}:
        mine = [row for row in rows if row.what == what and row.case in sizes]
        if len(mine) > 1:
            x = [math.log(sizes[row.case]) for row in mine]
            y = [math.log(row.wall_s) for row in mine]
            mine[-1].growth = statistics.linear_regression(x, y).slope


# ── memory ──────────────────────────────────────────────────────────────────────────────────────


def peak_mb(run: Callable[[Any], Any], prepare: Callable[..., Any], *arguments: Any) -> float:
    """
    Return the peak memory of `run(prepare(*arguments))` in a fresh process, in MB.

    Counted is resident memory above what is held once the inputs are prepared and every package is
    loaded. NaN where the system does not tell (only Linux does).
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_measure_peak, args=(sender, run, prepare, arguments))
    child.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError:
        return math.nan
    finally:
        child.join()


def _measure_peak(sender: Any, run: Callable, prepare: Callable, arguments: tuple) -> None:
    inputs = prepare(*arguments)
    gc.collect()
    before = _memory_mb("VmRSS")
    if not math.isnan(before):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak starts anew
    answer = run(inputs)
    sender.send(_memory_mb("VmHWM") - before)
    del answer


def _memory_mb(field: str) -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return math.nan
    lines = status.read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def load() -> float:
    """Return the load average of the last minute; NaN where there is none (Windows)."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else math.nan


# ── printing ────────────────────────────────────────────────────────────────────────────────────


def machine() -> dict[str, str]:
    """Return the facts of the machine and the versions that figures depend on."""
    facts = {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load before": f"{load():.1f}",
    }
    return facts | {name: importlib.metadata.version(name) for name in PACKAGES}


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":")[1].strip()
    return platform.processor() or "unknown"


def table(rows: list[Row]) -> str:
    """Write rows as a Markdown table."""
    heads = ("case", "what", "wall s", "CPU s", "× ours", "must be", "peak MB", "growth", "load")
    lines = [f"| {' | '.join(heads)} |", "|---|---|" + "--:|" * (len(heads) - 2)]
    for row in rows:
        must = "" if row.target is None else f"≥ {row.target:g} {'yes' if row.met else '**no**'}"
        cells = [
            row.case,
            row.what + (f" ({row.note})" if row.note else ""),
            _figure(row.wall_s),
            _figure(row.cpu_s),
            _figure(row.times_ours),
            must,
            "" if math.isnan(row.peak_mb) else f"{row.peak_mb:.0f}",
            _figure(row.growth),
            "" if math.isnan(row.load) else f"{row.load:.1f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _figure(value: float) -> str:
    if math.isnan(value):
        return ""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def main(rows: Callable[..., list[Row]]) -> None:
    """Run one benchmark from the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="smallest case, two rounds")
    parser.add_argument("--json", action="store_true", help="one row a line, for programs")
    options = parser.parse_args()
    facts, found = machine(), rows(quick=options.quick)
    if options.json:
        for row in found:
            print(json.dumps(asdict(row) | {"met": row.met}))
        return
    print(" · ".join(f"{name} {value}" for name, value in facts.items()), end="\n\n")
    print(table(found))
