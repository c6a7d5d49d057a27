"""The HTTP side: who may ask, what is answered, the JSON API."""
