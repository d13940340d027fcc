"""Stage 1: raw files.

Needs   config.yaml (data, simulation, seed); workflow/sources.yaml and its queries; the reviewed tables of policy fields
Makes   data/raw/simulated/{source}/..., data/raw/simulated/truth.json
        by `snakemake gather`: data/raw/{source}/..., data/raw/{source}/gathered.json, results/gathered.csv
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
    threads: 2
    params:
        settings=config["simulation"],
        seed=config["seed"],
    message:
        "Simulate a Flanders in the publishers' layouts"
    script:
        "../../scripts/simulate_sources.py"


# A target of its own without outputs: it runs whenever it is asked for, and Snakemake, which deletes the outputs of a job
# that fails, keeps its hands off raw files.
rule gather:
    input:
        catalogue=project("workflow/sources.yaml"),
        mergers=project("workflow/tables/mergers.csv"),
        queries=sorted(project(one.query) for source in SOURCES.values() for one in source.addresses if one.query),
        code=code("gather.py"),
    log:
        "results/logs/gather.log",
    localrule: True
    conda:
        "../envs/analysis.yaml"
    params:
        data=config["data"],
        table="results/gathered.csv",
        attempts="results/logs/gather_attempts.log",
    message:
        "Gather the raw files"
    script:
        "../../scripts/gather.py"
