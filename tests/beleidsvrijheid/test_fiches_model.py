"""The facts of fiches: places by hand, too few, missing as missing, mergers, the ceiling."""

import math

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.fiches.asked import SECTIONS
from beleidsvrijheid.fiches.ceiling import read_ceiling
from beleidsvrijheid.fiches.model import names_of
from beleidsvrijheid.fiches.peers import bands, percentiles, shares
from beleidsvrijheid.publication import Result

from .small_fiches import INDICATORS, NAMES, NIS, SHIFTS, fiches, small_ceiling, small_panel, small_units
from .small_panel import panel, rows


def by_nis(values):
    return pd.Series(values, index=[f"9000{place}" for place in range(len(values))], dtype=float)


def line(fiche, section, indicator):
    return next(one for one in fiche.sections[section] if one.indicator == indicator)


# Places


def test_percentile_is_the_share_of_the_others_that_lie_lower_ties_half():
    found = percentiles(by_nis([4, 2, 2, 5, 1]), by_nis([7] * 5), minimum=5)
    # of four others: three lower; one lower and one equal; the same; four; none
    assert found["percent"].tolist() == [75.0, 37.5, 37.5, 100.0, 0.0]
    assert found["n"].tolist() == [5] * 5


def test_a_missing_value_counts_nowhere_and_has_no_place():
    found = percentiles(by_nis([4, np.nan, 2, 5, 1]), by_nis([7] * 5), minimum=4)
    assert found["n"].tolist() == [4] * 5
    assert np.allclose(found["percent"], [200 / 3, np.nan, 100 / 3, 100.0, 0.0], equal_nan=True)


def test_groups_are_apart_and_too_few_have_no_place():
    found = percentiles(by_nis([1, 2, 3, 10, 20]), by_nis([1, 1, 1, 2, 2]), minimum=3)
    assert found["percent"].tolist()[:3] == [0.0, 50.0, 100.0]
    assert found["percent"].isna().tolist()[3:] == [True, True]
    assert found["n"].tolist() == [3, 3, 3, 2, 2]


def test_no_group_no_place():
    found = percentiles(by_nis([1, 2, 3]), by_nis([1, 1, np.nan]), minimum=2)
    assert found["n"].tolist() == [2, 2, 0]
    assert math.isnan(found["percent"].iloc[2])


def test_share_of_what_is_so_or_not():
    found = shares(by_nis([1, 0, 0, 1, np.nan]), by_nis([1, 1, 1, 1, 1]), minimum=4)
    assert found["percent"].tolist() == [50.0] * 5
    assert found["n"].tolist() == [4] * 5
    assert shares(by_nis([1, 0]), by_nis([1, 1]), minimum=3)["percent"].isna().all()


def test_bands_are_quartiles_by_year_where_enough_have_a_value():
    series = pd.DataFrame({2020: [1.0, 2, 3, 4, 5], 2021: [1.0, np.nan, np.nan, 4, 5]}, index=NIS[:5])
    groups = pd.Series([1.0] * 5, index=NIS[:5])
    low, middle, high = bands(series, groups, minimum=4)[1.0]
    assert (low[0], middle[0], high[0]) == (2.0, 3.0, 4.0)
    assert math.isnan(low[1]) and math.isnan(middle[1]) and math.isnan(high[1])
    assert bands(series, groups, minimum=6) == {}


# Fiches


def test_every_municipality_has_one_fiche_in_alphabetical_order():
    names = [*NAMES[:10], "Éclair", "aalst"]
    found = fiches(names=names)
    assert [one.name for one in found][:2] == ["aalst", "Éclair"]
    assert sorted(one.nis for one in found) == NIS


def test_values_and_places_recomputed_by_hand():
    found = fiches()
    shift = line(found[0], "freedom", "portfolio_shift")
    assert shift.value == SHIFTS[0]
    cluster, size, everybody = shift.places
    # 0.05 among .05 .02 .02 .10 .03 .20 .01: four of six others lower; among all: 0.02 0.02 0.03 0.01 0.04 of eleven
    assert (cluster.n, cluster.percent) == (7, pytest.approx(400 / 6))
    assert (everybody.n, everybody.percent) == (12, pytest.approx(500 / 11))
    assert size == everybody
    mayor = line(found[0], "politics", "new_mayor")
    assert (mayor.places[0].n, mayor.places[0].percent) == (7, pytest.approx(200 / 7))


def test_a_cluster_with_too_few_gives_no_place_and_says_how_many():
    place = line(fiches()[7], "freedom", "portfolio_shift").places[0]
    assert (place.n, place.percent) == (4, None)
    assert line(fiches()[11], "freedom", "portfolio_shift").places[0].n == 0


def test_the_last_year_is_shown_and_an_earlier_one_never_in_its_place():
    first, second, third = (line(one, "capacity", "vte_per_1000") for one in fiches()[:3])
    assert (first.year, first.value) == (2021, 0.0)
    assert (second.year, second.value) == (2021, None)
    assert third.trend.own == (2.0, 2.0) and third.trend.years == (2020, 2021)
    assert first.trend is None and second.trend is None  # one year is no trend


def test_a_trend_carries_the_quartiles_of_the_cluster():
    trend = line(fiches()[2], "capacity", "vte_per_1000").trend
    # 2020: 1 to 6; 2021: 0 and 2 to 6
    assert trend.middle == (3.5, 3.5)
    assert trend.low == (2.25, 2.25) and trend.high == (4.75, 4.75)
    few = line(fiches()[8], "capacity", "vte_per_1000").trend
    assert few.own == (8.0, 8.0) and few.middle == ()


