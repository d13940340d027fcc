"""Stage 3: harmonised sources become indicators.

Needs   data/processed/harmonised/{source}.parquet, workflow/tables/{policy_fields,facility_municipalities}.csv,
        workflow/indicators.yaml
Makes   data/processed/panel.parquet, data/processed/exclusions.json, results/indicators.csv, results/data_gaps.csv, results/data_gaps.html,
        results/councillors.csv where it is asked for
"""


rule build_panel:
    input:
        tables=rules.harmonise_sources.output.tables,
        units=rules.parse_municipalities.output.units,
        codes=project("workflow/tables/policy_fields.csv"),
        facilities=project("workflow/tables/facility_municipalities.csv"),
        code=code("build_panel.py"),
    output:
        panel="data/processed/panel.parquet",
        exclusions="data/processed/exclusions.json",
        indicators="results/indicators.csv",
    log:
        "results/logs/build_panel.log",
    conda:
        "../envs/analysis.yaml"
    params:
        geography=config["geography"],
        period=config["period"],
        sectors=config["sectors"],
        baskets=config["baskets"],
        deflator=config["deflator"],
        outliers=config["outliers"],
        data_source=config["data"]["source"],
    message:
        "Build the indicators"
    script:
        "../../scripts/build_panel.py"


rule count_councillors:
    input:
        panel=rules.build_panel.output.panel,
        tables=rules.harmonise_sources.output.tables,
        code=code("count_councillors.py"),
    output:
        councillors="results/councillors.csv",
    log:
        "results/logs/count_councillors.log",
    conda:
        "../envs/analysis.yaml"
    params:
        data_source=config["data"]["source"],
    message:
        "Count the councillors who stopped"
    script:
        "../../scripts/count_councillors.py"


rule record_data_gaps:
    input:
        panel=rules.build_panel.output.panel,
        tables=rules.harmonise_sources.output.tables,
        catalogues=[project(f"workflow/{name}.yaml") for name in ("indicators", "sources", "constructs")],
        code=code("record_data_gaps.py"),
    output:
        gaps=report("results/data_gaps.csv", caption="../report/data_gaps.rst", category="Data"),
        page=report("results/data_gaps.html", caption="../report/data_gaps.rst", category="Data"),
    log:
        "results/logs/record_data_gaps.log",
    conda:
        "../envs/analysis.yaml"
    params:
        study=dict(
            files=RAW_FILES,
            lacking=STUDY.lacking,
            refused=REFUSED,
            spending=STUDY.spending,
            vintage=config["geography"]["vintage"],
            own=config["own_indicators"],
        ),
        language=config["study"]["language"],
        data_source=config["data"]["source"],
    message:
        "Record the data gaps"
    script:
        "../../scripts/record_data_gaps.py"
