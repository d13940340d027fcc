"""Mandatendatabank: mandates of mayors, aldermen and councillors, spells merged; the bulk CSV or the answer of the endpoint.

Personal names do not leave this module: a person is the last part of its identifier.
"""

import re
from pathlib import Path
from typing import Any

import pandas as pd

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.geography import vintage_of_year
from beleidsvrijheid.sources.mandate_export import read_rows_of
from beleidsvrijheid.sources.reading import Parsed, Reference, check
from beleidsvrijheid.sources.renamed_units import unit_codes
from beleidsvrijheid.sources.sparql import read_bindings

MAYOR, ALDERMAN, COUNCILLOR = "mayor", "alderman", "councillor"
# In lower case: an export in which case was changed must lose nothing.
_LABELS = {
    "burgemeester": MAYOR, "schepen": ALDERMAN, "toegevoegde schepen": ALDERMAN, "gemeenteraadslid": COUNCILLOR,
}  # fmt: skip
_LEVELS = ("gemeente", "")
# The last part of http://data.vlaanderen.be/id/concept/BestuursfunctieCode/...
_CODES = {
    "5ab0e9b8a3b2ca7c5e000011": COUNCILLOR,
    "5ab0e9b8a3b2ca7c5e000013": MAYOR,
    "5ab0e9b8a3b2ca7c5e000014": ALDERMAN,
    "59a90e03-4f22-4bb9-8c91-132618db4b38": ALDERMAN,
}
# ASSUME who is prevented or holds the title only does not govern, nor sit; who acts in their place does.
_STATUS = {"effectief": True, "waarnemend": True, "": True, "verhinderd": False, "titelvoerend": False}
# Our name -> the publisher's, per layout.
_CSV = {
    "mandate": "mandataris", "person": "persoon", "function": "bestuursfunctieLabel", "party": "fractieNaam",
    "status": "statusLabel", "start": "start", "end": "eind", "period": "bestuursPeriodeStart",
    "period_end": "bestuursPeriodeEinde", "address": "werkingsgebied", "label": "bestuurseenheidLabel",
    "level": "bestuurseenheidClassificatieLabel",
}  # fmt: skip
_SPARQL = {
    "mandate": "mandataris", "person": "persoon", "function": "functie", "party": "fractieNaam",
    "status": "statusLabel", "start": "start", "end": "einde", "period": "periodeStart",
    "period_end": "periodeEinde", "address": "bestuurseenheid", "label": "gemeente", "code": "nisUri",
}  # fmt: skip
# Terms begin between early December and early January: round to the year that follows. Elections are every six years.
_TERM_START, _A_TERM, _TERM_YEARS = pd.Timedelta(days=45), 2013, 6
_FOR_EVER = pd.Timestamp("2200-01-01")
_STILL_RUNNING = re.compile(r"9999-12-3[01].*")
_FIRST_YEAR, _LAST_YEAR = 1970, 2100
_LISTED = 20


def parse(paths: list[Path], source: Source, reference: Reference) -> Parsed:
    """Mandates: nis, vintage, term (first year), person, function (mayor|alderman|councillor), party, start, end (NaT:
    still running).

    Both layouts may stand side by side as long as no mandate is in two files. Raises StudyError naming file and record.
    """
    files = [_read(path) for path in paths]
    checks = [row for _, rows in files for row in rows]
    records = pd.concat([table for table, _ in files], ignore_index=True)
    _refuse_copies(records)
    records, open_ended = _open_ended(records)
    typed = _typed(records)
    records, steps = _usable(typed)
    records, filled = with_party(records, typed[(typed["function"] == COUNCILLOR) & typed["term"].notna()])
    located, units = _located(records, reference, source.options.get("renamed", []))
    spells, more = _spells(located)
    notes = {path.name: {"records": len(table)} for path, (table, _) in zip(paths, files, strict=True)}
    mayors = _mayors_per_term(spells, reference)
    return Parsed(spells, [*checks, open_ended, *steps, *filled, *units, *more, *mayors], notes)


