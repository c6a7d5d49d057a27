"""Watches the store for what people must hear of, and tells them."""
