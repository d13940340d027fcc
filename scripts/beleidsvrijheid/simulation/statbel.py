"""What the statistical office publishes about the simulated country: register, population of one year, fiscal income."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from beleidsvrijheid.simulation.country import Country, total_by_unit
from beleidsvrijheid.simulation.covariates import Municipalities
from beleidsvrijheid.simulation.parameters import YEARS
from beleidsvrijheid.simulation.refnis import (
    ABROAD,
    ABROAD_ARRONDISSEMENT,
    ABROAD_PROVINCE,
    REGION,
    REGION_NAMES,
    arrondissement,
    arrondissement_names,
    refnis_zip,
)
from beleidsvrijheid.simulation.register import PROVINCES, Register
from beleidsvrijheid.simulation.registers import OUTSIDE_PEOPLE, STRUCTURE_YEAR, on_year
from beleidsvrijheid.simulation.workbook import zip_bytes

# Income years; residents are those of the first of January after.
INCOME_YEARS = tuple(range(2009, 2024))
AGE_YEARS = tuple(range(2014, 2020))
AGES, AGE_SHARES = (4, 12, 19, 20, 40, 64, 65, 82), (0.07, 0.08, 0.05, 0.12, 0.33, 0.15, 0.10, 0.10)
COAST = 16  # cluster
WITHOUT_PLACE = 37  # inhabitants of the structure whose municipality is not known
N_UNTAXED = 3  # municipalities without a surcharge
GROUPS = [
    (sex, nationality, status, age)
    for sex in ("F", "M")
    for nationality in (("BEL", "Belgen", "Belges"), ("ETR", "niet-Belgen", "étrangers"))
    for status in (("1", "Ongehuwd", "Célibataire"), ("2", "Gehuwd", "Marié"), ("3", "Verweduwd", "Veuf"))
    for age in ("30", "71")
]
PLACE_COLUMNS = [
    "TX_DESCR_NL", "TX_DESCR_FR", "CD_DSTR_REFNIS", "TX_ADM_DSTR_DESCR_NL", "TX_ADM_DSTR_DESCR_FR", "CD_PROV_REFNIS",
    "TX_PROV_DESCR_NL", "TX_PROV_DESCR_FR", "CD_RGN_REFNIS", "TX_RGN_DESCR_NL", "TX_RGN_DESCR_FR",
]  # fmt: skip
GROUP_COLUMNS = [
    "CD_SEX", "CD_NATLTY", "TX_NATLTY_NL", "TX_NATLTY_FR", "CD_CIV_STS", "TX_CIV_STS_NL", "TX_CIV_STS_FR", "CD_AGE",
]  # fmt: skip
# Sources of income and what is paid on it, in the order of the publisher, each beside the number of returns that have it.
AMOUNTS = {
    "MS_REAL_ESTATE_NET_INC": "MS_NBR_REAL_ESTATE_NET_INC", "MS_TOT_NET_MOV_ASS_INC": "MS_NBR_NET_MOV_ASS_INC",
    "MS_TOT_NET_VARIOUS_INC": "MS_NBR_NET_VARIOUS_INC", "MS_TOT_NET_PROF_INC": "MS_NBR_NET_PROF_INC",
    "MS_SEP_TAXABLE_INC": "MS_NBR_SEP_TAXABLE_INC", "MS_JOINT_TAXABLE_INC": "MS_NBR_JOINT_TAXABLE_INC",
    "MS_TOT_DEDUCT_SPEND": "MS_NBR_DEDUCT_SPEND", "MS_TOT_STATE_TAXES": "MS_NBR_STATE_TAXES",
    "MS_TOT_MUNICIP_TAXES": "MS_NBR_MUNICIP_TAXES", "MS_TOT_SUBURBS_TAXES": "MS_NBR_SUBURBS_TAXES",
    "MS_TOT_TAXES": "MS_NBR_TOT_TAXES",
}  # fmt: skip


def statbel_files(places: Municipalities, register: Register, rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    """(path under the source folder, content) of the register, the population of one year, fiscal income."""
    yield "municipalities/TU_COM_REFNIS.zip", refnis_zip(register, places.country)
    yield f"population/TF_SOC_POP_STRUCT_{STRUCTURE_YEAR}.zip", _structure_zip(places, register, rng)
    yield "income/TF_PSNL_INC_TAX_MUNTY.zip", _income_zip(places, register, rng)


def age_files(places: Municipalities, register: Register, rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    """(path under the source folder, content) of inhabitants by age and sex, one text for each of AGE_YEARS."""
    country = places.country
    older = 0.25 * (country.cluster == COAST) + rng.normal(0, 0.1, len(country.cluster))
    share = np.exp(np.log(AGE_SHARES) + np.outer(older, (np.array(AGES) - 40) / 40))
    share /= share.sum(axis=1, keepdims=True)
    for year in AGE_YEARS:
        people = country.population[:, YEARS.index(year)].astype(int)
        counts = np.column_stack([on_year(column, country, year) for column in rng.multinomial(people, share).T])
        yield f"population_by_age/TF_SOC_POP_STRUCT_{year}.zip", _age_zip(counts, register, country, year)


def _age_zip(counts: np.ndarray, register: Register, country: Country, year: int) -> bytes:
    """counts: (units of the year, ages). Men and women, halves; places outside Flanders are of one age."""
    rows = _places(register, country, year)
    abroad = np.zeros((len(OUTSIDE_PEOPLE), len(AGES)))
    abroad[:, AGES.index(40)] = OUTSIDE_PEOPLE
    every = np.vstack([counts[rows["unit"][rows["unit"] >= 0]], abroad]).astype(int)
    parts = []
    for sex, people in (("M", every // 2), ("F", every - every // 2)):
        place, age = np.nonzero(people)
        named = rows[["nis", *PLACE_COLUMNS]].rename(columns={"nis": "CD_REFNIS"}).iloc[place].reset_index(drop=True)
        own = pd.DataFrame({"CD_SEX": sex, "CD_AGE": np.array(AGES)[age], "MS_POPULATION": people[place, age]})
        parts.append(pd.concat([named, own], axis=1))
    text = _pipes(pd.concat(parts, ignore_index=True))
    return zip_bytes({f"TF_SOC_POP_STRUCT_{year}.txt": text.encode("utf-8")})


def _places(register: Register, country: Country, year: int = 2019) -> pd.DataFrame:
    """The municipalities of a year by code, with two of another region: names and parents as every text repeats them."""
    nis, names = register.on_year(year)
    province = register.province_2018[country.main_2019] if year >= 2019 else register.province_2018
    own = pd.DataFrame({"nis": nis, "name": names, "province": province})
    own["unit"] = np.arange(len(own))
    own["district"] = [arrondissement(nis, province) for nis, province in zip(own["nis"], own["province"], strict=True)]
    abroad = pd.DataFrame({"nis": list(register.outside), "name": list(register.outside.values()), "unit": -1})
    abroad = abroad.assign(province=ABROAD_PROVINCE, district=ABROAD_ARRONDISSEMENT)
    every = pd.concat([own.sort_values("nis"), abroad], ignore_index=True)
    districts = arrondissement_names() | {ABROAD_ARRONDISSEMENT: "Arrondissement Zuidland"}
    provinces = PROVINCES | {ABROAD_PROVINCE: "Zuidland"}
    region = np.where(every["province"] == ABROAD_PROVINCE, ABROAD, REGION)
    texts = [every["name"]] * 2 + [every["district"], *[every["district"].map(districts)] * 2, every["province"]]
    texts += [
        "Provincie " + every["province"].map(provinces),
        "Province de " + every["province"].map(provinces),
        region,
    ]
    texts += [[REGION_NAMES[code][language] for code in region] for language in (2, 1)]
    return every[["nis", "unit"]].assign(**dict(zip(PLACE_COLUMNS, texts, strict=True)))


def _pipes(table: pd.DataFrame) -> str:
    return table.to_csv(sep="|", index=False, lineterminator="\r\n")


def _structure_zip(places: Municipalities, register: Register, rng: np.random.Generator) -> bytes:
    """Inhabitants of STRUCTURE_YEAR by place, sex, nationality, civil status and age, in Windows-1252 as that year was."""
    country = places.country
    totals = on_year(country.population[:, YEARS.index(STRUCTURE_YEAR)], country, STRUCTURE_YEAR)
    rows = _places(register, country)
    people = np.append(totals[rows["unit"][rows["unit"] >= 0]], OUTSIDE_PEOPLE).astype(int)
    nowhere = dict.fromkeys(PLACE_COLUMNS, " ") | {
        "nis": "99999",
        "TX_DESCR_NL": "Onbekend",
        "TX_DESCR_FR": "Indéterminé",
    }
    rows = pd.concat([rows, pd.DataFrame([nowhere])], ignore_index=True)
    counts = rng.multinomial(np.append(people, WITHOUT_PLACE), rng.dirichlet(np.full(len(GROUPS), 3.0)))
    groups = pd.DataFrame(
        [(sex, *nationality, *status, age) for sex, nationality, status, age in GROUPS], columns=GROUP_COLUMNS
    )
    place, group = np.nonzero(counts)
    table = pd.concat(
        [
            rows[["nis", *PLACE_COLUMNS]].rename(columns={"nis": "CD_REFNIS"}).iloc[place].reset_index(drop=True),
            groups.iloc[group].reset_index(drop=True),
            pd.Series(counts[place, group], name="MS_POPULATION"),
        ],
        axis=1,
    )
    return zip_bytes({f"TF_SOC_POP_STRUCT_{STRUCTURE_YEAR}.txt": _pipes(table).encode("cp1252")})


def _income_zip(places: Municipalities, register: Register, rng: np.random.Generator) -> bytes:
    """Every income year on the municipalities of 2019, as the publisher casts them back; UTF-8 with a byte-order mark."""
    country = places.country
    rows = _places(register, country)
    following = [YEARS.index(year + 1) for year in INCOME_YEARS]
    residents = total_by_unit(country.population[:, following], country.unit_2019, len(country.main_2019))
    abroad = np.repeat(np.array(OUTSIDE_PEOPLE)[:, None], len(INCOME_YEARS), axis=1)
    residents = np.vstack([residents[rows["unit"][rows["unit"] >= 0]], abroad])
    figures = _income(residents, rng)
    table = pd.concat([rows.loc[rows.index.repeat(len(INCOME_YEARS))].reset_index(drop=True), figures], axis=1)
    names = {"nis": "CD_MUNTY_REFNIS", "TX_DESCR_NL": "TX_MUNTY_DESCR_NL", "TX_DESCR_FR": "TX_MUNTY_DESCR_FR"}
    table = table.drop(columns="unit").rename(columns=names)
    tail = [name for name in table if name.startswith(("TX_", "CD_DSTR", "CD_PROV", "CD_RGN"))]
    head = ["CD_YEAR", "CD_MUNTY_REFNIS", "MS_NBR_NON_ZERO_INC", "MS_NBR_ZERO_INC"]
    head += ["MS_TOT_NET_TAXABLE_INC", "MS_TOT_NET_INC", "MS_NBR_TOT_NET_INC"]
    pairs = [name for pair in AMOUNTS.items() for name in pair]
    text = _pipes(table[[*head, *pairs, "MS_TOT_RESIDENTS", *tail]])
    return zip_bytes({"TF_PSNL_INC_TAX_MUNTY.txt": b"\xef\xbb\xbf" + text.encode("utf-8")})


def _income(residents: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """A row per place and income year, every cell text. residents: (places, years)."""
    n_places, n_years = residents.shape
    level = np.log(17_500) + 0.015 * (np.log(residents[:, :1]) - 9.6) + rng.normal(0, 0.11, (n_places, 1))
    path = 0.024 * (np.array(INCOME_YEARS) - INCOME_YEARS[0]) + rng.normal(0, 0.008, (n_places, n_years))
    rate = rng.choice(np.arange(50, 91, 5) / 1000, n_places)
    rate[rng.choice(n_places - len(OUTSIDE_PEOPLE), N_UNTAXED, replace=False)] = 0.0
    share = np.clip(rng.normal(0.56, 0.02, (n_places, 1)), 0.45, 0.66)
    taxable = np.round(residents * np.exp(level + path), 2)
    state = np.round(taxable * np.clip(rng.normal(0.22, 0.02, (n_places, 1)), 0.12, 0.3), 2)
    municipal = np.round(state * rate[:, None], 2)
    returns = np.rint(residents * share)
    figures = _figures(returns.ravel(), taxable.ravel(), state.ravel(), municipal.ravel())
    figures |= {"CD_YEAR": np.tile(INCOME_YEARS, n_places), "MS_TOT_RESIDENTS": residents.ravel()}
    texts = {name: [f"{value:.2f}".rstrip("0").rstrip(".") for value in values] for name, values in figures.items()}
    hidden = np.zeros(residents.shape, bool)
    hidden[np.argmin(residents[:, 0]), ::2] = True  # the smallest place, in every other year
    table = pd.DataFrame(texts)
    table.loc[hidden.ravel(), ["MS_TOT_NET_MOV_ASS_INC", "MS_NBR_NET_MOV_ASS_INC", "MS_TOT_TAXES"]] = "*"
    return table


def _figures(returns, taxable, state, municipal) -> dict[str, np.ndarray]:
    """Every figure of the publisher from four of them; sums hold as they do in print."""
    deductions, separate = np.rint(taxable * 0.012), np.rint(taxable * 0.05)
    estate, movable, various = (np.rint(taxable * share) for share in (0.011, 0.003, 0.002))
    amounts = [
        estate, movable, various, taxable + deductions - estate - movable - various, separate, taxable - separate,
        deductions, state, municipal, np.zeros(len(state)), state + municipal,
    ]  # fmt: skip
    counts = np.rint(np.outer([0.1, 0.01, 0.02, 0.99, 0.2, 0.99, 0.3, 0.8, 0.8, 0, 0.81], returns))
    counts[8] *= municipal > 0
    figures = {"MS_NBR_NON_ZERO_INC": returns, "MS_NBR_ZERO_INC": np.rint(returns * 0.04)}
    figures |= {
        "MS_TOT_NET_TAXABLE_INC": taxable,
        "MS_TOT_NET_INC": taxable + deductions,
        "MS_NBR_TOT_NET_INC": returns,
    }
    for (amount, number), values, count in zip(AMOUNTS.items(), amounts, counts, strict=True):
        figures |= {amount: values, number: count}
    return figures
