"""Stage 4, in every defensible variant: the cells of a multiverse, and what they say together.

Needs   data/processed/panel.parquet, data/processed/exclusions.json; for cells on another vintage of municipalities also
        data/processed/parsed/{source}.parquet
Makes   data/processed/vintages/{vintage}/harmonised/{source}.parquet, ledger.csv, panel.parquet and exclusions.json beside it,
        data/processed/multiverse/{multiverse}/{chunk}.{estimates,draws,samples}.parquet,
        results/multiverse/{multiverse}/curve.parquet, joint.csv, axes.csv, record.csv, samples.csv, removed.csv
"""

CHUNK = "data/processed/multiverse/{multiverse}/{chunk}"
CHUNKS = {name: expanded.chunks for name, expanded in STUDY.multiverses.items()}
VINTAGE = "data/processed/vintages/{vintage}"
VINTAGES = {name: expanded.vintages for name, expanded in STUDY.multiverses.items()}
# On a vintage that is too fine for a source its table has no rows, and indicators are built without it.
OF_VINTAGES = [one for one in TABLES if any(one in STUDY.usable_on(vintage) for vintage in STUDY.vintages)]


use rule harmonise_sources as harmonise_vintage with:
    input:
        tables=expand("data/processed/parsed/{source}.parquet", source=OF_VINTAGES),
        units=rules.parse_municipalities.output.units,
        population="data/processed/parsed/population.parquet",
        aliases=project("workflow/tables/party_aliases.csv"),
        code=code("harmonise_sources.py"),
    output:
        tables=expand(f"{VINTAGE}/harmonised/{{source}}.parquet", source=OF_VINTAGES, allow_missing=True),
        ledger=f"{VINTAGE}/ledger.csv",
    log:
        "results/logs/harmonise_vintage/{vintage}.log",
    wildcard_constraints:
        vintage=r"\d+",
    params:
        sources={name: SOURCES[name].model_dump() for name in OF_VINTAGES},
        vintage=lambda wildcards: int(wildcards.vintage),
    message:
        "Put the sources on {wildcards.vintage} municipalities"


use rule build_panel as build_vintage with:
    input:
        tables=lambda wildcards: expand(
            f"{VINTAGE}/harmonised/{{source}}.parquet",
            vintage=wildcards.vintage,
            source=[one for one in OF_VINTAGES if one in STUDY.usable_on(int(wildcards.vintage))],
        ),
        units=rules.parse_municipalities.output.units,
        codes=project("workflow/tables/policy_fields.csv"),
        facilities=project("workflow/tables/facility_municipalities.csv"),
        code=code("build_panel.py"),
    output:
        panel=f"{VINTAGE}/panel.parquet",
        exclusions=f"{VINTAGE}/exclusions.json",
    log:
        "results/logs/build_vintage/{vintage}.log",
    wildcard_constraints:
        vintage=r"\d+",
    params:
        geography=lambda wildcards: config["geography"] | {"vintage": int(wildcards.vintage)},
    message:
        "Build the indicators of {wildcards.vintage} municipalities"


rule estimate_multiverse:
    input:
        panel=rules.build_panel.output.panel,
        exclusions=rules.build_panel.output.exclusions,
        vintage_panels=lambda wildcards: expand(
            rules.build_vintage.output.panel, vintage=VINTAGES[wildcards.multiverse]
        ),
        vintage_exclusions=lambda wildcards: expand(
            rules.build_vintage.output.exclusions, vintage=VINTAGES[wildcards.multiverse]
        ),
        code=code("estimate_multiverse.py"),
    output:
        estimates=f"{CHUNK}.estimates.parquet",
        draws=f"{CHUNK}.draws.parquet",
        samples=f"{CHUNK}.samples.parquet",
    log:
        "results/logs/estimate_multiverse/{multiverse}_{chunk}.log",
    wildcard_constraints:
        chunk=r"part_\d+",
    conda:
        "../envs/analysis.yaml"
    params:
        multiverse=lambda wildcards: config["multiverse"][wildcards.multiverse],
        settings=SETTINGS,
    message:
        "Estimate {wildcards.chunk} of multiverse {wildcards.multiverse}"
    script:
        "../../scripts/estimate_multiverse.py"


rule test_multiverse:
    input:
        chunks=lambda wildcards: [
            f"data/processed/multiverse/{wildcards.multiverse}/{chunk}.{part}.parquet"
            for chunk in CHUNKS[wildcards.multiverse]
            for part in ("estimates", "draws", "samples")
        ],
        code=code("test_multiverse.py"),
    output:
        curve="results/multiverse/{multiverse}/curve.parquet",
        joint="results/multiverse/{multiverse}/joint.csv",
        axes="results/multiverse/{multiverse}/axes.csv",
        record="results/multiverse/{multiverse}/record.csv",
        samples="results/multiverse/{multiverse}/samples.csv",
        removed="results/multiverse/{multiverse}/removed.csv",
    log:
        "results/logs/test_multiverse/{multiverse}.log",
    conda:
        "../envs/analysis.yaml"
    params:
        multiverse=lambda wildcards: config["multiverse"][wildcards.multiverse],
        settings=SETTINGS,
    message:
        "Test multiverse {wildcards.multiverse} as a whole"
    script:
        "../../scripts/test_multiverse.py"


# Beside what stage 4 has: results and logs that stay, folders in which others go.
ANALYSED += expand(rules.test_multiverse.output, multiverse=CHUNKS)
ANALYSES |= {
    "draw_bootstrap": {"batch": [f"{name}_{batch}" for name, own in BATCHES.items() for batch in own]},
    "test_multiverse": {"multiverse": list(CHUNKS)},
    "estimate_multiverse": {"chunk": [f"{name}_{chunk}" for name, chunks in CHUNKS.items() for chunk in chunks]},
    "harmonise_vintage": {"vintage": STUDY.vintages},
    "build_vintage": {"vintage": STUDY.vintages},
}
OWN += tuple(f"multiverse/{name}" for name in {*CHUNKS, *(path.name for path in Path("results/multiverse").glob("*"))})
