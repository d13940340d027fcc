"""The claims and the replication candidates of a study as tables."""

from typing import Any

import pandas as pd

from beleidsvrijheid.claims import Claim, judge, specifications_of
from beleidsvrijheid.plan import deviating, deviation_sentence
from beleidsvrijheid.publication import Labels, Result

CLAIM_COLUMNS = ["claim_id", "statement", "source", "test", "verdict", "statistic", "ci_low", "ci_high", "threshold"]
CLAIM_COLUMNS += ["specification", "robustness", "reason", "deviations"]
CANDIDATE_COLUMNS = ["candidate", "label", "as_published", "finding", "verdict", "statistic", "ci_low", "ci_high"]
CANDIDATE_COLUMNS += ["threshold", "specification", "reason"]


def claims_table(
    claims: dict[str, dict[str, Any]],
    statements: dict[str, dict[str, Any]],
    equivalence: dict[str, Any],
    results: dict[str, Result],
    labels: Labels,
    differs: pd.DataFrame,
) -> pd.DataFrame:
    """One row per claim of config.yaml, in its order; columns CLAIM_COLUMNS.

    statements: entries of workflow/claims.yaml by id. equivalence: the section of config.yaml. differs: deviations from
    the frozen plan, columns plan.COLUMNS; those that touch a claim are named in its row.
    """
    rows = []
    for claim_id, settings in claims.items():
        claim, said = Claim.from_settings(settings, equivalence), statements[claim_id]
        verdict = judge(claim, results, labels)
        told = {key: said[key][labels.language] for key in ("statement", "test")}
        touching = deviating(differs, claim_id, [*specifications_of(claim), *claim.variants])
        told["deviations"] = deviation_sentence(touching, labels.language) if len(touching) else ""
        rows.append({"claim_id": claim_id, "source": said["source"], **told, **vars(verdict)})
    return pd.DataFrame(rows, columns=CLAIM_COLUMNS)


def replication_table(
    replication: dict[str, Any], equivalence: dict[str, Any], results: dict[str, Result], labels: Labels
) -> pd.DataFrame:
    """One row per candidate and published finding, the keys beside its label; columns CANDIDATE_COLUMNS.

    All are shown, none is chosen.
    """
    rows = []
    for name, candidate in replication["candidates"].items():
        for finding in (key for key in candidate if key != "label"):
            verdict = judge(Claim.from_settings(candidate[finding], equivalence), results, labels)
            label, chosen = candidate["label"][labels.language], name == replication["as_published"]
            rows.append(
                {"candidate": name, "label": label, "as_published": chosen, "finding": finding, **vars(verdict)}
            )
    return pd.DataFrame(rows, columns=CANDIDATE_COLUMNS)