def _read(path: Path) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """The records of one file in our columns, all text, with the file and place of each."""
    if path.suffix == ".json":
        table = read_bindings(path, _SPARQL.values())
        records, n_records = table.set_axis(list(_SPARQL), axis=1), len(table)
        places = "binding " + records.index.astype(str)
        records["function"] = _functions(records["function"], path.name)
    else:
        wanted = {_CSV["function"]: _LABELS, _CSV["level"]: _LEVELS}
        table, n_records = read_rows_of(path, _CSV.values(), wanted)
        records = table.set_axis(list(_CSV), axis=1).assign(code="")
        places = "row " + records.index.astype(str)
        records["function"] = records["function"].str.casefold().map(_LABELS)
    reason = "only mayors, aldermen and councillors of municipalities"
    dropped = check("records of other mandates dropped", n_records, n_records - len(records), reason, kind="rows")
    return records.assign(file=path.name, place=path.name + ": " + places), [dropped | {"file": path.name}]


def _functions(addresses: pd.Series, name: str) -> pd.Series:
    codes = addresses.str.rsplit("/", n=1).str[-1]
    unknown = codes[~codes.isin(list(_CODES))]
    if len(unknown):
        raise StudyError(
            f"{name}: binding {unknown.index[0]}: functie {unknown.iloc[0]!r} is not one of {', '.join(_CODES)}; "
            "send the query of workflow/queries as it is"
        )
    return codes.map(_CODES)


def _refuse_copies(records: pd.DataFrame) -> None:
    known = records[records["mandate"] != ""]
    spread = known.groupby("mandate")["file"].nunique()
    if (spread > 1).any():
        mandate = spread.index[spread > 1][0]
        names = ", ".join(sorted(known.loc[known["mandate"] == mandate, "file"].unique()))
        raise StudyError(
            f"{names}: {int((spread > 1).sum())} mandates are in two files ({mandate.rsplit('/', 1)[-1]} for one); keep one"
        )


def brussels_date(texts: pd.Series, places: pd.Series, column: str) -> pd.Series:
    """UTC timestamps to dates in Brussels ("2018-12-31T23:00:00Z" is 1 January 2019); empty stays missing.

    Raises StudyError naming the place of what is no date, or none of 1970 to 2100.
    """
    wanted = texts.where(texts != "")
    years = pd.to_numeric(texts.str.extract(r"^(\d{4})", expand=False))
    far = years.notna() & ~years.between(_FIRST_YEAR, _LAST_YEAR)
    moments = pd.to_datetime(wanted.where(~far), utc=True, format="ISO8601", errors="coerce")
    bad = moments.isna() & wanted.notna()
    if bad.any():
        expected = f"a date in ISO 8601 of {_FIRST_YEAR} to {_LAST_YEAR}, as 2019-01-01T00:00:00Z"
        raise StudyError(f"{places[bad].iloc[0]}: {column}: {texts[bad].iloc[0]!r} is not {expected}")
    return moments.dt.tz_convert("Europe/Brussels").dt.tz_localize(None).dt.normalize()


