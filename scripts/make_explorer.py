"""The page to look around in: one file with the study's figures, claims and specifications, that needs no network."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from beleidsvrijheid.exclusions import with_exclusions
from beleidsvrijheid.explorer.content import Study, page_content
from beleidsvrijheid.explorer.findings import read_findings
from beleidsvrijheid.explorer.page import explorer_page
from beleidsvrijheid.indicators.inputs import Inputs
from beleidsvrijheid.jobs import job_log
from beleidsvrijheid.outputs import write_text
from beleidsvrijheid.publication import read_ids, read_labels
from beleidsvrijheid.sources.reading import read_table


def main(inputs: dict[str, Any], config: dict[str, Any], settings: dict[str, Any], explorer: str) -> None:
    """Write the page. inputs: paths by name. config: as resolved. settings: see explorer.content.Study."""
    tables = {Path(path).stem: pd.read_parquet(path) for path in inputs["tables"]}
    dutch = read_labels(inputs["catalogue"], "nl", inputs["fields"], config["own_indicators"])
    fields = read_ids(inputs["fields"]).set_index("stable_code")["label_en"].to_dict()
    ledger = yaml.load(Path(inputs["ledger"]).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    files = {"estimates": list(inputs["estimates"]), "fits": list(inputs["fits"])}
    study = Study(
        panel=pd.read_parquet(inputs["panel"]),
        inputs=Inputs(tables, pd.read_parquet(inputs["units"]), read_table(Path(inputs["codes"])), config),
        config=config,
        settings=with_exclusions(settings, inputs["exclusions"]),
        results=read_findings(config["specifications"], files, settings["refused"]),
        claims=read_ids(inputs["claims"]),
        statements={entry["id"]: entry for entry in ledger},
        labels={"nl": dutch, "en": replace(dutch, language="en", fields=fields)},
    )
    content, withheld = page_content(study)
    for indicator, field in withheld:
        logging.getLogger("beleidsvrijheid").warning("%s %s: not derived for mergers", indicator, field)
    assets = {Path(path).name: Path(path).read_text(encoding="utf-8") for path in inputs["assets"]}
    write_text(explorer_page(content, assets, Path(inputs["library"]).read_text(encoding="utf-8")), explorer)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        main(
            inputs=dict(snakemake.input.items()),
            config=snakemake.params.config,
            settings=snakemake.params.settings,
            explorer=snakemake.output.explorer,
        )
