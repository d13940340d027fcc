"""Population by age: three groups per municipality and year, from the texts of the statistical office."""

import zipfile

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.simulation import statbel as simulated
from beleidsvrijheid.simulation.parameters import YEARS
from beleidsvrijheid.simulation.registers import on_year
from beleidsvrijheid.sources.reader import parse
from beleidsvrijheid.sources.schemas import validated
from beleidsvrijheid.sources.statbel_structure import parse_structure

from .simulated_country import simulated as country_of
from .simulated_country import write_files
from .small_country import REFERENCE, SOURCES, write

SOURCE = SOURCES["population_by_age"]
HEADER = "CD_REFNIS|CD_SEX|CD_AGE|MS_POPULATION\n"
ROWS = "95001|M|0|1\n95001|F|19|2\n95001|M|20|4\n95001|F|64|8\n95001|F|65|16\n95001|M|104|32\n95002|F|30|7\n94001|F|30|99\n"


def parsed(*paths):
    return parse(SOURCE, list(paths), REFERENCE)


def text(tmp_path, rows, year=2015):
    return write(tmp_path / f"TF_SOC_POP_STRUCT_{year}.txt", HEADER + rows)


def test_ages_become_three_groups_and_an_empty_group_is_zero(tmp_path):
    result = parsed(text(tmp_path, ROWS + "99999|F|30|5\n"))
    table = validated(result.table, SOURCE)
    assert table.drop(columns=["vintage", "year"]).values.tolist() == [
        ["95001", "0-19", 3], ["95001", "20-64", 12], ["95001", "65+", 48],
        ["95002", "0-19", 0], ["95002", "20-64", 7], ["95002", "65+", 0],
    ]  # fmt: skip
    assert set(table["vintage"]) == {308} and set(table["year"]) == {2015}
    counted = {row["check"]: row["n_failed"] for row in result.checks}
    assert counted["rows outside the municipalities dropped"] == 3 and counted["rows without a place dropped"] == 1


def test_groups_add_up_to_the_population_of_the_same_text(tmp_path):
    path = text(tmp_path, ROWS)
    total = parse_structure(path).table.set_index("nis")["population"]
    groups = parsed(path).table.groupby("nis")["population"].sum()
    assert groups.to_dict() == {nis: total[nis] for nis in ("95001", "95002")}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("95001|M|oud|3\n", r"2015.txt: row 2: CD_AGE: 'oud' is not a whole number of years"),
        ("95001|M|30|3,5\n", r"2015.txt: row 2: MS_POPULATION: '3,5' is not a whole number of inhabitants"),
        ("9501|M|30|3\n", r"2015.txt: row 2: CD_REFNIS: '9501' is not a NIS code"),
    ],
)
def test_a_bad_cell_is_refused_by_place(tmp_path, rows, message):
    with pytest.raises(StudyError, match=message):
        parsed(text(tmp_path, rows))


def test_a_text_without_ages_and_two_texts_of_one_year_are_refused(tmp_path):
    without = write(tmp_path / "TF_SOC_POP_STRUCT_2014.txt", "CD_REFNIS|MS_POPULATION\n95001|3\n")
    with pytest.raises(StudyError, match="2014.txt: row 1: column 'CD_AGE' is missing"):
        parsed(without)
    first = text(tmp_path, ROWS)
    second = tmp_path / "TF_SOC_POP_STRUCT_2015.zip"
    with zipfile.ZipFile(second, "w") as archive:
        archive.write(first, first.name)
    with pytest.raises(StudyError, match=r"TF_SOC_POP_STRUCT_2015.txt, .*2015.zip: both hold 2015; keep one"):
        parsed(first, second)


def test_the_simulated_texts_hold_the_simulated_population(tmp_path):
    places, register, reference = country_of()
    files = dict(simulated.age_files(places, register, np.random.default_rng(1)))
    assert files == dict(simulated.age_files(places, register, np.random.default_rng(1)))
    assert [name.split("/")[1] for name in files] == SOURCE.simulated
    table = validated(parse(SOURCE, write_files(tmp_path, files.items()), reference).table, SOURCE)
    sums = table.groupby(["year", "nis"])["population"].sum()
    for year in simulated.AGE_YEARS:
        people = on_year(places.country.population[:, YEARS.index(year)], places.country, year)
        assert sums[year].to_dict() == dict(zip(register.on_year(year)[0], people, strict=True))
    old = table[table["age_group"] == "65+"].groupby(["year", "nis"])["population"].sum() / sums
    assert old.groupby("year").std().between(0.005, 0.05).all()
    assert isinstance(old, pd.Series) and old.min() > 0
