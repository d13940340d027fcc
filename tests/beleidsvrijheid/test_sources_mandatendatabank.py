"""Mandates become spells, from the bulk export and from the answer of the endpoint."""

import csv
import io
import json
import re

import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.simulation import ballots
from beleidsvrijheid.sources import mandatendatabank
from beleidsvrijheid.sources.reading import Reference

from .small_country import NO_ALIASES, REFERENCE, SOURCES, write

HEADER = [
    "mandataris", "start", "eind", "statusLabel", "persoon", "bestuursfunctieLabel", "bestuursPeriodeStart",
    "bestuursPeriodeEinde", "bestuurseenheidLabel", "bestuurseenheidClassificatieLabel", "werkingsgebied",
    "fractieNaam", "bestuursorgaan",
]  # fmt: skip
BEGIN, END = "2018-12-31T23:00:00Z", "2024-12-01T22:59:59Z"
# Aalhout (95010, from 2025 on) is the merger of Berkhout and Cleve; Doorn stays.
UNITS = pd.DataFrame(
    {
        "nis_308": ["95002", "95003", "95004"], "naam_308": ["Berkhout", "Cleve", "Doorn"],
        "nis_300": ["95002", "95003", "95004"], "naam_300": ["Berkhout", "Cleve", "Doorn"],
        "nis_285": ["95010", "95010", "95004"], "naam_285": ["Berkhout-Cleve", "Berkhout-Cleve", "Doorn"],
    }
)  # fmt: skip
MERGED = Reference(UNITS, NO_ALIASES)
SOURCE = SOURCES["mandates"].model_copy(update={"options": {}})


def record(mandate="1", person="1", function="Burgemeester", unit="Aalhout", **other):
    row = dict.fromkeys(HEADER, "") | {
        "mandataris": f"http://m/{mandate}", "start": BEGIN, "persoon": f"http://p/{person}", "statusLabel": "Effectief",
        "bestuursfunctieLabel": function, "bestuursPeriodeStart": BEGIN, "bestuurseenheidLabel": unit,
        "bestuurseenheidClassificatieLabel": "Gemeente", "werkingsgebied": f"http://w/{unit}", "fractieNaam": "Samen",
    }  # fmt: skip
    return row | other


def export(path, *records):
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, HEADER, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return write(path, buffer.getvalue())


def binding(mandate="1", person="1", code="5ab0e9b8a3b2ca7c5e000013", unit="Aalhout", nis="", **other):
    values = {
        "mandataris": f"http://m/{mandate}", "functie": f"http://data.vlaanderen.be/id/concept/BestuursfunctieCode/{code}",
        "persoon": f"http://p/{person}", "fractieNaam": "Samen", "start": BEGIN, "periodeStart": BEGIN,
        "bestuurseenheid": f"http://u/{unit}", "gemeente": unit, "nisUri": nis,
    } | other  # fmt: skip
    return {name: {"type": "literal", "value": value} for name, value in values.items() if value}


def answer(path, *bindings, variables=ballots.VARIABLES):
    document = {"head": {"vars": list(variables)}, "results": {"bindings": list(bindings)}}
    return write(path, json.dumps(document))


def parsed(*paths, reference=REFERENCE, source=SOURCE):
    return mandatendatabank.parse(list(paths), source, reference)


def counts(result, count="n_failed"):
    return {row["check"]: row[count] for row in result.checks if "nis" not in row}


# The bulk export

TWO_VERSIONS = [
    record(eind="2021-05-31T21:59:59Z", bestuursorgaan="burgemeester"),
    record(eind="2021-05-31T21:59:59Z", bestuursorgaan="college"),
    record("2", start="2021-05-31T22:00:00Z"),
    record("3", "2", "Gemeenteraadslid"),
    record("4", "3", "Lid van de districtsraad"),
]


