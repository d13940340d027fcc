"""The day of an election, and ballots that were held again."""

from typing import Any

import pandas as pd

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources.reading import check

_DAY = r"(\d{1,2}/\d{1,2}/\d{4}|\d{4}-\d{2}-\d{2})"


def ballot_days(table: pd.DataFrame, name: str) -> pd.Series:
    """The column `date`, written as 14/10/2018 or 2018-10-14, as days.

    name: of the file. Raises StudyError naming the `row` of what is neither.
    """
    texts = table["date"].str.strip()
    slashed = texts.str.contains("/", regex=False)
    days = pd.to_datetime(texts.where(slashed), format="%d/%m/%Y", errors="coerce")
    days = days.fillna(pd.to_datetime(texts.where(~slashed), format="%Y-%m-%d", errors="coerce"))
    bad = table[days.isna() | ~texts.str.fullmatch(_DAY)]
    if len(bad):
        row = bad.iloc[0]
        raise StudyError(f"{name}: row {row['row']}: {row['date']!r} is not a date as 14/10/2018 or 2018-10-14")
    return days


def of_last_ballot(table: pd.DataFrame, name: str) -> tuple[pd.DataFrame, int, list[dict[str, Any]]]:
    """The rows that count, the year of the election, and the account of what a new ballot replaced.

    table: date (text), nis, row (its number in the file `name`). The election is that of the day of most rows; where a
    municipality voted again within a year, as one did in June 2019, the last ballot counts. Raises StudyError on other days.
    """
    if table.empty:
        raise StudyError(f"{name}: no rows below the header; download it again")
    days = ballot_days(table, name)
    main = days.mode().iloc[0]
    apart = (days < main) | (days > main + pd.Timedelta(days=365))
    if apart.any():
        raise StudyError(
            f"{name}: row {table.loc[apart, 'row'].iloc[0]}: {days[apart].iloc[0]:%Y-%m-%d} is not of the election of "
            f"{main:%Y-%m-%d}; keep one election in a file"
        )
    last = days == days.groupby(table["nis"]).transform("max")
    again = int(table.loc[days > main, "nis"].nunique())
    reason = f"municipalities that voted again after {main:%Y-%m-%d}: {again}; their last ballot counts"
    step = check("rows of a ballot that was held again dropped", len(table), int((~last).sum()), reason, kind="rows")
    return table[last], int(main.year), [step]
