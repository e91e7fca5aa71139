"""A file against the registry: who is new, changed, unchanged, and what a person must decide.

Known is a household by its No. KK, a person by the NIK; without one, by name and birth date within
the household. An empty cell takes nothing away, and a file that tells of an earlier day than the
registry knows does not undo what came after. Who is not in the file stays as is.

What would be stored is a `Plan` (`plan.py`): who plans the same would store the same.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import RowMapping

from pbrt_geo.intake.duplicates import FILE, LEAVE, REGISTRY, Question
from pbrt_geo.intake.known import Known, holding, is_newer
from pbrt_geo.intake.match import (
    home_of,
    is_recognisable,
    looking_like,
    match_household,
    match_people,
)
from pbrt_geo.intake.plan import (
    CHANGED,
    CONFLICT,
    LEFT_OUT,
    NEW,
    REFUSED,
    UNCHANGED,
    WAITING,
    Comparison,
    Update,
)
from pbrt_geo.intake.staging import KK, NAME, NIK, Household, Person, Staged, Trouble

SAME_NAME = 85
"""How alike, from 0 to 100, two spellings of one person's name are at least."""

_IDENTITY = ("name", "name_key", "birth_date", "sex")


def compare(
    staged: Staged,
    known: Known,
    decisions: Mapping[str, str],
    questions: list[Question],
    allowed: Callable[[str], bool],
) -> Comparison:
    """
    Compare a file with what is known of its people.

    Parameters
    ----------
    decisions
        Answers to questions, by their key or by their kind.
    questions
        What is open already within the file.
    allowed
        Whether an RT lies in the area of who imports.
    """
    comparer = _Comparer(staged, known, decisions, allowed)
    comparer.result.questions += questions
    comparer.asked = {row for question in questions for row in question.rows}
    for household in staged.households:
        comparer.take(household)
    comparer.close_emptied()
    return comparer.result


def answer_to(question: Question, decisions: Mapping[str, str]) -> str | None:
    """Return the answer to a question, given to it or to all of its kind."""
    answer = decisions.get(question.key, decisions.get(question.kind))
    return answer if answer in question.options else None


