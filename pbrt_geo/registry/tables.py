"""The tables of the registry, each declared once; the migrations are checked against them.

Rows that people change carry a `version`, which grows with every change, and are voided, never
deleted. What holds for a time holds from `valid_from` up to, not including, `valid_to`. A comment
is the meaning of a column; `info["personal"]` marks what never leaves the registry unasked.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.types import TypeEngine

from pbrt_geo.schema import CRITERIA

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Number = BigInteger().with_variant(Integer, "sqlite")
"""Key of a row; SQLite counts by itself only in a column of this very type."""

SEXES = ("male", "female")
MEMBER_ROLES = ("head", "spouse", "child", "parent", "other")
NUMBER_STATES = ("valid", "none")
"""Of a NIK or a No. KK: sixteen digits that can be one, or there is none (which is legal)."""
CAUSES = ("recorded", "moved", "split", "merged", "born", "died", "left", "corrected")
EVIDENCE_SOURCES = ("survey", "dtsen", "verification", "form")


def _column(
    name: str,
    kind: TypeEngine[Any] | type[TypeEngine[Any]],
    meaning: str,
    *more: Any,
    personal: bool = False,
    empty: bool = True,
    **options: Any,
) -> Column[Any]:
    return Column(
        name,
        kind,
        *more,
        comment=meaning,
        info={"personal": personal},
        nullable=empty,
        **options,
    )


def _key() -> Column[Any]:
    return Column("id", Number, primary_key=True, autoincrement=True, comment="Key of the row.")


def _versioned() -> tuple[Column[Any], ...]:
    return (
        _key(),
        _column("version", Integer, "Grows by one with every change.", empty=False),
        _column("is_void", Boolean, "Taken back; kept for the record.", empty=False),
    )


def _allowed(name: str, values: tuple[str, ...]) -> CheckConstraint:
    told = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{name} IN ({told})", name=f"{name}_allowed")


def _to(table: str, **options: Any) -> ForeignKey:
    return ForeignKey(f"{table}.id", **options)


def _period() -> tuple[Column[Any], Column[Any]]:
    return (
        _column("valid_from", Date, "First day on which the row holds.", empty=False),
        _column("valid_to", Date, "First day on which it no longer holds; empty: it still does."),
    )


# ── places: the tree of areas by which rights are given ─────────────────────────────────────────

places = Table(
    "places",
    metadata,
    _column("rt_id", Text, "RT.", primary_key=True, empty=False),
    _column("valid_from", Date, "First day.", primary_key=True, empty=False),
    _column("valid_to", Date, "First day on which the row no longer holds."),
    _column("desa_id", Text, "Desa of the RT in this time.", empty=False, index=True),
    _column("kecamatan_id", Text, "Kecamatan of the desa.", empty=False, index=True),
    _column("kabupaten_id", Text, "Kabupaten.", empty=False),
    _column("name", Text, "How the RT is called.", empty=False),
    _column("desa_name", Text, "How the desa is called.", empty=False),
    comment="One row per RT and period, from the events of the region.",
)

# ── people ──────────────────────────────────────────────────────────────────────────────────────

households = Table(
    "households",
    metadata,
    *_versioned(),
    _column("no_kk", Text, "No. KK, 16 digits.", personal=True),
    _column("kk_state", Text, "`valid`, or `none` where there is none.", empty=False),
    _column("address", Text, "Address as written.", personal=True),
    _column("lon", Float, "Longitude of the house, degrees.", personal=True),
    _column("lat", Float, "Latitude of the house, degrees.", personal=True),
    _column("note", Text, "Remark of the operator.", personal=True),
    _allowed("kk_state", NUMBER_STATES),
    Index(
        "uq_households_no_kk",
        "no_kk",
        unique=True,
        sqlite_where=text("no_kk IS NOT NULL AND is_void = 0"),
        postgresql_where=text("no_kk IS NOT NULL AND NOT is_void"),
    ),
    comment="One row per household (keluarga).",
)

residences = Table(
    "residences",
    metadata,
    *_versioned(),
    _column("household_id", Number, "Household.", _to("households"), empty=False, index=True),
    _column("rt_id", Text, "RT in which it lives.", empty=False, index=True),
    *_period(),
    _column("cause", Text, "What brought it about.", empty=False),
    _allowed("cause", CAUSES),
    comment="One row per household and time in one RT.",
)

residents = Table(
    "residents",
    metadata,
    *_versioned(),
    _column("nik", Text, "NIK, 16 digits.", personal=True),
    _column("nik_state", Text, "`valid`, or `none` where there is none.", empty=False),
    _column("name", Text, "Name as on the identity card.", personal=True, empty=False),
    _column("name_key", Text, "Name in capitals, letters only, for search.", personal=True),
    _column("sex", Text, "Sex as registered.", personal=True),
    _column("birth_date", Date, "Date of birth.", personal=True),
    _column("death_date", Date, "Date of death.", personal=True),
    _column("disability", Text, "Kind of disability; empty: none known.", personal=True),
    _allowed("nik_state", NUMBER_STATES),
    _allowed("sex", SEXES),
    Index(
        "uq_residents_nik",
        "nik",
        unique=True,
        sqlite_where=text("nik IS NOT NULL AND is_void = 0"),
        postgresql_where=text("nik IS NOT NULL AND NOT is_void"),
    ),
    Index("ix_residents_name_key", "name_key", "id"),
    comment="One row per person.",
)

memberships = Table(
    "memberships",
    metadata,
    *_versioned(),
    _column("resident_id", Number, "Person.", _to("residents"), empty=False, index=True),
    _column("household_id", Number, "Household.", _to("households"), empty=False, index=True),
    _column("role", Text, "Place in the household.", personal=True, empty=False),
    *_period(),
    _column("cause", Text, "What brought it about.", empty=False),
    _allowed("role", MEMBER_ROLES),
    _allowed("cause", CAUSES),
    comment="One row per person and time in one household.",
)

evidence = Table(
    "evidence",
    metadata,
    *_versioned(),
    _column("household_id", Number, "Household.", _to("households"), empty=False),
    _column("as_of", Date, "Date for which it was found.", empty=False),
    _column("source", Text, "Where it was found.", empty=False),
    _column("n_residents", Integer, "People in the household, as counted there."),
    _column("spending_idr", Float, "Spending, rupiah per person per month.", personal=True),
    _column("dtsen_desil", Integer, "DTSEN desil, 1 is the poorest tenth.", personal=True),
    _column("dtsen_edition", Text, "Edition of the DTSEN the desil is of."),
    *(
        _column(name, Boolean, f"Criterion {number} of the 14 of BPS is met.", personal=True)
        for number, name in enumerate(CRITERIA, 1)
    ),
    _column("floor_area_m2", Float, "Floor of the house, m².", personal=True),
    _column("floor", Text, "What most of the floor is made of.", personal=True),
    _column("wall", Text, "What most of the wall is made of.", personal=True),
    _column("roof", Text, "What most of the roof is made of.", personal=True),
    _column("toilet", Text, "Toilet and who uses it.", personal=True),
    _column("sewage", Text, "Where the toilet ends.", personal=True),
    _column("water", Text, "Main source of drinking water.", personal=True),
    _column("lighting", Text, "Main source of light.", personal=True),
    _column("cooking_fuel", Text, "Main fuel for cooking.", personal=True),
    _column("tenure", Text, "Whose house it is.", personal=True),
    _allowed("source", EVIDENCE_SOURCES),
    CheckConstraint("n_residents IS NULL OR n_residents >= 1", name="n_residents_range"),
    CheckConstraint("dtsen_desil IS NULL OR dtsen_desil BETWEEN 1 AND 10", name="desil_range"),
    CheckConstraint("spending_idr IS NULL OR spending_idr >= 0", name="spending_range"),
    Index(
        "uq_evidence_found",
        "household_id",
        "as_of",
        "source",
        unique=True,
        sqlite_where=text("is_void = 0"),
        postgresql_where=text("NOT is_void"),
    ),
    comment="One row per household, date and source of what is known of its welfare.",
)

enrolments = Table(
    "enrolments",
    metadata,
    *_versioned(),
    _column("programme_id", Text, "Programme.", empty=False, index=True),
    _column("household_id", Number, "Household.", _to("households"), empty=False, index=True),
    _column("resident_id", Number, "Person, where the programme is for one.", _to("residents")),
    *_period(),
    _column("source", Text, "List from which it comes.", empty=False),
    comment="One row per programme and household (or person) it reaches, and time.",
)

programme_reports = Table(
    "programme_reports",
    metadata,
    *_versioned(),
    _column("programme_id", Text, "Programme.", empty=False),
    _column("as_of", Date, "Data round.", empty=False),
    _column("rt_id", Text, "RT whose list of recipients has come in.", empty=False),
    Index(
        "uq_programme_reports_told",
        "programme_id",
        "as_of",
        "rt_id",
        unique=True,
        sqlite_where=text("is_void = 0"),
        postgresql_where=text("NOT is_void"),
    ),
    comment="One row per programme, date and RT whose list has come in.",
)

# ── working with people ─────────────────────────────────────────────────────────────────────────

LIST_STATES = ("proposed", "deliberated", "confirmed")
DECISIONS = ("keep", "add", "remove", "change")
STAGES = ("sosialisasi", "pemetaan", "identifikasi", "musrenbang_rt", "usulan", "realisasi")
SECTIONS = ("gambaran", "potensi", "tokoh")
MATTERS = ("masalah", "harapan")

lists = Table(
    "lists",
    metadata,
    *_versioned(),
    _column("rt_id", Text, "RT whose musyawarah decides.", empty=False, index=True),
    _column("as_of", Date, "Date for which the list holds.", empty=False),
    _column("purpose", Text, "`poor`, or the programme it is for.", empty=False),
    _column("state", Text, "How far it is.", empty=False),
    _column("proposed_by", Number, "Who proposed it.", _to("users")),
    _column("deliberated_on", Date, "Day of the musyawarah."),
    _column("confirmed_by", Number, "The second person.", _to("users")),
    _column("confirmed_on", Date, "Day of the confirmation."),
    _allowed("state", LIST_STATES),
    comment="One row per list that goes to the musyawarah of an RT.",
)

list_entries = Table(
    "list_entries",
    metadata,
    *_versioned(),
    _column("list_id", Number, "List.", _to("lists"), empty=False, index=True),
    _column("household_id", Number, "Household.", _to("households"), empty=False),
    _column("is_proposed", Boolean, "Whether it was on the list as proposed.", empty=False),
    _column("decision", Text, "What the musyawarah decided; empty: not yet."),
    _column("reason", Text, "Why.", personal=True),
    _allowed("decision", DECISIONS),
    comment="One row per household on a list.",
)

rt_notes = Table(
    "rt_notes",
    metadata,
    *_versioned(),
    _column("rt_id", Text, "RT.", empty=False, index=True),
    _column("as_of", Date, "Day of the social mapping.", empty=False),
    _column("section", Text, "Gambaran umum, potensi or tokoh.", empty=False),
    _column("text", Text, "What was found.", personal=True, empty=False),
    _allowed("section", SECTIONS),
    comment="One row per RT, day and section of its social mapping.",
)

rt_matters = Table(
    "rt_matters",
    metadata,
    *_versioned(),
    _column("rt_id", Text, "RT.", empty=False, index=True),
    _column("as_of", Date, "Day on which it was named.", empty=False),
    _column("kind", Text, "Problem or hope.", empty=False),
    _column("text", Text, "What it is; never about one person.", empty=False),
    _column("root_cause", Text, "Why it is so."),
    _column("frequency", Integer, "How many named it."),
    _allowed("kind", MATTERS),
    comment="One row per problem or hope that an RT named.",
)

rt_stages = Table(
    "rt_stages",
    metadata,
    *_versioned(),
    _column("rt_id", Text, "RT.", empty=False, index=True),
    _column("stage", Text, "Stage of the model.", empty=False),
    _column("date", Date, "Day on which it was done.", empty=False),
    _column("evidence", Text, "Number of the minutes, or where they are kept."),
    _allowed("stage", STAGES),
    comment="One row per RT and stage it went through.",
)

# ── who, when, from, to, why ────────────────────────────────────────────────────────────────────

ROLES = (
    "operator_rt",
    "operator_desa",
    "kecamatan",
    "opd",
    "bappeda",
    "bupati",
    "admin",
)
"""Whoever has no account is `publik`."""

users = Table(
    "users",
    metadata,
    *_versioned(),
    _column("login", Text, "Name for logging in.", empty=False),
    _column("display", Text, "Name as shown.", personal=True, empty=False),
    _column("password_hash", Text, "Argon2 hash; empty: logs in elsewhere.", personal=True),
    _column("role", Text, "Role.", empty=False),
    _column("area_id", Text, "RT or area to which the role is bound.", empty=False),
    _column("programmes", JSON, "Programmes of an OPD.", empty=False),
    _column("must_change", Boolean, "The password has to be changed first.", empty=False),
    _column("n_failed", Integer, "Wrong passwords since the last right one.", empty=False),
    _column("locked_until", Text, "UTC time until which nobody gets in, ISO 8601."),
    _column("totp_secret", Text, "Secret of the second factor.", personal=True),
    _column("totp_step", Integer, "Time step of the last code that was used; none works twice."),
    _allowed("role", ROLES),
    Index(
        "uq_users_login",
        "login",
        unique=True,
        sqlite_where=text("is_void = 0"),
        postgresql_where=text("NOT is_void"),
    ),
    comment="One row per account.",
)

batches = Table(
    "batches",
    metadata,
    _key(),
    _column("at", Text, "UTC time, ISO 8601; the order is that of `id`.", empty=False),
    _column("kind", Text, "`import`, `form`, `mutation` and so on.", empty=False),
    _column("user_id", Number, "Who; empty: a command on the machine.", _to("users")),
    _column("actor", Text, "Login, or the command.", empty=False),
    _column("role", Text, "Role at that time.", empty=False),
    _column("reason", Text, "Why.", empty=False),
    _column("content_hash", Text, "Of an imported file: SHA-256.", index=True),
    _column("about", JSON, "Counts and settings; nothing personal.", empty=False),
    comment="One row per transaction that changed something. Rows never change.",
)

changes = Table(
    "changes",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=True, comment="Order."),
    _column("batch_id", Number, "Transaction.", _to("batches"), empty=False, index=True),
    _column("entity", Text, "Table.", empty=False),
    _column("row_id", Number, "Key of the row.", empty=False),
    _column("version", Integer, "Version that it brought.", empty=False),
    _column("before", JSON(none_as_null=True), "Values before, of what changed.", personal=True),
    _column("after", JSON(none_as_null=True), "Values after, of what changed.", personal=True),
    Index("ix_changes_entity_row_id", "entity", "row_id"),
    comment="One row per change of a row. Rows never change, but for an erasure by law.",
)

sightings = Table(
    "sightings",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=True, comment="Order."),
    _column("at", Text, "UTC time, ISO 8601.", empty=False),
    _column("user_id", Number, "Who; empty: a command on the machine.", _to("users")),
    _column("actor", Text, "Login, or the command.", empty=False),
    _column("role", Text, "Role at that time.", empty=False),
    _column("what", Text, "`search`, `form`, `list`, `export`.", empty=False),
    _column("household_id", Number, "Household that was seen.", _to("households")),
    _column("resident_id", Number, "Person who was seen.", _to("residents")),
    Index("ix_sightings_resident_id_at", "resident_id", "at"),
    Index("ix_sightings_household_id_at", "household_id", "at"),
    comment="One row per person or household that was looked at. Rows never change.",
)

drafts = Table(
    "drafts",
    metadata,
    _column("user_id", Number, "Whose.", _to("users"), primary_key=True, empty=False),
    _column("form", Text, "Which form.", primary_key=True, empty=False),
    _column("key", Text, "Which row, or `new`.", primary_key=True, empty=False),
    _column("data", JSON, "What was typed.", personal=True, empty=False),
    _column("saved_at", Text, "UTC time, ISO 8601.", empty=False),
    comment="What somebody typed and has not saved yet.",
)

mappings = Table(
    "mappings",
    metadata,
    _column("source", Text, "Kind of file.", primary_key=True, empty=False),
    _column("header", Text, "Header as written there, folded.", primary_key=True, empty=False),
    _column("field", Text, "Field it was taken for; empty: left out.", empty=False),
    comment="What columns were taken for before, by source.",
)

APPEND_ONLY = (batches, changes, sightings)
"""Tables whose rows never change: the database itself refuses."""

VERSIONED = tuple(
    table for table in metadata.sorted_tables if "version" in table.c and "is_void" in table.c
)
"""Tables whose rows people change, in the order in which they may refer to each other."""

UNVERSIONED = (places, drafts, mappings)
"""Tables whose rows say nothing of people's past: a row is replaced or deleted."""
