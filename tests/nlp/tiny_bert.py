"""A one-layer BERT small enough to write its weights by hand: "late" contradicts a promise, "great" entails it."""

from pathlib import Path

LABELS = ("CONTRADICTION", "neutral", "Entailment")
WIDTH, LIMIT = 16, 40
WORDS = "the room was great late breakfast came but bed soft and i liked it . , quiet rooms is served by seven".split()
CONTRADICTS, ENTAILS = 0, 1  # the dimensions that "late" and "great" point to


def build(folder: Path, *, by_hand: bool = True, labels: tuple[str, ...] = LABELS) -> Path:
    """Save the model and its tokenizer; not by hand, the weights are random, the same every time."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    torch.manual_seed(7)
    vocabulary = {word: number for number, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS])}
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=WIDTH,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=WIDTH,
        max_position_embeddings=LIMIT,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
        initializer_range=1.0,
    )
    model = BertForSequenceClassification(config)
    if by_hand:
        _write_weights(model, vocabulary)
    model.save_pretrained(folder)
    BertTokenizer(vocab=vocabulary).save_pretrained(folder)
    return folder


def _write_weights(model, vocabulary: dict[str, int]) -> None:
    """Attention takes the mean of all words, the rest passes it on, and the classifier reads two dimensions."""
    import torch

    layer = model.bert.encoder.layer[0]
    with torch.no_grad():
        for name, weights in model.named_parameters():
            weights.fill_(1.0 if name.endswith("LayerNorm.weight") else 0.0)
        for passed_on in (layer.attention.self.value, layer.attention.output.dense, model.bert.pooler.dense):
            passed_on.weight.copy_(torch.eye(WIDTH))
        words = model.bert.embeddings.word_embeddings.weight
        words[vocabulary["late"], CONTRADICTS] = words[vocabulary["great"], ENTAILS] = 1.0
        model.classifier.weight[LABELS.index("CONTRADICTION"), CONTRADICTS] = 4.0
        model.classifier.weight[LABELS.index("Entailment"), ENTAILS] = 4.0
        model.classifier.bias[LABELS.index("neutral")] = 1.0
