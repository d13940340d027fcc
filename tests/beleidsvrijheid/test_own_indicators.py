"""Indicators that a researcher brings: read strictly, merged by their own rule, in the panel, refused by name."""

import pandas as pd
import pytest
import yaml

from beleidsvrijheid.catalogue import Indicator, own_catalogue, read_indicators
from beleidsvrijheid.configuration import validate
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.gaps import Coverage, Holdings, own_gaps
from beleidsvrijheid.harmonise import harmonise
from beleidsvrijheid.indicators.inputs import Inputs
from beleidsvrijheid.indicators.own import own_indicators
from beleidsvrijheid.mergers import merge_municipalities
from beleidsvrijheid.own_indicators import own_in_files, with_own
from beleidsvrijheid.planning import indicator_needs, plan_specifications, unmet
from beleidsvrijheid.provenance import provenance
from beleidsvrijheid.publication import Labels, read_labels
from beleidsvrijheid.rawfiles import find_files
from beleidsvrijheid.sentences import sentence
from beleidsvrijheid.sources.checks import standard_checks
from beleidsvrijheid.sources.reader import parse
from beleidsvrijheid.sources.schemas import validated

from .small_country import NO_ALIASES, REFERENCE, ROOT, SOURCES, UNITS, write

PEOPLE = pd.DataFrame(
    {"nis": ["95001", "95002", "95003"], "vintage": 308, "year": 2018, "population": [10.0, 20.0, 5.0]}
)
WORDS = {"label": {"nl": "Eigen", "en": "Own"}, "unit": "share"}
INDICATORS = read_indicators((ROOT / "workflow/indicators.yaml").read_text(encoding="utf-8"))
DECLARED = {
    "money": {"geography": 308, "aggregate": "sum", "categorical": False},
    "rate": {"geography": 308, "aggregate": "largest_part", "categorical": False},
    "class": {"geography": 285, "aggregate": "largest_part", "categorical": True},
    "count": {"geography": "year", "aggregate": "sum", "categorical": False},
}
SOURCE = SOURCES["own_indicators"].model_copy(update={"options": {"indicators": DECLARED}})


def read(folder, text, name="tidy.csv"):
    return parse(SOURCE, [write(folder / name, text)], REFERENCE)


def merged(folder, text, vintage=285):
    table = validated(read(folder, text).table, SOURCE)
    standard_checks(table, SOURCE, UNITS, "tidy.csv")
    result, ledger = harmonise(table, SOURCE, UNITS, PEOPLE, vintage, NO_ALIASES)
    assert (
        list(ledger["rows_out"])[:-2] == list(ledger["rows_in"])[1:-1]
    )  # each step goes on where the last one stopped
    return result, ledger


def of(result, indicator):
    own = result[result["indicator"] == indicator]
    return dict(zip(own["nis"], own["value"], strict=True))


TEXT = "nis,indicator,value\n95001,money,1\n95002,money,2.5\n95003,money,4\n95001,rate,7\n95002,rate,8\n95010,class,2\n"


def test_each_indicator_is_merged_by_its_own_rule(tmp_path):
    result, _ = merged(tmp_path, TEXT)
    assert of(result, "money") == {"95003": 4.0, "95010": 3.5}
    assert of(result, "rate") == {"95010": 8.0}  # of the part with most inhabitants, no mean
    assert of(result, "class") == {"95010": 2.0}
    assert result["year"].isna().all() and (result["beleidsveld"] == "").all()


def test_a_sum_over_some_parts_only_is_absent(tmp_path):
    result, ledger = merged(tmp_path, TEXT.replace("95002,money,2.5\n", ""))
    assert of(result, "money") == {"95003": 4.0}
    assert "1 rows of incomplete sums left out" in ledger.set_index("step").at["merged", "reason"]


def test_an_empty_value_is_absent_and_counted(tmp_path):
    parsed = read(tmp_path, TEXT.replace("95003,money,4", "95003,money,"))
    assert len(parsed.table) == 5
    assert [row["n_failed"] for row in parsed.checks if row["check"] == "rows without a value"] == [1]
    assert parsed.notes["tidy.csv"]["indicators"] == ["class", "money", "rate"]


def test_rows_on_fewer_municipalities_are_never_split(tmp_path):
    result, ledger = merged(tmp_path, TEXT, vintage=308)
    assert of(result, "money") == {"95001": 1.0, "95002": 2.5, "95003": 4.0} and of(result, "class") == {}
    assert ledger.set_index("step").at["coarser years", "rows_out"] == 5