def test_mandates_become_spells_in_brussels_time(tmp_path):
    result = parsed(export(tmp_path / "mandaten.csv", *TWO_VERSIONS))
    columns = ["nis", "vintage", "term", "person", "function", "party"]
    assert result.table[columns].values.tolist() == [
        ["95010", 300, 2019, "1", "mayor", "Samen"],
        ["95010", 300, 2019, "2", "councillor", "Samen"],
    ]
    assert list(result.table.columns) == [*columns, "start", "end"]
    assert result.table.at[0, "start"] == pd.Timestamp("2019-01-01") and pd.isna(result.table.at[0, "end"])
    found = counts(result)
    assert found["records of a second organ dropped"] == 1 and found["records of other mandates dropped"] == 1
    assert found["records merged into spells"] == 1 and found["records overlapping another"] == 0


def test_a_gap_between_records_keeps_two_spells(tmp_path):
    later = [*TWO_VERSIONS[:2], record("2", start="2021-09-01T22:00:00Z")]
    assert len(parsed(export(tmp_path / "mandaten.csv", *later)).table) == 2


def test_overlapping_records_and_records_within_another_are_one_spell(tmp_path):
    rows = [
        record(),
        record("2", start="2020-01-01T00:00:00Z", eind="2020-06-01T00:00:00Z"),
        record("3", start="2021-03-01"),
    ]
    result = parsed(export(tmp_path / "mandaten.csv", *rows))
    assert len(result.table) == 1 and pd.isna(result.table.at[0, "end"])
    assert counts(result)["records overlapping another"] == 2


def test_an_open_mandate_ends_with_its_term(tmp_path):
    result = parsed(export(tmp_path / "mandaten.csv", record(bestuursPeriodeEinde=END)))
    assert result.table.at[0, "end"] == pd.Timestamp("2024-12-01")
    assert counts(result, "n_checked")["mandates that end with their term"] == 1


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"start": "", "bestuursPeriodeStart": ""}, "records without a start dropped"),
        ({"persoon": ""}, "records without a person dropped"),
        ({"eind": "2018-01-01T00:00:00Z"}, "records that end before they start dropped"),
        ({"statusLabel": "Verhinderd"}, "records of who does not govern dropped"),
        ({"statusLabel": "Titelvoerend"}, "records of who does not govern dropped"),
        ({"bestuursfunctieLabel": "Voorzitter van het Vast Bureau"}, "records of other mandates dropped"),
        ({"bestuurseenheidClassificatieLabel": "District"}, "records of other mandates dropped"),
    ],
)
def test_what_cannot_be_used_is_counted(tmp_path, change, name):
    rows = [record(), record("2", "2", "Schepen") | change]
    result = parsed(export(tmp_path / "mandaten.csv", *rows))
    assert result.table["person"].tolist() == ["1"] and counts(result)[name] == 1


def test_who_acts_for_another_is_the_mayor(tmp_path):
    rows = [record(statusLabel="Titelvoerend"), record("2", "2", statusLabel="Waarnemend")]
    result = parsed(export(tmp_path / "mandaten.csv", *rows))
    assert result.table["person"].tolist() == ["2"] and counts(result)["one mayor at a time"] == 0


def test_two_mayors_at_a_time_are_named(tmp_path):
    result = parsed(export(tmp_path / "mandaten.csv", record(), record("2", "2", start="2020-01-01")))
    cases = [
        (row["nis"], row["year"]) for row in result.checks if row["check"] == "one mayor at a time" and "nis" in row
    ]
    assert cases == [("95010", 2020)] and counts(result)["one mayor at a time"] == 1


def test_a_party_comes_from_the_executive_then_from_the_council(tmp_path):
    rows = [
        record(eind="2020-06-01T00:00:00Z", fractieNaam=""), record("2", start="2022-01-01", fractieNaam="Anders"),
        record("3", "2", "Schepen", fractieNaam=""), record("4", "2", "Gemeenteraadslid", fractieNaam="Samen"),
        record("5", "3", "Schepen", fractieNaam=""), record("6", "3", "Gemeenteraadslid", fractieNaam="Samen"),
        record("7", "3", "Gemeenteraadslid", fractieNaam="Anders"),
    ]  # fmt: skip
    result = parsed(export(tmp_path / "mandaten.csv", *rows))
    executives = result.table[result.table["function"] != "councillor"]
    parties = executives.groupby("person")["party"].unique().map(list).to_dict()
    assert parties == {"1": ["Anders"], "2": ["Samen"], "3": [""]}
    found = counts(result, "n_checked")
    assert (found["parties taken from the executive"], found["parties taken from the council"]) == (1, 1)
    assert counts(result)["spells without party"] == 1


