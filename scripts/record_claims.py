"""Rule record_claims: a verdict on every claim of the study, computed from its results."""

from typing import Any

import pandas as pd

from beleidsvrijheid.claims import Claim, judge, read_ledger
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.outputs import write_csv
from beleidsvrijheid.publication import read_labels, read_results, result_files

COLUMNS = ["claim_id", "statement", "verdict", "statistic", "threshold", "specification", "reason"]


def main(
    *,
    claims: dict[str, dict[str, Any]],
    equivalence: dict[str, Any],
    specifications: dict[str, Any],
    files: dict[str, list[str]],
    ledger: str,
    catalogue: str,
    fields: str,
    language: str,
    data_source: str,
    output: str,
    refused: dict[str, list[str]] | None = None,
) -> None:
    """Write results/claims.csv: one row per claim of config.yaml, in its order."""
    statements = read_ledger(ledger)
    unknown = [claim_id for claim_id in claims if claim_id not in statements]
    if unknown:
        known = ", ".join(statements)
        raise StudyError(f"config.yaml: claims: {unknown[0]!r} is not in {ledger}; allowed: {known}; add or rename it")
    names = list(dict.fromkeys(name for claim in claims.values() for name in claim["specifications"]))
    results = read_results(names, specifications, files, refused)
    labels = read_labels(catalogue, language, fields)
    rows = []
    for claim_id, settings in claims.items():
        verdict = judge(Claim.from_settings(settings, equivalence), results, labels)
        rows.append({"claim_id": claim_id, "statement": statements[claim_id]["statement"][language], **vars(verdict)})
    write_csv(pd.DataFrame(rows, columns=COLUMNS), output, data_source)


if __name__ == "__main__":
    from beleidsvrijheid.jobs import job_log

    job = snakemake
    with job_log(job.log[0]):
        named = {key: job.input[key] for key in ("ledger", "catalogue", "fields")}
        main(
            files=result_files(dict(job.input.items())),
            output=job.output[0],
            **named,
            **dict(job.params.items()),
        )
