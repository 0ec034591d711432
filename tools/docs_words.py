"""What each step reads and writes, and what each published file is: the words that tools/make_docs.py prints.

`@name` at the end of a description becomes a link to the section `name` of docs/reference.
"""

from __future__ import annotations

# Step, in the order of the data -> what it reads, what it writes. Its purpose is the first line of its module.
STEPS = {
    "prepare_genome": ("FASTA: plain, gzip, bgzip, bzip2 or xz", "plain FASTA with `.fai`; card"),
    "extract_tss": ("GTF", "genes; BED of every annotated TSS; card"),
    "label_expression": ("genes, expression table", "genes with labels; expression by tissue; TPM by biotype; card"),
    "define_task": ("genes, promoters, genome", "sites; card"),
    "sample_negatives": ("sites (positives), genome, TSSs to avoid", "sites (both classes); card"),
    "assign_folds": ("sites of all tasks", "sites with group and split; card"),
    "build_length_variants": ("sites, genome, a length", "data set; composition by position; card"),
    "import_dataset": ("CSV, TSV or pairs of FASTA", "data set; composition by position; card"),
    "audit_leaks": ("data set", "leaks by kind; pairs; nearest train sample of each tested one; card"),
    "train_baseline": ("data set", "predictions; model; k-mer weights; card"),
    "download_checkpoint": ("owner/name on a model hub, a commit", "checkpoint: config, vocabulary, weights; card"),
    "make_checkpoint": ("a kind, a seed", "a small checkpoint in the published format; card"),
    "finetune": ("data set, checkpoint", "predictions; model; training log; card"),
    "embed": ("data set, checkpoint", "embeddings by layer and pooling; card"),
    "train_probe": ("data set, its embeddings", "predictions; model; card"),
    "choose_settings": ("data set, predictions of a model's trials", "the settings that are kept; trials; card"),
    "evaluate": (
        "data set, its predictions",
        "metrics; metrics over seeds; curves; reliability; strata; learning curve; card",
    ),
    "score_transfer": ("a trained model, its data set, another data set", "predictions of its test samples; card"),
    "evaluate_transfer": ("predictions on other data sets", "metrics by training set and tested set; card"),
    "compare_models": ("data set, its predictions", "paired differences between models; card"),
    "make_claims": ("comparisons of all data sets", "a sentence and a verdict for each declared contrast; card"),
    "score_attention": ("data set, a trained model", "importance by base; deletion and insertion; heads; card"),
    "profile_importance": (
        "importance of all seeds and controls of a model, data set, predictions",
        "profiles, heat maps, audit, browser tracks; card",
    ),
    "compare_motifs": (
        "importance of all seeds and controls of a model, data set, known motifs",
        "patterns with names and logos, core promoter elements, enrichment; card",
    ),
    "apply_model": ("trained models; FASTA, BED or gene ids", "scores with percentiles and flags; track; card"),
    "score_variants": (
        "trained models; VCF or regions, genome, annotation or promoters",
        "effects of variants; VCF with them; saturation with heat maps; card",
    ),
    "scan_genome": ("trained models, a genome", "logit of each strand along a part of a chromosome; card"),
    "merge_scan": ("parts of a scan", "bigWig of each strand; peaks; card"),
    "report_scores": ("scores, peaks, their cards", "one HTML file"),
    "report": ("all cards, metrics, curves, profiles and motifs", "one HTML file, methods.md"),
    "summarise_cost": ("Nextflow's trace", "a page of costs; a table of costs; resources for the next run"),
}

# Steps of --apply, which are no part of the study
APPLIED = ("apply_model", "score_variants", "scan_genome", "merge_scan", "report_scores")

