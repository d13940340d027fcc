"""Stage 5: results become what people read.

Needs   results of stage 4, data/processed/panel.parquet, workflow/indicators.yaml, workflow/claims.yaml;
        plan.sha256 in the study folder, where there is one; data/raw/{source}.dvc and data/raw/{source}/gathered.json where there are any
Makes   results/tables/{table}.*, results/figures/{figure}.*, results/captions/..., results/claims.csv, results/replication.csv,
        results/deviations.csv, results/provenance.json, results/run_config.yaml
"""

from beleidsvrijheid.plan import freeze_before_data, study_deviations
from beleidsvrijheid.provenance import git_commit
from beleidsvrijheid.rawfiles import RAW
from beleidsvrijheid.snapshots import snapshot_commit, snapshot_inputs

SHOWN = [
    f"results/{kind}/{name}.{form}"
    for kind in ("tables", "figures")
    for name in config[kind]
    for form in config["output"][kind]
]
# Only what was gathered has receipts and snapshots.
GATHERED_FILES = {} if config["data"]["source"] == "simulated" else RAW_FILES

# Compared while the configuration is read: no job waits for the plan, and one that cannot be read stops the run before any.
try:
    DEVIATIONS = study_deviations(Path.cwd(), config)
except StudyError as mistake:
    sys.exit(f"\n{mistake}\n")


rule record_provenance:
    input:
        files=[path for source in sorted(RAW_FILES) for path in RAW_FILES[source]],
        beside=snapshot_inputs(RAW, GATHERED_FILES),
        notes=expand("data/processed/notes/{source}.json", source=TABLES),
        lock=project("requirements.lock"),
        code=code("record_provenance.py"),
    output:
        provenance="results/provenance.json",
    log:
        "results/logs/record_provenance.log",
    conda:
        "../envs/analysis.yaml"
    params:
        files=RAW_FILES,
        sources={name: SOURCES[name].model_dump() for name in RAW_FILES},
        settings={
            "git_commit": git_commit(ROOT),
            "seed": config["seed"],
            "data_source": config["data"]["source"],
        },
        snapshot=lambda wildcards: snapshot_commit(RAW) if GATHERED_FILES else None,
    message:
        "Record where every number comes from"
    script:
        "../../scripts/record_provenance.py"


rule record_configuration:
    input:
        code=code("record_configuration.py"),
    output:
        configuration="results/run_config.yaml",
    log:
        "results/logs/record_configuration.log",
    conda:
        "../envs/analysis.yaml"
    params:
        config=dict(config),
        refused=REFUSED,
    message:
        "Record the configuration as run"
    script:
        "../../scripts/record_configuration.py"


rule make_table:
    input:
        estimates=lambda wildcards: results_of("estimates", STUDY.shown_by("tables", wildcards.table)),
        fits=lambda wildcards: results_of("fits", STUDY.shown_by("tables", wildcards.table)),
        samples=lambda wildcards: results_of("samples", STUDY.shown_by("tables", wildcards.table)),
        inference=lambda wildcards: results_of("inference", STUDY.shown_by("tables", wildcards.table)),
        attribution=lambda wildcards: results_of("attribution", STUDY.shown_by("tables", wildcards.table)),
        extra=lambda wildcards: STUDY.extra("tables", wildcards.table),
        panel=rules.build_panel.output.panel,
        catalogue=project("workflow/indicators.yaml"),
        fields=project("workflow/tables/stable_fields.csv"),
        code=code("make_table.py"),
    output:
        **reported("tables", "html"),
        caption="results/captions/{table}.table.rst",
    log:
        "results/logs/make_table/{table}.log",
    conda:
        "../envs/analysis.yaml"
    params:
        settings=lambda wildcards: config["tables"][wildcards.table],
        specifications=lambda wildcards: {
            name: config["specifications"][name] for name in STUDY.shown_by("tables", wildcards.table)
        },
        own_indicators=config["own_indicators"],
        language=config["study"]["language"],
        data_source=config["data"]["source"],
        confidence=config["inference"]["confidence"],
        refused=REFUSED,
    message:
        "Make table {wildcards.table}"
    script:
        "../../scripts/make_table.py"


