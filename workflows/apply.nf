// Trained models at work (--apply): scores of regions, effects of variants, scans of a genome, and a page of them.

include { PREPARE_GENOME } from '../modules/local/prepare_genome'
include { APPLY_MODEL } from '../modules/local/apply_model'
include { SCORE_VARIANTS } from '../modules/local/score_variants'
include { SCAN_GENOME } from '../modules/local/scan_genome'
include { MERGE_SCAN } from '../modules/local/merge_scan'
include { REPORT_SCORES } from '../modules/local/report_scores'

workflow APPLY {
    take:
    settings // a map of check_parameters/apply.nf

    main:
    // genome: [genome.fa, genome.fa.fai, genome.json], or none where sequences are given
    PREPARE_GENOME(settings.fasta ? channel.of([[id: 'genome', code: settings.code], settings.fasta]) : channel.empty())
    genome = settings.fasta ? PREPARE_GENOME.out.genome.map { _meta, fasta, fai, card -> [fasta, fai, card] }.first() : channel.value([[], [], []])

    // models: [meta(id, members, code), folders, checkpoints]
    models = channel.fromList(settings.models.collect { model -> [model.meta, model.folders, model.checkpoints] })

    APPLY_MODEL(
        settings.scan || !settings.regions ? channel.empty() : models.map { meta, folders, checkpoints -> [meta, folders, checkpoints, settings.regions] },
        genome,
        settings.gtf,
        settings.assembly_report,
    )

    // effects: [meta(id, members, code), variants.tsv]
    SCORE_VARIANTS(
        settings.variants || settings.saturate ? models.map { meta, folders, checkpoints -> [meta, folders, checkpoints, settings.variants, settings.saturate] } : channel.empty(),
        genome,
        [settings.gtf, settings.gtf ? [] : settings.promoters],
        settings.assembly_report,
        settings.options.subMap('tss_source', 'variant_null', 'max_ref_mismatches', 'seed'),
    )

    // a task for each part of a chromosome: [meta(id, name, chrom, first, last, members, code), folders, checkpoints]
    parts = genome.filter { _fasta, fai, _card -> settings.scan && fai }.flatMap { _fasta, fai, _card -> partsOf(fai, settings.chunk) }
    SCAN_GENOME(
        models.combine(parts).map { meta, folders, checkpoints, chrom, first, last -> [meta + [id: "${meta.id}.${chrom}_${first}".toString(), name: meta.id, chrom: chrom, first: first, last: last], folders, checkpoints] },
        settings.scan ? genome.combine(PREPARE_GENOME.out.soft_mask).map { fasta, fai, _card, mask -> [fasta, fai, mask] }.first() : channel.value([[], [], []]),
        settings.scan ? settings.regions : [],
        settings.options.subMap('step', 'max_n_share', 'max_repeat_share'),
    )

    // peaks: [meta(id, code), peaks.bed]
    MERGE_SCAN(
        SCAN_GENOME.out.scan.map { meta, table, card -> [meta.subMap('code') + [id: meta.name], table, card] }.groupTuple(),
        genome.map { _fasta, fai, _card -> fai },
        settings.options.subMap('step', 'distance', 'min_probability'),
    )

    REPORT_SCORES(
        [id: 'scores', title: settings.title, code: settings.report_code],
        APPLY_MODEL.out.scores.map { _meta, table -> table }.collect().ifEmpty([]),
        MERGE_SCAN.out.peaks.map { _meta, bed -> bed }.collect().ifEmpty([]),
        SCORE_VARIANTS.out.effects.map { _meta, table -> table }.collect().ifEmpty([]),
        APPLY_MODEL.out.card.mix(SCORE_VARIANTS.out.card, MERGE_SCAN.out.card).collect(),
    )
    report = REPORT_SCORES.out.html

    emit:
    report
}

// [chrom, first, last] of each part; an index of a stub run has no line
def partsOf(fai, size) {
    def rows = fai.readLines().findAll()*.split('\t')
    return rows.collectMany { row ->
        def bases = row[1] as Long
        (0..<Math.max(1L, (bases + size - 1).intdiv(size))).collect { number -> [row[0], number * size, Math.min(bases, (number + 1) * size)] }
    } ?: [['stub', 0, 1]]
}
