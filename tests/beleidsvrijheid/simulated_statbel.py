"""One simulated country and what the statistical office publishes about it, drawn once for the tests that read it back."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from beleidsvrijheid.simulation.country import draw_country
from beleidsvrijheid.simulation.covariates import Municipalities, draw_municipalities
from beleidsvrijheid.simulation.register import Register, draw_register, mergers_table
from beleidsvrijheid.simulation.registers import population_workbook
from beleidsvrijheid.simulation.statbel import statbel_files


@cache
def drawn() -> tuple[Municipalities, Register, dict[str, bytes]]:
    places = draw_municipalities(draw_country(1, np.random.default_rng([11, 0])), np.random.default_rng([11, 1]))
    register = draw_register(places.country, np.random.default_rng([11, 6]))
    files = dict(statbel_files(places, register, np.random.default_rng([11, 201])))
    workbook = population_workbook(places.country, register, np.random.default_rng([11, 100]))
    mergers = mergers_table(register, places.country).to_csv(index=False).encode("utf-8")
    files |= {"population/Bevolking_per_gemeente.xlsx": workbook, "municipalities/mergers.csv": mergers}
    return places, register, files


def units() -> pd.DataFrame:
    """What the country is, straight from the draw, in the columns and the order of the parsed list."""
    places, register, _ = drawn()
    country = places.country
    unit_2025 = country.unit_2025_of_2019[country.unit_2019]
    table = pd.DataFrame(
        {
            "nis_308": register.nis_2018,
            "nis_300": register.nis_2019[country.unit_2019],
            "nis_285": register.nis_2025[unit_2025],
            "naam_308": register.name_2018,
            "naam_300": register.name_2019[country.unit_2019],
            "naam_285": register.name_2025[unit_2025],
            "province_308": register.province_2018,
            "province_285": register.province_2025[unit_2025],
        }
    ).astype(str)
    return table.sort_values("nis_308", ignore_index=True)


def write_files(folder: Path) -> dict[str, Path]:
    """The files under their own names in one folder."""
    written = {}
    for name, content in drawn()[2].items():
        written[name] = folder / Path(name).name
        written[name].write_bytes(content)
    return written
