"""A file of invented people as an office would send it: an XLSX with a title and a row per person.

Names are syllables, numbers are counted; families live in the RT of the sample region.
"""

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xlsxwriter

from pbrt_geo.region import read_region

HEADERS = (
    *("No", "No. KK", "NIK", "Nama Lengkap", "Jenis Kelamin", "Tanggal Lahir"),
    *("Hubungan Keluarga", "Kecamatan", "Desa", "RT", "Alamat", "Jumlah Anggota Keluarga"),
    *("Luas Lantai", "Jenis Lantai Terluas", "Jenis Dinding Terluas", "Jenis Atap Terluas"),
    *("Sumber Air Minum Utama", "Sumber Penerangan Utama", "Status Kepemilikan Rumah"),
    *("Desil Nasional", "PKH", "BPNT"),
)
DAY = dt.date(2026, 3, 1)
_SYLLABLES = (
    "AN",
    "BU",
    "CI",
    "DAR",
    "FA",
    "HAR",
    "JU",
    "KAR",
    "LA",
    "MI",
    "NUR",
    "RA",
    "SU",
    "WI",
)
_ROLES = ("Kepala Keluarga", "Istri", "Anak", "Anak", "Orang Tua", "Famili Lain")
_FLOORS = ("Keramik", "Marmer/granit", "Semen/bata merah", "Tanah", "Kayu/papan")
_WALLS = ("Tembok", "Kayu/papan", "Anyaman bambu")
_ROOFS = ("Genteng", "Seng", "Asbes")


def write_people(file: Path, n_households: int, seed: int = 7) -> int:
    """Write a file; return how many people it holds."""
    book = xlsxwriter.Workbook(str(file), {"constant_memory": True, "strings_to_numbers": False})
    sheet = book.add_worksheet("Data")
    sheet.write_row(0, 0, ["DAFTAR PENDUDUK (REKAAN)"])
    sheet.write_row(1, 0, HEADERS)
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    row = 1
    for row, values in enumerate(people(n_households, seed), 2):
        for column, value in enumerate(values):
            if isinstance(value, dt.date):
                sheet.write_datetime(row, column, value, day)
            elif isinstance(value, str):
                sheet.write_string(row, column, value)
            else:
                sheet.write_number(row, column, value)
    book.close()
    return row - 1


def people(n_households: int, seed: int = 7) -> Iterator[list[Any]]:
    """Give the rows of the file, without the header."""
    rng, serials = random.Random(seed), Counter[str]()
    places = _places()
    number = 0
    for household in range(n_households):
        kecamatan, desa, rt, code = places[household % len(places)]
        kk = _number(
            f"{code.replace('.', '')}{1 + household % 28:02d}{1 + household % 12:02d}09", serials
        )
        n_people = rng.choices((1, 2, 3, 4, 5, 6), (6, 14, 26, 29, 17, 8))[0]
        home = _home(rng, n_people)
        for member in range(n_people):
            number += 1
            female = member == 1 or (member > 1 and rng.random() < 0.5)
            born = dt.date(2025 - rng.randrange(*((25, 80) if member < 2 else (1, 24))), 1, 1)
            born += dt.timedelta(rng.randrange(365))
            day = f"{born.day + (40 if female else 0):02d}{born:%m%y}"
            yield [
                *(number, kk, _number(f"{code.replace('.', '')}{day}", serials), _name(rng)),
                *("P" if female else "L", born, _ROLES[member], kecamatan, desa, rt),
                *(f"Jl. Rekaan No. {household % 90 + 1}", *home),
            ]


def _home(rng: random.Random, n_people: int) -> list[Any]:
    home = [n_people, rng.randrange(20, 120), rng.choice(_FLOORS), rng.choice(_WALLS)]
    home += [rng.choice(_ROOFS), rng.choice(("Leding", "Sumur bor/pompa", "Sumur terlindung"))]
    home += ["Listrik PLN", rng.choice(("Milik sendiri", "Bebas sewa")), rng.randrange(1, 11)]
    return home + [rng.choice(("Ya", "Tidak")) for _ in range(2)]


def _number(begin: str, serials: Counter[str]) -> str:
    serials[begin] += 1
    return f"{begin}{serials[begin]:04d}"


def _name(rng: random.Random) -> str:
    return " ".join("".join(rng.choices(_SYLLABLES, k=rng.choice((2, 3)))) for _ in range(2))


def _places() -> list[tuple[str, str, str, str]]:
    """Return kecamatan, desa, RT as written, and the code of the kecamatan, of each living RT."""
    region = read_region("geodata/sample")
    names = region.tables["areas"].set_index("area_id")["name"]
    living = region.rt_on(dt.date(2008, 12, 31)).reset_index()
    found = []
    for rt in living.itertuples():
        kecamatan = rt.desa_id.rsplit(".", 1)[0]
        found.append((names[kecamatan], names[rt.desa_id], rt.name, kecamatan))
    return found
