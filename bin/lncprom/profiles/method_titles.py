"""What the methods are called, where a person reads it."""

TITLES = {
    "attention": "Attention, last layer (the study's)",
    "attention_all": "Attention, mean of all layers",
    "rollout": "Attention rollout",
    "integrated_gradients": "Integrated gradients",
    "gradient_x_input": "Gradient x input",
    "occlusion": "Occlusion",
    "ism": "In-silico mutagenesis",
    "kmer_weights": "k-mer weights",
}
# the first that a model has stands for it: integrated gradients were never far off, exact weights cannot be
LEADING = ("integrated_gradients", "kmer_weights", "occlusion", "ism", "gradient_x_input", "rollout", "attention_all")
STUDY = "attention"


def leading(methods: list[str]) -> str:
    """The method whose conclusions are shown first."""
    return next((method for method in LEADING if method in methods), methods[0])


def shown(methods: list[str]) -> list[str]:
    """That one and the study's, where the model has it."""
    return list(dict.fromkeys([leading(methods), *(method for method in methods if method == STUDY)]))
