"""Stage 2: every source parsed, then on the municipalities of the study.

Needs   data/raw/..., workflow/tables/mergers.csv, workflow/tables/party_aliases.csv
Makes   data/processed/units.parquet and its units_checks.csv, data/processed/{parsed,harmonised}/{source}.parquet,
        data/processed/checks/{source}.csv, data/processed/ledger.csv, results/data_quality.csv, results/data_quality.html
"""


rule parse_municipalities:
    input:
        municipalities=raw("municipalities") if "municipalities" in RAW_FILES else [],
        mergers=mergers_file(),
        code=code("parse_municipalities.py"),
    output:
        units="data/processed/units.parquet",
        checks="data/processed/units_checks.csv",
    log:
        "results/logs/parse_municipalities.log",
    conda:
        "../envs/analysis.yaml"
    message:
        "Parse municipalities and mergers"
    script:
        "../../scripts/parse_municipalities.py"


rule parse_source:
    input:
        files=lambda wildcards: raw(wildcards.source),
        units=rules.parse_municipalities.output.units,
        population=population_for,
        reviewed=reviewed_for,
        code=code("parse_source.py"),
    output:
        table="data/processed/parsed/{source}.parquet",
        checks="data/processed/checks/{source}.csv",
        notes="data/processed/notes/{source}.json",
    log:
        "results/logs/parse_source/{source}.log",
    conda:
        "../envs/analysis.yaml"
    params:
        source=lambda wildcards: SOURCES[wildcards.source].to_parse(),
    message:
        "Parse {wildcards.source}"
    script:
        "../../scripts/parse_source.py"


rule harmonise_sources:
    input:
        tables=expand("data/processed/parsed/{source}.parquet", source=STUDY.usable),
        units=rules.parse_municipalities.output.units,
        population="data/processed/parsed/population.parquet",
        aliases=project("workflow/tables/party_aliases.csv"),
        code=code("harmonise_sources.py"),
    output:
        tables=expand("data/processed/harmonised/{source}.parquet", source=STUDY.usable),
        ledger="data/processed/ledger.csv",
    log:
        "results/logs/harmonise_sources.log",
    conda:
        "../envs/analysis.yaml"
    params:
        sources={name: SOURCES[name].model_dump() for name in STUDY.usable},
        vintage=config["geography"]["vintage"],
    message:
        "Put every source on the study's municipalities"
    script:
        "../../scripts/harmonise_sources.py"


rule record_data_quality:
    input:
        checks=[
            rules.parse_municipalities.output.checks,
            *expand("data/processed/checks/{source}.csv", source=TABLES),
        ],
        ledger=rules.harmonise_sources.output.ledger,
        finance=[f"data/processed/parsed/{source}.parquet" for source in TABLES if source.startswith("bbc_")],
        population="data/processed/parsed/population.parquet",
        units=rules.parse_municipalities.output.units,
        code=code("record_data_quality.py"),
    output:
        table="results/data_quality.csv",
        page="results/data_quality.html",
    log:
        "results/logs/record_data_quality.log",
    conda:
        "../envs/analysis.yaml"
    params:
        language=config["study"]["language"],
        data_source=config["data"]["source"],
    message:
        "Record what was checked"
    script:
        "../../scripts/record_data_quality.py"
