"""Stage 4, beside and after the specifications: ceilings, merged municipalities, what could overturn an estimate.

Needs   data/processed/panel.parquet, data/processed/exclusions.json, data/processed/harmonised/{source}.parquet,
        results/estimates/{specification}.csv, results/inference/{specification}.csv, workflow/tables/inhabitant_segments.csv
Makes   data/processed/neighbours.parquet, results/diagnostics/{specification}.csv, results/correlations/{specification}.csv,
        results/multiplicity/{family}.csv, results/power/{power}.csv, results/necessity/{analysis}*.csv, results/qca/{analysis}_*.csv,
        results/mergers/{merger}.csv and its estimates/, fits/ and indicators/
"""

NEIGHBOURS = "data/processed/neighbours.parquet"
PER_INHABITANT = ("per inhabitant", "per 1000 inhabitants")
RATIOS = [
    name
    for name, entry in STUDY.indicators.items()
    if entry.unit.endswith(PER_INHABITANT) and not entry.unit.startswith("ln ")
]


rule build_neighbours:
    input:
        geometry="data/processed/harmonised/geometry.parquet",
        code=code("build_neighbours.py"),
    output:
        neighbours=NEIGHBOURS,
    log:
        "results/logs/build_neighbours.log",
    conda:
        "../envs/analysis.yaml"
    message:
        "Find the neighbours of each municipality"
    script:
        "../../scripts/build_neighbours.py"


rule diagnose_specification:
    input:
        panel=rules.build_panel.output.panel,
        exclusions=rules.build_panel.output.exclusions,
        neighbours=NEIGHBOURS if "geometry" in STUDY.usable else [],
        code=code("diagnose_specification.py"),
    output:
        diagnostics="results/diagnostics/{specification}.csv",
    log:
        "results/logs/diagnose_specification/{specification}.log",
    conda:
        "../envs/analysis.yaml"
    params:
        specification=lambda wildcards: config["specifications"][wildcards.specification],
        settings=SETTINGS | {"per_inhabitant": RATIOS},
    message:
        "Diagnose {wildcards.specification}"
    script:
        "../../scripts/diagnose_specification.py"


rule correlate_specification:
    input:
        panel=rules.build_panel.output.panel,
        exclusions=rules.build_panel.output.exclusions,
        code=code("correlate_specification.py"),
    output:
        correlations="results/correlations/{specification}.csv",
    log:
        "results/logs/correlate_specification/{specification}.log",
    conda:
        "../envs/analysis.yaml"
    params:
        specification=lambda wildcards: config["specifications"][wildcards.specification],
        settings={key: SETTINGS[key] for key in ("categorical", "minimum_municipalities", "data_source")},
    message:
        "Correlate the variables of {wildcards.specification}"
    script:
        "../../scripts/correlate_specification.py"


rule test_family:
    input:
        panel=rules.build_panel.output.panel,
        exclusions=rules.build_panel.output.exclusions,
        estimates=lambda wildcards: results_of("estimates", config["families"][wildcards.family]["specifications"]),
        inference=lambda wildcards: results_of("inference", config["families"][wildcards.family]["specifications"]),
        code=code("test_family.py"),
    output:
        multiplicity="results/multiplicity/{family}.csv",
    log:
        "results/logs/test_family/{family}.log",
    conda:
        "../envs/analysis.yaml"
    params:
        family=lambda wildcards: config["families"][wildcards.family],
        specifications=lambda wildcards: {
            name: config["specifications"][name] for name in config["families"][wildcards.family]["specifications"]
        },
        settings=SETTINGS,
    message:
        "Adjust the p-values of family {wildcards.family}"
    script:
        "../../scripts/test_family.py"


rule simulate_power:
    input:
        panel=rules.build_panel.output.panel,
        exclusions=rules.build_panel.output.exclusions,
        code=code("simulate_power.py"),
    output:
        power="results/power/{power}.csv",
    log:
        "results/logs/simulate_power/{power}.log",
    conda:
        "../envs/analysis.yaml"
    params:
        run=lambda wildcards: config["power"][wildcards.power],
        specification=lambda wildcards: config["specifications"][config["power"][wildcards.power]["specification"]],
        settings=SETTINGS,
    message:
        "Simulate the power of {wildcards.power}"
    script:
        "../../scripts/simulate_power.py"


