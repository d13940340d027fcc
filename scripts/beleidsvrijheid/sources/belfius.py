"""Belfius socio-economic typology: cluster per municipality of 2018, misprints mended by a reviewed list beside it.

The list comes as the text of the publisher's PDF, as a transcription (CSV), or as both, which must then agree.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import NameIndex, normalised
from beleidsvrijheid.sources.reading import Parsed, Reference, check, read_table, read_text
from beleidsvrijheid.sources.tables import parse_table

CLUSTERS = [f"V{number}" for number in range(1, 17)]
CORRECTIONS = "corrections.csv"
HEADING = "heading"
_CORRECTION_COLUMNS = ["nis_2018", "column", "printed", "corrected", "reason"]
# ASSUME the text of the PDF was not seen: a heading is a line "V1 label"; names stand below it in capitals, in one or more
# columns two blanks or more apart; lines with small letters are titles, and lines of digits are page numbers.
_CLUSTER_HEADING = re.compile(r"(?:cluster\s+)?V\s?(\d{1,2})\b[\s.:–-]*(.*)", re.IGNORECASE)


@dataclass
class Corrections:
    """The reviewed list of misprints and which of its rows a list has used."""

    rows: pd.DataFrame
    name: str = CORRECTIONS
    used: set[int] = field(default_factory=set)

    @classmethod
    def read(cls, path: Path | None) -> "Corrections":
        """The rows of corrections.csv; none where there is no such file. Raises StudyError on a missing column."""
        if path is None:
            return cls(pd.DataFrame(columns=_CORRECTION_COLUMNS))
        rows = read_table(path)
        missing = [column for column in _CORRECTION_COLUMNS if column not in rows]
        if missing:
            raise StudyError(f"{path.name}: column {missing[0]!r} is missing; needed: {', '.join(_CORRECTION_COLUMNS)}")
        return cls(rows, path.name)

    def of_heading(self, printed: str) -> str | None:
        """The cluster that a printed heading should have named."""
        rows = self.rows[self.rows["column"] == HEADING]
        for number, row in rows.iterrows():
            if normalised(row["printed"]) == normalised(printed):
                self.used.add(number)
                return row["corrected"]
        return None

    def applied(self, table: pd.DataFrame) -> pd.DataFrame:
        """`table` (nis, ...) with every correction of a municipality whose printed label it has."""
        fixed = table.copy()
        for number, row in self.rows[self.rows["column"] != HEADING].iterrows():
            at = (fixed["nis"] == row["nis_2018"]) & (fixed.get(row["column"], "") == row["printed"])
            if at.any():
                fixed.loc[at, row["column"]] = row["corrected"]
                self.used.add(number)
        return fixed

    def refuse_stale(self) -> None:
        """Raise StudyError on a row that mended nothing: the source no longer prints what it says."""
        for number, row in self.rows.iterrows():
            if number not in self.used:
                place = f"{row['nis_2018']}: " if row["nis_2018"] else ""
                raise StudyError(
                    f"{self.name}: {place}the source does not print {row['printed']!r} in {row['column']}; drop the row"
                )


def parse(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """nis, vintage, cluster (V1..V16). Raises StudyError on a label that is no cluster and that no correction mends, on a
    municipality that is missing or printed twice, and where text and transcription differ."""
    lists = [path for path in paths if path.name != CORRECTIONS]
    suffixes = [path.suffix for path in lists]
    if not lists or len(set(suffixes)) != len(suffixes):
        raise StudyError(
            f"{source.id}: {len(lists)} lists where one is expected (one text and one CSV at most); "
            f"keep one in data/raw/{source.id}/"
        )
    corrections = Corrections.read(_corrections_file(paths, lists))
    tables, checks, notes = {}, [], {}
    for path in lists:
        parsed = (
            _text(path, source, reference, corrections)
            if path.suffix == ".txt"
            else parse_table(path, source, reference)
        )
        table = parsed.table.assign(cluster=parsed.table["cluster"].str.strip())
        tables[path.name] = corrections.applied(table)
        checks += parsed.checks
        notes |= parsed.notes
    corrections.refuse_stale()
    for name, table in tables.items():
        checks.append(_check_list(table, reference, int(source.geography), name))
    checks.append(
        check("misprints corrected", len(corrections.rows), 0, "corrections.csv beside the source", kind="rows")
    )
    first = next(iter(tables.values())).sort_values("nis", ignore_index=True)
    if len(tables) > 1:
        checks.append(_compare(tables, first))
    return Parsed(first[["nis", "vintage", "cluster"]], checks, notes)


def _corrections_file(paths: list[Path], lists: list[Path]) -> Path | None:
    given = [path for path in paths if path.name == CORRECTIONS]
    beside = lists[0].with_name(CORRECTIONS)
    if not given and beside.is_file():
        raise StudyError(
            f"{beside.name} lies beside {lists[0].name} and is not among the files of this source; let data.files in "
            "config.yaml match both, or move it away"
        )
    return given[0] if given else None


def _check_list(table: pd.DataFrame, reference: Reference, vintage: int, name: str) -> dict:
    """Every municipality exactly once, every label a cluster."""
    wrong = table[~table["cluster"].isin(CLUSTERS)]
    if len(wrong):
        case = wrong.iloc[0]
        raise StudyError(
            f"{name}: {case['nis']}: cluster {case['cluster']!r} does not exist; allowed: V1 to V16. "
            "Add a row to corrections.csv beside the file (nis_2018, column, printed, corrected, reason)"
        )
    names = reference.units.drop_duplicates(f"nis_{vintage}").set_index(f"nis_{vintage}")[f"naam_{vintage}"]
    twice = table.loc[table["nis"].duplicated(), "nis"]
    if len(twice):
        raise StudyError(f"{name}: {_named(twice, names)} occurs twice; keep one row")
    missing = sorted(set(names.index) - set(table["nis"]))
    if missing:
        raise StudyError(
            f"{name}: {len(missing)} of the {len(names)} municipalities of {vintage} are missing: "
            f"{_named(missing[:10], names)}{' and more' if len(missing) > 10 else ''}; the list is cut off or a name is lost"
        )
    return check("every municipality exactly once", len(names), 0, "refused otherwise", file=name)


def _named(codes: list[str] | pd.Series, names: pd.Series) -> str:
    return ", ".join(f"{nis} {names.get(nis, '')}".strip() for nis in codes)


def _compare(tables: dict[str, pd.DataFrame], first: pd.DataFrame) -> dict:
    (one, _), (other, second) = tables.items()
    both = first.merge(second, on="nis", suffixes=("", "_other"), validate="one_to_one")
    differs = both[both["cluster"] != both["cluster_other"]]
    if len(differs):
        case = differs.iloc[0]
        raise StudyError(
            f"{one} and {other}: {case['nis']} is {case['cluster']} in one and {case['cluster_other']} in the other "
            f"({len(differs)} such municipalities); correct whichever is wrong, or keep one list"
        )
    return check("text and transcription agree", len(both), 0, f"{one} and {other}; refused otherwise")


def _text(path: Path, source: Source, reference: Reference, corrections: Corrections) -> Parsed:
    """The text of the composition PDF (pdftotext -layout)."""
    names = reference.names(int(source.geography))
    labels: dict[str, str] = {}
    cluster, rows, ignored = None, [], 0
    lines = [line.replace("\f", "") for line in read_text(path).split("\n")]
    for number, line in enumerate(lines, start=1):
        where = f"{path.name}: line {number}"
        heading = _CLUSTER_HEADING.fullmatch(line.strip())
        if heading:
            cluster = _cluster(heading, line, labels, corrections, where)
        elif cluster is None or line != line.upper() or not re.search("[A-Z]", line):
            ignored += bool(line.strip())
        else:
            rows += [(_code(name, names, where), cluster) for name in re.split(r"\s{2,}", line.strip())]
    if not rows:
        raise StudyError(
            f"{path.name}: no heading 'V1 ...' with names in capitals below it; make it with pdftotext -layout"
        )
    table = pd.DataFrame(rows, columns=["nis", "cluster"]).assign(vintage=int(source.geography))
    reason = f"lines that are neither heading nor names (titles, page numbers); {len(rows)} names read"
    n_lines = sum(1 for line in lines if line.strip())
    counted = check("lines read", n_lines, ignored, reason, kind="rows", file=path.name)
    return Parsed(table, [counted], {path.name: {"layout": "pdftotext", "rows": len(rows), "headings": labels}})


def _code(name: str, names: NameIndex, where: str) -> str:
    try:
        return names.code(name, where)
    except StudyError as problem:
        raise StudyError(f"{problem}. If the line is a title of the page, delete it from the text") from None


def _cluster(heading: re.Match, line: str, labels: dict[str, str], corrections: Corrections, where: str) -> str:
    """The cluster of a heading. One that is printed again with another label is a misprint that needs a correction."""
    if re.search(r"\s{2,}V\s?\d{1,2}\b", line.strip()):
        raise StudyError(
            f"{where}: two headings on one line ({line.strip()!r}); make the text without columns of clusters"
        )
    printed = " ".join(line.split())
    cluster = corrections.of_heading(printed) or f"V{int(heading[1])}"
    label = normalised(heading[2])
    known = labels.setdefault(cluster, label)
    if label and known != label:
        raise StudyError(
            f"{where}: the heading {printed!r} is {cluster} a second time with another label (first: {known!r}); if it is a "
            f"misprint, add a row to {CORRECTIONS}: nis_2018 empty, column {HEADING}, printed {printed!r}, corrected, reason"
        )
    return cluster


def cluster_number(labels: pd.Series) -> pd.Series:
    """V7 -> 7."""
    return labels.map(lambda label: int(re.sub(r"\D", "", label)))


def family(numbers: pd.Series) -> pd.Series:
    """Families of study.md: 1 residential V1-V5, 2 rural V6-V8, 3 economic V9-V12, 4 urbanised V13-V14, 5 cities, 6 coast."""
    return pd.cut(numbers, [0, 5, 8, 12, 14, 15, 16], labels=[1, 2, 3, 4, 5, 6]).astype(int)
