"""P1-P7: political change at the election between the periods, how divided the council is, and its lists."""

import pandas as pd

from beleidsvrijheid.geography import vintage_of_year

# ASSUME the executive before is the one in office on 1 October of the election year, the one after that of 1 March.
_BEFORE, _AFTER = "10-01", "03-01"
# ASSUME a party that stands in a tenth of the municipalities is national; a list that bears its name is no local list.
_NATIONAL = 0.1
# ASSUME who takes office within 60 days of the first day of a term was elected, and did not follow somebody up; so too, a
# mandate that begins then belongs to the first composition of the executive.
_INSTALLED = pd.Timedelta(days=60)
# ASSUME a previous council of which fewer than this share of the seats is known is not known at all.
_KNOWN = 0.75
_FOR_EVER = pd.Timestamp("2200-01-01")


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
    """Members of the executive in office on a date; councillors are none."""
    day = pd.Timestamp(date)
    mandates = mandates[mandates["function"] != "councillor"]
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
    term = mandates[(mandates["term"] == election + 1) & (mandates["function"] != "councillor")]
    first = term.groupby("nis")["start"].transform("min")
    later = term[term["start"] > first + _INSTALLED]
    changes = later.groupby("nis")["start"].nunique().reindex(sorted(term["nis"].unique()), fill_value=0)
    last = term["end"].fillna(pd.Timestamp(f"{election + 6}-12-31")).groupby(term["nis"]).max()
    years = (last - term.groupby("nis")["start"].min()).dt.days / 365.25
    return (changes / years).rename("value").rename_axis("nis").reset_index()


def installed(mandates: pd.DataFrame, term: int) -> pd.DataFrame:
    """Councillors who took office at the start of a term: nis, person, end (the last day of their last spell; NaT: sits)."""
    own = mandates[(mandates["term"] == term) & (mandates["function"] == "councillor")]
    first = own.groupby("nis")["start"].transform("min")
    members = own.loc[own["start"] <= first + _INSTALLED, ["nis", "person"]].drop_duplicates()
    spells = own.assign(end=own["end"].fillna(_FOR_EVER))
    last = spells.groupby(["nis", "person"])["end"].max().reset_index()
    merged = members.merge(last, on=["nis", "person"], validate="one_to_one")
    return merged.assign(end=merged["end"].where(merged["end"] != _FOR_EVER))


def councillor_turnover(mandates: pd.DataFrame, election: int) -> pd.DataFrame:
    """P6 (Matland & Studlar 2004): share of the councillors elected who did not sit in the council of the term before.

    mandates: nis, term, person, function, start, end; councils of all parts of a merger count as one. Missing where the
    council before is known for fewer than three quarters of the seats: a database begins somewhere.
    """
    own = installed(mandates, election + 1)
    # Councils of six years: the term before began six years before.
    former = mandates[(mandates["term"] == election - 5) & (mandates["function"] == "councillor")]
    sat = former[["nis", "person"]].drop_duplicates()
    seats, known = own.groupby("nis").size(), sat.groupby("nis").size()
    complete = known.reindex(seats.index, fill_value=0) >= _KNOWN * seats
    pairs = own.merge(sat.assign(sat=True), on=["nis", "person"], how="left", validate="one_to_one")
    turnover = pairs["sat"].isna().groupby(pairs["nis"]).mean()
    return turnover[complete.reindex(turnover.index)].rename("value").reset_index()


def councillors_stopped(mandates: pd.DataFrame, term: int, day: str) -> pd.DataFrame:
    """D2: of all councillors who took office at the start of a term, the share who had stopped by a day: value, one row."""
    members = installed(mandates, term)
    if members.empty:
        return pd.DataFrame({"value": []}, dtype=float)
    return pd.DataFrame({"value": [float((members["end"] <= pd.Timestamp(day)).mean())]})


def councillors_by_group(mandates: pd.DataFrame, panel: pd.DataFrame, term: int, day: str) -> dict[str, pd.DataFrame]:
    """Persons per province (rows) and size band (columns): who took office at the start of a term, and who of these had
    stopped by a day. True counts: beleidsvrijheid.disclosure says what of them may be published.
    """
    members = installed(mandates, term)
    known = panel[(panel["level"] == "municipality") & panel["indicator"].isin(["province", "size_band"])]
    groups = known.pivot_table(index="nis", columns="indicator", values="value", aggfunc="first").dropna().astype(int)
    placed = members.merge(groups, how="inner", left_on="nis", right_index=True, validate="many_to_one").astype(
        {"province": str, "size_band": str}
    )
    stopped = placed["end"] <= pd.Timestamp(day)
    whole = pd.crosstab(placed["province"], placed["size_band"])
    gone = pd.crosstab(placed["province"][stopped], placed["size_band"][stopped])
    return {"took_office": whole, "stopped": gone.reindex_like(whole).fillna(0).astype(int)}


def coalition_parties(mandates: pd.DataFrame, election: int) -> pd.DataFrame:
    """P7: parties in the executive after an election: nis, value. Missing where the party of a member is not known."""
    after = executive_on(mandates, f"{election + 1}-{_AFTER}")
    known = (after["party"] != "").groupby(after["nis"]).all()
    parties = after.groupby("nis")["party"].nunique()[known]
    return parties.astype(float).rename("value").reset_index()


def aldermen(mandates: pd.DataFrame, election: int, units: pd.DataFrame, vintage: int) -> pd.DataFrame:
    """P7: aldermen in office after an election: nis, year (the first of the term), value.

    Missing for units that merged after that year: the executive is that of their largest part, the inhabitants are not.
    """
    year = election + 1
    after = executive_on(mandates, f"{year}-{_AFTER}")
    parts = units.groupby(f"nis_{vintage}")[f"nis_{vintage_of_year(year)}"].nunique()
    counts = (after["function"] == "alderman").groupby(after["nis"]).sum()
    whole = counts[counts.index.isin(parts.index[parts == 1])]
    return whole.astype(float).rename("value").rename_axis("nis").reset_index().assign(year=year)


def local_list_share(lists: pd.DataFrame) -> pd.DataFrame:
    """D3: share of the lists that are local: nis, year, value. lists: nis, year, party (harmonised names).

    Local: a name that stands in one municipality only, without that of a national party in it ("cdv" in "cdvplus").
    """
    parts = []
    for year, own in lists.groupby("year", sort=True):
        stands = own.groupby("party")["nis"].nunique()
        national = stands.index[stands >= max(_NATIONAL * own["nis"].nunique(), 2)]
        local = {
            party: count == 1 and not any(name in party for name in national if name) for party, count in stands.items()
        }
        share = own["party"].map(local).astype(float).groupby(own["nis"]).mean()
        parts.append(share.rename("value").reset_index().assign(year=year))
    return pd.concat(parts, ignore_index=True)
