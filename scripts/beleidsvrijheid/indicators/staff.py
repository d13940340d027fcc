"""C1, C2 and C5 beside the ratio, and the three types of investors in staff."""

import numpy as np
import pandas as pd

from beleidsvrijheid.models.rank import centred_scaled, independent_columns

DECADE, SHORTEST = 10, 8
INTEGRATION = 2019  # the OCMW became part of the municipality


def employers(staff: pd.DataFrame) -> pd.DataFrame:
    """VTE by employer: nis, year, municipality, ocmw, total; empty where an employer has no figure, and total with it.

    staff: nis, year, employer, vte.
    """
    wide = staff.pivot_table(index=["nis", "year"], columns="employer", values="vte", aggfunc="sum")
    wide = wide.reindex(columns=["municipality", "ocmw"])
    return wide.assign(total=wide["municipality"] + wide["ocmw"]).reset_index()


def decade_growth(staff: pd.DataFrame, last: int) -> pd.DataFrame:
    """C2: ln VTE in `last` minus ln VTE ten years before: nis, value.

    Where the series begins later, from its first year, eight or nine years before, scaled to ten; the same year for all.
    """
    total = employers(staff).pivot(index="nis", columns="year", values="total")
    first = next((year for year in range(last - DECADE, last - SHORTEST + 1) if year in total), None)
    if first is None or last not in total:
        return pd.DataFrame({"nis": [], "value": []})
    growth = (np.log(total[last]) - np.log(total[first])) * DECADE / (last - first)
    return growth.dropna().rename("value").reset_index()


def residuals(outcome: pd.Series, numbers: pd.DataFrame, classes: pd.DataFrame) -> pd.Series:
    """Least-squares residuals of the outcome on numbers and on a dummy per class; who lacks one of them has none.

    outcome, numbers, classes: by nis. Empty where there are no more rows than columns.
    """
    table = pd.concat([outcome.rename("outcome"), numbers, classes], axis=1, join="inner").dropna().sort_index()
    if table.empty:
        return outcome[:0].astype(float)
    dummies = [(table[name].to_numpy()[:, None] == np.unique(table[name])[1:]).astype(float) for name in classes]
    matrix, _, _ = centred_scaled(np.column_stack([table[list(numbers)].to_numpy(float), *dummies]))
    matrix = matrix[:, independent_columns(matrix)]
    if len(table) <= matrix.shape[1] + 1:
        return outcome[:0].astype(float)
    basis, _ = np.linalg.qr(matrix)
    centred = (table["outcome"] - table["outcome"].mean()).to_numpy()
    return pd.Series(centred - basis @ (basis.T @ centred), index=table.index)


def investors(planned: pd.Series, realised: pd.Series, prices: pd.Series, years: list[int]) -> pd.DataFrame:
    """Ambition, realisation and type of investors in staff, over the years of a plan: nis, indicator, value.

    planned, realised: EUR of personnel cost by (nis, year). prices: index by year. Growth is the yearly change of ln real
    cost from the first to the last year. Ambition: planned growth. Realisation: realised / planned, summed. Type 1 grew;
    type 2 planned to and did not; type 3 neither. Score of type 3: minus the larger of the two growths, so that type 3 is
    a score of 0 or more. Van Haelter & Voets, Reflectienota 2017-2021.
    """
    plan, account = (_complete(cost, years) for cost in (planned, realised))
    both = plan.index.intersection(account.index)
    plan, account = plan.loc[both], account.loc[both]
    drift = np.log(prices[years[-1]] / prices[years[0]])
    ambition, growth = (
        (np.log(cost[years[-1]] / cost[years[0]]) - drift) / (years[-1] - years[0]) for cost in (plan, account)
    )
    # ASSUME growth is more than prices did: no threshold is published, and 0 is the one that needs no choice.
    kind = np.select([growth > 0, ambition > 0], [1.0, 2.0], 3.0)
    values = {
        "staff_ambition": ambition,
        "staff_realisation": account.sum(axis=1) / plan.sum(axis=1),
        "staff_type3_score": -np.maximum(ambition, growth),
        "staff_investor_type": pd.Series(kind, index=both),
    }
    parts = [
        one.rename("value").rename_axis("nis").reset_index().assign(indicator=name) for name, one in values.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _complete(cost: pd.Series, years: list[int]) -> pd.DataFrame:
    """EUR by nis and year, of who has a positive figure in every year."""
    wide = cost.unstack().reindex(columns=years)
    return wide[(wide > 0).all(axis=1)]
