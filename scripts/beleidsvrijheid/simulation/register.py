"""Names and codes of the fictitious municipalities on the three geographies."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from beleidsvrijheid.simulation.country import Country

PROVINCES = {
    "95000": "Noorderkwartier",
    "96000": "Westerschor",
    "97000": "Middelgouw",
    "98000": "Zandstreek",
    "99000": "Oosterkemp",
}
STEMS = (
    "Alver",
    "Bromme",
    "Culde",
    "Dorve",
    "Eksel",
    "Flierse",
    "Gansel",
    "Hurne",
    "IJvel",
    "Jonke",
    "Krevel",
    "Lodder",
    "Murze",
    "Noppe",
    "Olme",
    "Prikke",
    "Quade",
    "Ruize",
    "Stuive",
    "Trompe",
    "Ulver",
    "Vlonde",
    "Wimpe",
    "Zompe",
)
ENDINGS = (
    "beke",
    "gem",
    "dale",
    "hove",
    "schoor",
    "rode",
    "voorde",
    "zele",
    "kerke",
    "donk",
    "wijk",
    "stalle",
    "mere",
    "burg",
)
OUTSIDE_CODES = ("94001", "94002")
N_KEEPS_CODE = 2  # mergers of 2025 where the absorbing municipality keeps code and name


@dataclass(frozen=True)
class Register:
    """nis_*, name_*: text per part (2018), unit of 2019 and unit of 2025; province_*: province code;
    outside: {code: name} of two municipalities in another region."""

    nis_2018: np.ndarray
    name_2018: np.ndarray
    province_2018: np.ndarray
    nis_2019: np.ndarray
    name_2019: np.ndarray
    nis_2025: np.ndarray
    name_2025: np.ndarray
    province_2025: np.ndarray
    outside: dict[str, str]

    def on_year(self, year: int) -> tuple[np.ndarray, np.ndarray]:
        """Codes and names of the geography in force in `year`."""
        if year < 2019:
            return self.nis_2018, self.name_2018
        if year < 2025:
            return self.nis_2019, self.name_2019
        return self.nis_2025, self.name_2025


def draw_register(country: Country, rng: np.random.Generator) -> Register:
    """Give one country provinces, names (two pairs of homonyms) and codes that no real municipality has."""
    merged = _merged_parts(country)
    province_2025 = rng.choice(list(PROVINCES), country.n_units)
    province_2018 = province_2025[country.unit_2025].astype(object)
    _move_one_part(province_2018, country)
    names, outside = _name_parts(country, province_2018, merged, rng)
    codes = _code_parts(names, province_2018)
    nis_2019, name_2019 = _merge(codes, names, country.unit_2019, country.main_2019, 0, 101)
    nis_2025, name_2025 = _merge(nis_2019, name_2019, country.unit_2025_of_2019, country.main_2025, N_KEEPS_CODE, 201)
    return Register(codes, names, province_2018, nis_2019, name_2019, nis_2025, name_2025, province_2025, outside)


def _merged_parts(country: Country) -> np.ndarray:
    return np.bincount(country.unit_2025)[country.unit_2025] > 1


def _move_one_part(province: np.ndarray, country: Country) -> None:
    """One merger of 2025 joined a part from another province, as happened in reality."""
    sizes = np.bincount(country.unit_2025)
    unit = int(np.flatnonzero(sizes == 3)[-1])
    part = int(np.flatnonzero(country.unit_2025 == unit)[0])
    codes = list(PROVINCES)
    province[part] = codes[(codes.index(province[part]) + 1) % len(codes)]


def _name_parts(country, province, merged, rng) -> tuple[np.ndarray, dict[str, str]]:
    every = [stem + ending for stem in STEMS for ending in ENDINGS]
    chosen = rng.permutation(every)[: len(province) + 1]
    names = chosen[:-1].astype(object)
    free = np.flatnonzero(~merged)[20:]
    first = int(free[0])
    second = int(next(part for part in free if province[part] != province[first]))
    third = int(next(part for part in free if part not in (first, second)))
    names[second] = names[first]
    outside = {OUTSIDE_CODES[0]: f"{names[third]} (Zuidland)", OUTSIDE_CODES[1]: str(chosen[-1])}
    for part in (first, second, third):
        names[part] = f"{names[part]} ({PROVINCES[province[part]]})"
    return names, outside


def _code_parts(names: np.ndarray, province: np.ndarray) -> np.ndarray:
    codes = np.empty(len(names), object)
    for code in PROVINCES:
        members = np.flatnonzero(province == code)
        for number, part in enumerate(members[np.argsort(names[members].astype(str))], start=1):
            codes[part] = f"{int(code) + number:05d}"
    return codes


def _merge(nis, name, unit, main, n_keep: int, first_number: int) -> tuple[np.ndarray, np.ndarray]:
    """Codes and names after a wave: the first `n_keep` mergers (largest first) keep those of their largest
    part, the next keeps its name only, the others get both new."""
    new_nis, new_name = nis[main].copy(), name[main].copy()
    sizes = np.bincount(unit)
    groups = sorted(np.flatnonzero(sizes > 1), key=lambda group: -main[group])
    for order, group in enumerate(groups):
        if order < n_keep:
            continue
        province = int(nis[main[group]][:2]) * 1000
        new_nis[group] = f"{province + first_number + order:05d}"
        if order != n_keep:
            members = np.flatnonzero(unit == group)
            others = [name[member] for member in members if member != main[group]]
            new_name[group] = "-".join([name[main[group]], others[0]])
    return new_nis, new_name


def mergers_table(register: Register, country: Country) -> pd.DataFrame:
    """Both waves: one row per municipality that went into a merger."""
    waves = [
        (
            "2019-01-01",
            register.nis_2018,
            register.name_2018,
            country.unit_2019,
            register.nis_2019,
            register.name_2019,
        ),
        (
            "2025-01-01",
            register.nis_2019,
            register.name_2019,
            country.unit_2025_of_2019,
            register.nis_2025,
            register.name_2025,
        ),
    ]
    rows = []
    for date, old_nis, old_name, unit, new_nis, new_name in waves:
        merging = np.flatnonzero(np.bincount(unit)[unit] > 1)
        rows += [(date, old_nis[i], old_name[i], new_nis[unit[i]], new_name[unit[i]]) for i in merging]
    columns = ["valid_from", "nis_old", "name_old", "nis_new", "name_new"]
    return pd.DataFrame(rows, columns=columns).sort_values(["valid_from", "nis_new", "nis_old"], ignore_index=True)
