"""Words that tools/make_docs.py puts into the docs: what goes into each step and comes out, what each file is."""

from __future__ import annotations

# Step, in the order of the data -> what goes in, what comes out. What it does is the first line of its module
STEPS = {
    "prepare_genome": ("FASTA: plain, gzip or bgzip", "plain FASTA with `.fai`; card"),
    "extract_tss": ("GTF", "genes; BED of every annotated TSS; card"),
    "label_expression": ("genes, expression table", "genes with labels; TPM by biotype; card"),
    "define_task": ("genes, promoters, genome", "sites; card"),
    "sample_negatives": ("sites (positives), genome, TSSs to keep away from", "sites (both classes); card"),
    "assign_folds": ("sites of all tasks", "the same with group and fold; card"),
    "build_length_variants": ("sites, genome, a length", "data set; composition by position; card"),
    "import_dataset": ("CSV, TSV or pairs of FASTA", "data set; composition by position; card"),
    "train_baseline": ("data set", "predictions; model; k-mer weights; card"),
    "download_checkpoint": ("owner/name of a model hub, a commit", "checkpoint: config, vocabulary, weights; card"),
    "make_checkpoint": ("a kind, a seed", "a small checkpoint in the published format; card"),
    "finetune": ("data set, checkpoint", "predictions; model; losses by epoch; card"),
    "evaluate": ("data set, its predictions", "metrics; the same over seeds; curves; card"),
    "compare_models": ("data set, its predictions", "paired differences between models; card"),
    "score_attention": ("data set, a trained model", "importance by base; deletion and insertion; heads; card"),
    "profile_importance": (
        "importance of all seeds and controls of a model, data set, predictions",
        "profiles, heat maps, audit, browser tracks; card",
    ),
    "compare_motifs": (
        "importance of all seeds and controls of a model, data set, known motifs",
        "patterns with names and logos, core promoter elements, enrichment; card",
    ),
    "report": ("all cards, metrics, curves, profiles and motifs", "one HTML file"),
    "summarise_cost": ("Nextflow's trace", "a page of costs; the same as TSV; resources to ask for next time"),
}