rule analyse_necessity:
    input:
        panel=rules.build_panel.output.panel,
        exclusions=rules.build_panel.output.exclusions,
        code=code("analyse_necessity.py"),
    output:
        effects="results/necessity/{analysis}.csv",
        bottleneck="results/necessity/{analysis}_bottleneck.csv",
        ceilings="results/necessity/{analysis}_ceilings.csv",
        sample="results/necessity/{analysis}_sample.csv",
        record="results/necessity/{analysis}_record.csv",
    log:
        "results/logs/analyse_necessity/{analysis}.log",
    wildcard_constraints:
        analysis="|".join(config["necessity"]) or "none",
    conda:
        "../envs/analysis.yaml"
    params:
        entry=lambda wildcards: config["necessity"][wildcards.analysis],
        settings=SETTINGS,
    message:
        "Look for the ceiling of {wildcards.analysis}"
    script:
        "../../scripts/analyse_necessity.py"


rule analyse_configurations:
    input:
        panel=rules.build_panel.output.panel,
        exclusions=rules.build_panel.output.exclusions,
        code=code("analyse_configurations.py"),
    output:
        truth_table="results/qca/{analysis}_truth_table.csv",
        solutions="results/qca/{analysis}_solutions.csv",
        necessity="results/qca/{analysis}_necessity.csv",
        conditions="results/qca/{analysis}_conditions.csv",
        sample="results/qca/{analysis}_sample.csv",
        record="results/qca/{analysis}_record.csv",
    log:
        "results/logs/analyse_configurations/{analysis}.log",
    wildcard_constraints:
        analysis="|".join(config["qca"]) or "none",
    conda:
        "../envs/analysis.yaml"
    params:
        entry=lambda wildcards: config["qca"][wildcards.analysis],
        settings=SETTINGS,
    message:
        "Look for sufficient combinations in {wildcards.analysis}"
    script:
        "../../scripts/analyse_configurations.py"


rule simulate_mergers:
    input:
        tables=rules.harmonise_sources.output.tables,
        neighbours=NEIGHBOURS if "geometry" in STUDY.usable else [],
        panel=rules.build_panel.output.panel,
        units=rules.parse_municipalities.output.units,
        codes=project("workflow/tables/policy_fields.csv"),
        facilities=project("workflow/tables/facility_municipalities.csv"),
        segments=project("workflow/tables/inhabitant_segments.csv"),
        sources=project("workflow/sources.yaml"),
        code=code("simulate_mergers.py"),
    output:
        draws="results/mergers/{merger}.csv",
        estimates="results/mergers/estimates/{merger}.csv",
        fits="results/mergers/fits/{merger}.json",
        indicators="results/mergers/indicators/{merger}.csv",
    log:
        "results/logs/simulate_mergers/{merger}.log",
    conda:
        "../envs/analysis.yaml"
    params:
        merger=lambda wildcards: config["mergers"][wildcards.merger],
        settings={
            "vintage": config["geography"]["vintage"],
            "seed": config["seed"],
            "confidence": config["inference"]["confidence"],
            "data_source": config["data"]["source"],
        },
        geography=config["geography"],
        period=config["period"],
        sectors=config["sectors"],
        baskets=config["baskets"],
        deflator=config["deflator"],
        outliers=config["outliers"],
    message:
        "Simulate mergers {wildcards.merger}"
    script:
        "../../scripts/simulate_mergers.py"


# Rule -> its wildcard and the names it runs for; a refused specification is left out where nothing shows the refusal.
ANALYSES = {
    "analyse_necessity": {"analysis": list(config["necessity"])},
    "analyse_configurations": {"analysis": list(config["qca"])},
    "simulate_mergers": {"merger": list(config["mergers"])},
    "diagnose_specification": {
        "specification": STUDY.with_shown("diagnostics", [x for x in config["diagnostics"] if x in ESTIMABLE])
    },
    "correlate_specification": {"specification": STUDY.with_shown("correlations", [])},
    "test_family": {"family": list(config["families"])},
    "simulate_power": {
        "power": STUDY.with_shown(
            "power", [x for x, one in config["power"].items() if one["specification"] in ESTIMABLE]
        )
    },
}
# Every result of this stage.
ANALYSED = [path for rule, names in ANALYSES.items() for path in expand(getattr(rules, rule).output, **names)]