def test_the_vintage_may_be_that_of_each_year(tmp_path):
    text = (
        "nis,indicator,value,year,beleidsveld\n95001,count,1,2018,070\n95002,count,2,2018,070\n95010,count,9,2020,070\n"
    )
    result, _ = merged(tmp_path, text)
    assert list(zip(result["year"], result["value"], result["beleidsveld"], strict=True)) == [
        (2018, 3.0, "070"),
        (2020, 9.0, "070"),
    ]


def test_a_simulated_merger_merges_them_by_their_own_rule(tmp_path):
    result, _ = merged(tmp_path, TEXT, vintage=308)
    tables = {"own_indicators": result, "population": PEOPLE.drop(columns="vintage")}
    after, _, _ = merge_municipalities(tables, UNITS, [["95001", "95003"]], {"own_indicators": SOURCE}, 308)
    assert of(after["own_indicators"], "money") == {"95001": 5.0, "95002": 2.5}
    assert of(after["own_indicators"], "rate") == {"95001": 7.0, "95002": 8.0}


BAD = {
    "nis,indicator,value\n95001,money,1\n,money,2\n": "row 3: '' is not a NIS code of five digits",
    "nis,indicator,value\n95009,money,1\n": "row 2: '95009' is no municipality among the 308 (1 such rows)",
    'nis,indicator,value\n95001,money,"1,5"\n': "'1,5' is not a number in format 'plain'",
    "nis,indicator,value\n95001,mony,1\n": "tidy.csv has the indicator 'mony', which is not declared; add it with label",
    "nis,indicator\n95001,money\n": "column 'value' is missing; needed: nis, indicator, value",
    "nis,indicator,value,jaar\n95001,money,1,2014\n": "column 'jaar' is not known; allowed: nis, indicator, value, year",
    "nis,indicator,value,year\n95001,money,1,2014\n95002,money,1,\n": "money has a year in 1 of its 2 rows",
    "nis,indicator,value,year\n95001,money,1,14\n": "row 2: '14' is not a year from 1970 to 2100",
    "nis,indicator,value,year\n95010,class,1,2014\n": "class is categorical and has years",
    "nis,indicator,value\n95010,count,1\n": "row 2: count has geography: year and this row has no year",
}


@pytest.mark.parametrize("text", BAD)
def test_what_is_wrong_in_a_file_is_refused_by_name(tmp_path, text):
    with pytest.raises(StudyError) as refused:
        read(tmp_path, text)
    assert BAD[text] in str(refused.value)


def test_a_value_that_stands_twice_is_refused(tmp_path):
    with pytest.raises(StudyError, match="nis 95001, indicator money, .* occurs twice"):
        merged(tmp_path, TEXT + "95001,money,1\n")


def test_of_yearly_values_the_mean_before_the_reform_is_the_one_value(tmp_path):
    text = "nis,indicator,value,year\n" + "".join(
        f"95003,money,{value},{year}\n" for year, value in {2014: 1, 2015: 4, 2018: 5, 2020: 8, 2030: 9}.items()
    )
    result, _ = merged(tmp_path, text)
    period = {"pre": {"years": [2014, 2015]}, "post": {"years": [2020, 2021]}, "drop": []}
    period |= {"spending": {"report": "accounts"}}
    for window in ("pre", "post"):
        period[window] = {**period[window], "plan": None}
    panel = pd.concat(own_indicators(Inputs({"own_indicators": result}, UNITS, None, {"period": period})))
    static, yearly = panel[panel["year"].isna()], panel[panel["year"].notna()]
    assert list(zip(static["period"], static["value"], strict=True)) == [("pre", 2.5)]
    assert dict(zip(yearly["year"], yearly["value"], strict=True)) == {2014: 1.0, 2015: 4.0, 2020: 8.0}
    assert list(own_indicators(Inputs({}, UNITS, None, {}))) == []


# Before any job: the configuration, the files, what can be estimated.


def configuration(section, vintage=285, on_absent="refuse", **specification):
    content = yaml.safe_load((ROOT / "tests/study/config.yaml").read_text(encoding="utf-8"))
    content["geography"]["vintage"], content["data"]["on_absent"] = vintage, on_absent
    content["own_indicators"] = section
    content["specifications"]["p1_staff_by_scale"] |= specification
    return validate(content)


def entry(geography=308, aggregate="sum", **more):
    return WORDS | {"geography": geography, "aggregate": aggregate} | more


def refusals(config, present):
    sources, indicators = with_own(config, SOURCES, INDICATORS)
    held = {name for name, one in sources.items() if one.simulated} | present
    _, refused = plan_specifications(config, indicators, sources, held, {})
    return refused.get("p1_staff_by_scale")


def test_both_catalogues_have_what_is_declared():
    sources, indicators = with_own(configuration({"money": entry("study", "sum")}), SOURCES, INDICATORS)
    assert indicators["money"].source == ["own_indicators"] and not indicators["money"].categorical
    assert sources["own_indicators"].options["indicators"]["money"]["geography"] == 285
    assert "money" not in INDICATORS and not SOURCES["own_indicators"].options


