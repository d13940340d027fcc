"""A country of three municipalities (two of which merged) and short ways to write publishers' files, for tests of parsers."""

from pathlib import Path

import pandas as pd

from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.sources.reading import Reference

from ..bad_input.mutations import workbook_bytes

ROOT = Path(__file__).parents[2]
SOURCES = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))
UNITS = pd.DataFrame(
    {
        "nis_308": ["95001", "95002", "95003"],
        "nis_300": ["95010", "95010", "95003"],
        "nis_285": ["95010", "95010", "95003"],
        "naam_308": ["Aalbeke", "Berkhout", "Cleve"],
        "naam_300": ["Aalhout", "Aalhout", "Cleve"],
        "naam_285": ["Aalhout", "Aalhout", "Cleve"],
    }
)
NO_ALIASES = pd.DataFrame({"alias": [], "name": [], "reason": []}, dtype=str)
REFERENCE = Reference(UNITS, NO_ALIASES)


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def book(path, sheets):
    path.write_bytes(workbook_bytes(sheets))
    return path
