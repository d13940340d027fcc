"""One simulated country without its accounts, for tests that write publishers' files with it and read them again."""

from functools import cache

import numpy as np
import pandas as pd

from beleidsvrijheid.simulation.country import draw_country
from beleidsvrijheid.simulation.covariates import Municipalities, draw_municipalities
from beleidsvrijheid.simulation.register import Register, draw_register
from beleidsvrijheid.sources.reading import Reference

from .small_country import NO_ALIASES


@cache
def simulated() -> tuple[Municipalities, Register, Reference]:
    places = draw_municipalities(draw_country(1, np.random.default_rng(7)), np.random.default_rng(8))
    country = places.country
    register = draw_register(country, np.random.default_rng(9))
    units = {
        "nis_308": register.nis_2018,
        "nis_300": register.nis_2019[country.unit_2019],
        "nis_285": register.nis_2025[country.unit_2025],
        "naam_308": register.name_2018,
        "naam_300": register.name_2019[country.unit_2019],
        "naam_285": register.name_2025[country.unit_2025],
    }
    return places, register, Reference(pd.DataFrame(units), NO_ALIASES)


def write_files(folder, files):
    """(name, bytes) written to a folder; their paths."""
    paths = []
    for name, content in files:
        path = folder / name.rsplit("/", 1)[-1]
        path.write_bytes(content)
        paths.append(path)
    return paths