def test_a_name_of_the_catalogue_is_refused():
    with pytest.raises(StudyError, match="own_indicators.reform_dose: the catalogue has an indicator of that name"):
        with_own(configuration({"reform_dose": entry()}), SOURCES, INDICATORS)


def test_the_section_is_closed():
    with pytest.raises(StudyError, match="own_indicators.money.aggregate"):
        configuration({"money": entry(aggregate="mean")})
    with pytest.raises(StudyError, match="own_indicators.money.weight"):
        configuration({"money": entry(weight="population")})


def test_names_in_the_files_are_held_against_the_section(tmp_path):
    path = str(write(tmp_path / "own.csv", "nis,indicator,value,beleidsveld\n95001,money,1,070\n95001,money,1,\n"))
    assert own_in_files([path], ["money", "rate"], ["070"]) == {"money"}
    with pytest.raises(StudyError, match="has the indicator 'money', which is not declared"):
        own_in_files([path], ["rate"], ["070"])
    with pytest.raises(StudyError, match="row 2: beleidsveld '070' is no stable code and no basket"):
        own_in_files([path], ["money"], ["071"])


def test_what_the_files_lack_is_absent_as_any_source_is():
    config = configuration({"money": entry(), "rate": entry()}, outcome="money")
    assert refusals(config, {"own_indicators", "money"}) is None
    (absent,) = refusals(config, set())
    assert absent.startswith(
        "money needs source own_indicators, which is absent: no file data/raw/own_indicators/*.csv"
    )
    (reason,) = refusals(config, {"own_indicators", "rate"})
    assert reason == "money needs rows in source own_indicators, whose files have none of it"
    dutch = sentence(reason, Labels("nl", {"money": {"label": {"nl": "Eigen geld"}}}))
    assert dutch == "Eigen geld vraagt rijen in bron own_indicators, en de bestanden daarvan hebben er geen"
    with pytest.raises(StudyError, match="money needs rows in source own_indicators"):
        refusals(configuration({"money": entry()}, on_absent="stop", outcome="money"), {"own_indicators"})


def test_an_own_indicator_on_fewer_municipalities_is_refused_and_others_are_not():
    config = configuration({"money": entry(285), "rate": entry(308)}, vintage=308)
    sources, indicators = with_own(config, SOURCES, INDICATORS)

    def lacks(name):
        return unmet(indicator_needs(indicators[name], config), {"own_indicators", "money", "rate"}, config, sources)

    assert lacks("rate") == []
    assert lacks("money") == [
        "money needs source own_indicators, which is on 285 municipalities; vintage 308 is finer and units are never split"
    ]


def test_the_file_is_looked_for_in_one_place_whatever_the_data_are(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = configuration({"money": entry()})
    assert "own_indicators" not in find_files(config, SOURCES)
    (tmp_path / "data/raw/own_indicators").mkdir(parents=True)
    write(tmp_path / "data/raw/own_indicators/mine.csv", TEXT)
    assert find_files(config, SOURCES)["own_indicators"] == ["data/raw/own_indicators/mine.csv"]


def test_its_file_is_not_told_to_be_simulated(tmp_path):
    names = {"own_indicators": "publisher by hand", "cpi": "simulated"}
    files = {name: [str(write(tmp_path / f"{name}.csv", "1"))] for name in names}
    told = {"id": "", "publisher": "publisher by hand", "licence": "", "citation": ""}
    sources = {name: told | {"id": name} for name in names}
    content = provenance(files, sources, {}, {"data_source": "simulated"}, tmp_path, None)
    assert {row["source"]: row["publisher"] for row in content["raw_files"]} == names


def test_it_has_a_label_and_a_line_in_the_register_of_gaps():
    section = {"money": entry() | {"categorical": False, "reference": "own file"}}
    labels = read_labels(ROOT / "workflow/indicators.yaml", "nl", None, section)
    assert labels.term("log(money)") != labels.term("money") == "Eigen" and labels.term("log_population") != "Eigen"
    own = own_catalogue(section)
    assert isinstance(own["money"], Indicator)
    panel = pd.DataFrame({"nis": ["95001"], "indicator": ["money"], "year": pd.array([None], dtype="Int64")})
    (row,) = own_gaps(own, Holdings(panel, {}, {}, {}, 2)).to_dict("records")
    assert (row["construct"], row["indicator"], row["status"]) == ("own_indicators", "money", "partial")
    empty = Holdings(panel[:0], {"x": Coverage(None, frozenset())}, {}, {"money": ["money needs rows"]}, 2)
    assert own_gaps(own, empty)["status"].tolist() == ["absent"]