rule draw_figure:
    input:
        estimates=lambda wildcards: results_of("estimates", STUDY.shown_by("figures", wildcards.figure)),
        fits=lambda wildcards: results_of("fits", STUDY.shown_by("figures", wildcards.figure)),
        samples=lambda wildcards: results_of("samples", STUDY.shown_by("figures", wildcards.figure)),
        inference=lambda wildcards: results_of("inference", STUDY.shown_by("figures", wildcards.figure)),
        attribution=lambda wildcards: results_of("attribution", STUDY.shown_by("figures", wildcards.figure)),
        extra=lambda wildcards: STUDY.extra("figures", wildcards.figure),
        panel=rules.build_panel.output.panel,
        exclusions=rules.build_panel.output.exclusions,
        catalogue=project("workflow/indicators.yaml"),
        fields=project("workflow/tables/stable_fields.csv"),
        shocks=project("workflow/tables/shocks.csv"),
        style=project("workflow/report/study.mplstyle"),
        code=code("draw_figure.py"),
    output:
        **reported("figures", "svg"),
        caption="results/captions/{figure}.figure.rst",
        alternative="results/captions/{figure}.alt.txt",
    log:
        "results/logs/draw_figure/{figure}.log",
    conda:
        "../envs/analysis.yaml"
    params:
        settings=lambda wildcards: config["figures"][wildcards.figure],
        specifications=lambda wildcards: {
            name: config["specifications"][name] for name in STUDY.shown_by("figures", wildcards.figure)
        },
        own_indicators=config["own_indicators"],
        run={
            "language": config["study"]["language"],
            "data_source": config["data"]["source"],
            "confidence": config["inference"]["confidence"],
            "sectors": config["sectors"],
            "vintage": config["geography"]["vintage"],
        },
        refused=REFUSED,
    message:
        "Draw figure {wildcards.figure}"
    script:
        "../../scripts/draw_figure.py"


rule record_claims:
    input:
        estimates=[
            *results_of("estimates", STUDY.judged),
            *expand("results/mergers/estimates/{x}.csv", x=config["mergers"]),
        ],
        fits=[*results_of("fits", STUDY.judged), *expand("results/mergers/fits/{x}.json", x=config["mergers"])],
        samples=results_of("samples", STUDY.judged),
        inference=results_of("inference", STUDY.judged),
        attribution=results_of("attribution", STUDY.judged),
        extra=[path for path in ANALYSED if Path(path).parent.name in ("necessity", "qca")],
        ledger=project("workflow/claims.yaml"),
        catalogue=project("workflow/indicators.yaml"),
        fields=project("workflow/tables/stable_fields.csv"),
        code=code("record_claims.py"),
    output:
        claims=report("results/claims.csv", caption="../report/claims.rst", category="Claims"),
        replication=report("results/replication.csv", caption="../report/replication.rst", category="Claims"),
    log:
        "results/logs/record_claims.log",
    conda:
        "../envs/analysis.yaml"
    params:
        judged=dict(
            claims=config["claims"],
            replication=config["replication"],
            equivalence=config["equivalence"],
            specifications={name: config["specifications"][name] for name in STUDY.judged} | config["mergers"],
            refused=REFUSED,
            deviations=[
                row for row in DEVIATIONS.to_dict("records") if row["kind"] in ("changed", "added", "removed")
            ],
        ),
        own_indicators=config["own_indicators"],
        language=config["study"]["language"],
        data_source=config["data"]["source"],
    message:
        "Judge the claims"
    script:
        "../../scripts/record_claims.py"


rule record_deviations:
    input:
        code=code("record_deviations.py"),
    output:
        deviations=report("results/deviations.csv", caption="../report/deviations.rst", category="Claims"),
    log:
        "results/logs/record_deviations.log",
    conda:
        "../envs/analysis.yaml"
    params:
        found=DEVIATIONS.to_dict("records"),
        data_source=config["data"]["source"],
    message:
        "Record deviations from the frozen plan"
    script:
        "../../scripts/record_deviations.py"


# What says where the results come from and what they show.
RECORDS = [
    rules.check_estimates.output,
    rules.record_data_quality.output,
    rules.record_data_gaps.output,
    rules.record_claims.output,
    rules.record_deviations.output,
    rules.record_provenance.output,
    rules.record_configuration.output,
]
