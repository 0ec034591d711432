// Trained models -> importance per base -> profiles with their audit, and named motifs.

include { SCORE_ATTENTION } from '../../../modules/local/score_attention'
include { PROFILE_IMPORTANCE } from '../../../modules/local/profile_importance'
include { COMPARE_MOTIFS } from '../../../modules/local/compare_motifs'
include { isExplained ; isMain ; isProbe } from '../check_parameters/facts'
include { splitList } from '../check_parameters/values'

// Those of the requested methods that this model has; none of a probe, whose scores come from a layer within a model
def methodsOf(model, requested) {
    def onAttention = ['attention', 'attention_all', 'rollout']
    def unavailable = !model.tuned ? onAttention + ['integrated_gradients', 'gradient_x_input'] : model.attention ? ['kmer_weights'] : onAttention + ['kmer_weights']
    return isProbe(model) ? [] : splitList(requested) - unavailable
}

def byName(paths) {
    return paths.sort { path -> path.name }
}

workflow EXPLAIN_MODELS {
    take:
    datasets // [meta, dataset.parquet, card]
    models // [meta, model folder, card, [checkpoint]]
    predictions // [meta, predictions.parquet]
    settings

    main:
    def given = settings.given
    def byModel = settings.models.collectEntries { model -> [model.name, model] }
    def tuned = settings.models.findAll { model -> model.tuned }*.name
    def times = settings.seeds.size() + (given.shuffled_control ? 1 : 0)
    def methods = settings.models.collectEntries { model -> [model.name, methodsOf(model, given.explain_methods)] }
    explained = datasets.filter { meta, _dataset, _card -> isExplained(meta, settings) }.map { meta, dataset, card -> [meta.id, meta, dataset, card] }

    // [meta, dataset.parquet, model folder, card, [checkpoint]]
    SCORE_ATTENTION(
        explained
            .combine(models.filter { meta, _model, _card, _checkpoint -> meta.split == 1 && isMain(byModel[meta.model]) && methods[meta.model] }.map { meta, model, card, checkpoint -> [meta.dataset, meta, model, card, checkpoint] }, by: 0)
            .map { _id, _about, dataset, _card, meta, model, card, checkpoint ->
                def about = meta.subMap(['id', 'dataset', 'model', 'family', 'seed', 'control'])
                [about + [methods: methods[meta.model].join(','), code: [settings.code, settings.explain_code]], dataset, model, card, checkpoint]
            },
        [samples: given.explain_samples],
    )

    // all seeds and controls of a model on a data set: [id, about, [importance], [curves], [heads]]
    scored = SCORE_ATTENTION.out.importance
        .join(SCORE_ATTENTION.out.curves)
        .join(SCORE_ATTENTION.out.heads)
        .map { meta, importance, curves, heads ->
            def about = [id: "${meta.dataset}.${meta.model}".toString(), dataset: meta.dataset, model: meta.model, method: 'auto', code: meta.code]
            [groupKey(about, meta.model in tuned ? times : 1), importance, curves, heads]
        }
        .groupTuple()
        .map { key, importance, curves, heads -> [key.groupTarget.id, key.groupTarget, byName(importance), byName(curves), byName(heads)] }
    predicted = predictions
        .filter { meta, _table -> meta.split == 1 && isMain(byModel[meta.model]) }
        .map { meta, table -> [groupKey("${meta.dataset}.${meta.model}".toString(), meta.model in tuned ? settings.seeds.size() : 1), table] }
        .groupTuple()
        .map { key, tables -> [key.groupTarget, byName(tables)] }
    whole = scored
        .join(predicted)
        .map { _id, about, importance, curves, heads, tables -> [about.dataset, about, importance, curves, heads, tables] }
    together = explained.combine(whole, by: 0)

    PROFILE_IMPORTANCE(
        together.map { _id, _meta, dataset, card, about, importance, curves, heads, tables -> [about, dataset, importance, curves, heads, tables, card] },
        [bootstrap: given.bootstrap, confidence: given.confidence, seed: given.seed],
    )
    COMPARE_MOTIFS(
        together.map { _id, _meta, dataset, card, about, importance, _curves, _heads, _tables -> [about, dataset, importance, card] },
        settings.motifs,
        [jaspar_release: given.jaspar_release, fdr: given.motif_fdr, seed: given.seed],
    )

    profiles = PROFILE_IMPORTANCE.out.profiles
    motifs = COMPARE_MOTIFS.out.motifs
    cards = SCORE_ATTENTION.out.card.mix(PROFILE_IMPORTANCE.out.card, COMPARE_MOTIFS.out.card)

    emit:
    profiles
    motifs
    cards
}
