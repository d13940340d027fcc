"""P1-P5 and P7: political change at the election between the periods, and how divided the council is."""

import pandas as pd

# ASSUME the executive before is the one in office on 1 October of the election year, the one after that of 1 March.
_BEFORE, _AFTER = "10-01", "03-01"


def election_between(years: list[int], post_start: int) -> tuple[int | None, int | None]:
    """The last election before the post period and the one before it; None where not at hand."""
    earlier = sorted(year for year in set(years) if year < post_start)
    return (earlier[-1] if earlier else None, earlier[-2] if len(earlier) > 1 else None)


def volatility(votes: pd.DataFrame, election: int, previous: int) -> pd.DataFrame:
    """P5 (Pedersen 1979): half the sum of absolute changes of vote shares. Missing where either election is absent."""
    chosen = votes[votes["year"].isin([election, previous])]
    total = chosen.groupby(["nis", "year"])["votes"].transform("sum")
    share = (chosen["votes"] / total).rename("share")
    wide = pd.concat([chosen[["nis", "party", "year"]], share], axis=1).pivot_table(
        index=["nis", "party"], columns="year", values="share", aggfunc="sum", fill_value=0.0
    )
    both = chosen.groupby("nis")["year"].nunique() == 2
    change = (wide[election] - wide[previous]).abs().groupby("nis").sum() / 2
    return change[both.reindex(change.index)].rename("value").reset_index()


def fragmentation(seats: pd.DataFrame, election: int) -> pd.DataFrame:
    """P7 (Laakso & Taagepera 1979): effective number of parties in the council, 1 / sum of squared seat shares."""
    chosen = seats[(seats["year"] == election) & (seats["seats"] > 0)]
    share = chosen["seats"] / chosen.groupby("nis")["seats"].transform("sum")
    effective = 1 / (share**2).groupby(chosen["nis"]).sum()
    return effective.rename("value").reset_index()


def executive_on(mandates: pd.DataFrame, date: str) -> pd.DataFrame:
    """Members of the executive in office on a date."""
    day = pd.Timestamp(date)
    return mandates[(mandates["start"] <= day) & (mandates["end"].isna() | (mandates["end"] >= day))]


def executive_change(mandates: pd.DataFrame, election: int) -> pd.DataFrame:
    """P1, P2, P3: nis, indicator, value. mandates: nis, person, function, party (harmonised), start, end.

    Missing where an executive, a mayor or a party is not known on either date.
    """
    before = executive_on(mandates, f"{election}-{_BEFORE}")
    after = executive_on(mandates, f"{election + 1}-{_AFTER}")
    mayors = [side[side["function"] == "mayor"].drop_duplicates("nis").set_index("nis") for side in (before, after)]
    both = mayors[0].index.intersection(mayors[1].index)
    old, new = mayors[0].loc[both], mayors[1].loc[both]
    known = (old["party"] != "") & (new["party"] != "")
    frames = [
        (old["person"] != new["person"]).astype(float).rename("value").reset_index().assign(indicator="new_mayor"),
        (old["party"] != new["party"])
        .astype(float)[known]
        .rename("value")
        .reset_index()
        .assign(indicator="new_mayor_party"),
        _newcomers(before, after).assign(indicator="coalition_change"),
    ]
    return pd.concat(frames, ignore_index=True)


def _newcomers(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Share of executive seats after the election held by parties that held none before."""
    old_pairs = set(before[["nis", "party"]].itertuples(index=False, name=None))
    named = after[(after["party"] != "") & after["nis"].isin(set(before["nis"]))].drop_duplicates(["nis", "person"])
    newcomer = [pair not in old_pairs for pair in named[["nis", "party"]].itertuples(index=False, name=None)]
    share = named.assign(newcomer=newcomer).groupby("nis")["newcomer"].mean()
    return share.rename("value").reset_index()


def composition_changes(spells: pd.DataFrame) -> pd.DataFrame:
    """P4 from counted compositions: (number - 1) per year of the term. spells: nis, spells, days."""
    rate = (spells["spells"] - 1) / (spells["days"] / 365.25)
    return spells.assign(value=rate)[["nis", "value"]].dropna()


def composition_changes_from_mandates(mandates: pd.DataFrame, election: int) -> pd.DataFrame:
    """P4 from spells: dates within the term on which an executive changed after its first day, per year of the term."""
    term = mandates[mandates["term"] == election + 1]
    first = term.groupby("nis")["start"].transform("min")
    # ASSUME a mandate that begins within 60 days of the term belongs to its first composition.
    later = term[term["start"] > first + pd.Timedelta(days=60)]
    changes = later.groupby("nis")["start"].nunique().reindex(sorted(term["nis"].unique()), fill_value=0)
    last = term["end"].fillna(pd.Timestamp(f"{election + 6}-12-31")).groupby(term["nis"]).max()
    years = (last - term.groupby("nis")["start"].min()).dt.days / 365.25
    return (changes / years).rename("value").rename_axis("nis").reset_index()
