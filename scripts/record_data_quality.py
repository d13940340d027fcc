"""All checks in one table and one page; totals by field against totals by account."""

import sys
from pathlib import Path

import pandas as pd

from beleidsvrijheid.harmonise import population_on, with_euros
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import data_source_label, write_csv, write_text
from beleidsvrijheid.quality import as_html, as_table, compare_totals, in_one_line, ledger_checks

EXPORTS = 285  # the geography that BBC exports come on


def main(
    checks: list[str],
    ledger: str,
    finance: list[str],
    population: str,
    units: str,
    language: str,
    data_source: str,
    table: str,
    page: str,
) -> None:
    parts = [pd.read_csv(path, dtype={"nis": str, "code": str, "year": "Int64"}) for path in checks]
    steps = pd.read_csv(ledger)
    parts += [as_table(ledger_checks(own), source) for source, own in steps.groupby("source", sort=True)]
    people = population_on(pd.read_parquet(population), pd.read_parquet(units), EXPORTS)
    spending = {Path(path).stem: path for path in finance}
    for name, path in spending.items():
        twin = name.replace("_by_field_", "_by_account_")
        if twin != name and twin in spending:
            pair = [with_euros(pd.read_parquet(one), people) for one in (path, spending[twin])]
            parts.append(as_table(compare_totals(*pair), name))
    result = pd.concat([part for part in parts if len(part)], ignore_index=True)
    write_csv(result, table, data_source)
    write_text(as_html(result, language, data_source_label(data_source)), page)
    print(f"{in_one_line(result)}; see {page}", file=sys.stderr)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            checks=list(snakemake.input.checks),
            ledger=snakemake.input.ledger,
            finance=list(snakemake.input.finance),
            population=snakemake.input.population,
            units=snakemake.input.units,
            language=snakemake.params.language,
            data_source=snakemake.params.data_source,
            table=snakemake.output.table,
            page=snakemake.output.page,
        )
