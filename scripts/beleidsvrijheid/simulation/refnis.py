"""The register of municipalities of the simulated country as REFNIS prints it, with its days of validity."""

from collections.abc import Iterator

import numpy as np

from beleidsvrijheid.simulation.country import Country
from beleidsvrijheid.simulation.register import PROVINCES, Register
from beleidsvrijheid.simulation.workbook import zip_bytes

HEADER = "LVL_REFNIS|CD_REFNIS|CD_SUP_REFNIS|TX_REFNIS_DE|TX_REFNIS_FR|TX_REFNIS_NL|DT_VLDT_START|DT_VLDT_END"
BEGIN, OPEN = "01/01/1970", "31/12/9999"
STARTS, ENDS = ("01/01/1977", "01/01/2019", "01/01/2025"), ("31/12/2018", "31/12/2024", OPEN)
REGION, ABROAD, CAPITAL = "02000", "03000", "04000"
REGION_NAMES = {
    REGION: ("Simulierte Region", "Région simulée", "Gewest van de gesimuleerde gemeenten"),
    ABROAD: ("Südland", "Région méridionale", "Zuidland"),
    CAPITAL: ("Simulierte Hauptstadt", "Capitale simulée", "Gesimuleerde hoofdstad"),
}
ABROAD_PROVINCE, ABROAD_ARRONDISSEMENT, CAPITAL_ARRONDISSEMENT, CAPITAL_NIS = "94000", "94500", "94900", "94901"
OLD_PROVINCE = "95900"  # ended in 1994, as the real province of Brabant did
HALVES = {500: "Noord", 600: "Zuid"}  # two arrondissements in every province


def arrondissement(nis: str, province: str) -> str:
    """The arrondissement of a municipality: odd codes in the first of its province, even codes in the second."""
    return f"{int(province) + (500 if int(nis) % 2 else 600):05d}"


def arrondissement_names() -> dict[str, str]:
    """Code and name of every arrondissement of the provinces."""
    return {
        f"{int(code) + number:05d}": f"Arrondissement {province}-{half}"
        for code, province in PROVINCES.items()
        for number, half in HALVES.items()
    }


def refnis_zip(register: Register, country: Country) -> bytes:
    """TU_COM_REFNIS.zip: one text, UTF-8 with a byte-order mark, lines ended by CR LF."""
    lines = [HEADER, *("|".join(row) for row in (*_upper_rows(), *_municipality_rows(register, country)))]
    text = "\r\n".join(lines) + "\r\n"
    return zip_bytes({"TU_COM_REFNIS.txt": b"\xef\xbb\xbf" + text.encode("utf-8")})


def _upper_rows() -> Iterator[tuple[str, ...]]:
    """Regions, provinces and arrondissements, two of which changed in 1995."""
    for code, names in REGION_NAMES.items():
        yield "1", code, "-", *names, BEGIN, OPEN
    for code, name in PROVINCES.items():
        yield "2", code, REGION, f"Provinz {name}", f"Province de {name}", f"Provincie {name}", BEGIN, OPEN
    yield "2", OLD_PROVINCE, "-", *["Provincie Oudekwartier"] * 3, BEGIN, "31/12/1994"
    yield "2", ABROAD_PROVINCE, ABROAD, "Provinz Südland", "Province méridionale", "Provincie Zuidland", BEGIN, OPEN
    for code, name in arrondissement_names().items():
        names, province = [name] * 3, f"{int(code) // 1000 * 1000:05d}"
        if province == min(PROVINCES):
            yield "3", code, province, *names, "01/01/1995", OPEN
            yield "3", code, OLD_PROVINCE, *names, BEGIN, "31/12/1994"
        else:
            yield "3", code, province, *names, BEGIN, OPEN
    yield "3", ABROAD_ARRONDISSEMENT, ABROAD_PROVINCE, *["Arrondissement Zuidland"] * 3, BEGIN, OPEN
    yield "3", CAPITAL_ARRONDISSEMENT, CAPITAL, *["Arrondissement Gesimuleerde Hoofdstad"] * 3, BEGIN, OPEN


def _municipality_rows(register: Register, country: Country) -> list[tuple[str, ...]]:
    """Municipalities by code, one row per name and arrondissement a code had; some ended long ago, some lie elsewhere."""
    rows = [
        ("4", nis, parent, *[name] * 3, first, last)
        for (nis, name, parent), (first, last) in _spells(_waves(register, country))
    ]
    rows += [("4", nis, ABROAD_ARRONDISSEMENT, *[name] * 3, STARTS[0], OPEN) for nis, name in register.outside.items()]
    rows.append(("4", CAPITAL_NIS, CAPITAL_ARRONDISSEMENT, *REGION_NAMES[CAPITAL], BEGIN, OPEN))
    merged = str(register.name_2018[0]).split(" (")[0]
    rows.append(("4", "95998", "95600", *[f"{merged} (Oudekwartier)"] * 3, BEGIN, "31/12/1976"))
    rows.append(("4", "95999", "95500", *["Oudekerke"] * 3, BEGIN, "31/12/1970"))
    return sorted(rows, key=lambda row: (row[1], row[-1][6:]))


def _waves(register: Register, country: Country) -> list[list[tuple[str, str, str]]]:
    """(code, name, arrondissement) of every municipality on the three geographies."""
    province_2019 = register.province_2018[country.main_2019]
    columns = (
        (register.nis_2018, register.name_2018, register.province_2018),
        (register.nis_2019, register.name_2019, province_2019),
        (register.nis_2025, register.name_2025, register.province_2025),
    )
    return [
        [
            (str(nis), str(name), arrondissement(nis, province))
            for nis, name, province in zip(*np.array(wave), strict=True)
        ]
        for wave in columns
    ]


def _spells(waves: list[list[tuple[str, str, str]]]) -> list[tuple[tuple[str, str, str], tuple[str, str]]]:
    """Every entry with the days between which it was valid, through as many waves as it lasted."""
    present = [set(wave) for wave in waves]
    spells = []
    for wave, entries in enumerate(waves):
        for entry in entries:
            if wave and entry in present[wave - 1]:
                continue
            last = wave
            while last + 1 < len(waves) and entry in present[last + 1]:
                last += 1
            spells.append((entry, (STARTS[wave], ENDS[last])))
    return spells
