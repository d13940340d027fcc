"""Population, staff, clusters, general grants and prices in their publishers' layouts."""

import json

import numpy as np
import pandas as pd

from beleidsvrijheid.simulation.country import Country, total_by_unit
from beleidsvrijheid.simulation.covariates import Municipalities
from beleidsvrijheid.simulation.parameters import CPI, SIMULATED, YEARS
from beleidsvrijheid.simulation.register import PROVINCES, Register
from beleidsvrijheid.simulation.workbook import xlsx_bytes

NOTE = {
    "Toelichting": [
        [SIMULATED],
        ["Fictieve gemeenten, codes en bedragen / fictitious places, codes and amounts"],
    ]
}
COAST_LABEL = "Kustgemeenten"
OUTSIDE_PEOPLE = (14_210, 8_377)
STRUCTURE_YEAR = 2022  # published as a text by age and sex, and left out of the workbook

STAFF = ("Personeel gemeentebestuur (VTE)", "Personeel OCMW (VTE)")
ODATA_VARIABLES = {"9101": ".", "9102": ","}  # municipality and OCMW, and the decimal mark of their answers
ODATA_LEVELS = {"gemeente2018": (2017, 2018), "gemeente": (2025,)}

# General grants in thousand euros, each year's published Flemish total (study.md section 2).
GRANT_YEARS = tuple(range(2014, 2021))
SECTOR_STREAM, CITY_STREAM, OPEN_SPACE_STREAM = "sectorale subsidies", "centrumsteden", "open ruimte"
STREAMS = {
    "Gemeentefonds hoofddotatie": (2246693, 2324545, 2404861, 2496291, 2583662, 2674091, 2767685),
    "Elia": (83000,) * 7,
    SECTOR_STREAM: (None, None, 130391, 130390, 131010, 131010, 131010),
    CITY_STREAM: (None, None, None, 146378, 151502, 156805, 162294),
    "provinciale instellingen": (None, None, None, None, 23819, 23919, 23919),
    "contingentgesco's": (None, None, 332598, 332598, 332598, 332598, 332598),
    "responsabiliseringsbijdrage": (None,) * 6 + (130990,),
    OPEN_SPACE_STREAM: (None,) * 6 + (31198,),
}


def on_year(values: np.ndarray, country: Country, year: int) -> np.ndarray:
    """Values per part (P,) summed on the geography in force in `year`."""
    if year < 2019:
        return values
    if year < 2025:
        return total_by_unit(values, country.unit_2019, len(country.main_2019))
    return total_by_unit(values, country.unit_2025, country.n_units)


def population_workbook(country: Country, register: Register, rng: np.random.Generator) -> bytes:
    """One sheet per year but one: title, header, aggregates, municipalities of that year, two of another region."""
    men_share = rng.normal(0.494, 0.006, len(country.population))
    sheets = {}
    for column, year in enumerate(YEARS):
        if year == STRUCTURE_YEAR:
            continue
        people = country.population[:, column]
        totals = on_year(people, country, year)
        men = np.rint(on_year(people * men_share, country, year))
        nis, names = register.on_year(year)
        sheets[f"Bevolking in {year}"] = _population_sheet(year, nis, names, totals, men, register)
    return xlsx_bytes(sheets)


