"""The usual way beside ours: transformers' pipeline("text-classification") in torch, fp32, on the same texts."""

import importlib.util
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Final

from benchmarks.bench import Bench
from benchmarks.generate import text_of
from benchmarks.listener import jsonl_source, open_store, time_to_store
from benchmarks.report import Measure
from nlp.training.weights import weights_folder

NAME: Final = "transformers, torch fp32"
_TURNS: Final = 3
_BATCH: Final = 32

Classify = Callable[[Sequence[str]], object]


def torch_fp32(bench: Bench) -> list[Measure]:
    """In turns with our whole pipeline on slices of the same texts."""
    if importlib.util.find_spec("torch") is None:
        return [Measure(NAME, "torch is not installed; to compare: make test-train, then make bench")]
    classify = _classifier(bench.threads)
    records = bench.records(bench.sizes.torch)
    slices = [records[i::_TURNS] for i in range(_TURNS)]
    task = bench.progress.add_task("pipeline and torch", total=2 * len(records))
    rates: dict[str, list[float]] = {"torch": [], "ours": []}
    classify([text_of(one) for one in records[:_BATCH]])
    bench.judge.judge([], [])
    with open_store(bench.folder / "torch") as store:
        for part in slices:
            started = time.perf_counter()
            classify([text_of(one) for one in part])
            rates["torch"].append(len(part) / (time.perf_counter() - started))
            source = jsonl_source(bench.file(part))
            rates["ours"].append(len(part) / time_to_store(source, len(part), judge=bench.judge, store=store).seconds)
            bench.progress.advance(task, 2 * len(part))
    torch, ours = median(rates["torch"]), median(rates["ours"])
    value = f"{torch:,.0f} texts/s; ours beside it {ours:,.0f}, {ours / torch:.1f} times as many"
    details = {"texts": len(records), "threads": bench.threads, "texts_per_second_by_slice": rates}
    return [Measure(NAME, value, details=details)]


def _classifier(threads: int) -> Classify:
    """MiniLM of the installed weights package with three classes on top; what they say does not matter for time."""
    import torch
    import transformers

    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    torch.set_num_threads(threads)
    folder = weights_folder()
    model = transformers.BertForSequenceClassification.from_pretrained(
        folder, num_labels=3, local_files_only=True, dtype=torch.float32
    )
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    pipeline = transformers.pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
    return lambda texts: pipeline(list(texts), batch_size=_BATCH, truncation=True, max_length=512)
