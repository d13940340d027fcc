"""Stage 1: raw files.

Needs   config.yaml (simulation, seed); the reviewed tables of policy fields
Makes   data/raw/simulated/{source}/..., data/raw/simulated/truth.json
"""


rule simulate_sources:
    input:
        policy_fields=project("workflow/tables/policy_fields.csv"),
        stable_fields=project("workflow/tables/stable_fields.csv"),
        domains=project("workflow/tables/domains.csv"),
        code=code("simulate_sources.py"),
    output:
        files=SIMULATED_FILES,
        truth="data/raw/simulated/truth.json",
        readme="data/raw/simulated/README.md",
    log:
        "results/logs/simulate_sources.log",
    conda:
        "../envs/analysis.yaml"
    params:
        settings=lookup(dpath="simulation", within=config),
        seed=lookup(dpath="seed", within=config),
    message:
        "Simulate a Flanders in the publishers' layouts"
    script:
        "../../scripts/simulate_sources.py"
