"""Seven synthetic cases in the form of those that the integration study keeps anonymous: python make.py writes cases.csv.

Nothing here comes from the study: province, size class and family are drawn from kinds of municipality that are common
(five or more alike), percentages in steps of ten from a uniform distribution. No name, no code, and no set of cells that only
one municipality has.
"""

import csv
import random
from pathlib import Path

LABEL = "SYNTHETIC STAND-IN / SYNTHETISCHE VERVANGING"
COMMON = [
    ("Antwerpen", "10,000-19,999", "Woongemeenten"),
    ("Antwerpen", "20,000-39,999", "Gemeenten met concentratie van economische activiteit"),
    ("Vlaams-Brabant", "10,000-19,999", "Woongemeenten"),
    ("Vlaams-Brabant", "under 10,000", "Landelijke gemeenten"),
    ("West-Vlaanderen", "10,000-19,999", "Landelijke gemeenten"),
    ("West-Vlaanderen", "20,000-39,999", "Gemeenten met concentratie van economische activiteit"),
    ("Oost-Vlaanderen", "10,000-19,999", "Woongemeenten"),
    ("Oost-Vlaanderen", "20,000-39,999", "Verstedelijkte gemeenten"),
    ("Limburg", "10,000-19,999", "Woongemeenten"),
    ("Limburg", "20,000-39,999", "Verstedelijkte gemeenten"),
]
PERCENTAGES = ("foreign_origin_percent", "integration_staff_percent", "plan_realised_percent")


def main(path: Path) -> None:
    """Write the cases."""
    draw = random.Random(20_261_122)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["case", "province", "size", "family", *PERCENTAGES, "data_source"])
        for case, kind in zip("ABCDEFG", draw.sample(COMMON, 7), strict=True):
            writer.writerow([case, *kind, *(10 * draw.randint(0, 10) for _ in PERCENTAGES), LABEL])


if __name__ == "__main__":
    main(Path(__file__).with_name("cases.csv"))
