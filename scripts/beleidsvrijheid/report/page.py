"""The report as one HTML page, from its template: everything is escaped unless the library made it as markup."""

from jinja2 import Environment, StrictUndefined

from beleidsvrijheid.outputs import data_source_label
from beleidsvrijheid.report.content import Catalogues, claims, sections
from beleidsvrijheid.report.telling import Telling
from beleidsvrijheid.report.words import WORDS
from beleidsvrijheid.words import word


def report_page(telling: Telling, catalogues: Catalogues, template: str) -> str:
    """The page. template: jinja2 text that gets language, title, label, simulated, words, sections, tables, claims."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    source, parts = telling.config["data"]["source"], sections(telling, catalogues)
    page = environment.from_string(template).render(
        language=telling.language,
        title=telling.config["study"]["title"][telling.language],
        label=data_source_label(source),
        simulated=source == "simulated",
        words={key: word(key, telling.language, of=WORDS) for key in WORDS},
        say=telling.say,
        code=telling.file,
        sections=parts,
        tables=[table for part in parts for table in part.tables],
        claims=claims(telling),
    )
    return page + "\n"
