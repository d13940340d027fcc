"""Rule record_claims: a verdict on every claim and every replication candidate, computed from the study's results."""

from typing import Any

import pandas as pd

from beleidsvrijheid.analyses import entry_results
from beleidsvrijheid.claims import read_ledger
from beleidsvrijheid.claims.ledger import claims_table, replication_table
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.outputs import write_csv
from beleidsvrijheid.plan import COLUMNS as DEVIATION_COLUMNS
from beleidsvrijheid.publication import read_extra, read_labels, read_results, result_files


def main(
    *,
    judged: dict[str, Any],
    files: dict[str, list[str]],
    ledger: str,
    catalogue: str,
    fields: str,
    language: str,
    data_source: str,
    outputs: dict[str, str],
    extra: list[str] | None = None,
    own_indicators: dict[str, Any] | None = None,
) -> None:
    """Write results/claims.csv and results/replication.csv.

    judged: claims, replication, equivalence, specifications (simulated mergers among them), refused, deviations from the
    plan. extra: files of necessity and qca.
    """
    statements = read_ledger(ledger)
    unknown = [claim_id for claim_id in judged["claims"] if claim_id not in statements]
    if unknown:
        raise StudyError(f"config.yaml: claims: {unknown[0]!r} is not in {ledger}; allowed: {', '.join(statements)}")
    results = read_results(list(judged["specifications"]), judged["specifications"], files, judged["refused"])
    results |= entry_results(read_extra(extra or []))
    labels = read_labels(catalogue, language, fields, own_indicators)
    differs = pd.DataFrame(judged["deviations"], columns=DEVIATION_COLUMNS)
    table = claims_table(judged["claims"], statements, judged["equivalence"], results, labels, differs)
    write_csv(table, outputs["claims"], data_source)
    table = replication_table(judged["replication"], judged["equivalence"], results, labels)
    write_csv(table, outputs["replication"], data_source)


if __name__ == "__main__":
    from beleidsvrijheid.jobs import job_log

    job = snakemake
    with job_log(job.log[0]):
        main(
            files=result_files(dict(job.input.items())),
            extra=list(job.input.extra),
            outputs=dict(job.output.items()),
            **{key: job.input[key] for key in ("ledger", "catalogue", "fields")},
            **dict(job.params.items()),
        )