def test_personal_names_do_not_leave(tmp_path):
    path = export(tmp_path / "mandaten.csv", record())
    path.write_text(
        path.read_text().replace("bestuursorgaan\n", "achternaam\n").replace("Samen,\n", "Samen,Janssens\n")
    )
    assert "Janssens" in path.read_text()
    result = parsed(path)
    assert "Janssens" not in result.table.to_csv() + str(result.checks) + str(result.notes)


def test_labels_count_in_any_case(tmp_path):
    rows = [record(), record("2", "2", "Schepen"), record("3", "3", "Gemeenteraadslid")]
    changed = [
        row | {name: change(row[name]) for name in ("bestuursfunctieLabel", "bestuurseenheidClassificatieLabel")}
        for row, change in zip(rows, (str.lower, str.upper, lambda text: f" {text} "), strict=True)
    ]
    results = [parsed(export(tmp_path / "mandaten.csv", *given)) for given in (rows, changed)]
    pd.testing.assert_frame_equal(results[0].table, results[1].table)
    assert len(results[0].table) == 3 and counts(results[0]) == counts(results[1])


def test_every_municipality_of_a_term_should_have_a_mayor(tmp_path):
    before = "2012-12-31T23:00:00Z"
    rows = [
        record(start=before, bestuursPeriodeStart=before, unit="Berkhout"),
        record("2", "2", "Schepen", start=before, bestuursPeriodeStart=before, unit="Cleve"),
        record("3"), record("4", "4", unit="Cleve"),
    ]  # fmt: skip
    result = parsed(export(tmp_path / "mandaten.csv", *rows))
    found = {row["check"]: row for row in result.checks if row["check"].startswith("municipalities with a mayor")}
    first = found["municipalities with a mayor (term of 2013)"]
    assert (first["kind"], first["n_checked"], first["n_failed"]) == ("check", 3, 2)
    assert first["reason"] == "of the 308, without a mayor: 95001 Aalbeke, 95003 Cleve"
    second = found["municipalities with a mayor (term of 2019)"]
    assert (second["n_checked"], second["n_failed"]) == (2, 0) and second["reason"].endswith(": none")


def test_the_missing_mayors_are_named_up_to_twenty(tmp_path):
    codes = [f"95{number:03d}" for number in range(30)]
    units = pd.DataFrame({f"nis_{vintage}": codes for vintage in (308, 300, 285)})
    units = units.assign(**{f"naam_{vintage}": [f"Plaats {code}" for code in codes] for vintage in (308, 300, 285)})
    rows = [record(unit="Plaats 95000")]
    result = parsed(export(tmp_path / "mandaten.csv", *rows), reference=Reference(units, NO_ALIASES))
    mayors = result.checks[-1]
    assert mayors["n_failed"] == 29 and mayors["reason"].count("Plaats") == 20
    assert mayors["reason"].endswith("95020 Plaats 95020 and more")


def test_an_end_in_9999_is_none(tmp_path):
    rows = [
        record(eind="9999-12-31T00:00:00Z"),
        record("2", "2", "Schepen", eind="9999-12-30T23:00:00Z", bestuursPeriodeEinde=END),
        record("3", "3", "Schepen", bestuursPeriodeEinde="9999-12-31"),
    ]
    result = parsed(export(tmp_path / "mandaten.csv", *rows))
    assert result.table.set_index("person")["end"].isna().to_dict() == {"1": True, "2": False, "3": True}
    assert result.table.set_index("person").at["2", "end"] == pd.Timestamp("2024-12-01")
    assert counts(result)["ends on 9999-12-31 emptied"] == 3


# Units that were renamed in place