def _open_ended(records: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Records with their ends of 9999 emptied, and how many there were."""
    # ASSUME an end on the last day of 9999 is how a database writes that there is none.
    ends = records[["end", "period_end"]]
    open_ended = ends.apply(lambda column: column.str.fullmatch(_STILL_RUNNING))
    reason = "end of the mandate or of its term; read as still running"
    account = check("ends on 9999-12-31 emptied", len(records), int(open_ended.any(axis=1).sum()), reason, kind="rows")
    return records.assign(**ends.mask(open_ended, "")), account


def _typed(records: pd.DataFrame) -> pd.DataFrame:
    dates = {name: brussels_date(records[name], records["place"], name) for name in ("start", "end", "period")}
    dates["period_end"] = brussels_date(records["period_end"], records["place"], "period_end")
    codes = records["code"].str.rsplit("/", n=1).str[-1]
    bad = codes[(codes != "") & ~codes.str.fullmatch(r"\d{5}")]
    if len(bad):
        raise StudyError(f"{records.at[bad.index[0], 'place']}: nisUri {bad.iloc[0]!r} does not end in five digits")
    status = records["status"].str.casefold()
    unknown = records[~status.isin(list(_STATUS))]
    if len(unknown):
        row = unknown.iloc[0]
        allowed = ", ".join(name for name in _STATUS if name)
        raise StudyError(f"{row['place']}: status {row['status']!r} is not known; allowed: {allowed}, or empty")
    person = records["person"].str.rsplit("/", n=1).str[-1]
    address = records["address"].where(records["address"] != "", records["label"])
    newest = records["code"].str.contains("/refnis2025/")
    typed = records.assign(**dates, code=codes, person=person, address=address, newest=newest)
    return typed.assign(governs=status.map(_STATUS), term=_terms(typed))


def _terms(records: pd.DataFrame) -> pd.Series:
    """First year of the term: of the organ, or of the mandate where the organ has no dates or is of several terms."""
    by_start = _term(records["start"])
    by_organ = _term(records["period"]).fillna(by_start)
    several = by_organ.groupby(records["mandate"]).transform("nunique") > 1
    return by_start.where(several & (records["mandate"] != ""), by_organ)


def _term(days: pd.Series) -> pd.Series:
    years = (days + _TERM_START).dt.year
    return _A_TERM + _TERM_YEARS * ((years - _A_TERM) // _TERM_YEARS)


def _usable(records: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Mandates that can be placed in time, and the account of what was left out."""
    kept, steps = records, []
    faults = {
        "records without a start dropped": (lambda table: table["start"].isna(), "start is empty"),
        "records without a person dropped": (lambda table: table["person"] == "", "persoon is empty"),
        "records that end before they start dropped": (
            lambda table: table["end"] < table["start"],
            "wrong in the source",
        ),
        "records of who does not govern dropped": (
            lambda table: ~table["governs"],
            "status verhinderd or titelvoerend",
        ),
    }
    for name, (fault, reason) in faults.items():
        wrong = fault(kept)
        first = f"; first: {kept.loc[wrong, 'place'].iloc[0]}" if wrong.any() else ""
        steps.append(check(name, len(kept), int(wrong.sum()), reason + first, kind="rows"))
        kept = kept[~wrong]
    # ASSUME a mandate without a last day ends with its term, where the term has ended.
    closed = kept["end"].isna() & kept["period_end"].notna()
    steps.append(check("mandates that end with their term", int(closed.sum()), 0, "eind is empty", kind="rows"))
    ends = kept["end"].fillna(kept["period_end"])
    return kept.assign(end=ends, term=kept["term"].astype("int64")), steps


def with_party(records: pd.DataFrame, councillors: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Fill empty parties in executives: from another record of the person in the executive of that term, else in the council.

    What stays empty on a seat in the council is not filled: no indicator reads the party of a councillor.
    """
    keys = ["term", "address", "person"]
    others = records[records["function"] == COUNCILLOR]
    records = records[records["function"] != COUNCILLOR]
    filled, steps = records["party"], []
    for name, table in (("executive", records), ("council", councillors)):
        known = table[table["party"] != ""].sort_values([*keys, "start"])
        known = known[known.groupby(keys)["party"].transform("nunique") == 1].drop_duplicates(keys)
        other = records[keys].merge(known[[*keys, "party"]], on=keys, how="left", validate="many_to_one")["party"]
        gains = (filled == "") & other.notna().to_numpy()
        filled = filled.where(~gains, other.to_numpy())
        reason = f"fractieNaam empty; the person has one party in the {name} of that term"
        steps.append(check(f"parties taken from the {name}", int(gains.sum()), 0, reason, kind="rows"))
    return pd.concat([records.assign(party=filled), others]), steps


def _located(
    records: pd.DataFrame, reference: Reference, renamed: list[dict[str, str]]
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    places = records.sort_values(
        ["term", "address", "newest", "code", "label"], ascending=[True, True, False, True, True]
    )
    places = places.rename(columns={"file": "where"})[["term", "address", "label", "code", "where"]].drop_duplicates()
    codes = unit_codes(places, reference, renamed)
    moved = codes[codes["is_renamed"]]
    named = [f"{row.label} was {row.nis} in {row.term}" for row in moved.itertuples(index=False)]
    reason = f"{len(moved)} bear the name of a later merger" + (f": {', '.join(named)}" if named else "")
    located = records.merge(
        codes[["term", "address", "nis", "vintage"]], on=["term", "address"], validate="many_to_one"
    )
    return located, [check("units found by code, name or place in a merger", len(codes), 0, reason)]


def _spells(located: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Spells of the kind "mandates", with the account of records merged and of what contradicts itself."""
    columns = ["nis", "vintage", "term", "person", "function", "party", "start", "end"]
    distinct = located[columns].drop_duplicates()
    spells, overlapping = merge_spells(distinct)
    nameless = int((spells.loc[spells["function"] != COUNCILLOR, "party"] == "").sum())
    organs, merged = len(located) - len(distinct), len(distinct) - len(spells)
    steps = [
        check(
            "records of a second organ dropped", len(located), organs, "the mayor is a post of two organs", kind="rows"
        ),
        check(
            "records merged into spells", len(distinct), merged, "same person, function and municipality", kind="rows"
        ),
        check(
            "records overlapping another", len(distinct), overlapping, "same person and function: merged", kind="rows"
        ),
        check("spells without party", int((spells["function"] != COUNCILLOR).sum()), nameless, "fractieNaam empty"),
        *_two_mayors(spells),
    ]
    return spells[columns], steps


def merge_spells(rows: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Join consecutive records of one person in one function and municipality (a change of status opens a new record).

    Returns the spells and the number of records that overlapped an earlier one.
    """
    keys = ["nis", "term", "vintage", "person", "function", "party"]
    ordered = rows.assign(end=rows["end"].fillna(_FOR_EVER)).sort_values([*keys, "start", "end"], ignore_index=True)
    reach = ordered.groupby(keys)["end"].cummax().groupby([ordered[key] for key in keys]).shift()
    overlapping = int((ordered["start"] <= reach).sum())
    spell = (~(ordered["start"] <= reach + pd.Timedelta(days=1))).cumsum()
    groups = ordered.groupby([*keys, spell.rename("spell")], sort=True)
    merged = groups.agg(start=("start", "first"), end=("end", "max")).reset_index()
    return merged.assign(end=merged["end"].where(merged["end"] != _FOR_EVER)), overlapping


def _two_mayors(spells: pd.DataFrame) -> list[dict[str, Any]]:
    mayors = spells[spells["function"] == MAYOR].sort_values(["nis", "term", "start", "person"])
    ends = mayors["end"].fillna(_FOR_EVER)
    groups = [mayors["nis"], mayors["term"]]
    wrong = mayors[mayors["start"] <= ends.groupby(groups).cummax().groupby(groups).shift()]
    name, reason = "one mayor at a time", "two at once: the indicators take the first"
    cases = [
        check(name, 1, 1, reason, nis=row.nis, year=row.start.year)
        for row in wrong.head(_LISTED).itertuples(index=False)
    ]
    return [check(name, len(mayors), len(wrong), reason), *cases]


def _mayors_per_term(spells: pd.DataFrame, reference: Reference) -> list[dict[str, Any]]:
    """Per term, whether every municipality of then has a mayor: a file of which a part is lost would look whole otherwise."""
    rows = []
    for term in sorted(spells["term"].unique()):
        vintage = vintage_of_year(int(term))
        units = reference.units.drop_duplicates(f"nis_{vintage}").set_index(f"nis_{vintage}")[f"naam_{vintage}"]
        mayors = spells.loc[(spells["term"] == term) & (spells["function"] == MAYOR), "nis"]
        missing = sorted(set(units.index) - set(mayors))
        named = ", ".join(f"{nis} {units[nis]}" for nis in missing[:_LISTED])
        reason = f"of the {vintage}, without a mayor: {named or 'none'}{' and more' if len(missing) > _LISTED else ''}"
        rows.append(check(f"municipalities with a mayor (term of {term})", len(units), len(missing), reason))
    return rows
