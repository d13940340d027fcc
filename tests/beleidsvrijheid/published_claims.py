"""The ledger of claims and the replication candidates of a made-up study, for the tests of tables."""

import pandas as pd

from beleidsvrijheid.claims.ledger import CANDIDATE_COLUMNS, CLAIM_COLUMNS

SUPPORTED = {"verdict": "supported", "statistic": 0.0123, "ci_low": 0.0021, "ci_high": 0.0225, "threshold": 0.0}
SILENT = {"verdict": "not_testable", "reason": r"no file under 50% & $x_1$: results\fits {gone} #1 ^~"}


def claims() -> pd.DataFrame:
    """A claim with everything, one without interval, one that no data speak to."""
    rows = [
        {"claim_id": "F2", **SUPPORTED, "specification": "e1 e2", "robustness": 2 / 3, "reason": "The interval, 0 | above."},
        {"claim_id": "F3", "verdict": "contradicted", "statistic": 1887.349326, "threshold": 0.05, "specification": "k1"},
        {"claim_id": "N1", **SILENT},
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=CLAIM_COLUMNS)
    said = {"statement": "Freedom can be used", "source": "TV p. 79; DR", "test": "E1: ratio < 1 or > 1"}
    return frame.assign(**said, reason=frame["reason"].fillna("Sole row."))


def candidates() -> pd.DataFrame:
    """Two candidates, the three findings of each."""
    findings = ("used_beyond_formal", "formal_stimulates", "little_explained")
    rows = [
        {"candidate": name, "label": f"{name}: a reconstruction", "as_published": False, "finding": finding, **verdict}
        for name in ("r1", "r2")
        for finding, verdict in zip(findings, (SUPPORTED, SUPPORTED | {"verdict": "undetermined"}, SILENT), strict=True)
    ]
    frame = pd.DataFrame(rows, columns=CANDIDATE_COLUMNS)
    return frame.assign(reason=frame["reason"].fillna("The interval."))


def extra() -> dict[str, pd.DataFrame]:
    """Both, as a table receives them."""
    return {"claims": claims(), "replication": candidates()}
