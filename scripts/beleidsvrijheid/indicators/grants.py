"""F2-F5: grants by what they are tied to, and what a municipality adds to the grant of a field.

Receipts are told apart by account in one export and by policy field in another, never by both. So the specific grant of a
field is taken to be the operating receipts booked in it: fees of users are in it too (said in the catalogue).
"""

import numpy as np
import pandas as pd

# First four digits of the account (official list of BBC accounts, rubrics II.A.2 and II.A.3): from, to, kind.
RECEIPT_KINDS = ((7300, 7389, "taxes"), (7400, 7404, "general"), (7405, 7409, "specific"))
# Between a municipality and its own OCMW: no receipts of the two together.
INTERNAL = ("6190", "7090", "6941", "7941")
SECTORS, GESCO, CITIES = "sectorale subsidies", "contingentgesco's", "centrumsteden"
LEAST_RECIPIENTS = 20  # municipalities with a grant, for a slope on it


def receipt_kinds(codes: pd.Series) -> pd.Series:
    """taxes, general (grants), specific (grants), internal or other, per account code such as 7300 or 7405/9."""
    head = codes.str.extract(r"^(\d{4})", expand=False)
    number = pd.to_numeric(head).fillna(0).astype(int)
    kinds = pd.Series("other", index=codes.index, dtype=object)
    for first, last, kind in RECEIPT_KINDS:
        kinds[number.between(first, last)] = kind
    kinds[head.isin(INTERNAL)] = "internal"
    return kinds


def receipts_by_kind(accounts: pd.DataFrame) -> pd.DataFrame:
    """EUR per (nis, year) of taxes, general, specific and total operating receipts, internal flows left out.

    accounts: nis, year, code, receipts_eur. A kind that a reporter of receipts does not have is 0.
    """
    own = accounts[accounts["receipts_eur"].notna()]
    codes = own["code"].drop_duplicates()
    own = own.assign(kind=own["code"].map(receipt_kinds(codes).set_axis(codes)))
    own = own[own["kind"] != "internal"]
    wide = own.pivot_table(index=["nis", "year"], columns="kind", values="receipts_eur", aggfunc="sum", fill_value=0.0)
    wide = wide.reindex(columns=["taxes", "general", "specific", "other"], fill_value=0.0)
    return wide.assign(total=wide.sum(axis=1))


def unconditional_share(general: pd.Series, specific: pd.Series) -> pd.Series:
    """F3, general / (general + specific); missing where either is negative or both are 0."""
    total = general + specific
    return (general / total).where((general >= 0) & (specific >= 0) & (total > 0))


def revenue_shares(by_kind: pd.DataFrame) -> pd.DataFrame:
    """Shares of taxes, general and specific grants in all operating receipts of all municipalities: year x kind."""
    sums = by_kind.groupby(level="year").sum()
    return sums[["taxes", "general", "specific"]].div(sums["total"], axis=0)


def receipts_by_field(fields: pd.DataFrame, codes: pd.DataFrame) -> pd.DataFrame:
    """EUR of operating receipts: (nis, year) x stable field. A field that a reporter of receipts does not have is 0.

    fields: nis, year, code (four digits), receipts_eur. codes: code, stable_code.
    """
    own = fields[fields["receipts_eur"].notna()]
    stable = own["code"].map(codes.set_index("code")["stable_code"]).rename("beleidsveld")
    return own.groupby([own["nis"], own["year"], stable])["receipts_eur"].sum().unstack(fill_value=0.0).sort_index()


def with_baskets(wide: pd.DataFrame, baskets: dict[str, list[str]], fields: list[str]) -> pd.DataFrame:
    """Columns of `fields` (0 where no municipality has one), then of each basket the sum of its members."""
    full = wide.reindex(columns=list(dict.fromkeys([*fields, *(m for group in baskets.values() for m in group)])))
    full = full.fillna(0.0)
    sums = {name: full[members].sum(axis=1) for name, members in baskets.items()}
    return full[fields].assign(**sums)


def former_grant(receipts: pd.DataFrame, years: list[int]) -> pd.DataFrame:
    """EUR a year, nis x field: mean of the years that a municipality reported receipts in."""
    chosen = receipts[receipts.index.get_level_values("year").isin(years)]
    return chosen.groupby(level="nis").mean()


