"""No name of a person leaves a raw file; the stand-in for anonymous cases cannot be joined to a municipality."""

import csv
import importlib.util
import io
import json
import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError

from .beleidsvrijheid import test_sources_election_lists as lists
from .beleidsvrijheid import test_sources_mandatendatabank as mandates
from .beleidsvrijheid.small_country import write

ROOT = Path(__file__).resolve().parent.parent
# Headers under which publishers have names of persons (not of municipalities, parties, lists or bodies).
OF_PERSONS = re.compile(
    r"voornaam|achternaam|roepnaam|familienaam|volledige.?naam|first.?name|last.?name|given.?name|family.?name|surname|"
    r"naam.?kandidaat|kandidaat.?naam|(?:naam|name)_(?:persoon|mandataris|burgemeester|schepen|raadslid)|"
    r"(?:persoon|mandataris|burgemeester|schepen)_?(?:naam|name)",
    re.IGNORECASE,
)
PLANTED = ("Zwaluwina", "Vanderplanting", "Zwaluwtje")
NAMED = ("voornaam", "achternaam", "roepnaam")


def all_that_left(parsed) -> str:
    return parsed.table.to_csv() + json.dumps([parsed.checks, parsed.notes], default=str)


def with_names(path: Path) -> Path:
    """The export with three more columns of names, as the publisher has them."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*header, *NAMED])
    writer.writerows([*row, *PLANTED] for row in rows)
    return write(path, buffer.getvalue())


def no_name_in(text: str) -> bool:
    return not any(name.casefold() in text.casefold() for name in PLANTED)


def test_names_in_an_export_do_not_leave_it(tmp_path):
    people = [mandates.record(str(n), str(n), function) for n, function in enumerate(("Burgemeester", "Schepen"))]
    path = with_names(mandates.export(tmp_path / "mandaten.csv", *people))
    assert not no_name_in(path.read_text(encoding="utf-8"))
    assert no_name_in(all_that_left(mandates.parsed(path)))


def test_names_in_an_answer_do_not_leave_it(tmp_path):
    named = dict(zip(NAMED, PLANTED, strict=True))
    path = mandates.answer(
        tmp_path / "answer.json", mandates.binding(**named), variables=[*mandates.ballots.VARIABLES, "roepnaam"]
    )
    assert not no_name_in(path.read_text(encoding="utf-8"))
    assert no_name_in(all_that_left(mandates.parsed(path)))


@pytest.mark.parametrize(
    "broken",
    [
        lambda text: text.replace(mandates.BEGIN, "gisteren", 1),
        lambda text: text.replace(f",{PLANTED[0]}", "", 1),  # a row of another length is quoted by the reader
        lambda text: text.replace(PLANTED[1], f'"{PLANTED[1]}', 1),  # a quote that is not closed
        lambda text: text + text.splitlines()[-1].rsplit(",", 2)[0] + "\n",
        lambda text: text.replace("Aalhout", "Nergenshuizen"),
    ],
    ids=["date", "short row", "open quote", "cut row", "unknown municipality"],
)
def test_a_refusal_quotes_no_name(tmp_path, broken):
    path = with_names(
        mandates.export(tmp_path / "mandaten.csv", mandates.record(), mandates.record("2", "2", "Schepen"))
    )
    before = path.read_text(encoding="utf-8")
    path.write_text(broken(before), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != before
    with pytest.raises(StudyError) as refusal:
        mandates.parsed(path)
    assert no_name_in(str(refusal.value))
    shown = refusal.value.__cause__
    assert shown is None or no_name_in(str(shown))


def test_candidates_are_counted_and_not_named(tmp_path):
    header = [*lists.HEADER, "voornaam kandidaat"]
    rows = [[*lists.candidate(), PLANTED[0]], [*lists.candidate(), PLANTED[1]]]
    parsed = lists.parsed(lists.workbook(tmp_path / "r.xlsx", *rows, header=header))
    assert parsed.table["candidates"].tolist() == [2] and no_name_in(all_that_left(parsed))


# The whole study: what its raw files say of persons, and what it makes


def texts(path: Path) -> str:
    """What a file says, archives and tables unpacked."""
    if path.suffix in (".xlsx", ".docx", ".zip"):
        with zipfile.ZipFile(path) as archive:
            return "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    if path.suffix == ".parquet":
        table = pd.read_parquet(path)
        words = table.select_dtypes(exclude=["number", "bool", "datetime"]).astype(object).map(str)
        return " ".join([*table.columns, *(one for name in words for one in words[name].unique())])
    return path.read_bytes().decode("utf-8", "replace")


# As the simulated files have them: identifiers of persons and candidates, and the name "Persoon 00001".
SIMULATED_PERSONS = re.compile(r"id/personen/|kandidaat-\d{5}|Persoon[ ,;\"<>/a-z]{1,12}\d{5}")


@pytest.mark.slow
def test_no_person_is_in_any_result_of_the_study(finished_study):
    raw = finished_study.path("data/raw/simulated")
    told = {
        path.relative_to(raw).parts[0]
        for path in raw.rglob("*")
        if path.is_file() and SIMULATED_PERSONS.search(texts(path))
    }
    assert {"mandates", "election_lists"} <= told  # else the search would find nothing anywhere
    made = [
        path
        for part in ("results", "data/processed")
        for path in finished_study.path(part).rglob("*")
        if path.is_file()
    ]
    assert len(made) > 200
    found = [str(path) for path in made if (text := texts(path)) and SIMULATED_PERSONS.search(text)]
    assert found == []
    processed = [path for path in made if path.suffix == ".parquet"]
    assert [str(path) for path in processed if OF_PERSONS.search(" ".join(pd.read_parquet(path).columns))] == []


def test_columns_of_persons_are_recognised():
    assert all(OF_PERSONS.search(one) for one in (*NAMED, "Naam kandidaat", "naam_burgemeester", "Last Name"))
    assert not any(
        OF_PERSONS.search(one) for one in ("naam_2018", "fractieNaam", "lijst", "gemeente", "municipality_NL")
    )


@pytest.mark.real
def test_real_files_at_hand_have_no_column_of_names(real_data):
    """So nothing made from these can have one. A file that has such a column must be listed here, with what reads it."""
    heads = {path: path.read_bytes()[:20_000].decode("utf-8", "replace") for path in real_data.rglob("*.csv")}
    heads |= {path: path.read_bytes()[:20_000].decode("utf-8", "replace") for path in real_data.rglob("*.json")}
    assert len(heads) > 15
    assert [
        path.name
        for path, text in heads.items()
        if OF_PERSONS.search(text.splitlines()[0] if path.suffix == ".csv" else text)
    ] == []


# The stand-in for the anonymous cases of the qualitative studies

CASES = ROOT / "tests/reference/anonymous_cases"
KEYS = ["province", "size", "family"]
PROVINCES = {
    "10000": "Antwerpen",
    "20001": "Vlaams-Brabant",
    "30000": "West-Vlaanderen",
    "40000": "Oost-Vlaanderen",
    "70000": "Limburg",
}
SIZES = ["under 10,000", "10,000-19,999", "20,000-39,999", "40,000 and more"]


def cases() -> pd.DataFrame:
    return pd.read_csv(CASES / "cases.csv", dtype=str)


def joined(municipalities: pd.DataFrame) -> pd.Series:
    """Case -> how many municipalities it could be, by all that it shares with them."""
    both = cases().merge(municipalities, how="left", on=KEYS)
    return both.groupby("case")["nis"].nunique()


def test_the_stand_in_says_what_it_is_and_names_nothing(tmp_path):
    table = cases()
    assert table["case"].tolist() == list("ABCDEFG")
    assert table["data_source"].str.startswith("SYNTHETIC").all()
    assert not set(table) & {"nis", "name", "naam", "gemeente", "municipality"}
    assert not table.astype(str).apply(lambda column: column.str.fullmatch(r"\d{5}")).any().any()
    spec = importlib.util.spec_from_file_location("make", CASES / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main(tmp_path / "cases.csv")
    assert (tmp_path / "cases.csv").read_bytes() == (CASES / "cases.csv").read_bytes()


def test_a_join_that_would_find_one_is_seen():
    one = cases().iloc[[0]].assign(nis="11001")[[*KEYS, "nis"]]
    assert joined(one)["A"] == 1


@pytest.mark.real
def test_no_case_can_be_joined_to_a_municipality(real_data):
    table = pd.read_csv(real_data / "typology/belfius_2018.csv", dtype=str)
    people = pd.read_csv(real_data / "population/population_2018_nis2018.csv", dtype=str).set_index("NIS_code")[
        "inhabitants"
    ]
    number = table["nis_2018"].map(people.str.replace(",", "").astype(int))
    size = pd.cut(number, [0, 10_000, 20_000, 40_000, 10**7], right=False, labels=SIZES).astype(str)
    places = table.assign(
        province=table["provincie"].map(PROVINCES), size=size, family=table["family_nl"], nis=table["nis_2018"]
    )
    found = joined(places[[*KEYS, "nis"]])
    assert len(found) == 7 and (found >= 5).all()
