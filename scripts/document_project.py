"""Write the generated pages: the configuration's schema and reference, the indicators, the sources."""

from pathlib import Path

import yaml

from beleidsvrijheid.catalogue import read_indicators, read_sources
from beleidsvrijheid.documentation import configuration_page, configuration_schema, indicators_page, sources_page
from beleidsvrijheid.outputs import write_text

ROOT = Path(__file__).resolve().parents[1]


def pages() -> dict[str, str]:
    """Path within the project -> text of each generated file."""
    catalogue = read_indicators((ROOT / "workflow/indicators.yaml").read_text(encoding="utf-8"))
    schema = yaml.safe_dump(configuration_schema(), sort_keys=False, allow_unicode=True, width=110)
    return {
        "workflow/schemas/config.schema.yaml": schema,
        "docs/configuration.md": configuration_page(configuration_schema()),
        "docs/indicators.md": indicators_page(catalogue),
        "docs/sources.md": sources_page(read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))),
    }


def main() -> None:
    for path, text in pages().items():
        write_text(text, ROOT / path)


if __name__ == "__main__":
    main()
