"""SetFit on texts that come by standard input, in an environment of its own; it prints what it took as JSON.

PYTHON _setfit_peer.py < {"model": folder, "texts": [...], "labels": [...], "test": [...], "iterations": 20, "seed": 0}
"""

import json
import os
import sys
import tempfile
import time
from typing import Any


def trained(given: dict[str, Any]) -> dict[str, Any]:
    """Seconds of training and of prediction, and the predicted labels."""
    import datasets
    import setfit
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    model = setfit.SetFitModel.from_pretrained(given["model"])
    start = time.perf_counter()
    names = sorted(set(given["labels"]))
    with tempfile.TemporaryDirectory() as folder:
        settings = setfit.TrainingArguments(
            output_dir=folder,
            num_iterations=given["iterations"],
            num_epochs=1,
            batch_size=16,
            seed=given["seed"],
            report_to="none",
            save_strategy="no",
            show_progress_bar=False,
        )
        codes = [names.index(label) for label in given["labels"]]
        data = datasets.Dataset.from_dict({"text": given["texts"], "label": codes})
        setfit.Trainer(model=model, args=settings, train_dataset=data).train()
    fitted = time.perf_counter()
    found = [names[int(code)] for code in model.predict(given["test"], show_progress_bar=False)]
    return {"fit": fitted - start, "predict": time.perf_counter() - fitted, "found": found}


if __name__ == "__main__":
    result = trained(json.load(sys.stdin))
    print("\n" + json.dumps(result))