# Step -> the name for ${meta.id} in its files, and the description of each file
FILES = {
    "prepare_genome": ("genome", {"genome.json": "card of the genome"}),
    "extract_tss": (
        "annotation",
        {
            "<id>.genes.json": "card of the annotation: genes kept and genes left out",
            "<id>.all_tss.bed": "every annotated TSS of any biotype and chromosome @all_tss.bed",
        },
    ),
    "label_expression": (
        "labelled",
        {
            "<id>.genes.parquet": "genes with expression labels @genes",
            "<id>.expression.json": "card of the labels: numbers of high and low genes, percentiles, losses",
            "<id>.expression.parquet": "expression of each gene in each tissue @expression",
            "<id>.tpm.tsv": "TPM by biotype @tpm.tsv",
        },
    ),
    "define_task": ("<task>", {"<id>.task.json": "card of a task: its samples, and what was left out and why"}),
    "sample_negatives": ("<task>", {"<id>.negatives.json": "card of the negatives of task 1 or 2"}),
    "assign_folds": (
        "folds",
        {
            "<id>/<task>.sites.parquet": "samples of a task with group and split @sites",
            "<id>.json": "card of the splits: groups, samples and fractions by task, class and split",
        },
    ),
    "build_length_variants": (
        "<task>_<length>",
        {
            "<id>.parquet": "data set with sequences @dataset",
            "<id>.dataset.json": "its card: counts, losses, digests, and the cards of all earlier steps",
            "<id>.composition.tsv": "base composition by position @composition.tsv",
        },
    ),
    "import_dataset": (
        "<name>",
        {
            "<id>.parquet": "ready-made data set in the same format @dataset",
            "<id>.dataset.json": "its card: counts, and sequences that splits have in common",
            "<id>.composition.tsv": "base composition by position @composition.tsv",
        },
    ),
    "audit_leaks": (
        "<dataset>",
        {
            "<id>.leaks.tsv": "samples of dev and test that resemble train, by kind @leaks.tsv",
            "<id>.leak_pairs.tsv": "the 10,000 most similar pairs @leak_pairs.tsv",
            "<id>.homology.parquet": "nearest train sample of each sample of dev and test @homology",
            "<id>.leaks.json": "card of the audit: settings of the search, planted relatives that it found",
        },
    ),
    "train_baseline": (
        "<dataset>.<model>",
        {
            "<id>.predictions.parquet": "probabilities of every sample @predictions",
            "<id>.model/model.json": "the fitted logistic regression @model.json",
            "<id>.model/application.json": "what scores mean and which inputs are usual @application.json",
            "<id>.kmers.tsv": "weights of all k-mers @kmers.tsv",
            "<id>.kmers.svg": "the 20 strongest k-mers for each class",
            "<id>.baseline.json": "card of the fit: penalties tried, the one chosen, trivial baselines",
        },
    ),
    "download_checkpoint": (
        "<checkpoint>",
        {"<id>.checkpoint.json": "card of a downloaded checkpoint: commit, files and digests, licence"},
    ),
    "make_checkpoint": ("<kind>", {"<id>.checkpoint.json": "card of a demo checkpoint: size, origin of its weights"}),
    "finetune": (
        "<run>",
        {
            "<id>.predictions.parquet": "probabilities of every sample @predictions",
            "<id>.model/config.json": "configuration of the fine-tuned model in the published format; not with LoRA",
            "<id>.model/model.safetensors": "its weights; not with LoRA",
            "<id>.model/adapter_model.safetensors": "with LoRA: the trained weights, to be added to the checkpoint",
            "<id>.model/adapter_config.json": "with LoRA: its settings in the format of peft",
            "<id>.model/vocab.txt": "vocabulary of DNABERT, and of Nucleotide Transformer without LoRA",
            "<id>.model/tokenizer.json": "vocabulary of DNABERT-2",
            "<id>.model/lncprom.json": "family and options, needed to load the model",
            "<id>.model/finetuned.json": "training data, their lengths and truncation, needed by `bin/predict.py`",
            "<id>.model/application.json": "what scores mean and which inputs are usual @application.json",
            "<id>.training.tsv": "losses by epoch @training.tsv",
            "<id>.finetune.json": "card of the training: settings, attempts, fraction of bases seen, device, speed",
        },
    ),
    "embed": (
        "<run>",
        {
            "<id>.embeddings.parquet": "of a probe: a vector of each sample by layer and pooling @embeddings",
            "<id>.embeddings.json": "card of the embeddings: the model, what it saw of the sequences, device",
        },
    ),
    "train_probe": (
        "<run>",
        {
            "<id>.predictions.parquet": "probabilities of every sample @predictions",
            "<id>.model/application.json": "what scores mean and which inputs are usual @application.json",
            "<id>.model/probe.json": "the probe: weights, layer, pooling, and how the embeddings were computed",
            "<id>.probe.json": "card of the fit: layers, poolings and penalties tried, those chosen on dev",
        },
    ),
    "choose_settings": (
        "<run>",
        {
            "<id>.settings.json": "settings that the final trainings take, with `--tune`",
            "<id>.trials.tsv": "trials of settings with their dev loss @trials.tsv",
            "<id>.trials.json": "card of the choice",
        },
    ),
    "evaluate": (
        "<dataset>",
        {
            "<id>.metrics.tsv": "metrics with intervals @metrics.tsv",
            "<id>.curves.tsv": "ROC and precision-recall curves on the test split @curves.tsv",
            "<id>.seeds.tsv": "mean, standard deviation and interval over seeds @seeds.tsv",
            "<id>.strata.tsv": "with `--strata`: MCC and AUROC of the test split by kind of promoter @strata.tsv",
            "<id>.learning_curve.tsv": "with `--train_fractions`: metrics by training sequences @learning_curve.tsv",
            "<id>.reliability.tsv": "predicted and observed fractions of positives on the test split @reliability.tsv",
            "<id>.metrics.json": "card of the evaluation",
        },
    ),
    "score_transfer": (
        "<run>.on.<dataset>",
        {
            "<id>.transfer.parquet": "probabilities of an external set or of another task's test split @predictions",
            "<id>.transfer.json": "card of the scores: samples left out, and those that stand in train",
        },
    ),
    "evaluate_transfer": (
        "",
        {
            "transfer.tsv": "metrics on sets that models were not trained on @transfer.tsv",
            "transfer.json": "card of this evaluation: samples by pair, and what to mind",
        },
    ),
    "compare_models": (
        "<dataset>",
        {
            "<id>.comparisons.tsv": "paired differences between models @comparisons.tsv",
            "<id>.comparisons.json": "card of the comparison",
        },
    ),
    "make_claims": (
        "",
        {
            "claims.tsv": "a sentence and a verdict for each declared contrast @claims.tsv",
            "claims.json": "card of the claims: how many of each verdict",
        },
    ),
    "score_attention": (
        "<run>",
        {
            "<id>.importance.parquet": "importance of every base by every method @importance",
            "<id>.deletion.tsv": "deletion and insertion of the bases with the highest scores @deletion.tsv",
            "<id>.heads.tsv": "where each attention head attends @heads.tsv",
            "<id>.importance.json": "card of the explanation: methods, fraction of bases seen",
        },
    ),
    "profile_importance": (
        "<dataset>.<model>",
        {
            "<id>/profile.tsv": "mean importance by position and class @profile.tsv",
            "<id>/shares.tsv": "fraction of importance directly upstream of the TSS @shares.tsv",
            "<id>/audit.tsv": "whether each method can be trusted @audit.tsv",
            "<id>/<method>.heatmap.svg": "heat map of samples and positions, ordered by score, below the mean profile",
            "<id>/<method>.heatmap.png": "the same as PNG, of the methods that the report shows",
            "<id>/<method>.clustered.svg": "heat map of samples and positions, ordered by similarity",
            "<id>/<method>.clustered.png": "the same as PNG, of the methods that the report shows",
            "<id>/<method>.matrix.parquet": "the numbers of both heat maps @matrix.tsv.gz",
            "<id>/<method>.matrix.tsv.gz": "the same as text",
            "<id>/<method>.plus.bw": "importance on the genome, promoters on the forward strand (bigWig)",
            "<id>/<method>.minus.bw": "importance on the genome, promoters on the reverse strand (bigWig)",
            "<id>/<method>.plus.bedGraph.gz": "promoters on the forward strand as text",
            "<id>/<method>.minus.bedGraph.gz": "promoters on the reverse strand as text",
            "<id>/promoters.json": "promoters with the highest and lowest predictions, base by base @promoters.json",
            "<id>/summary.json": "input of the report: methods, seeds, controls, positions",
            "<id>.profiles.json": "card of the profiles",
        },
    ),
    "compare_motifs": (
        "<dataset>.<model>",
        {
            "<id>/motifs.tsv": "patterns in important bases @motifs.tsv",
            "<id>/hits.tsv": "known motifs closest to each pattern @hits.tsv",
            "<id>/elements.tsv": "core promoter elements at their positions @elements.tsv",
            "<id>/enrichment.tsv": "known motifs in important and in other regions @enrichment.tsv",
            "<id>/seqlets.tsv": "windows in which patterns were searched @seqlets.tsv",
            "<id>/motifs.meme": "patterns of the trained model in MEME format",
            "<id>/logos/<pattern>.svg": "logo of a pattern",
            "<id>.motifs.json": "card of the motifs: patterns found, named and left out",
        },
    ),
    "apply_model": (
        "<name>",
        {
            "<id>.scores.parquet": "with `--apply`: scores, percentiles and flags @scores",
            "<id>.scores.tsv": "the same as TSV @scores",
            "<id>.scores.bed": "promoters for a browser (BED9): 1,000 times the probability, the TSS as thick part",
            "<id>.scores.json": "card: models, inputs, numbers of flags",
        },
    ),
    "score_variants": (
        "<name>",
        {
            "<id>.variants.tsv": "effect of each variant on each promoter whose window it changes @variants.tsv",
            "<id>.variants.vcf.gz": "the VCF without genotypes, with these effects in INFO",
            "<id>.saturation/saturation.tsv": "with `--saturate`: effects of all SNVs of the regions @saturation.tsv",
            "<id>.saturation/<site>.svg": "heat map of these effects on one TSS",
            "<id>.variants.json": "card: variants scored, and left out by reason",
        },
    ),
    "scan_genome": (
        "<name>.<chrom>_<first>",
        {"<id>.scan.json": "with `--apply` and `--scan`: card of a part of the scan @scan"},
    ),
    "merge_scan": (
        "<name>",
        {
            "<id>.plus.bw": "logit of the window whose TSS is there, forward strand (bigWig)",
            "<id>.minus.bw": "the same of the reverse strand",
            "<id>.peaks.bed": "TSSs of peaks (BED6 below a line of names); score: 1,000 times the probability",
            "<id>.peaks.json": "card: windows and peaks",
        },
    ),
    "report_scores": ("scores", {"scores.html": "page of scores, flags, peaks and calibration"}),
    "report": (
        "report",
        {
            "report.html": "all results on one page; shows the costs from the file beside it",
            "methods.md": "the methods of the run in words, with the numbers of its cards, ready to paste",
        },
    ),
    "summarise_cost": (
        "cost",
        {
            "cost.html": "costs by step and by model, and resources for the next run",
            "cost.tsv": "the same as a table @cost.tsv",
            "resources.config": "resources for the next run, for `nextflow run -c`",
        },
    ),
}
# Step -> the folder among its outputs; FILES describes the files in it
FOLDERS = {
    "assign_folds": "<id>",
    "train_baseline": "<id>.model",
    "finetune": "<id>.model",
    "train_probe": "<id>.model",
    "profile_importance": "<id>",
    "compare_motifs": "<id>",
    "score_variants": "<id>.saturation",
}
# Files that Nextflow and the workflow write into pipeline_info/
RUN = {
    "trace.txt": "one row per task: status, time, memory, requested resources",
    "timeline.html": "when each task ran",
    "execution.html": "Nextflow's report of resources",
    "dag.html": "graph of this run; a browser needs a network to draw it",
    "versions.yml": "process, tool, version",
    "params.json": "parameters that affect numbers",
}
