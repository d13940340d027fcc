"""Indicators, centre function and tax rates of the simulated municipalities, in their publishers' workbooks."""

from collections.abc import Iterator

import numpy as np

from beleidsvrijheid.simulation.country import Country
from beleidsvrijheid.simulation.parameters import SIMULATED
from beleidsvrijheid.simulation.register import Register
from beleidsvrijheid.simulation.workbook import xlsx_bytes

CENTRE_CLASSES = ("a0", "a1", "a2", "b0", "b1", "c0", "c1", "c2", "c3")
CENTRE_SHARES = (0.05, 0.07, 0.2, 0.13, 0.09, 0.15, 0.14, 0.17)  # of the classes after a0, which is the cities
CITY, COAST = 15, 16  # clusters
RATE_YEARS = tuple(range(2008, 2023))
BREAK_YEAR, BREAK_FACTOR = 2018, 1.588
ABROAD = ("Duinrand", "Wolkenberg", "Achterzee")


def publication_files(country: Country, register: Register, rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    """(path under the source folder, content)."""
    yield "city_monitor/gemeente-stadsmonitor.xlsx", _city_monitor(country, register, rng)
    yield "centre_function/uitrustingsgraad_nis2025.xlsx", _centre_function(country, register)
    apb, surtax = _rates(country, rng)
    for year in (2024, 2025):
        yield f"tax_rates/taux-taxe-communale-{year}.xlsx", _national_rates(apb, country, register, year)
    yield "tax_rates/OV_OverzichtOpcentiemen_2025.xlsx", _surtax_overview(surtax, country, register)
    yield "tax_rates/aanslagvoeten 2008-2022.xlsx", _flemish_rates(apb, surtax, country, register)


def _by_year(values: np.ndarray, country: Country, year: int) -> np.ndarray:
    """What cannot be summed, from the largest part, on the geography in force in `year`."""
    if year < 2019:
        return values
    return values[country.main_2019] if year < 2025 else values[country.main_part]


def _places(register: Register, year: int) -> Iterator[tuple[int, str, str]]:
    """(unit, code, name) in order of code."""
    nis, names = register.on_year(year)
    for unit in np.argsort(nis.astype(str)):
        yield int(unit), str(nis[unit]), str(names[unit])


def _city_monitor(country: Country, register: Register, rng: np.random.Generator) -> bytes:
    """Two tabs of a survey, in which some municipalities are lacking, one of a register, a cover and an explanation."""
    key = ["Gemeente", "NIS-code", "Indicator", "Jaar"]
    pride = np.clip(rng.normal(55, 9, len(country.cluster)), 5, 95)
    asked = rng.random(len(country.cluster)) < 0.9
    survey = [[*key, "(Helemaal) oneens", "Neutraal", "(Helemaal) eens"]]
    trust = [[*key, "Waarde"]]
    for year in (2017, 2020, 2023):
        agrees, present = _by_year(pride, country, year), _by_year(asked, country, year)
        for unit, nis, name in _places(register, year):
            if not present[unit]:
                continue
            share = round(float(agrees[unit]))
            survey.append([name, nis, "Fierheid op de gemeente (%)", year, round((100 - share) / 3), None, share])
            trust.append([name, nis, "Vertrouwen in het gemeentebestuur (%)", year, max(share - 12, 0)])
    income = np.round(np.exp(rng.normal(7.3, 0.2, len(country.cluster))), 1)
    receipts = [[*key, "Waarde"]]
    for year in (2023, 2024):
        receipts += [
            [name, nis, "Fiscale ontvangsten per inwoner (EUR)", year, float(_by_year(income, country, 2025)[unit])]
            for unit, nis, name in _places(register, 2025)
        ]
    cover = [[SIMULATED], ["Thema", "Tabblad"], ["Samenleven", "WE_36"], ["Bestuur", "DE_05, LO_03"]]
    note = [[SIMULATED], ["Een 0 in de survey kan betekenen dat er geen cijfer is."]]
    return xlsx_bytes({"Inhoud": cover, "WE_36": survey, "DE_05": trust, "LO_03": receipts, "Toelichting": note})


def _centre_function(country: Country, register: Register) -> bytes:
    """Cities first; the other classes by number of inhabitants."""
    people = country.unit_population[:, -1]
    city = country.cluster[country.main_part] == CITY
    others = np.flatnonzero(~city)
    ranked = others[np.argsort(-people[others], kind="stable")]
    bounds = np.rint(np.cumsum(CENTRE_SHARES[:-1]) * len(ranked)).astype(int)
    number = np.zeros(len(people), int)
    number[ranked] = 1 + np.searchsorted(bounds, np.arange(len(ranked)), side="right")
    rows = [["gemeente", "Name gemeente", "uitrustingsgraad", "Name uitrustingsgraad"]]
    for unit, nis, name in _places(register, 2025):
        code = CENTRE_CLASSES[number[unit]]
        rows.append([int(nis), name, code, f"gesimuleerde klasse {code}"])
    return xlsx_bytes({"Blad1": rows})


def _rates(country: Country, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(P,) APB in %, and opcentiemen on the scale before 2018. Three places on the coast have no APB."""
    apb = np.round(np.clip(rng.normal(7.2, 0.8, len(country.cluster)), 4, 9), 1)
    apb[np.flatnonzero(country.cluster == COAST)[:3]] = 0.0
    return apb, np.round(np.clip(rng.normal(1400, 180, len(country.cluster)), 700, 2400))


def _surtax(surtax: np.ndarray, year: int) -> np.ndarray:
    return np.round(surtax / BREAK_FACTOR, 1) if year >= BREAK_YEAR else surtax


def _national_rates(apb: np.ndarray, country: Country, register: Register, year: int) -> bytes:
    """The list of all communes by name in capitals, those of other regions among them."""
    rates = _by_year(apb, country, year)
    rows = [[name.upper(), float(rates[unit])] for unit, _, name in _places(register, year)]
    rows += [[name.upper(), 7.5] for name in (*register.outside.values(), *ABROAD)]
    title = [[f"{SIMULATED} - taxe communale {year}"], [], ["VILLE OU COMMUNE", "Taux (%)"]]
    return xlsx_bytes({"Liste communes": title + sorted(rows)})


def _surtax_overview(surtax: np.ndarray, country: Country, register: Register) -> bytes:
    """One rate per municipality; the largest has a second one for a special case."""
    rates = _by_year(_surtax(surtax, 2025), country, 2025)
    largest = int(np.argmax(country.unit_population[:, -1]))
    rows = [[f"{SIMULATED} - opcentiemen 2025"], ["NIS-code", "Gemeente", "Tarief", "Opcentiemen"]]
    for unit, nis, name in _places(register, 2025):
        rows.append([nis, name, "Algemeen", float(rates[unit])])
        if unit == largest:
            rows.append([nis, name, "Bedrijfsgebouwen", float(np.round(rates[unit] * 1.2, 1))])
    return xlsx_bytes({"Overzicht": rows})


def _flemish_rates(apb: np.ndarray, surtax: np.ndarray, country: Country, register: Register) -> bytes:
    rows = [["Gemeente", "NIS-code", "Jaar", "APB", "Opcentiemen"]]
    for year in RATE_YEARS:
        income = _by_year(apb, country, year)
        property_ = _by_year(_surtax(surtax, year), country, year)
        rows += [
            [name, nis, year, float(income[unit]), float(property_[unit])]
            for unit, nis, name in _places(register, year)
        ]
    return xlsx_bytes({"Aanslagvoeten": rows, "Toelichting": [[SIMULATED]]})
