"""Trains the heads of the promise judge on texts of our own; needs the ``train`` extra, the product does not."""