def _population_sheet(year, nis, names, totals, men, register: Register) -> list[list]:
    def row(code, name, male, total):
        return [code, name, int(male), int(total - male), int(total)]

    abroad = [
        row(*item, total // 2, total) for item, total in zip(register.outside.items(), OUTSIDE_PEOPLE, strict=True)
    ]
    region, rest = totals.sum(), sum(OUTSIDE_PEOPLE)
    rows = [
        [f"Bevolking per gemeente op 1 januari {year} - {SIMULATED}"],
        ["Refnis code", "Plaats van verblijf", "Mannen", "Vrouwen", "Totaal"],
        row("01000", "Het Rijk", men.sum() + rest // 2, region + rest),
        row("02000", "Gewest van de gesimuleerde gemeenten", men.sum(), region),
    ]
    prefix = np.array([code[:2] for code in nis])
    for code, province in PROVINCES.items():
        inside = prefix == code[:2]
        rows.append(row(code, f"Provincie {province}", men[inside].sum(), totals[inside].sum()))
    order = np.argsort(nis.astype(str))
    return rows + [row(nis[unit], names[unit], men[unit], totals[unit]) for unit in order] + abroad


def staff_files(
    places: Municipalities, register: Register, rng: np.random.Generator
) -> tuple[dict[str, bytes], list[dict]]:
    """VTE of municipality and OCMW per year on that year's geography, and the rows left out.

    Most years stand in the workbook; those of ODATA_LEVELS are answers of Provincies in Cijfers.
    """
    own_share = np.clip(rng.normal(0.66, 0.06, len(places.staff)), 0.4, 0.9)
    gaps = _staff_gaps(places.country, register, rng)
    absent = {(gap["nis"], gap["year"]) for gap in gaps}
    shares = {"VTE_gemeente": own_share, "VTE_ocmw": 1 - own_share}
    cells = {tab: _staff_cells(places, register, share) for tab, share in shares.items()}
    written = {
        tab: _staff_tab(own, absent, indicator) for (tab, own), indicator in zip(cells.items(), STAFF, strict=True)
    }
    files = {"personeel lokale besturen.xlsx": xlsx_bytes(written | NOTE)}
    for level, years in ODATA_LEVELS.items():
        for (variable, mark), own in zip(ODATA_VARIABLES.items(), cells.values(), strict=True):
            files[f"{variable}_{level}.json"] = _odata(own, absent, level, years, mark)
    return files, gaps


def _staff_cells(places: Municipalities, register: Register, share: np.ndarray) -> list[tuple[int, str, str, float]]:
    """(year, code, name, VTE), years in order and codes within them."""
    cells = []
    for column, year in enumerate(YEARS):
        nis, names = register.on_year(year)
        counts = on_year(places.staff[:, column] * share, places.country, year)
        order = np.argsort(nis.astype(str))
        cells += [(year, str(nis[unit]), str(names[unit]), round(float(counts[unit]), 2)) for unit in order]
    return cells


def _staff_tab(cells: list[tuple], absent: set[tuple[str, int]], indicator: str) -> list[list]:
    elsewhere = {year for years in ODATA_LEVELS.values() for year in years}
    header = ["Gemeente", "NIS-code", "Indicator", "Jaar", "Waarde"]
    return [header] + [
        [name, nis, indicator, year, value]
        for year, nis, name, value in cells
        if year not in elsewhere and (nis, year) not in absent
    ]


def _odata(cells: list[tuple], absent: set[tuple[str, int]], level: str, years: tuple[int, ...], mark: str) -> bytes:
    """An answer to .../Values: hidden figures as their code, and one row per year for people of unknown municipality."""
    values = []
    for year in years:
        for _, nis, _, value in (cell for cell in cells if cell[0] == year):
            text = "-99997" if (nis, year) in absent else f"{value:.2f}".replace(".", mark)
            values.append({"Period": str(year), "ExternalCode": f"{level}_{nis}", "ValueString": text})
        values.append({"Period": str(year), "ExternalCode": f"{level}_99991", "ValueString": f"1{mark}50"})
    answer = {"@odata.context": SIMULATED, "value": values}
    return (json.dumps(answer, indent=0, separators=(",", ":")) + "\n").encode("utf-8")


def _staff_gaps(country: Country, register: Register, rng: np.random.Generator) -> list[dict]:
    """Two municipalities that never merged lack some years."""
    alone = np.flatnonzero(np.bincount(country.unit_2025)[country.unit_2025] == 1)[10:]
    first, second = rng.choice(alone, 2, replace=False)
    gaps = [(first, 2009), (first, 2010), (first, 2011), (second, 2017), (second, 2018)]
    return [{"nis": str(register.nis_2018[part]), "year": year} for part, year in gaps]


def belfius_tables(country: Country, register: Register) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Clusters as printed, with one coastal misprint, and the correction that mends it."""
    clusters = np.array([f"V{number}" for number in country.cluster], object)
    coast = np.flatnonzero(country.cluster == 16)[0]
    clusters[coast] = "V61"
    printed = [name.split(" (")[0].upper() for name in register.name_2018]
    table = pd.DataFrame(
        {
            "nis_2018": register.nis_2018,
            "naam_2018": register.name_2018,
            "cluster": clusters,
            "name_printed": printed,
        }
    ).sort_values("nis_2018", ignore_index=True)
    nis = str(register.nis_2018[coast])
    reason = "misprint of a coastal municipality in the composition list (simulated)"
    heading = "the heading of the coastal municipalities prints V15 again (simulated)"
    correction = pd.DataFrame(
        [
            (nis, "cluster", "V61", "V16", reason),
            ("", "heading", f"V15 {COAST_LABEL}", "V16", heading),
        ],
        columns=["nis_2018", "column", "printed", "corrected", "reason"],
    )
    return table, correction, nis


def belfius_text(country: Country, register: Register) -> bytes:
    """The same clusters as pdftotext gives them: three columns of names in capitals, titles and page numbers between."""
    title = "                    Typologie van de gemeenten - samenstelling van de clusters"
    lines = [f"{SIMULATED}", ""]
    for number in range(1, 17):
        printed = 15 if number == 16 else number
        label = {15: "Grote en regionale steden", 16: COAST_LABEL}.get(number, f"Gesimuleerde groep {number}")
        lines += [title, "", f"V{printed}   {label}", ""]
        names = sorted(str(name).upper().replace("-", " - ") for name in register.name_2018[country.cluster == number])
        lines += ["   ".join(f"{name:<34}" for name in names[at : at + 3]).rstrip() for at in range(0, len(names), 3)]
        lines += ["", f"{'':60}{number}", "\f"]
    return "\n".join(lines).encode("utf-8")


def grants_workbook(places: Municipalities, register: Register, rng: np.random.Generator) -> bytes:
    """EUR per municipality of 2018, year and stream; the reform stream frozen on the shares of 2014."""
    country = places.country
    people = country.population[:, YEARS.index(2014)]
    broad = people * np.exp(0.12 * (np.log(people) - 9.6) + rng.normal(0, 0.2, len(people)))
    shares = {stream: broad * np.exp(rng.normal(0, 0.1, len(people))) for stream in STREAMS}
    shares[SECTOR_STREAM] = sector_weights(places)
    shares[CITY_STREAM] = people * (country.cluster == 15)
    shares[OPEN_SPACE_STREAM] = people * (country.cluster < 9)
    rows = [["NIS-code", "Bestuur", "Jaar", "Stroom", "Bedrag"]]
    order = np.argsort(register.nis_2018.astype(str))
    for column, year in enumerate(GRANT_YEARS):
        for stream, totals in STREAMS.items():
            if totals[column] is None:
                continue
            amounts = np.round(1000 * totals[column] * shares[stream] / shares[stream].sum(), 2)
            rows += [
                [
                    register.nis_2018[part],
                    f"Gemeente {register.name_2018[part]}",
                    year,
                    stream,
                    float(amounts[part]),
                ]
                for part in order
                if amounts[part] > 0
            ]
    return xlsx_bytes({"Export": rows} | NOTE)


def sector_weights(places: Municipalities) -> np.ndarray:
    """(P,) shares of the reform stream: each unit's dose times its inhabitants of 2016."""
    country = places.country
    weights = places.dose[country.unit_2025] * country.population[:, YEARS.index(2016)]
    return weights / weights.sum()


def published_dose(places: Municipalities) -> np.ndarray:
    """(U25,) EUR of the reform stream in 2016 per inhabitant of 2016."""
    country = places.country
    total = 1000 * STREAMS[SECTOR_STREAM][GRANT_YEARS.index(2016)]
    by_unit = total_by_unit(total * sector_weights(places), country.unit_2025, country.n_units)
    return by_unit / country.unit_population[:, YEARS.index(2016)]


def prices_json() -> bytes:
    """The view of the statistical office; years from 2013 stand in it twice."""
    facts = []
    for year, index in CPI.items():
        fact = {"Jaar": str(year), "Basisjaar": "2013 = 100", "Consumptieprijsindex": index}
        facts += [fact] * (2 if year >= 2013 else 1)
    return (json.dumps({"facts": facts}, indent=2) + "\n").encode("utf-8")
