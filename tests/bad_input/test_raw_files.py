"""Every publisher's file spoilt in the ways that files are: refused by name, counted, or read as if it were whole."""

from collections.abc import Iterator

import pytest

from .account import Outcome, attempt, record
from .countryside import spoilt
from .mutations import ANY, BOM, JSON, TEXT, ZIP, Change, delimited, garbled, half, inner, utf16, with_nul, xlsx

# Source, file, kind of file, whether it is read without the others of its source; for texts the mark and the header's line, for
# workbooks a sheet, a figure and a code or name.
FILES = [
    ("bbc_accounts_by_field_financing", "jr bv financiering 2014-2025.csv", "csv", True, ";", 7),
    (
        "bbc_accounts_by_account_financing",
        "jaarrekening financiering per rekening.xlsx",
        "xlsx",
        True,
        "Export",
        "H5",
        "H1",
    ),
    ("plan_actions", "acties 2020.csv", "csv", True, ";", 0),
    ("debt", "financiele schuld.csv", "csv", True, ";", 3),
    ("population", "Bevolking_per_gemeente.xlsx", "xlsx", True, "Bevolking in 2009", "E10", "A10"),
    ("population", "TF_SOC_POP_STRUCT_2022.zip", "zip", True),
    ("population_by_age", "TF_SOC_POP_STRUCT_2014.zip", "zip", True),
    ("income", "TF_PSNL_INC_TAX_MUNTY.zip", "zip", True),
    ("staff", "personeel lokale besturen.xlsx", "xlsx", True, "VTE_gemeente", "E3", "B3"),
    ("staff", "9101_gemeente.json", "json", True),
    ("city_monitor", "gemeente-stadsmonitor.xlsx", "xlsx", True, "WE_36", "G3", "B3"),
    ("belfius_clusters", "belfius_2018.csv", "csv", True, ",", 0),
    ("belfius_clusters", "belfius_2018.txt", "text", True),
    ("centre_function", "uitrustingsgraad_nis2025.xlsx", "xlsx", True, "Blad1", "C3", "A3"),
    ("election_results", "verkiezingen2018.zip", "zip", True),
    ("election_lists", "resultaten_verkiezing_gemeenteraad_20181014.xlsx", "xlsx", True, "kandidaten", "I4", "D4"),
    ("election_lists", "2024-lijsten-gemeentes.ttl", "text", False),
    ("election_lists", "gemeenteraden.json", "json", False),
    ("mandates", "mandaten.csv", "csv", True, ",", 0),
    ("gemeentefonds", "algemene financieringssubsidies.xlsx", "xlsx", True, "Export", "E3", "A3"),
    ("tax_rates", "taux-taxe-communale-2024.xlsx", "xlsx", True, "Liste communes", "B5", "A5"),
    ("tax_rates", "OV_OverzichtOpcentiemen_2025.xlsx", "xlsx", True, "Overzicht", "D3", "A3"),
    ("tax_rates", "aanslagvoeten 2008-2022.xlsx", "xlsx", True, "Aanslagvoeten", "D3", "B3"),
    ("cpi", "cpi.json", "json", True),
    ("geometry", "RefgemG100_2025.geojson", "json", True),
    ("municipalities", "TU_COM_REFNIS.zip", "zip", False),
    ("municipalities", "mergers.csv", "csv", False, ",", 0),
]
INSIDE: dict[str, Change] = {
    "half a text": inner(half),
    "text in utf-16": inner(utf16),
    "garbled text": inner(garbled),
    "zero byte in text": inner(with_nul),
    "empty text": inner(lambda _: b""),
}


def changes(kind: str, *layout) -> dict[str, Change]:
    own = {
        "csv": lambda: TEXT | delimited(*layout) | {"byte-order mark": lambda content: BOM + content},
        "text": lambda: TEXT,
        "json": lambda: TEXT | JSON,
        "xlsx": lambda: xlsx(*layout),
        "zip": lambda: ZIP | INSIDE,
    }
    return ANY | own[kind]()


def cases() -> Iterator[tuple]:
    for source, file, kind, alone, *layout in FILES:
        for name, change in changes(kind, *layout).items():
            yield f"{source}: {kind}", f"{file}: {name}", source, file, alone, change


@pytest.mark.parametrize(
    ("group", "name", "source", "file", "alone", "change"), [pytest.param(*one, id=one[1]) for one in cases()]
)
def test_a_spoilt_file_is_refused_counted_or_harmless(group, name, source, file, alone, change):
    result, told = attempt(lambda: spoilt(source, file, change, alone), (file,))
    record(Outcome("raw files", group, name, result, told))