def test_a_later_name_is_the_part_that_has_no_unit_of_its_own(tmp_path):
    rows = [record(unit="Berkhout-Cleve"), record("2", "2", unit="Cleve"), record("3", "3", unit="Doorn")]
    result = parsed(export(tmp_path / "mandaten.csv", *rows), reference=MERGED)
    assert result.table[["nis", "person"]].values.tolist() == [["95002", "1"], ["95003", "2"], ["95004", "3"]]
    units = next(row for row in result.checks if row["check"].startswith("units found"))
    assert units["reason"] == "1 bear the name of a later merger: Berkhout-Cleve was 95002 in 2019"


def test_the_reviewed_table_says_which_part_was_renamed(tmp_path):
    path = export(tmp_path / "mandaten.csv", record(unit="Berkhout-Cleve"))
    row = {"now": "Berkhout-Cleve", "before": "Cleve", "until": "2024-12-31"}
    source = SOURCE.model_copy(update={"options": {"renamed": [row]}})
    assert parsed(path, reference=MERGED, source=source).table["nis"].tolist() == ["95003"]
    source = SOURCE.model_copy(update={"options": {"renamed": [row | {"before": "Doorn"}]}})
    with pytest.raises(
        StudyError, match=r"options.renamed: 'Doorn' is no part of 'Berkhout-Cleve'; allowed: 95002, 95003"
    ):
        parsed(path, reference=MERGED, source=source)


def test_the_catalogue_names_the_three_units_renamed_in_2024():
    renamed = SOURCES["mandates"].options["renamed"]
    assert [row["now"] for row in renamed] == ["Bilzen-Hoeselt", "Tongeren-Borgloon", "Tessenderlo-Ham"]
    assert all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", row["until"]) for row in renamed)


def test_the_merged_name_is_its_own_in_its_own_term(tmp_path):
    begin = "2024-12-01T23:00:00Z"
    rows = [record(unit="Berkhout-Cleve", start=begin, bestuursPeriodeStart=begin)]
    result = parsed(export(tmp_path / "mandaten.csv", *rows), reference=MERGED)
    assert result.table[["nis", "vintage", "term"]].values.tolist() == [["95010", 285, 2025]]


# The answer of the endpoint


def refnis(code, year=2025):
    return f"http://vocab.belgif.be/auth/refnis{year}/{code}"


def test_the_endpoint_gives_the_same_table(tmp_path):
    rows = [
        binding(nis=refnis("95010"), einde="2021-05-31T21:59:59Z"),
        binding(nis=refnis("95010", 2019), einde="2021-05-31T21:59:59Z"),
        binding("2", start="2021-05-31T22:00:00Z"), binding("3", "2", "59a90e03-4f22-4bb9-8c91-132618db4b38"),
    ]  # fmt: skip
    result = parsed(answer(tmp_path / "burgemeesters_schepenen.json", *rows))
    assert result.table[["nis", "person", "function"]].values.tolist() == [
        ["95010", "1", "mayor"],
        ["95010", "2", "alderman"],
    ]
    assert counts(result)["records of a second organ dropped"] == 1


def test_a_term_without_dates_of_its_organ_is_that_of_the_mandate(tmp_path):
    rows = [binding(periodeStart=""), binding("2", "2", start="2026-02-01T00:00:00Z", periodeStart="")]
    assert parsed(answer(tmp_path / "a.json", *rows)).table["term"].tolist() == [2019, 2025]


def test_a_mandate_of_two_terms_belongs_to_that_of_its_start(tmp_path):
    rows = [binding(), binding(periodeStart="2024-12-01T23:00:00Z")]
    assert parsed(answer(tmp_path / "a.json", *rows)).table["term"].tolist() == [2019]


@pytest.mark.parametrize(
    ("label", "codes", "nis"),
    [
        ("Berkhout", [refnis("95010"), refnis("95002", 2019)], "95002"),
        ("Berkhout-Cleve", [refnis("95010"), refnis("95003", 2019)], "95003"),
        ("Doorn", [refnis("95004"), refnis("95004", 2019)], "95004"),
        ("Berkhout", [""], "95002"),
    ],
)
def test_a_code_counts_where_the_term_has_it(tmp_path, label, codes, nis):
    rows = [binding(unit=label, nis=code) for code in codes]
    assert parsed(answer(tmp_path / "a.json", *rows), reference=MERGED).table["nis"].tolist() == [nis]


