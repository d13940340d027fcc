"""Every fault at its full size, measured; --write puts the table on docs/faults.md (make faults)."""

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from .kills import chains, undisturbed
from .small_study import make_small_study

ROOT = Path(__file__).resolve().parents[2]
SEED = 20200101


def measure_kills(place: Path, number: int, seed: int, log: Path) -> None:
    """Kills until there are as many as asked for; one line of JSON per study goes into the log at once."""
    template = make_small_study(place)
    reference, seconds = undisturbed(template, place)
    with open(log, "a", encoding="utf-8") as file:
        print(json.dumps({"seconds": round(seconds, 1), "files": len(reference)}), file=file, flush=True)
        for chain in chains(template, reference, place, number, seed, longest=0.4 * seconds):
            print(json.dumps(asdict(chain)), file=file, flush=True)


def main(arguments: list[str]) -> int:
    """Run the faults that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how many kills (default: 200)")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument(
        "--log", type=Path, default=ROOT / "results" / "faults.jsonl", help="where each line goes at once"
    )
    options = parser.parse_args(arguments)
    options.log.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="beleidsvrijheid-faults-") as place:
        measure_kills(Path(place), options.kills, options.seed, options.log)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
