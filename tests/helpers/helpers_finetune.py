"""The options of a short training of a small network, as tests give them to finetune.py."""

CNN = ("--family", "cnn", "--option", "hidden=16", "--option", "max_tokens=80", "--threads", 1)
QUICK = (*CNN, "--epochs", 2, "--warmup-steps", 5)


def options(data, work) -> list:
    places = {"out-dir": "model", "predictions": "p.parquet", "training": "t.tsv", "card": "c.json"}
    return [
        *("--dataset", data, "--name", "planted_60"),
        *(part for option, name in places.items() for part in (f"--{option}", work / name)),
    ]