def test_both_layouts_side_by_side(tmp_path):
    before = "2012-12-31T23:00:00Z"
    first = answer(tmp_path / "a.json", binding(start=before, periodeStart=before, unit="Berkhout"))
    second = export(tmp_path / "mandaten.csv", record("2", unit="Cleve"))
    result = parsed(first, second, reference=MERGED)
    assert result.table[["nis", "vintage", "term"]].values.tolist() == [["95002", 308, 2013], ["95003", 300, 2019]]


def test_the_simulated_answer_parses_to_the_mandates_that_were_held(tmp_path):
    day = pd.Timestamp
    held = [
        ballots.Mandate(0, 1, 0, "Burgemeester", day("2013-01-01").date(), day("2014-05-31").date(), 1),
        ballots.Mandate(0, 1, 0, "Burgemeester", day("2014-06-01").date(), day("2018-12-31").date(), 1),
        ballots.Mandate(1, 2, 1, "Schepen", day("2013-07-01").date(), day("2018-12-31").date(), 2),
    ]
    posts = [ballots.Post("Berkhout-Cleve", (refnis("95010"),)), ballots.Post("Cleve", ())]
    path = tmp_path / "burgemeesters_schepenen.json"
    path.write_bytes(ballots.bindings_json(held, posts))
    table = parsed(path, reference=MERGED).table
    assert table.drop(columns=["vintage", "term"]).values.tolist() == [
        ["95002", "00001", "mayor", "CD&V", day("2013-01-01"), day("2018-12-31")],
        ["95003", "00002", "alderman", "N-VA", day("2013-07-01"), day("2018-12-31")],
    ]


# What is refused

