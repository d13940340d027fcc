"""Stage 4: the panel becomes estimates.

Needs   data/processed/panel.parquet, data/processed/exclusions.json
Makes   data/processed/bootstrap/{specification}/{batch}.parquet where `inference.batch` shares the draws out,
        results/estimates/{specification}.csv, results/fits/{specification}.json, results/samples/{specification}.csv,
        results/inference/{specification}.csv, results/attribution/{specification}.csv, results/second_estimates.csv
"""

from beleidsvrijheid.explanation import check_name
from beleidsvrijheid.planning import FIELD_GROUPS

WINDOWS = {name: getattr(STUDY.configuration.period, name).range for name in ("pre", "post")}
SETTINGS = {
    "equivalence": config["equivalence"],
    "inference": {key: value for key, value in config["inference"].items() if key != "batch"},  # changes no result
    "seed": config["seed"],
    "data_source": config["data"]["source"],
    "windows": {
        name: [year for year in years if year not in config["period"]["drop"]] for name, years in WINDOWS.items()
    },
    "reform_year": config["sectors"]["reform_year"],
    "minimum_municipalities": config["sectors"]["minimum_municipalities"],
    "groups": {name: config["sectors"][name] for name in FIELD_GROUPS},
    "categorical": [name for name, entry in STUDY.indicators.items() if entry.categorical],
}

if EXPLAINED is not None:
    try:
        check_name(EXPLAINED, list(config["specifications"]))
    except StudyError as mistake:
        sys.exit(f"\n{mistake}\n")


BATCHES = STUDY.batches
# What statsmodels and linearmodels have an estimator for.
ESTIMATED_AGAIN = [x for x in ESTIMABLE if config["specifications"][x]["estimator"] in ("ols", "panel_ols", "quantile")]


rule draw_bootstrap:
    input:
        panel=rules.build_panel.output.panel,
        exclusions=rules.build_panel.output.exclusions,
        numbers=CHECKED,
        code=code("draw_bootstrap.py"),
    output:
        draws="data/processed/bootstrap/{specification}/{batch}.parquet",
    log:
        "results/logs/draw_bootstrap/{specification}_{batch}.log",
    wildcard_constraints:
        batch=r"batch_\d+",
    conda:
        "../envs/analysis.yaml"
    params:
        specification=lookup(dpath="specifications/{specification}", within=config),
        settings=SETTINGS,
        size=lookup(dpath="inference/batch", within=config),
    message:
        "Draw {wildcards.batch} of {wildcards.specification}"
    script:
        "../../scripts/draw_bootstrap.py"


rule estimate_specification:
    input:
        panel=rules.build_panel.output.panel,
        exclusions=rules.build_panel.output.exclusions,
        draws=lambda wildcards: [
            f"data/processed/bootstrap/{wildcards.specification}/{batch}.parquet"
            for batch in BATCHES.get(wildcards.specification, [])
        ],
        numbers=CHECKED,
        code=code("estimate_specification.py"),
    output:
        estimates="results/estimates/{specification}.csv",
        fits="results/fits/{specification}.json",
        samples="results/samples/{specification}.csv",
        inference="results/inference/{specification}.csv",
        attribution="results/attribution/{specification}.csv",
    log:
        "results/logs/estimate_specification/{specification}.log",
    conda:
        "../envs/analysis.yaml"
    params:
        specification=lookup(dpath="specifications/{specification}", within=config),
        settings=SETTINGS,
    message:
        "Estimate {wildcards.specification}"
    script:
        "../../scripts/estimate_specification.py"


rule check_estimates:
    input:
        panel=rules.build_panel.output.panel,
        exclusions=rules.build_panel.output.exclusions,
        estimates=results_of("estimates", ESTIMATED_AGAIN),
        code=code("check_estimates.py"),
    output:
        second="results/second_estimates.csv",
    log:
        "results/logs/check_estimates.log",
    conda:
        "../envs/analysis.yaml"
    params:
        specifications={name: config["specifications"][name] for name in ESTIMATED_AGAIN},
        settings=SETTINGS,
    message:
        "Check estimates by other software"
    script:
        "../../scripts/check_estimates.py"


rule explain:
    input:
        panel=rules.build_panel.output.panel,
        exclusions=rules.build_panel.output.exclusions,
        catalogue=project("workflow/indicators.yaml"),
        fields=project("workflow/tables/stable_fields.csv"),
        code=code("explain.py"),
    log:
        "results/logs/explain.log",
    conda:
        "../envs/analysis.yaml"
    params:
        specification=EXPLAINED,
        specifications=config["specifications"],
        settings=SETTINGS,
        own_indicators=lookup(dpath="own_indicators", within=config),
        language=lookup(dpath="study/language", within=config),
    message:
        "Explain {params.specification}"
    script:
        "../../scripts/explain.py"
