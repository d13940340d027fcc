"""Stage 4: the panel becomes estimates.

Needs   data/processed/panel.parquet, data/processed/exclusions.json
Makes   data/processed/bootstrap/{specification}/{batch}.parquet where `inference.batch` shares the draws out,
        results/estimates/{specification}.csv, results/fits/{specification}.json, results/samples/{specification}.csv,
        results/inference/{specification}.csv, results/attribution/{specification}.csv, results/second_estimates.csv
"""

from beleidsvrijheid.explanation import check_name

SETTINGS = STUDY.settings()

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
        specification=lambda wildcards: config["specifications"][wildcards.specification],
        settings=SETTINGS,
        size=config["inference"]["batch"],
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
        specification=lambda wildcards: config["specifications"][wildcards.specification],
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
        own_indicators=config["own_indicators"],
        language=config["study"]["language"],
    message:
        "Explain {params.specification}"
    script:
        "../../scripts/explain.py"