HOMONYMS = Reference(UNITS.assign(naam_300=["Doorn (Oost)", "Doorn (West)", "Echt"]), NO_ALIASES)
BAD_EXPORTS = {
    "not a date": ([record(start="1/1/2019")], REFERENCE, r"m.csv: row 2: start: '1/1/2019' is not a date in ISO 8601"),
    "an end far off": ([record(), record("2", eind="2300-01-01")], REFERENCE, "m.csv: row 3: end: '2300-01-01' is not a date"),
    "a start long ago": ([record(start="1019-01-01")], REFERENCE, "m.csv: row 2: start: '1019-01-01' is not a date in ISO 8601"),
    "a start in 9999": ([record(start="9999-12-31")], REFERENCE, "m.csv: row 2: start: '9999-12-31' is not a date in ISO 8601"),
    "a period long ago": (
        [record(bestuursPeriodeStart="0019-01-01T00:00:00Z")], REFERENCE, "m.csv: row 2: period: '0019-01-01T00:00:00Z'"
    ),
    "unknown unit": ([record(unit="Aalhoud")], REFERENCE, "m.csv: .*no municipality named 'Aalhoud' among the 300; nearest: aal"),
    "unknown status": ([record(statusLabel="Zwevend")], REFERENCE, "m.csv: row 2: status 'Zwevend' is not known; allowed: eff"),
    "homonym": ([record(unit="Doorn")], HOMONYMS, "m.csv: term 2019: the name 'Doorn' is borne by 2 .*95002, 95003"),
    "two units, one name": (
        [record(), record("2", "2", werkingsgebied="http://w/2")],
        REFERENCE,
        r"m.csv: term 2019: two units are 95010: 'Aalhout' \(http://w/2\) and 'Aalhout' \(http://w/Aalhout\)",
    ),
    "merged name": (
        [record(unit="Berkhout-Cleve")],
        MERGED,
        r"m.csv: term 2019: 'Berkhout-Cleve' is the name of a later merger and may be any of 95002, 95003; add a row",
    ),
    "two names at one address": (
        [record(unit="Berkhout", werkingsgebied="http://w/1"), record("2", unit="Cleve", werkingsgebied="http://w/1")],
        MERGED,
        r"m.csv: term 2019: unit http://w/1 is 95002 and, by its label .Berkhout or Cleve., 95003",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("records", "reference", "message"), BAD_EXPORTS.values(), ids=BAD_EXPORTS)
def test_an_export_is_refused_by_place(tmp_path, records, reference, message):
    with pytest.raises(StudyError, match=message):
        parsed(export(tmp_path / "m.csv", *records), reference=reference)


GOOD = {"head": {"vars": list(ballots.VARIABLES)}, "results": {"bindings": [binding()]}}
BAD_ANSWERS = {
    "not JSON": ("mandataris,start", "m.json: line 1: not JSON"),
    "cut off": (json.dumps(GOOD)[:-30], "m.json: line 1: not JSON .*cut off"),
    "HTML": ("<!DOCTYPE html><html></html>", "m.json: this is a web page"),
    "empty": (" ", "m.json: the file is empty"),
    "no bindings": (json.dumps({"head": GOOD["head"], "results": {}}), "m.json: head.vars or results.bindings is missing"),
    "nothing found": (json.dumps(GOOD | {"results": {"bindings": []}}), "m.json: results.bindings is empty: the end"),
    "nested": ("[" * 100_000, "m.json: not JSON .*nested without end"),
    "an end far off": (
        json.dumps(GOOD | {"results": {"bindings": [binding(einde="2300-01-01T00:00:00Z")]}}),
        "m.json: binding 1: end: '2300-01-01T00:00:00Z' is not a date",
    ),
    "bindings no list": (json.dumps(GOOD | {"results": {"bindings": {}}}), "must be lists"),
    "another query": (json.dumps(GOOD | {"head": {"vars": ["s", "p"]}}), r"m.json: head.vars lacks 'mandataris' \(it has: s, p\)"),
    "a binding of text": (json.dumps(GOOD | {"results": {"bindings": ["x"]}}), "m.json: binding 1: 'x' is not a set"),
    "a value of nothing": (
        json.dumps(GOOD | {"results": {"bindings": [binding() | {"start": {"type": "literal"}}]}}), "m.json: binding 1: start",
    ),
    "not a date": (
        json.dumps(GOOD | {"results": {"bindings": [binding(), binding("2", einde="morgen")]}}),
        "m.json: binding 2: end: 'morgen' is not a date",
    ),
    "unknown function": (
        json.dumps(GOOD | {"results": {"bindings": [binding(code="5ab0e9b8a3b2ca7c5e000012")]}}),
        "m.json: binding 1: functie '5ab0e9b8a3b2ca7c5e000012' is not one of",
    ),
    "not a code": (
        json.dumps(GOOD | {"results": {"bindings": [binding(nis=refnis("9501"))]}}),
        "m.json: binding 1: nisUri '9501' does not end in five digits",
    ),
    "name against code": (
        json.dumps(GOOD | {"results": {"bindings": [binding(unit="Cleve", nis=refnis("95010"))]}}),
        "m.json: term 2019: unit http://u/Cleve is 95010 and, by its label .Cleve., 95003",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_an_answer_is_refused_by_place(tmp_path, text, message):
    with pytest.raises(StudyError, match=message):
        parsed(write(tmp_path / "m.json", text))


def test_a_missing_column_and_a_mandate_in_two_files_are_refused(tmp_path):
    path = export(tmp_path / "m.csv", record())
    other = answer(tmp_path / "a.json", binding())
    with pytest.raises(StudyError, match=r"a.json, m.csv: 1 mandates are in two files \(1 for one\); keep one"):
        parsed(path, other)
    write(path, path.read_text().replace("statusLabel", "Status"))
    with pytest.raises(StudyError, match="m.csv: column 'statusLabel' is missing; needed: mandataris"):
        parsed(path)


def test_an_empty_answer_beside_an_export_is_refused(tmp_path):
    path = export(tmp_path / "m.csv", record())
    with pytest.raises(StudyError, match="a.json: results.bindings is empty"):
        parsed(path, answer(tmp_path / "a.json"))
