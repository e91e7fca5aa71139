"""Which RT a row of a file means: by id, by code, by name, by the text of an address.

Nothing is guessed. A spelling that belongs to nobody is compared with those that do, and the
nearest are shown; a person chooses once for all rows that are written so. Rows are looked at once
for each different way of writing, not one by one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

import pandas as pd
from rapidfuzz import fuzz, process

from pbrt_geo.codes import AreaNames, Scheme, area_ids, bare_name_key, is_rt_id, name_key, scheme_of
from pbrt_geo.errors import CodeError

WRITTEN = (
    *("rt_id", "idsls", "desa_code", "desa", "kecamatan_code", "kecamatan"),
    *("rt", "rw", "rt_rw", "dusun", "address"),
)
"""What a file can say of the place of a row: fields of `fields.toml`."""

_N_WRITTEN = len(WRITTEN)
_RT_AT, _RT_RW_AT = WRITTEN.index("rt"), WRITTEN.index("rt_rw")
_N_CANDIDATES = 5
_LIKE = 60
"""How alike, from 0 to 100, a name must be to be shown."""

_PAIR = re.compile(r"\bRT\W{0,3}RW\W{0,3}(\d{1,3})\s*[/\-]\s*(\d{1,3})", re.I)
_RT = re.compile(r"\bRT\W{0,3}0*(\d{1,3})(?!\d)", re.I)
_RW = re.compile(r"\bRW\W{0,3}0*(\d{1,3})(?!\d)", re.I)
_DUSUN = re.compile(
    r"\b(?:DUSUN|DSN|LINGKUNGAN|LINGK|LK)\b\W{0,2}(\w[\w' ]*?)"
    r"(?=\s*(?:[,.;/()]|\bRT\b|\bRW\b|\bDESA\b|\bDS\b|\bKEL|\bKEC|$))",
    re.I,
)


@dataclass(frozen=True)
class Spot:
    """What a text says of a place within a desa."""

    number: str = ""
    rw: str = ""
    dusun: str = ""


@dataclass(frozen=True)
class Rt:
    """One living RT."""

    rt_id: str
    desa_id: str
    name: str
    spot: Spot


@dataclass(frozen=True)
class PlaceQuestion:
    """
    A way of writing that means no known place, or several.

    `key` names it in `Choices.places`; `written` is how it stands in the file, `candidates` are
    pairs of id and name, the likeliest first; `rows` where it stands.
    """

    key: str
    written: str
    candidates: tuple[tuple[str, str], ...]
    rows: list[int] = field(default_factory=list, compare=False)


@dataclass(frozen=True)
class Found:
    """Where rows are: an RT, or at least a desa, or "" where nothing is said of it."""

    rt_ids: list[str]
    desa_ids: list[str]
    troubles: list[tuple[int, str, str, dict[str, Any]]]
    questions: list[PlaceQuestion]


@dataclass(frozen=True)
class _One:
    """What is found for one way of writing; `trouble` is field, key and facts."""

    rt_id: str = ""
    desa_id: str = ""
    trouble: tuple[str, str, dict[str, Any]] | None = None
    question: PlaceQuestion | None = None


def spot_of(text: str) -> Spot:
    """
    Read number, RW and dusun out of a text.

    >>> spot_of("Jl. Melati, RT 03/RW 01 Dusun Sampir")
    Spot(number='003', rw='001', dusun='sampir')
    """
    pair = _PAIR.search(text)
    rt, rw, dusun = _RT.search(text), _RW.search(text), _DUSUN.search(text)
    number = pair[1] if pair else rt[1] if rt else ""
    hamlet = pair[2] if pair else rw[1] if rw else ""
    return Spot(_padded(number), _padded(hamlet), name_key(dusun[1]) if dusun else "")


def _padded(number: str) -> str:
    return f"{int(number):03d}" if number else ""


class Places:
    """
    The RT that live on a date, and the names and codes of the areas above them.

    `rows` are rows of the table `places`. `areas` (columns as the table `areas` of a region) adds
    other spellings, kecamatan by name, and BPS codes; without it only names as the registry has
    them, and Kemendagri codes.
    """

    def __init__(self, rows: Sequence[Mapping[str, Any]], areas: pd.DataFrame | None = None):
        self.rts = {
            row["rt_id"]: Rt(row["rt_id"], row["desa_id"], row["name"], spot_of(row["name"]))
            for row in rows
        }
        self.desa = {row["desa_id"]: row["desa_name"] for row in rows}
        self.kecamatan_of = {row["desa_id"]: row["kecamatan_id"] for row in rows}
        known = areas if areas is not None else _areas_of(self.desa)
        self.areas = known.reset_index() if "area_id" not in known else known
        self.names = AreaNames(self.areas)
        self._sls = _sls_codes(self.areas)
        self._by_desa: dict[str, list[Rt]] = {}
        for rt in self.rts.values():
            self._by_desa.setdefault(rt.desa_id, []).append(rt)

    def within(self, desa_id: str) -> list[Rt]:
        """Return the RT of a desa."""
        return self._by_desa.get(desa_id, [])

    def desa_of_sls(self, code: str) -> str:
        """Return the desa of a BPS neighbourhood, "" if it is not known."""
        return self._sls.get(code[:10], "")


def _areas_of(desa: Mapping[str, str]) -> pd.DataFrame:
    columns = {"area_id": list(desa), "name": list(desa.values())}
    frame = pd.DataFrame(columns, dtype="str").assign(level="desa", other_names=None)
    return frame.assign(bps_code=pd.Series(dtype="str"))


def _sls_codes(areas: pd.DataFrame) -> dict[str, str]:
    known = areas[(areas["level"] == "desa") & areas["bps_code"].notna()]
    return dict(zip(known["bps_code"].astype(str), known["area_id"], strict=True))


def place_rows(
    places: Places,
    rows: Sequence[int],
    written: Mapping[str, Sequence[str]],
    scheme: Scheme | None = None,
    chosen: Mapping[str, str] | None = None,
    home: str = "",
) -> Found:
    """
    Find the place of each row.

    Parameters
    ----------
    rows
        Numbers of the rows, for what is said of them.
    written
        Columns of texts, named as in `WRITTEN`.
    scheme
        Of the codes; None: found from the whole column, confirmed by the names beside it.
    chosen
        Answers to earlier questions, by their key.
    home
        Desa of a row that names none: that of an operator who works for one desa.

    Raises
    ------
    CodeError
        If the column of codes does not tell its scheme, and none is declared.
    """
    desa = _ids_of_codes(places, written, "desa", scheme)
    kecamatan = _ids_of_codes(places, written, "kecamatan", scheme)
    finder = _Finder(places, (desa, kecamatan), chosen or {}, home)
    found: dict[tuple[str, ...], _One] = {}
    ways = zip(*(written.get(name) or repeat("", len(rows)) for name in WRITTEN), strict=True)
    each = []
    for told in ways:
        way = told if not (told[_RT_AT] or told[_RT_RW_AT]) else told[:-1]  # address adds nothing
        one = found.get(way)
        if one is None:
            one = found[way] = finder.find(dict(zip(WRITTEN, (*way, "")[:_N_WRITTEN], strict=True)))
        each.append(one)
    return _collected(rows, each)


def _collected(rows: Sequence[int], each: Sequence[_One]) -> Found:
    troubles: list[tuple[int, str, str, dict[str, Any]]] = []
    questions: dict[str, PlaceQuestion] = {}
    for row, one in zip(rows, each, strict=True):
        if one.trouble:
            troubles.append((row, *one.trouble))
        if one.question:
            questions.setdefault(one.question.key, one.question).rows.append(row)
    rt_ids, desa_ids = [one.rt_id for one in each], [one.desa_id for one in each]
    return Found(rt_ids, desa_ids, troubles, list(questions.values()))


def _ids_of_codes(
    places: Places, written: Mapping[str, Sequence[str]], level: str, scheme: Scheme | None
) -> dict[str, str]:
    """Return the area of each code of a column; what is unknown is left out."""
    codes = list(written.get(f"{level}_code", ()))
    if not any(codes):
        return {}
    names = list(written.get(level, ())) or [""] * len(codes)
    pairs = pd.DataFrame({"code": codes, "name": names}, dtype="str")
    pairs = pairs[pairs["code"] != ""].drop_duplicates()
    if scheme is None:
        named = pairs["name"][pairs["name"] != ""]
        scheme = scheme_of(pairs["code"], named if len(named) else None, places.areas)
    ids = area_ids(pairs["code"], scheme, places.areas).dropna()
    return dict(zip(pairs["code"][ids.index], ids, strict=True))


class _Finder:
    """Finds one way of writing after the other."""

    def __init__(
        self,
        places: Places,
        of_codes: tuple[Mapping[str, str], Mapping[str, str]],
        chosen: Mapping[str, str],
        home: str,
    ) -> None:
        self.places, self.chosen, self.home = places, chosen, home
        self.desa_of_code, self.kecamatan_of_code = of_codes

    def find(self, way: Mapping[str, str]) -> _One:
        if way["rt_id"]:
            return self._by_id(way["rt_id"].strip())
        desa = self._desa(way)
        if desa.trouble or not desa.desa_id:
            return desa
        return self._within(desa.desa_id, way)

    def _by_id(self, rt_id: str) -> _One:
        rt = self.places.rts.get(rt_id)
        if rt:
            return _One(rt.rt_id, rt.desa_id)
        key = "rt_not_living" if is_rt_id(rt_id) else "rt_id_malformed"
        return _One(trouble=("rt_id", key, {"written": rt_id[:20]}))

    # ── desa ────────────────────────────────────────────────────────────────────────────────

    def _desa(self, way: Mapping[str, str]) -> _One:
        if way["desa_code"] or way["idsls"]:
            return self._by_code(way)
        return self._by_name(way) if way["desa"] else _One(desa_id=self.home)

    def _by_code(self, way: Mapping[str, str]) -> _One:
        code = way["desa_code"] or way["idsls"]
        where = "desa_code" if way["desa_code"] else "idsls"
        desa_id = self.desa_of_code.get(code, "") or self.places.desa_of_sls(way["idsls"])
        if desa_id not in self.places.desa:
            return _One(trouble=(where, "code_unknown", {"written": code[:20]}))
        owners = self.places.names.owners(way["desa"], "desa") if way["desa"] else set()
        if owners and desa_id not in owners:
            facts = {"written": code[:20], "name": self.places.desa[desa_id], "other": way["desa"]}
            return _One(trouble=(where, "code_against_name", facts))
        return _One(desa_id=desa_id)

    def _by_name(self, way: Mapping[str, str]) -> _One:
        above = way["kecamatan_code"] or way["kecamatan"]
        key = "|".join(("desa", name_key(way["desa"]), name_key(above)))
        if self.chosen.get(key) in self.places.desa:
            return _One(desa_id=self.chosen[key])
        inside = self._inside(way)
        owners = self.places.names.owners(way["desa"], "desa") & inside
        if len(owners) == 1:
            return _One(desa_id=next(iter(owners)))
        candidates = self._desa_like(way["desa"], owners or inside)
        told = ", ".join(name for _, name in candidates) or "–"
        facts = {"written": way["desa"][:60], "candidates": told}
        question = PlaceQuestion(key, way["desa"], candidates)
        kind = "desa_several" if owners else "desa_unknown"
        return _One(trouble=("desa", kind, facts), question=question)

    def _inside(self, way: Mapping[str, str]) -> set[str]:
        """Return the desa of the kecamatan that is named; all, where that says nothing."""
        owners = {self.kecamatan_of_code.get(way["kecamatan_code"], "")} - {""}
        if not owners and way["kecamatan"]:
            owners = self.places.names.owners(way["kecamatan"], "kecamatan")
        inside = {desa for desa, above in self.places.kecamatan_of.items() if above in owners}
        return inside or set(self.places.desa)

    def _desa_like(self, name: str, among: set[str]) -> tuple[tuple[str, str], ...]:
        keys = {desa: bare_name_key(self.places.desa[desa]) for desa in sorted(among)}
        return _alike(bare_name_key(name), keys, self.places.desa)

    # ── RT ──────────────────────────────────────────────────────────────────────────────────

    def _within(self, desa_id: str, way: Mapping[str, str]) -> _One:
        spot, where = _spot(way)
        if not (spot.number or where != "address"):
            return _One(desa_id=desa_id)
        fits = [rt for rt in self.places.within(desa_id) if _fits(rt.spot, spot)]
        if len(fits) == 1:
            return _One(fits[0].rt_id, desa_id)
        key = "|".join(("rt", desa_id, spot.number or name_key(way[where]), spot.rw, spot.dusun))
        if self.chosen.get(key) in self.places.rts:
            return _One(self.chosen[key], desa_id)
        written = _told(spot) or way[where][:30]
        candidates = self._rt_like(written, fits or self.places.within(desa_id))
        told = ", ".join(name for _, name in candidates) or "–"
        facts = {"written": written, "desa": self.places.desa[desa_id], "candidates": told}
        kind = "rt_several" if fits else "rt_unknown"
        question = PlaceQuestion(key, f"{written}, {self.places.desa[desa_id]}", candidates)
        return _One(desa_id=desa_id, trouble=(where, kind, facts), question=question)

    def _rt_like(self, written: str, among: Sequence[Rt]) -> tuple[tuple[str, str], ...]:
        names = {rt.rt_id: rt.name for rt in sorted(among, key=lambda rt: rt.name)}
        return _alike(name_key(written), {i: name_key(name) for i, name in names.items()}, names)


def _spot(way: Mapping[str, str]) -> tuple[Spot, str]:
    """Return what the columns, else the address, say; and in which column it stands."""
    if way["rt_rw"]:
        return _with_dusun(spot_of(f"RT/RW {way['rt_rw']}"), way), "rt_rw"
    text = way["rt"].strip()
    if not text:
        return _with_dusun(spot_of(way["address"]), way), "address"
    told = spot_of(text if not text[0].isdigit() else f"RT {text}")
    rw = spot_of(way["rw"] if not way["rw"][:1].isdigit() else f"RW {way['rw']}").rw
    return _with_dusun(Spot(told.number, rw or told.rw, told.dusun), way), "rt"


def _with_dusun(told: Spot, way: Mapping[str, str]) -> Spot:
    dusun = name_key(re.sub(r"(?i)^\s*(dusun|dsn|lingkungan|lingk|lk)\b\W*", "", way["dusun"]))
    return Spot(told.number, told.rw, dusun or told.dusun)


def _fits(known: Spot, told: Spot) -> bool:
    """Tell whether an RT is what is told; what only one of both says decides nothing."""
    if not told.number or known.number != told.number:
        return False
    pairs = ((known.rw, told.rw), (known.dusun, told.dusun))
    return all(not a or not b or a == b for a, b in pairs)


def _told(spot: Spot) -> str:
    parts = (("RT", spot.number), ("RW", spot.rw), ("Dusun", spot.dusun.title()))
    return " ".join(f"{word} {value}" for word, value in parts if value)


def _alike(
    key: str, keys: Mapping[str, str], names: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Return id and name of those whose key is most like `key`, the likeliest first."""
    found = process.extract(
        key, dict(keys), scorer=fuzz.WRatio, limit=_N_CANDIDATES, score_cutoff=_LIKE
    )
    return tuple((area, names[area]) for _, _, area in found)


__all__ = ["CodeError", "Found", "PlaceQuestion", "Places", "Rt", "Spot", "place_rows", "spot_of"]
