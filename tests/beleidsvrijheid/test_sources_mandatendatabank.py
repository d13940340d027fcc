"""Mandates become spells."""

import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources import mandatendatabank

from .small_country import REFERENCE, SOURCES, write

MANDATES = """persoon,start,eind,bestuursfunctieLabel,bestuursPeriodeStart,bestuurseenheidLabel,fractieNaam,bestuursorgaan
http://p/1,2018-12-31T23:00:00Z,2021-05-31T22:00:00Z,Burgemeester,2018-12-31T23:00:00Z,Aalhout,Samen,burgemeester
http://p/1,2018-12-31T23:00:00Z,2021-05-31T22:00:00Z,Burgemeester,2018-12-31T23:00:00Z,Aalhout,Samen,college
http://p/1,2021-06-01T22:00:00Z,,Burgemeester,2018-12-31T23:00:00Z,Aalhout,Samen,college
http://p/2,2018-12-31T23:00:00Z,,Gemeenteraadslid,2018-12-31T23:00:00Z,Aalhout,Samen,raad
"""


def test_mandates_become_spells_in_brussels_time(tmp_path):
    parsed = mandatendatabank.parse(write(tmp_path / "mandaten.csv", MANDATES), SOURCES["mandates"], REFERENCE)
    assert len(parsed.table) == 1
    spell = parsed.table.iloc[0]
    assert (spell["nis"], spell["vintage"], spell["person"], spell["function"]) == ("95010", 300, "1", "mayor")
    assert spell["start"] == pd.Timestamp("2019-01-01") and pd.isna(spell["end"])
    counts = {row["check"]: row["n_failed"] for row in parsed.checks}
    assert counts["records of a second organ dropped"] == 1 and counts["records of other mandates dropped"] == 1


def test_a_gap_between_records_keeps_two_spells(tmp_path):
    text = MANDATES.replace("2021-06-01T22:00:00Z", "2021-09-01T22:00:00Z")
    assert (
        len(mandatendatabank.parse(write(tmp_path / "mandaten.csv", text), SOURCES["mandates"], REFERENCE).table) == 2
    )


def test_mandates_refuse_unknown_names_and_dates(tmp_path):
    with pytest.raises(StudyError, match="no municipality named 'Aalhoud' among the 300; nearest: aalhout"):
        mandatendatabank.parse(
            write(tmp_path / "m.csv", MANDATES.replace("Aalhout", "Aalhoud")), SOURCES["mandates"], REFERENCE
        )
    with pytest.raises(StudyError, match="not ISO 8601"):
        mandatendatabank.parse(
            write(tmp_path / "m.csv", MANDATES.replace("2021-05-31T22:00:00Z", "31/5/2021")),
            SOURCES["mandates"],
            REFERENCE,
        )
