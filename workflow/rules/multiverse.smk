"""Stage 4, in every defensible variant: the cells of a multiverse, and what they say together.

Needs   data/processed/panel.parquet, data/processed/exclusions.json
Makes   data/processed/multiverse/{multiverse}/{chunk}.{estimates,draws,samples}.parquet,
        results/multiverse/{multiverse}/curve.parquet, joint.csv, axes.csv, record.csv, samples.csv, removed.csv
"""

CHUNK = "data/processed/multiverse/{multiverse}/{chunk}"
CHUNKS = {name: expanded.chunks for name, expanded in STUDY.multiverses.items()}


rule estimate_multiverse:
    input:
        panel=rules.build_panel.output.panel,
        exclusions=rules.build_panel.output.exclusions,
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
        multiverse=lookup(dpath="multiverse/{multiverse}", within=config),
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
        multiverse=lookup(dpath="multiverse/{multiverse}", within=config),
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
}
OWN += tuple(f"multiverse/{name}" for name in {*CHUNKS, *(path.name for path in Path("results/multiverse").glob("*"))})