def field_dose(receipts: pd.DataFrame, years: list[int], population: pd.DataFrame) -> pd.DataFrame:
    """F5, nis x field: receipts of the field over the years / inhabitants over the same years, EUR of the day."""
    chosen = receipts[receipts.index.get_level_values("year").isin(years)]
    people = population.set_index(["nis", "year"])["population"].reindex(chosen.index)
    return chosen.groupby(level="nis").sum().div(people.groupby(level="nis").sum(min_count=1), axis=0)


def stream_dose(streams: pd.DataFrame, stream: str, population: pd.DataFrame, first: int) -> pd.DataFrame:
    """F4, EUR per inhabitant of a stream of general grants in its first year from `first` on: nis, value.

    A municipality of the file that has no row of the stream in that year got nothing: 0.
    """
    years = streams.loc[(streams["stream"] == stream) & (streams["year"] >= first), "year"]
    if years.empty:
        return pd.DataFrame({"nis": pd.Series(dtype=str), "value": pd.Series(dtype=float)})
    year = years.min()
    of_year = streams[streams["year"] == year]
    own = of_year[of_year["stream"] == stream].groupby("nis")["amount_eur"].sum()
    reporting = sorted(of_year["nis"].unique())
    people = population[population["year"] == year].set_index("nis")["population"].reindex(reporting)
    return (own.reindex(reporting, fill_value=0.0) / people).rename("value").rename_axis("nis").dropna().reset_index()


def template_release(
    pre: pd.DataFrame, post: pd.DataFrame, dose: pd.DataFrame, least: int = LEAST_RECIPIENTS
) -> pd.Series:
    """U7 per field: slope over municipalities of real spending per inhabitant on the former grant, pre minus post.

    pre, post, dose: nis x field, EUR per inhabitant. Municipalities with all three; least squares with a constant; at
    least `least` of them with a grant, else missing. 1 is full release of a one-to-one template.
    """
    slopes = {}
    for field in pre.columns.intersection(dose.columns):
        rows = pd.concat([pre[field], post[field], dose[field]], axis=1, keys=["pre", "post", "dose"]).dropna()
        if (rows["dose"] > 0).sum() < least or rows["dose"].nunique() < 2:
            continue
        centred = (rows["dose"] - rows["dose"].mean()).to_numpy()
        slopes[field] = float(centred @ (rows["pre"] - rows["post"]).to_numpy() / (centred @ centred))
    return pd.Series(slopes, dtype=float).rename_axis("beleidsveld").rename("value")


def own_effort(
    spending: pd.DataFrame, grant: pd.DataFrame, population: pd.DataFrame, price: pd.Series, years: list[int]
) -> pd.DataFrame:
    """R5, (spending - former grant) in real EUR per inhabitant: nis, beleidsveld, year, value.

    spending: nis, beleidsveld, year, spending_eur. grant: nis x field, EUR a year, held fixed at its level before the
    reform as the aanvullende dotatie is. price: index by year, 1 in the base year. Only where there is spending.
    """
    kept = spending[spending["year"].isin(years) & spending["beleidsveld"].isin(grant.columns)]
    former = grant.stack().rename("grant").rename_axis(["nis", "beleidsveld"])
    own = kept.merge(former.reset_index(), on=["nis", "beleidsveld"], how="inner", validate="m:1")
    own = own.merge(population[["nis", "year", "population"]], on=["nis", "year"], how="left", validate="m:1")
    value = (own["spending_eur"] - own["grant"]) / own["population"] / own["year"].map(price)
    return own[["nis", "beleidsveld", "year"]].assign(value=value).dropna(subset=["value"])


def field_unconditional_share(general: pd.Series, weights: pd.DataFrame, receipts: pd.DataFrame) -> pd.DataFrame:
    """F3 of a field: general grants spread over the fields as spending was before the reform, over that plus receipts.

    general: EUR by (nis, year). weights: nis x field, shares of spending in the pre-period. receipts: EUR, (nis, year) x
    field. Returns (nis, year) x field; missing where the share or the receipts are.
    """
    columns = weights.columns.intersection(receipts.columns)
    own = receipts[columns]
    spread = weights.reindex(own.index.get_level_values("nis"))[columns].to_numpy()
    spread = spread * general.reindex(own.index).to_numpy()[:, None]
    flow = own.to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where((spread >= 0) & (flow >= 0) & (spread + flow > 0), spread / (spread + flow), np.nan)
    return pd.DataFrame(share, index=own.index, columns=columns)
