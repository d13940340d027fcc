"""The register of data gaps: every construct of the study, told present from partial, absent and unmeasurable."""

from pathlib import Path

import pandas as pd
import pytest

from beleidsvrijheid.catalogue import read_constructs, read_indicators, read_sources
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.gaps import (
    COLUMNS,
    Coverage,
    Holdings,
    as_sections,
    construct_gaps,
    source_gaps,
    specification_gaps,
)

ROOT = Path(__file__).parents[2]


def text(name):
    return (ROOT / "workflow" / name).read_text(encoding="utf-8")


INDICATORS = read_indicators(text("indicators.yaml"))
SOURCES = read_sources(text("sources.yaml"))
CONSTRUCTS = read_constructs(text("constructs.yaml"), INDICATORS, SOURCES)
# What study.md section 4 and the source documents name.
NAMED = {
    *(f"u{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, "9a", "9b")),
    *(f"f{number}" for number in range(1, 6)),
    *(f"c{number}" for number in range(1, 10)),
    *(f"p{number}" for number in range(1, 8)),
}
FACTORS = {"schaal", "politiek_ambtelijke_verhoudingen", "personeel", "it", "organisatiestructuur", "autonomie",
           "intergemeentelijke_samenwerking"}  # fmt: skip

PANEL = pd.DataFrame(
    {
        "nis": ["1", "2", "1", "2", "1", ""],
        "indicator": [
            "vte_per_1000",
            "vte_per_1000",
            "log_population",
            "log_population",
            "new_mayor",
            "dispersion_gini",
        ],
        "year": pd.array([2014, 2014, None, None, None, 2014], dtype="Int64"),
    }
)
HELD = Holdings(
    PANEL,
    {
        "staff": Coverage(frozenset("12"), frozenset({2014, 2015})),
        "bbc_accounts_by_account_investment": Coverage(frozenset("1"), frozenset(range(2014, 2026))),
        "bbc_accounts_by_account_operating": Coverage(frozenset("1"), frozenset(range(2015, 2018))),
    },
    {"staff": ["a.xlsx"], "bbc_accounts_by_account_investment": ["b.csv"]},
    {"portfolio_shift": ["portfolio_shift needs source bbc, which is absent: no file a.csv"]},
    2,
)


@pytest.fixture(scope="module")
def register():
    return construct_gaps(CONSTRUCTS.values(), INDICATORS, SOURCES, HELD, "bbc_accounts_by_field_operating")


def test_every_construct_and_factor_is_in_the_register(register):
    prefixes = {name.split("_")[0] for name in CONSTRUCTS}
    assert prefixes >= NAMED
    assert {f"factor_{name}" for name in FACTORS} <= set(register["construct"])
    assert list(dict.fromkeys(register["construct"])) == list(CONSTRUCTS)
    assert set(INDICATORS) == set(register["indicator"]) - {""}  # no indicator without a construct


def test_present_partial_absent_and_unmeasurable(register):
    assert list(register) == [*COLUMNS, "reason_nl"]
    by_construct = register.drop_duplicates("construct").set_index("construct")
    assert by_construct.loc["c1_staff", ["status", "coverage_units", "coverage_years"]].tolist() == [
        "present",
        2,
        "2014",
    ]
    assert by_construct.at["scale_population", "status"] == "present"
    assert by_construct.loc["p1_new_mayor", ["status", "reason"]].tolist() == [
        "partial",
        "1 of 2 municipalities without a value",
    ]
    assert by_construct.loc["u5_portfolio_shift", ["status", "reason"]].tolist() == [
        "absent", "portfolio_shift needs source bbc, which is absent: no file a.csv",
    ]  # fmt: skip
    assert by_construct.at["factor_it", "reason"].endswith("bought as a service")
    assert set(by_construct[by_construct["status"] == "unmeasurable"].index) == {
        "timeliness", "factor_politiek_ambtelijke_verhoudingen", "factor_organisatiestructuur",
        "factor_intergemeentelijke_samenwerking",
    }  # fmt: skip
    assert (by_construct.loc[by_construct["status"] != "present", "reason"] != "").all()
    whole = register.set_index("indicator").loc["dispersion_gini", ["status", "coverage_units", "reason"]].tolist()
    assert whole == ["present", "", "not per municipality: a value per field or for all of Flanders"]


def test_a_construct_without_indicator_tells_what_its_sources_hold():
    entries = """
- {id: it, part: capacity, label: {nl: it, en: it}, sources: [bbc_accounts_by_account_investment]}
- {id: room, part: capacity, label: {nl: room, en: room}, sources: [debt, bbc_accounts_by_account_operating]}
- {id: cost, part: capacity, label: {nl: cost, en: cost}, sources: [bbc_accounts_by_account_operating, staff]}
"""
    constructs = read_constructs(entries, INDICATORS, SOURCES)
    rows = construct_gaps(constructs.values(), INDICATORS, SOURCES, HELD, "spending").set_index("construct")
    assert rows.at["it", "status"] == "partial" and "not computed" not in rows.at["it", "source"]
    assert rows.at["room", "status"] == "absent" and "data/raw/debt/" in rows.at["room", "reason"]
    shared = ["coverage_units", "coverage_years", "status"]  # operating accounts 2015-2017, staff 2014-2015
    assert rows.loc["cost", shared].tolist() == [1, "2015", "partial"]


def test_sources_and_refused_specifications_are_listed():
    listed = source_gaps(SOURCES, HELD).set_index("source")
    assert listed.loc["staff", ["status", "coverage_units", "coverage_years"]].tolist() == ["present", 2, "2014-2015"]
    assert listed.at["debt", "status"] == "absent" and "data/raw/debt/*.csv" in listed.at["debt", "reason"]
    assert specification_gaps({"r1": ["x"]}, INDICATORS)["reason"].tolist() == ["refused: x"]


@pytest.mark.parametrize(("language", "word"), [("nl", "niet meetbaar"), ("en", "unmeasurable")])
def test_the_page_has_a_table_per_part_in_the_language_of_the_run(register, language, word):
    full = pd.concat([register, source_gaps(SOURCES, HELD)], ignore_index=True)
    _, body = as_sections(full, CONSTRUCTS, language)
    lacking = {"nl": "Portefeuilleverschuiving vraagt bron bbc", "en": "portfolio_shift needs source bbc"}
    assert lacking[language] in body
    assert body.count("<table>") == 9 and f"<td>{word}</td>" in body
    assert getattr(CONSTRUCTS["c1_staff"].label, language) in body and ">nan<" not in body


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("- {id: a, part: scale, label: {nl: a, en: a}}", "give one of indicators, sources, unmeasurable, unread"),
        ("- {id: a, part: scale, label: {nl: a, en: a}, indicators: [nowhere]}", "'nowhere' is in no catalogue"),
        ("- {id: a, part: size, label: {nl: a, en: a}, sources: [staff]}", "part"),
    ],
)
def test_a_wrong_construct_is_refused(entry, message):
    with pytest.raises(StudyError, match=message):
        read_constructs(entry, INDICATORS, SOURCES)


def test_years_are_told_as_runs():
    assert Coverage(None, frozenset({2014, 2015, 2016, 2018, 2020, 2021})).spans == "2014-2016, 2018, 2020-2021"


def test_a_hole_in_some_years_is_partial():
    panel = pd.DataFrame(
        {"nis": ["1", "2", "1"], "indicator": "vte_per_1000", "year": pd.array([2014, 2014, 2015], dtype="Int64")}
    )
    held = Holdings(panel, {}, {}, {}, 2)
    rows = construct_gaps([CONSTRUCTS["c1_staff"]], INDICATORS, SOURCES, held, "spending")
    assert rows.loc[0, ["status", "reason"]].tolist() == ["partial", "1 of 4 municipality-years without a value"]


def test_coverage_of_tables_without_years_or_municipalities():
    clusters = Coverage.of(pd.DataFrame({"nis": ["1", "2"], "cluster": ["V1", "V2"]}))
    assert (clusters.n_units, clusters.spans) == (2, "")
    prices = Coverage.of(pd.DataFrame({"year": [2014, 2015], "index": [100.0, 101.0]}))
    assert (prices.n_units, prices.spans) == ("", "2014-2015")
