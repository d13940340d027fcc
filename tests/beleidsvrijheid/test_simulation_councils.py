"""The simulated councils: who sits, who comes back, who stops, and that they read back as they were held."""

from functools import cache

import numpy as np
import pandas as pd

from beleidsvrijheid.indicators import politics as measured
from beleidsvrijheid.simulation import ballots, councils
from beleidsvrijheid.simulation.politics import draw_next_term
from beleidsvrijheid.sources.reader import parse

from .simulated_country import simulated, write_files
from .small_country import SOURCES


@cache
def drawn():
    """The two files of mandates, the councillors behind them, and seats per term."""
    places, register, _ = simulated()
    country, politics = places.country, places.politics
    _, council, executive = draw_next_term(country, politics, np.random.default_rng(4))
    seats = {2013: politics.council_2012, 2019: politics.council_2018, 2025: council}
    held = {}

    def seated(own, executives):
        held.update(councils.Councils(seats, np.random.default_rng(5)).mandates(own, executives))
        return held

    generators = [np.random.default_rng(seed) for seed in (6, 7)]
    files = dict(ballots.mandate_files(country, politics, executive, register, *generators, seated))
    generators = [np.random.default_rng(seed) for seed in (6, 7)]
    alone = dict(
        ballots.mandate_files(
            country, politics, executive, register, *generators, lambda own, executives: {year: [] for year in seats}
        )
    )
    return files, alone, held, seats


def test_councillors_come_after_executives_and_change_none_of_them():
    files, alone, held, _ = drawn()
    assert files["mandaten.csv"].startswith(alone["mandaten.csv"])
    added = files["mandaten.csv"][len(alone["mandaten.csv"]) :].decode()
    assert added.count("Gemeenteraadslid") == sum(len(held[term]) for term in (2019, 2025))
    before = alone["burgemeesters_schepenen.json"].removesuffix(b"]}}")
    assert files["burgemeesters_schepenen.json"].startswith(before)


def test_every_seat_is_held_by_one_person_at_the_start_of_each_term():
    _, _, held, seats = drawn()
    for term, mandates in held.items():
        start = ballots.TERMS[term][1]
        first = pd.DataFrame([(one.unit, one.party, one.person) for one in mandates if one.start == start])
        assert not first.duplicated([0, 2]).any()
        counts = first.groupby([0, 1]).size()
        at = np.argwhere(seats[term] > 0)
        wanted = seats[term][seats[term] > 0]
        found = np.array([counts[unit, slot] for unit, slot in at.tolist()])
        # An executive may hold more seats of a list than the list has in the council: the rest is not elected.
        assert (found >= wanted).all() and (found == wanted).mean() > 0.99
    people = {term: {one.person for one in mandates} for term, mandates in held.items()}
    assert 0.3 < len(people[2013] & people[2019]) / len(people[2019]) < 0.7


def test_the_files_read_back_as_they_were_held_and_give_the_turnover_that_was_drawn(tmp_path):
    files, _, held, _ = drawn()
    places, register, reference = simulated()
    table = parse(SOURCES["mandates"], write_files(tmp_path, files.items()), reference).table
    members = table[table["function"] == "councillor"]
    codes = {2013: register.nis_2018, 2019: register.nis_2019, 2025: register.nis_2025}
    wanted = {(codes[term][one.unit], term, f"{one.person:05d}") for term, own in held.items() for one in own}
    found = set(members[["nis", "term", "person"]].itertuples(index=False, name=None))
    # Beside them the few aldermen whose party stands with a seat in the council only.
    executives = set(table.loc[table["function"] != "councillor", "person"])
    assert wanted <= found and {person for _, _, person in found - wanted} <= executives and len(found - wanted) < 10
    # On units that did not merge in 2019, by hand from what was drawn.
    whole = np.flatnonzero(np.bincount(places.country.unit_2019)[places.country.unit_2019] == 1)
    turnover = measured.councillor_turnover(table, 2018).set_index("nis")["value"]
    part = int(whole[5])
    unit = int(places.country.unit_2019[part])
    sat = {one.person for one in held[2013] if one.unit == part}
    elected = {one.person for one in held[2019] if one.unit == unit and one.start == ballots.TERMS[2019][1]}
    assert turnover[register.nis_2019[unit]] == len(elected - sat) / len(elected)
    day = pd.Timestamp("2023-06-30").date()
    installed = [one for one in held[2019] if one.start == ballots.TERMS[2019][1]]
    stopped = measured.councillors_stopped(table, 2019, "2023-06-30")["value"].item()
    assert abs(stopped - np.mean([one.end <= day for one in installed])) < 1e-12