def test_inhabitants_come_from_the_logarithms_of_the_panel():
    frame = panel(
        small_panel(), *(rows("log_population", np.log([1000.0 + year] * 12), year=year) for year in (2020, 2021))
    )
    population = fiches(frame=frame)[0].sections["scale"][0]
    assert (population.indicator, population.year) == ("population", 2021)
    assert population.value == pytest.approx(3021)


def test_variants_are_other_measures_with_their_own_places():
    shift = line(fiches()[0], "freedom", "portfolio_shift")
    assert [(one.beleidsveld, one.value) for one in shift.variants] == [("all_stable", 0.09), ("reformed", 0.10)]
    assert shift.variants[0].percent == pytest.approx(900 / 11)  # 0.09 is lower than 0.10 and 0.20 only
    assert shift.before == 0.01


def test_yearly_values_of_the_post_period_are_variants():
    deviation = rows("peer_deviation_post", [0.1] * 12, beleidsveld="reformed")
    years = [rows("peer_deviation", [year / 1e4] * 12, year=year, beleidsveld="reformed") for year in range(2018, 2023)]
    found = line(fiches(frame=panel(small_panel(), deviation, *years))[0], "freedom", "peer_deviation_post")
    assert [(one.year, one.value) for one in found.variants] == [(2020, 0.2020), (2021, 0.2021)]


# What is missing


def test_gaps_name_absent_sources_and_figures_that_only_this_municipality_lacks():
    first, second, third = fiches()[:3]
    debt = next(gap for gap in third.gaps if gap.source == "debt")
    assert debt.indicators == ("debt_per_inhabitant",) and debt.for_all
    of_second = next(gap for gap in second.gaps if "vte_per_1000" in gap.indicators)
    assert (of_second.source, of_second.present, of_second.years) == ("", ("staff", "population"), ())
    assert not of_second.for_all
    of_first = next(gap for gap in first.gaps if "vte_per_1000" in gap.indicators)
    assert of_first.years == (2020,)
    assert not any("vte_per_1000" in gap.indicators for gap in third.gaps)


def test_one_of_two_sources_is_enough():
    moved = next(gap for gap in fiches()[2].gaps if "plan_budget_moved" in gap.indicators)
    assert (moved.source, moved.present) == ("", ("staff",))


def test_every_value_that_is_missing_is_in_a_gap():
    for fiche in fiches():
        missing = {one.indicator for own in fiche.sections.values() for one in own if one.value is None}
        assert missing == {name for gap in fiche.gaps if not gap.years for name in gap.indicators}


# Who it is about


def test_mergers_are_told_with_parts_and_years():
    first, second = fiches()[:2]
    assert first.parts == ("Noord", "Plaats A", "Zuid") and first.merged == (2019, 2025)
    assert first.is_mixed
    assert second.parts == () and second.merged == ()


def test_peers_are_the_others_of_the_cluster():
    found = fiches()
    assert found[7].cluster == 2 and found[7].peers == tuple(NAMES[8:11])
    assert found[11].cluster is None and found[11].peers == ()


@pytest.mark.parametrize("code", ["../11", "1100", "110021", "1100a", "١١٠٠٢", ""])
def test_a_code_that_is_no_code_never_becomes_a_file(code):
    units = small_units().assign(nis_285=lambda table: table["nis_285"].where(table.index != 3, code))
    with pytest.raises(StudyError, match="five digits"):
        names_of(units, 285)


def test_every_indicator_of_a_fiche_is_in_the_catalogue():
    asked = {name for own in SECTIONS.values() for one in own for name in one.named()}
    assert asked <= set(INDICATORS)


# The ceiling


def test_the_ceiling_is_the_highest_line_at_the_scale_of_the_municipality():
    first, last = fiches(small_ceiling())[0], fiches(small_ceiling())[11]
    assert first.ceiling.expected == pytest.approx(0.01 + 0.01 * 7.0)
    assert first.ceiling.value == SHIFTS[0] and first.ceiling.is_in
    assert first.ceiling.population == pytest.approx(math.exp(7.0))
    assert not last.ceiling.is_in


def test_the_ceiling_is_read_from_the_estimates_of_its_specification():
    columns = ["equation", "term", "estimate", "ci_low", "ci_high"]
    table = [
        ("quantile_0.5", "log_population", 0.002, 0.0, 0.1),
        ("quantile_0.5", "const", 0.02, 0.0, 0.1),
        ("quantile_0.9", "log_population", 0.01, -0.01, 0.03),
        ("quantile_0.9", "const", 0.01, 0.0, 0.1),
        ("quantile_0.9-0.5", "log_population", 0.008, 0.0, 0.1),
    ]
    settings = {"outcome": "portfolio_shift", "beleidsveld": "domains", "sample": {"exclude": ["smallest"]}}
    empty = pd.DataFrame()
    result = Result("s2", settings, {}, pd.DataFrame(table, columns=columns), empty, empty, empty)
    frame = panel(small_panel(), rows("log_population", [7.0 + 0.1 * number for number in range(12)]))
    model = read_ceiling(result, frame, {"smallest": [NIS[-1]], "coast": [NIS[0]]})
    assert model.highest == 0.9 and model.lines == {0.9: (0.01, 0.01), 0.5: (0.02, 0.002)}
    assert model.interval == (-0.01, 0.03)
    assert model.members == tuple(NIS[:-1])
    refused = Result("s2", settings, {"status": "absent"}, pd.DataFrame(), empty, empty, empty)
    assert read_ceiling(refused, frame, {}) is None