# Step -> what stands for ${meta.id} in its files, and what each file is; of a folder what lies in it
FILES = {
    "prepare_genome": ("genome", {"genome.json": "card of the genome"}),
    "extract_tss": (
        "annotation",
        {
            "<id>.genes.json": "card of the annotation: genes kept, left out and why",
            "<id>.all_tss.bed": "every annotated TSS, any biotype and chromosome (BED6)",
        },
    ),
    "label_expression": (
        "labelled",
        {
            "<id>.genes.parquet": "genes with expression labels ([genes](tables_data.md#genes))",
            "<id>.expression.json": "card of the labels: how many are high and low, percentiles, losses",
            "<id>.tpm.tsv": "TPM by biotype ([tpm.tsv](tables_data.md#tpmtsv))",
        },
    ),
    "define_task": ("<task>", {"<id>.task.json": "card of a task: who is in it, who was left out and why"}),
    "sample_negatives": (
        "<task>",
        {"<id>.negatives.json": "card of the negatives of task 1 or 2: how they were come by"},
    ),
    "assign_folds": (
        "folds",
        {
            "folded/<task>.sites.parquet": "samples of a task with group and fold ([sites](tables_data.md#sites))",
            "folds.json": "card of the folds: groups, samples and shares by task, class and fold",
        },
    ),
    "build_length_variants": (
        "<task>_<length>",
        {
            "<id>.parquet": "data set with sequences ([dataset](tables_data.md#dataset))",
            "<id>.dataset.json": "its card: counts, losses, digests, and the cards of all steps before",
            "<id>.composition.tsv": "bases by position ([composition.tsv](tables_data.md#compositiontsv))",
        },
    ),
    "import_dataset": (
        "<name>",
        {
            "<id>.parquet": "a ready-made set in the same form ([dataset](tables_data.md#dataset))",
            "<id>.dataset.json": "its card: counts, and what its folds share",
            "<id>.composition.tsv": "bases by position",
        },
    ),
    "train_baseline": (
        "<dataset>.<model>",
        {
            "<id>.predictions.parquet": "probabilities of every sample ([predictions](tables_data.md#predictions))",
            "<id>.model/model.json": "the fitted logistic regression ([model.json](tables_models.md#modeljson))",
            "<id>.kmers.tsv": "weights of all k-mers ([kmers.tsv](tables_models.md#kmerstsv))",
            "<id>.kmers.svg": "the 20 strongest k-mers for each class",
            "<id>.baseline.json": "card of the fit: penalties tried, the one chosen, floors",
        },
    ),
    "download_checkpoint": (
        "<checkpoint>",
        {"<id>.checkpoint.json": "card of a checkpoint of a hub: its commit, files and digests, its licence"},
    ),
    "make_checkpoint": (
        "<kind>",
        {"<id>.checkpoint.json": "card of a checkpoint of the demo: its size, how its weights came about"},
    ),
    "finetune": (
        "<run>",
        {
            "<id>.predictions.parquet": "probabilities of every sample ([predictions](tables_data.md#predictions))",
            "<id>.model/config.json": "shape of the fine-tuned model, as published checkpoints have it; not with LoRA",
            "<id>.model/model.safetensors": "its weights; not with LoRA",
            "<id>.model/adapter_model.safetensors": "with LoRA: what was trained, to be laid over the checkpoint",
            "<id>.model/adapter_config.json": "with LoRA: its settings, as peft has them",
            "<id>.model/vocab.txt": "vocabulary of DNABERT, and of Nucleotide Transformer without LoRA",
            "<id>.model/tokenizer.json": "vocabulary of DNABERT-2",
            "<id>.model/lncprom.json": "family and options, to load it again",
            "<id>.model/finetuned.json": "what it was trained on and how sequences were cut, for `bin/predict.py`",
            "<id>.training.tsv": "losses by epoch ([training.tsv](tables_models.md#trainingtsv))",
            "<id>.finetune.json": "card of the training: settings, every attempt, share of bases seen, device, speed",
        },
    ),
    "evaluate": (
        "<dataset>",
        {
            "<id>.metrics.tsv": "metrics with intervals ([metrics.tsv](tables_models.md#metricstsv))",
            "<id>.curves.tsv": "ROC and precision-recall of the test fold ([curves.tsv](tables_models.md#curvestsv))",
            "<id>.seeds.tsv": "mean, spread and interval over seeds ([seeds.tsv](tables_models.md#seedstsv))",
            "<id>.metrics.json": "card of the evaluation",
        },
    ),
    "compare_models": (
        "<dataset>",
        {
            "<id>.comparisons.tsv": "paired differences between models ([comparisons.tsv](tables_models.md#comparisonstsv))",
            "<id>.comparisons.json": "card of the comparison",
        },
    ),
    "score_attention": (
        "<run>",
        {
            "<id>.importance.parquet": "importance of every base by every method ([importance](tables_importance.md#importance))",
            "<id>.deletion.tsv": "deletion and insertion of the highest bases ([deletion.tsv](tables_importance.md#deletiontsv))",
            "<id>.heads.tsv": "what each attention head looks at ([heads.tsv](tables_importance.md#headstsv))",
            "<id>.importance.json": "card of the explanation: methods, share of bases seen",
        },
    ),
    "profile_importance": (
        "<dataset>.<model>",
        {
            "<id>/profile.tsv": "mean importance by position and class ([profile.tsv](tables_importance.md#profiletsv))",
            "<id>/shares.tsv": "share of importance right upstream of the TSS ([shares.tsv](tables_importance.md#sharestsv))",
            "<id>/audit.tsv": "how far each method can be believed ([audit.tsv](tables_importance.md#audittsv))",
            "<id>/<method>.heatmap.svg": "sample x position, ordered by score, with the mean profile above",
            "<id>/<method>.heatmap.png": "the same as a picture",
            "<id>/<method>.clustered.svg": "the same, ordered by similarity",
            "<id>/<method>.clustered.png": "the same as a picture",
            "<id>/<method>.matrix.parquet": "the numbers of both figures ([matrix](tables_importance.md#matrixtsvgz))",
            "<id>/<method>.matrix.tsv.gz": "the same as text",
            "<id>/<method>.plus.bw": "importance on the genome, promoters of the forward strand (bigWig)",
            "<id>/<method>.minus.bw": "of the reverse strand",
            "<id>/<method>.plus.bedGraph.gz": "the same as text",
            "<id>/<method>.minus.bedGraph.gz": "the same as text",
            "<id>/promoters.json": "promoters of the highest and lowest predictions, base by base",
            "<id>/summary.json": "what the report reads first: methods, seeds, controls, positions",
            "<id>.profiles.json": "card of the profiles",
        },
    ),
    "compare_motifs": (
        "<dataset>.<model>",
        {
            "<id>/motifs.tsv": "patterns in the bases that weigh most ([motifs.tsv](tables_motifs.md#motifstsv))",
            "<id>/hits.tsv": "known motifs nearest to each pattern ([hits.tsv](tables_motifs.md#hitstsv))",
            "<id>/elements.tsv": "core promoter elements at their places ([elements.tsv](tables_motifs.md#elementstsv))",
            "<id>/enrichment.tsv": "known motifs in important against other regions ([enrichment.tsv](tables_motifs.md#enrichmenttsv))",
            "<id>/seqlets.tsv": "the windows that the patterns were made of ([seqlets.tsv](tables_motifs.md#seqletstsv))",
            "<id>/motifs.meme": "the patterns of the model as trained, in MEME's format",
            "<id>/logos/<pattern>.svg": "logo of a pattern",
            "<id>.motifs.json": "card of the motifs: what was found, named and left out",
        },
    ),
    "report": ("report", {"report.html": "everything above in one page, and the costs from the file beside it"}),
    "summarise_cost": (
        "cost",
        {
            "cost.html": "what the run cost, by step and by model, and what to ask for next time",
            "cost.tsv": "its figures ([cost.tsv](cards.md#costtsv))",
            "resources.config": "its suggestions, for `nextflow run -c`",
        },
    ),
}
# Step -> the folder among its outputs; what lies in it is told in FILES
FOLDERS = {
    "assign_folds": "folded",
    "train_baseline": "<id>.model",
    "finetune": "<id>.model",
    "profile_importance": "<id>",
    "compare_motifs": "<id>",
}
# What Nextflow and the workflow itself write into pipeline_info/
RUN = {
    "trace.txt": "a row per task: status, time, memory, and what was asked for",
    "timeline.html": "when each task ran",
    "execution.html": "Nextflow's own report of resources",
    "dag.html": "the graph of this run; a browser draws it where it has a network",
    "versions.yml": "process, tool, version",
    "params.json": "parameters that the numbers depend on",
}
