"""Fiches as PDF by typst: tagged, in their language, the same bytes every time."""

import json
from dataclasses import asdict
from pathlib import Path

from beleidsvrijheid.fiches.page import Page

# No clock: with a creation date the same page would give other bytes. PDF/UA-1 asks for tags, title and language.
TIMESTAMP = 0
STANDARD = "ua-1"


class Sheets:
    """Renders fiches with one compiler. template: the typst file. Its own fonts are used and none of the machine."""

    def __init__(self, template: str | Path):
        import typst

        self._compiler = typst.Compiler(str(template), ignore_system_fonts=True)

    def render(self, page: Page) -> bytes:
        """One page. Its texts are data for the template, never part of its source."""
        inputs = {"page": json.dumps(asdict(page), ensure_ascii=False, sort_keys=True)}
        return self._compiler.compile(sys_inputs=inputs, format="pdf", timestamp=TIMESTAMP, pdf_standards=[STANDARD])
