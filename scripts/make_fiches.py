"""Rule make_fiches: a page and a PDF for every municipality, and the page that leads to them."""

import re
import sys
from pathlib import Path
from typing import Any

from beleidsvrijheid.atomic import write_bytes
from beleidsvrijheid.fiches.html import Pages, render_index
from beleidsvrijheid.fiches.page import Writer
from beleidsvrijheid.fiches.pdf import Sheets
from beleidsvrijheid.fiches.reading import read_fiches
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import write_text

OURS = re.compile(r"\.?\d{5}\.(html|pdf)(\..+)?")  # pages, and what a job that was stopped left of one
STEP = 50  # pages between two lines of progress


def main(*, files: dict[str, Any], settings: dict[str, Any], templates: dict[str, str], index: str) -> None:
    """files, settings: see `fiches.reading`. templates: page, list, sheet. index: written last, beside the pages."""
    folder = Path(index).parent
    fiches, about = read_fiches(files, settings)
    writer = Writer(about)
    texts = {name: Path(path).read_text(encoding="utf-8") for name, path in templates.items()}
    pages, sheets = Pages(texts["page"]), Sheets(templates["sheet"])
    for done, fiche in enumerate(fiches, start=1):
        page = writer.page(fiche)
        write_text(pages.render(page), folder / f"{fiche.nis}.html")
        write_bytes(sheets.render(page), folder / f"{fiche.nis}.pdf")
        if done % STEP == 0 or done == len(fiches):
            print(f"{done} of {len(fiches)} fiches in {folder}", file=sys.stderr)
    kept = {f"{fiche.nis}.{form}" for fiche in fiches for form in ("html", "pdf")}
    for path in folder.iterdir():
        if OURS.fullmatch(path.name) and path.name not in kept:
            path.unlink()
    write_text(render_index(texts["list"], fiches, about.labels.language, about.label, about.study), index)


if __name__ == "__main__":
    job = snakemake
    with job_log(job.log[0]):
        main(
            files=dict(job.input.items()),
            settings=dict(job.params.settings),
            templates={name: job.input[name] for name in ("page", "list", "sheet")},
            index=job.output.index,
        )
