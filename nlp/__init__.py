"""From texts to verdicts: sentences, redaction, language, encoder, matching, judging, training."""
