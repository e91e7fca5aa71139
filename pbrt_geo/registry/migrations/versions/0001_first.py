"""The first tables of the registry."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

APPEND_ONLY = ("batches", "changes", "sightings")
_SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} {when}
BEGIN SELECT RAISE(ABORT, 'append only'); END
"""
_POSTGRES_FUNCTION = """
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'append only'; END $$
"""
_POSTGRES = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
FOR EACH ROW {when} EXECUTE FUNCTION append_only()
"""
_ERASURE = {
    "changes": """
WHEN (NOT (
    new.before IS NULL AND new.after IS NULL AND new.seq = old.seq AND new.batch_id = old.batch_id
    AND new.entity = old.entity AND new.row_id = old.row_id AND new.version = old.version
))
""",
    "batches": """
WHEN (NOT (
    new.reason LIKE '%•••%' AND new.id = old.id AND new.at = old.at AND new.kind = old.kind
    AND new.actor = old.actor AND new.role = old.role
    AND coalesce(new.user_id, -1) = coalesce(old.user_id, -1)
    AND coalesce(new.content_hash, '') = coalesce(old.content_hash, '')
    AND CAST(new.about AS TEXT) = CAST(old.about AS TEXT)
))
""",
}
"""What an erasure by law may do: blank the values of a change, and a name within a reason."""


def upgrade() -> None:
    """Make all tables, and let the database refuse changes of the record."""
    op.create_table(
        "households",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="Key of the row.",
        ),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows by one with every change."
        ),
        sa.Column(
            "is_void", sa.Boolean(), nullable=False, comment="Taken back; kept for the record."
        ),
        sa.Column("no_kk", sa.Text(), nullable=True, comment="No. KK, 16 digits."),
        sa.Column(
            "kk_state", sa.Text(), nullable=False, comment="`valid`, or `none` where there is none."
        ),
        sa.Column("address", sa.Text(), nullable=True, comment="Address as written."),
        sa.Column("lon", sa.Float(), nullable=True, comment="Longitude of the house, degrees."),
        sa.Column("lat", sa.Float(), nullable=True, comment="Latitude of the house, degrees."),
        sa.Column("note", sa.Text(), nullable=True, comment="Remark of the operator."),
        sa.CheckConstraint(
            "kk_state IN ('valid', 'none')", name=op.f("ck_households_kk_state_allowed")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_households")),
        comment="One row per household (keluarga).",
    )
    op.create_index(
        "uq_households_no_kk",
        "households",
        ["no_kk"],
        unique=True,
        sqlite_where=sa.text("no_kk IS NOT NULL AND is_void = 0"),
        postgresql_where=sa.text("no_kk IS NOT NULL AND NOT is_void"),
    )
    op.create_table(
        "mappings",
        sa.Column("source", sa.Text(), nullable=False, comment="Kind of file."),
        sa.Column("header", sa.Text(), nullable=False, comment="Header as written there, folded."),
        sa.Column(
            "field", sa.Text(), nullable=False, comment="Field it was taken for; empty: left out."
        ),
        sa.PrimaryKeyConstraint("source", "header", name=op.f("pk_mappings")),
        comment="What columns were taken for before, by source.",
    )
    op.create_table(
        "places",
        sa.Column("rt_id", sa.Text(), nullable=False, comment="RT."),
        sa.Column("valid_from", sa.Date(), nullable=False, comment="First day."),
        sa.Column(
            "valid_to",
            sa.Date(),
            nullable=True,
            comment="First day on which the row no longer holds.",
        ),
        sa.Column("desa_id", sa.Text(), nullable=False, comment="Desa of the RT in this time."),
        sa.Column("kecamatan_id", sa.Text(), nullable=False, comment="Kecamatan of the desa."),
        sa.Column("kabupaten_id", sa.Text(), nullable=False, comment="Kabupaten."),
        sa.Column("name", sa.Text(), nullable=False, comment="How the RT is called."),
        sa.Column("desa_name", sa.Text(), nullable=False, comment="How the desa is called."),
        sa.PrimaryKeyConstraint("rt_id", "valid_from", name=op.f("pk_places")),
        comment="One row per RT and period, from the events of the region.",
    )
    op.create_index(op.f("ix_places_desa_id"), "places", ["desa_id"], unique=False)
    op.create_index(op.f("ix_places_kecamatan_id"), "places", ["kecamatan_id"], unique=False)
    op.create_table(
        "programme_reports",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="Key of the row.",
        ),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows by one with every change."
        ),
        sa.Column(
            "is_void", sa.Boolean(), nullable=False, comment="Taken back; kept for the record."
        ),
        sa.Column("programme_id", sa.Text(), nullable=False, comment="Programme."),
        sa.Column("as_of", sa.Date(), nullable=False, comment="Data round."),
        sa.Column(
            "rt_id", sa.Text(), nullable=False, comment="RT whose list of recipients has come in."
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_reports")),
        comment="One row per programme, date and RT whose list has come in.",
    )
    op.create_index(
        "uq_programme_reports_told",
        "programme_reports",
        ["programme_id", "as_of", "rt_id"],
        unique=True,
        sqlite_where=sa.text("is_void = 0"),
        postgresql_where=sa.text("NOT is_void"),
    )
    op.create_table(
        "residents",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="Key of the row.",
        ),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows by one with every change."
        ),
        sa.Column(
            "is_void", sa.Boolean(), nullable=False, comment="Taken back; kept for the record."
        ),
        sa.Column("nik", sa.Text(), nullable=True, comment="NIK, 16 digits."),
        sa.Column(
            "nik_state",
            sa.Text(),
            nullable=False,
            comment="`valid`, or `none` where there is none.",
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="Name as on the identity card."),
        sa.Column(
            "name_key",
            sa.Text(),
            nullable=True,
            comment="Name in capitals, letters only, for search.",
        ),
        sa.Column("sex", sa.Text(), nullable=True, comment="Sex as registered."),
        sa.Column("birth_date", sa.Date(), nullable=True, comment="Date of birth."),
        sa.Column("death_date", sa.Date(), nullable=True, comment="Date of death."),
        sa.Column(
            "disability", sa.Text(), nullable=True, comment="Kind of disability; empty: none known."
        ),
        sa.CheckConstraint(
            "nik_state IN ('valid', 'none')", name=op.f("ck_residents_nik_state_allowed")
        ),
        sa.CheckConstraint("sex IN ('male', 'female')", name=op.f("ck_residents_sex_allowed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_residents")),
        comment="One row per person.",
    )
    op.create_index("ix_residents_name_key", "residents", ["name_key", "id"], unique=False)
    op.create_index(
        "uq_residents_nik",
        "residents",
        ["nik"],
        unique=True,
        sqlite_where=sa.text("nik IS NOT NULL AND is_void = 0"),
        postgresql_where=sa.text("nik IS NOT NULL AND NOT is_void"),
    )
    op.create_table(
        "rt_matters",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="Key of the row.",
        ),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows by one with every change."
        ),
        sa.Column(
            "is_void", sa.Boolean(), nullable=False, comment="Taken back; kept for the record."
        ),
        sa.Column("rt_id", sa.Text(), nullable=False, comment="RT."),
        sa.Column("as_of", sa.Date(), nullable=False, comment="Day on which it was named."),
        sa.Column("kind", sa.Text(), nullable=False, comment="Problem or hope."),
        sa.Column("text", sa.Text(), nullable=False, comment="What it is; never about one person."),
        sa.Column("root_cause", sa.Text(), nullable=True, comment="Why it is so."),
        sa.Column("frequency", sa.Integer(), nullable=True, comment="How many named it."),
        sa.CheckConstraint(
            "kind IN ('masalah', 'harapan')", name=op.f("ck_rt_matters_kind_allowed")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rt_matters")),
        comment="One row per problem or hope that an RT named.",
    )
    op.create_index(op.f("ix_rt_matters_rt_id"), "rt_matters", ["rt_id"], unique=False)
    op.create_table(
        "rt_notes",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="Key of the row.",
        ),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows by one with every change."
        ),
        sa.Column(
            "is_void", sa.Boolean(), nullable=False, comment="Taken back; kept for the record."
        ),
        sa.Column("rt_id", sa.Text(), nullable=False, comment="RT."),
        sa.Column("as_of", sa.Date(), nullable=False, comment="Day of the social mapping."),
        sa.Column("section", sa.Text(), nullable=False, comment="Gambaran umum, potensi or tokoh."),
        sa.Column("text", sa.Text(), nullable=False, comment="What was found."),
        sa.CheckConstraint(
            "section IN ('gambaran', 'potensi', 'tokoh')", name=op.f("ck_rt_notes_section_allowed")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rt_notes")),
        comment="One row per RT, day and section of its social mapping.",
    )
    op.create_index(op.f("ix_rt_notes_rt_id"), "rt_notes", ["rt_id"], unique=False)
    op.create_table(
        "rt_stages",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="Key of the row.",
        ),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows by one with every change."
        ),
        sa.Column(
            "is_void", sa.Boolean(), nullable=False, comment="Taken back; kept for the record."
        ),
        sa.Column("rt_id", sa.Text(), nullable=False, comment="RT."),
        sa.Column("stage", sa.Text(), nullable=False, comment="Stage of the model."),
        sa.Column("date", sa.Date(), nullable=False, comment="Day on which it was done."),
        sa.Column(
            "evidence",
            sa.Text(),
            nullable=True,
            comment="Number of the minutes, or where they are kept.",
        ),
        sa.CheckConstraint(
            "stage IN ('sosialisasi', 'pemetaan', 'identifikasi', 'musrenbang_rt', 'usulan', 'realisasi')",
            name=op.f("ck_rt_stages_stage_allowed"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rt_stages")),
        comment="One row per RT and stage it went through.",
    )
    op.create_index(op.f("ix_rt_stages_rt_id"), "rt_stages", ["rt_id"], unique=False)
    op.create_table(
        "users",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="Key of the row.",
        ),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows by one with every change."
        ),
        sa.Column(
            "is_void", sa.Boolean(), nullable=False, comment="Taken back; kept for the record."
        ),
        sa.Column("login", sa.Text(), nullable=False, comment="Name for logging in."),
        sa.Column("display", sa.Text(), nullable=False, comment="Name as shown."),
        sa.Column(
            "password_hash",
            sa.Text(),
            nullable=True,
            comment="Argon2 hash; empty: logs in elsewhere.",
        ),
        sa.Column("role", sa.Text(), nullable=False, comment="Role."),
        sa.Column(
            "area_id", sa.Text(), nullable=False, comment="RT or area to which the role is bound."
        ),
        sa.Column("programmes", sa.JSON(), nullable=False, comment="Programmes of an OPD."),
        sa.Column(
            "must_change",
            sa.Boolean(),
            nullable=False,
            comment="The password has to be changed first.",
        ),
        sa.Column(
            "n_failed",
            sa.Integer(),
            nullable=False,
            comment="Wrong passwords since the last right one.",
        ),
        sa.Column(
            "locked_until",
            sa.Text(),
            nullable=True,
            comment="UTC time until which nobody gets in, ISO 8601.",
        ),
        sa.Column("totp_secret", sa.Text(), nullable=True, comment="Secret of the second factor."),
        sa.Column(
            "totp_step",
            sa.Integer(),
            nullable=True,
            comment="Time step of the last code that was used; none works twice.",
        ),
        sa.CheckConstraint(
            "role IN ('operator_rt', 'operator_desa', 'kecamatan', 'opd', 'bappeda', 'bupati', 'admin')",
            name=op.f("ck_users_role_allowed"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        comment="One row per account.",
    )
    op.create_index(
        "uq_users_login",
        "users",
        ["login"],
        unique=True,
        sqlite_where=sa.text("is_void = 0"),
        postgresql_where=sa.text("NOT is_void"),
    )
    op.create_table(
        "batches",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="Key of the row.",
        ),
        sa.Column(
            "at",
            sa.Text(),
            nullable=False,
            comment="UTC time, ISO 8601; the order is that of `id`.",
        ),
        sa.Column(
            "kind", sa.Text(), nullable=False, comment="`import`, `form`, `mutation` and so on."
        ),
        sa.Column(
            "user_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="Who; empty: a command on the machine.",
        ),
        sa.Column("actor", sa.Text(), nullable=False, comment="Login, or the command."),
        sa.Column("role", sa.Text(), nullable=False, comment="Role at that time."),
        sa.Column("reason", sa.Text(), nullable=False, comment="Why."),
        sa.Column(
            "content_hash", sa.Text(), nullable=True, comment="Of an imported file: SHA-256."
        ),
        sa.Column(
            "about", sa.JSON(), nullable=False, comment="Counts and settings; nothing personal."
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_batches_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
        comment="One row per transaction that changed something. Rows never change.",
    )
    op.create_index(op.f("ix_batches_content_hash"), "batches", ["content_hash"], unique=False)
    op.create_table(
        "drafts",
        sa.Column(
            "user_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="Whose.",
        ),
        sa.Column("form", sa.Text(), nullable=False, comment="Which form."),
        sa.Column("key", sa.Text(), nullable=False, comment="Which row, or `new`."),
        sa.Column("data", sa.JSON(), nullable=False, comment="What was typed."),
        sa.Column("saved_at", sa.Text(), nullable=False, comment="UTC time, ISO 8601."),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_drafts_user_id")),
        sa.PrimaryKeyConstraint("user_id", "form", "key", name=op.f("pk_drafts")),
        comment="What somebody typed and has not saved yet.",
    )
    op.create_table(
        "enrolments",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="Key of the row.",
        ),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows by one with every change."
        ),
        sa.Column(
            "is_void", sa.Boolean(), nullable=False, comment="Taken back; kept for the record."
        ),
        sa.Column("programme_id", sa.Text(), nullable=False, comment="Programme."),
        sa.Column(
            "household_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="Household.",
        ),
        sa.Column(
            "resident_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="Person, where the programme is for one.",
        ),
        sa.Column(
            "valid_from", sa.Date(), nullable=False, comment="First day on which the row holds."
        ),
        sa.Column(
            "valid_to",
            sa.Date(),
            nullable=True,
            comment="First day on which it no longer holds; empty: it still does.",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="List from which it comes."),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_enrolments_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["residents.id"], name=op.f("fk_enrolments_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolments")),
        comment="One row per programme and household (or person) it reaches, and time.",
    )
    op.create_index(
        op.f("ix_enrolments_household_id"), "enrolments", ["household_id"], unique=False
    )
    op.create_index(
        op.f("ix_enrolments_programme_id"), "enrolments", ["programme_id"], unique=False
    )
    op.create_table(
        "evidence",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="Key of the row.",
        ),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows by one with every change."
        ),
        sa.Column(
            "is_void", sa.Boolean(), nullable=False, comment="Taken back; kept for the record."
        ),
        sa.Column(
            "household_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="Household.",
        ),
        sa.Column("as_of", sa.Date(), nullable=False, comment="Date for which it was found."),
        sa.Column("source", sa.Text(), nullable=False, comment="Where it was found."),
        sa.Column(
            "n_residents",
            sa.Integer(),
            nullable=True,
            comment="People in the household, as counted there.",
        ),
        sa.Column(
            "spending_idr",
            sa.Float(),
            nullable=True,
            comment="Spending, rupiah per person per month.",
        ),
        sa.Column(
            "dtsen_desil",
            sa.Integer(),
            nullable=True,
            comment="DTSEN desil, 1 is the poorest tenth.",
        ),
        sa.Column(
            "dtsen_edition",
            sa.Text(),
            nullable=True,
            comment="Edition of the DTSEN the desil is of.",
        ),
        sa.Column(
            "criterion_01",
            sa.Boolean(),
            nullable=True,
            comment="Criterion 1 of the 14 of BPS is met.",
        ),
        sa.Column(
            "criterion_02",
            sa.Boolean(),
            nullable=True,
            comment="Criterion 2 of the 14 of BPS is met.",
        ),
        sa.Column(
            "criterion_03",
            sa.Boolean(),
            nullable=True,
            comment="Criterion 3 of the 14 of BPS is met.",
        ),
        sa.Column(
            "criterion_04",
            sa.Boolean(),
            nullable=True,
            comment="Criterion 4 of the 14 of BPS is met.",
        ),
        sa.Column(
            "criterion_05",
            sa.Boolean(),
            nullable=True,
            comment="Criterion 5 of the 14 of BPS is met.",
        ),
        sa.Column(
            "criterion_06",
            sa.Boolean(),
            nullable=True,
            comment="Criterion 6 of the 14 of BPS is met.",
        ),
        sa.Column(
            "criterion_07",
            sa.Boolean(),
            nullable=True,
            comment="Criterion 7 of the 14 of BPS is met.",
        ),
        sa.Column(
            "criterion_08",
            sa.Boolean(),
            nullable=True,
            comment="Criterion 8 of the 14 of BPS is met.",
        ),
        sa.Column(
            "criterion_09",
            sa.Boolean(),
            nullable=True,
            comment="Criterion 9 of the 14 of BPS is met.",
        ),
        sa.Column(
            "criterion_10",
            sa.Boolean(),
            nullable=True,
            comment="Criterion 10 of the 14 of BPS is met.",
        ),
        sa.Column(
            "criterion_11",
            sa.Boolean(),
            nullable=True,
            comment="Criterion 11 of the 14 of BPS is met.",
        ),
        sa.Column(
            "criterion_12",
            sa.Boolean(),
            nullable=True,
            comment="Criterion 12 of the 14 of BPS is met.",
        ),
        sa.Column(
            "criterion_13",
            sa.Boolean(),
            nullable=True,
            comment="Criterion 13 of the 14 of BPS is met.",
        ),
        sa.Column(
            "criterion_14",
            sa.Boolean(),
            nullable=True,
            comment="Criterion 14 of the 14 of BPS is met.",
        ),
        sa.Column("floor_area_m2", sa.Float(), nullable=True, comment="Floor of the house, m²."),
        sa.Column("floor", sa.Text(), nullable=True, comment="What most of the floor is made of."),
        sa.Column("wall", sa.Text(), nullable=True, comment="What most of the wall is made of."),
        sa.Column("roof", sa.Text(), nullable=True, comment="What most of the roof is made of."),
        sa.Column("toilet", sa.Text(), nullable=True, comment="Toilet and who uses it."),
        sa.Column("sewage", sa.Text(), nullable=True, comment="Where the toilet ends."),
        sa.Column("water", sa.Text(), nullable=True, comment="Main source of drinking water."),
        sa.Column("lighting", sa.Text(), nullable=True, comment="Main source of light."),
        sa.Column("cooking_fuel", sa.Text(), nullable=True, comment="Main fuel for cooking."),
        sa.Column("tenure", sa.Text(), nullable=True, comment="Whose house it is."),
        sa.CheckConstraint(
            "source IN ('survey', 'dtsen', 'verification', 'form')",
            name=op.f("ck_evidence_source_allowed"),
        ),
        sa.CheckConstraint(
            "dtsen_desil IS NULL OR dtsen_desil BETWEEN 1 AND 10",
            name=op.f("ck_evidence_desil_range"),
        ),
        sa.CheckConstraint(
            "n_residents IS NULL OR n_residents >= 1", name=op.f("ck_evidence_n_residents_range")
        ),
        sa.CheckConstraint(
            "spending_idr IS NULL OR spending_idr >= 0", name=op.f("ck_evidence_spending_range")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_evidence_household_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
        comment="One row per household, date and source of what is known of its welfare.",
    )
    op.create_index(
        "uq_evidence_found",
        "evidence",
        ["household_id", "as_of", "source"],
        unique=True,
        sqlite_where=sa.text("is_void = 0"),
        postgresql_where=sa.text("NOT is_void"),
    )
    op.create_table(
        "lists",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="Key of the row.",
        ),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows by one with every change."
        ),
        sa.Column(
            "is_void", sa.Boolean(), nullable=False, comment="Taken back; kept for the record."
        ),
        sa.Column("rt_id", sa.Text(), nullable=False, comment="RT whose musyawarah decides."),
        sa.Column("as_of", sa.Date(), nullable=False, comment="Date for which the list holds."),
        sa.Column(
            "purpose", sa.Text(), nullable=False, comment="`poor`, or the programme it is for."
        ),
        sa.Column("state", sa.Text(), nullable=False, comment="How far it is."),
        sa.Column(
            "proposed_by",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="Who proposed it.",
        ),
        sa.Column("deliberated_on", sa.Date(), nullable=True, comment="Day of the musyawarah."),
        sa.Column(
            "confirmed_by",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="The second person.",
        ),
        sa.Column("confirmed_on", sa.Date(), nullable=True, comment="Day of the confirmation."),
        sa.CheckConstraint(
            "state IN ('proposed', 'deliberated', 'confirmed')", name=op.f("ck_lists_state_allowed")
        ),
        sa.ForeignKeyConstraint(["confirmed_by"], ["users.id"], name=op.f("fk_lists_confirmed_by")),
        sa.ForeignKeyConstraint(["proposed_by"], ["users.id"], name=op.f("fk_lists_proposed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lists")),
        comment="One row per list that goes to the musyawarah of an RT.",
    )
    op.create_index(op.f("ix_lists_rt_id"), "lists", ["rt_id"], unique=False)
    op.create_table(
        "memberships",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="Key of the row.",
        ),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows by one with every change."
        ),
        sa.Column(
            "is_void", sa.Boolean(), nullable=False, comment="Taken back; kept for the record."
        ),
        sa.Column(
            "resident_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="Person.",
        ),
        sa.Column(
            "household_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="Household.",
        ),
        sa.Column("role", sa.Text(), nullable=False, comment="Place in the household."),
        sa.Column(
            "valid_from", sa.Date(), nullable=False, comment="First day on which the row holds."
        ),
        sa.Column(
            "valid_to",
            sa.Date(),
            nullable=True,
            comment="First day on which it no longer holds; empty: it still does.",
        ),
        sa.Column("cause", sa.Text(), nullable=False, comment="What brought it about."),
        sa.CheckConstraint(
            "cause IN ('recorded', 'moved', 'split', 'merged', 'born', 'died', 'left', 'corrected')",
            name=op.f("ck_memberships_cause_allowed"),
        ),
        sa.CheckConstraint(
            "role IN ('head', 'spouse', 'child', 'parent', 'other')",
            name=op.f("ck_memberships_role_allowed"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_memberships_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["residents.id"], name=op.f("fk_memberships_resident_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        comment="One row per person and time in one household.",
    )
    op.create_index(
        op.f("ix_memberships_household_id"), "memberships", ["household_id"], unique=False
    )
    op.create_index(
        op.f("ix_memberships_resident_id"), "memberships", ["resident_id"], unique=False
    )
    op.create_table(
        "residences",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="Key of the row.",
        ),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows by one with every change."
        ),
        sa.Column(
            "is_void", sa.Boolean(), nullable=False, comment="Taken back; kept for the record."
        ),
        sa.Column(
            "household_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="Household.",
        ),
        sa.Column("rt_id", sa.Text(), nullable=False, comment="RT in which it lives."),
        sa.Column(
            "valid_from", sa.Date(), nullable=False, comment="First day on which the row holds."
        ),
        sa.Column(
            "valid_to",
            sa.Date(),
            nullable=True,
            comment="First day on which it no longer holds; empty: it still does.",
        ),
        sa.Column("cause", sa.Text(), nullable=False, comment="What brought it about."),
        sa.CheckConstraint(
            "cause IN ('recorded', 'moved', 'split', 'merged', 'born', 'died', 'left', 'corrected')",
            name=op.f("ck_residences_cause_allowed"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_residences_household_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_residences")),
        comment="One row per household and time in one RT.",
    )
    op.create_index(
        op.f("ix_residences_household_id"), "residences", ["household_id"], unique=False
    )
    op.create_index(op.f("ix_residences_rt_id"), "residences", ["rt_id"], unique=False)
    op.create_table(
        "sightings",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="Order.",
        ),
        sa.Column("at", sa.Text(), nullable=False, comment="UTC time, ISO 8601."),
        sa.Column(
            "user_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="Who; empty: a command on the machine.",
        ),
        sa.Column("actor", sa.Text(), nullable=False, comment="Login, or the command."),
        sa.Column("role", sa.Text(), nullable=False, comment="Role at that time."),
        sa.Column("what", sa.Text(), nullable=False, comment="`search`, `form`, `list`, `export`."),
        sa.Column(
            "household_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="Household that was seen.",
        ),
        sa.Column(
            "resident_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="Person who was seen.",
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_sightings_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["residents.id"], name=op.f("fk_sightings_resident_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sightings_user_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_sightings")),
        comment="One row per person or household that was looked at. Rows never change.",
    )
    op.create_index(
        "ix_sightings_household_id_at", "sightings", ["household_id", "at"], unique=False
    )
    op.create_index("ix_sightings_resident_id_at", "sightings", ["resident_id", "at"], unique=False)
    op.create_table(
        "changes",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="Order.",
        ),
        sa.Column(
            "batch_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="Transaction.",
        ),
        sa.Column("entity", sa.Text(), nullable=False, comment="Table."),
        sa.Column(
            "row_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="Key of the row.",
        ),
        sa.Column("version", sa.Integer(), nullable=False, comment="Version that it brought."),
        sa.Column(
            "before",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="Values before, of what changed.",
        ),
        sa.Column(
            "after",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="Values after, of what changed.",
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_changes_batch_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_changes")),
        comment="One row per change of a row. Rows never change, but for an erasure by law.",
    )
    op.create_index(op.f("ix_changes_batch_id"), "changes", ["batch_id"], unique=False)
    op.create_index("ix_changes_entity_row_id", "changes", ["entity", "row_id"], unique=False)
    op.create_table(
        "list_entries",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
            comment="Key of the row.",
        ),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="Grows by one with every change."
        ),
        sa.Column(
            "is_void", sa.Boolean(), nullable=False, comment="Taken back; kept for the record."
        ),
        sa.Column(
            "list_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="List.",
        ),
        sa.Column(
            "household_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="Household.",
        ),
        sa.Column(
            "is_proposed",
            sa.Boolean(),
            nullable=False,
            comment="Whether it was on the list as proposed.",
        ),
        sa.Column(
            "decision",
            sa.Text(),
            nullable=True,
            comment="What the musyawarah decided; empty: not yet.",
        ),
        sa.Column("reason", sa.Text(), nullable=True, comment="Why."),
        sa.CheckConstraint(
            "decision IN ('keep', 'add', 'remove', 'change')",
            name=op.f("ck_list_entries_decision_allowed"),
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_list_entries_household_id")
        ),
        sa.ForeignKeyConstraint(["list_id"], ["lists.id"], name=op.f("fk_list_entries_list_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_entries")),
        comment="One row per household on a list.",
    )
    op.create_index(op.f("ix_list_entries_list_id"), "list_entries", ["list_id"], unique=False)
    _guard()


def _guard() -> None:
    """A row of the record never changes; an erasure by law may blank who it is about."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        op.execute(_POSTGRES_FUNCTION)
    statement = _SQLITE if is_sqlite else _POSTGRES
    for table in APPEND_ONLY:
        for verb in ("update", "delete"):
            when = _ERASURE.get(table, "") if verb == "update" else ""
            op.execute(statement.format(table=table, verb=verb, when=when))