class _Comparer:
    """Goes through the households one by one."""

    def __init__(
        self,
        staged: Staged,
        known: Known,
        decisions: Mapping[str, str],
        allowed: Callable[[str], bool],
    ) -> None:
        self.staged, self.known, self.decisions = staged, known, decisions
        self.allowed = allowed
        self.result = Comparison()
        self.plan = self.result.plan
        self.claimed = {
            known.by_kk[h.no_kk] for h in staged.households if h.no_kk and h.no_kk in known.by_kk
        }
        self.asked: set[int] = set()
        self.left: dict[int, set[int]] = {}

    # ── whether it can be taken ─────────────────────────────────────────────────────────────

    def take(self, household: Household) -> None:
        """Plan one household, or say why it is not taken."""
        hid = match_household(household, self.known, self.claimed)
        pids, unsure = match_people(household, hid, self.known)
        troubles = self._troubles(household, hid, pids)
        troubles += [Trouble(row, NAME, "person_several") for row in unsure]
        self.result.troubles += troubles
        keeps = self._decided(household, pids)
        refused = self.staged.refused | {trouble.row for trouble in troubles}
        if not self.asked.isdisjoint(household.rows) or not refused.isdisjoint(household.rows):
            self._hold(household, refused)
            return
        if hid is not None:
            self.claimed.add(hid)
        self._plan(household, hid, {n: pid for n, pid in pids.items() if n in keeps}, keeps)

    def _hold(self, household: Household, refused: set[int]) -> None:
        is_refused = not refused.isdisjoint(household.rows)
        self.result.households[household.number] = REFUSED if is_refused else CONFLICT
        for person in household.people:
            own = CONFLICT if person.row in self.asked else WAITING
            self.result.people[person.number] = REFUSED if person.row in refused else own

    def _troubles(
        self, household: Household, hid: int | None, pids: Mapping[int, int]
    ) -> list[Trouble]:
        known = self.known
        found = []
        if household.no_kk in known.elsewhere.no_kks:
            found.append(Trouble(household.rows[0], KK, "kk_elsewhere"))
        for person in household.people:
            if person.nik in known.elsewhere.niks:
                found.append(Trouble(person.row, NIK, "nik_elsewhere"))
            elif person.number not in pids and "name" not in person.values:
                found.append(Trouble(person.row, NIK, "nik_unknown"))
        if household.rt_id and not self.allowed(household.rt_id):
            found.append(Trouble(household.rows[0], ("place", "rt"), "outside_area"))
        if hid is None:
            found += self._of_new(household, pids)
        elif not household.rt_id and household.desa_id:
            found += self._of_desa(household, hid)
        return found

    def _of_new(self, household: Household, pids: Mapping[int, int]) -> list[Trouble]:
        """Refuse what cannot be recorded, or could not be recognised the next time."""
        first = household.rows[0]
        if not household.people:
            return [Trouble(first, KK, "household_unknown")]
        if all(self._is_elsewhere_later(pids.get(p.number), household) for p in household.people):
            return [Trouble(first, KK, "household_older")]
        is_told = household.rt_id or not self.staged.refused.isdisjoint(household.rows)
        found = [] if is_told else [Trouble(first, ("place", "rt"), "rt_missing")]
        if household.no_kk:
            return found
        if len(looking_like(household, self.known)) > 1:
            found.append(Trouble(first, KK, "household_several"))
        elif any(home_of(self.known, pid, household.as_of) for pid in pids.values()):
            found.append(Trouble(first, KK, "kk_needed"))
        elif not any(is_recognisable(person) for person in household.people):
            found.append(Trouble(first, KK, "not_recognisable"))
        return found

    def _is_elsewhere_later(self, pid: int | None, household: Household) -> bool:
        """Tell whether somebody would not join: the registry knows of a later household."""
        rows = [] if pid is None else self.known.memberships.get(pid, [])
        return _ends_later(holding(rows, household.as_of), rows, household.as_of)

    def _of_desa(self, household: Household, hid: int) -> list[Trouble]:
        """Refuse a household that moved to another desa without saying to which RT."""
        home = holding(self.known.homes.get(hid, ()), household.as_of)
        if home is None or self.known.desa_of.get(home["rt_id"]) in (None, household.desa_id):
            return []
        return [Trouble(household.rows[0], ("place", "desa"), "moved_without_rt")]

    def _decided(self, household: Household, pids: Mapping[int, int]) -> dict[int, str]:
        """Return the people to take and how, by number; what is open is asked."""
        keeps: dict[int, str] = {}
        for person in household.people:
            question = self._question(person, pids.get(person.number))
            answer = answer_to(question, self.decisions) if question else FILE
            if question and answer is None:
                self.result.questions.append(question)
                self.asked.add(person.row)
            elif answer == LEAVE:
                self.result.people[person.number] = LEFT_OUT
            else:
                keeps[person.number] = answer or FILE
        return keeps

    def _question(self, person: Person, pid: int | None) -> Question | None:
        if pid is None:
            return None
        there, rows = self.known.residents[pid], (person.row,)
        if not is_same_person(there, person.values):
            options = (FILE, REGISTRY, LEAVE)
            return Question(f"other_person:{person.row}", "other_person", rows, options, pid)
        if there["death_date"] and "death_date" not in person.values:
            return Question(f"dead:{person.row}", "dead", rows, (FILE, LEAVE), pid)
        return None

    # ── what is to be stored ────────────────────────────────────────────────────────────────

    def _plan(
        self,
        household: Household,
        hid: int | None,
        pids: Mapping[int, int],
        keeps: Mapping[int, str],
    ) -> None:
        before = 0 if hid is None else self.plan.size
        self._plan_household(household, hid)
        for person in household.people:
            if person.number in keeps:
                pid = pids.get(person.number)
                self._plan_person(household, hid, person, pid, keeps[person.number])
        self._plan_evidence(household, hid)
        for programme, reached in household.programmes.items():
            self._plan_enrolment(household, hid, programme, reached)
        told = NEW if hid is None else CHANGED if self.plan.size > before else UNCHANGED
        self.result.households[household.number] = told

    def _plan_household(self, household: Household, hid: int | None) -> None:
        homes = [] if hid is None else self.known.homes.get(hid, [])
        if hid is None:
            self.plan.new_households.append(household.number)
        else:
            self.plan.households[household.number] = hid
            there = self.known.households[hid]
            values = _differing(there, household.values, ("no_kk", "kk_state"))
            if _ends_later(holding(homes, household.as_of), homes, household.as_of):
                values = _filling(there, values)
            if values:
                self.plan.updates.append(("households", hid, there["version"], values))
        if household.rt_id:
            self._plan_home(household, homes)

    def _plan_home(self, household: Household, homes: list[RowMapping]) -> None:
        rt_id, day = household.rt_id, household.as_of
        now = holding(homes, day)
        if now is not None and now["rt_id"] == rt_id:
            return
        if _ends_later(now, homes, day):
            self.result.n_older += 1
        elif now is None:
            cause = "moved" if homes else "recorded"
            self.plan.residences.append((household.number, rt_id, day, cause))
        elif now["valid_from"] == day:
            values = {"rt_id": rt_id, "cause": "corrected"}
            self.plan.updates.append(("residences", now["id"], now["version"], values))
        else:
            self.plan.residences.append((household.number, rt_id, day, "moved"))
            self.plan.closing.append(_end("residences", now, day))

    def _plan_person(
        self, household: Household, hid: int | None, person: Person, pid: int | None, how: str
    ) -> None:
        if pid is None:
            self.plan.new_residents.append(person.number)
            self._join(household, person, "recorded")
            self.result.people[person.number] = NEW
            return
        before = self.plan.size
        self.plan.residents[person.number] = pid
        there = self.known.residents[pid]
        values = {
            name: value
            for name, value in _differing(there, person.values, ("nik", "nik_state")).items()
            if how == FILE or name not in _IDENTITY
        }
        rows = self.known.memberships.get(pid, [])
        if _ends_later(holding(rows, household.as_of), rows, household.as_of):
            values = _filling(there, values)
        if how == FILE and there["death_date"] and "death_date" not in person.values:
            values["death_date"] = None  # somebody decided that the person lives
        if values:
            self.plan.updates.append(("residents", pid, there["version"], values))
        belongs = self._plan_membership(household, hid, person, rows)
        if self.plan.size > before:
            columns = [name for name in values if name not in ("name_key", "nik_state")]
            self.result.changed[person.number] = (*columns, *belongs)
        kind = CHANGED if self.plan.size > before else UNCHANGED
        self.result.people[person.number] = kind

    def _plan_membership(
        self, household: Household, hid: int | None, person: Person, rows: list[RowMapping]
    ) -> tuple[str, ...]:
        """Plan where the person belongs; return which columns of that change."""
        day = household.as_of
        now = holding(rows, day)
        if now is not None and now["household_id"] == hid:
            if person.role and person.role != now["role"]:
                update = ("memberships", now["id"], now["version"], {"role": person.role})
                self.plan.updates.append(update)
                return ("role",)
            return ()
        if _ends_later(now, rows, day):
            self.result.n_older += 1
            return ()
        if now is None:
            self._join(household, person, "moved" if rows else "recorded")
            return ("household_id",)
        if now["valid_from"] == day:
            role = person.role or now["role"]
            self.plan.rehoused.append((now["id"], now["version"], household.number, role))
        else:
            self._join(household, person, "split" if hid is None else "moved")
            self.plan.updates.append(_end("memberships", now, day))
        self.left.setdefault(now["household_id"], set()).add(now["resident_id"])
        return ("household_id",)

    def _join(self, household: Household, person: Person, cause: str) -> None:
        role = person.role or ("head" if len(household.people) == 1 else "other")
        entry = (person.number, household.number, role, household.as_of, cause)
        self.plan.memberships.append(entry)

    def _plan_evidence(self, household: Household, hid: int | None) -> None:
        if not household.evidence:
            return
        there = None if hid is None else self.known.evidence.get((hid, household.as_of))
        if there is None:
            self.plan.evidence.append(household.number)
            return
        values = _differing(there, household.evidence)
        if values:
            self.plan.updates.append(("evidence", there["id"], there["version"], values))

    def _plan_enrolment(
        self, household: Household, hid: int | None, programme: str, reached: bool
    ) -> None:
        rows = [] if hid is None else self.known.enrolments.get((hid, programme), [])
        now = holding(rows, household.as_of)
        if reached and now is None and not is_newer(rows, household.as_of):
            self.plan.enrolments.append((household.number, programme, household.as_of))
        if reached or now is None or now["source"] != self.staged.origin.source:
            return  # only the list that told of it tells of its end
        if now["valid_from"] == household.as_of:
            self.plan.voids.append(("enrolments", now["id"], now["version"]))
        elif now["valid_to"] is None:
            self.plan.updates.append(_end("enrolments", now, household.as_of))

    def close_emptied(self) -> None:
        """End the residence of households that all members left and that the file does not have."""
        there = set(self.plan.households.values())
        day = self.staged.origin.as_of
        for hid, gone in self.left.items():
            members = [m for m in self.known.members.get(hid, ()) if m["valid_to"] is None]
            home = holding(self.known.homes.get(hid, ()), day)
            stays = {m["resident_id"] for m in members} - gone
            if stays or hid in there or home is None or home["valid_to"]:
                continue
            if home["valid_from"] < day:
                self.plan.closing.append(_end("residences", home, day))


def is_same_person(there: RowMapping, values: Mapping[str, Any]) -> bool:
    """Tell whether two rows with one NIK can be one person: born alike, called much alike."""
    born, told = there["birth_date"], values.get("birth_date")
    if born and told and born != told:
        return False
    mine, theirs = values.get("name_key"), there["name_key"]
    if not mine or not theirs or mine == theirs:
        return True
    return fuzz.token_set_ratio(mine, theirs) >= SAME_NAME


def _differing(
    there: RowMapping, values: Mapping[str, Any], numbers: tuple[str, str] = ("", "")
) -> dict[str, Any]:
    """Return what the file says otherwise; that there is no number takes none away."""
    number, state = numbers
    keeps = () if not number or values.get(number) else (number, state)
    return {n: v for n, v in values.items() if n not in keeps and v is not None and there[n] != v}


def _filling(there: RowMapping, values: dict[str, Any]) -> dict[str, Any]:
    """Return of values only what nothing is known of: a file of an earlier day corrects nothing."""
    states = {"kk_state": "no_kk", "nik_state": "nik", "name_key": "name"}
    return {n: v for n, v in values.items() if there[states.get(n, n)] is None}


def _end(table: str, row: RowMapping, day: dt.date) -> Update:
    return table, row["id"], row["version"], {"valid_to": day}


def _ends_later(now: RowMapping | None, rows: list[RowMapping], day: dt.date) -> bool:
    """Tell whether the registry knows what came after the day of the file."""
    if now is None:
        return is_newer(rows, day)
    return now["valid_to"] is not None or any(row["valid_from"] > day for row in rows)
