"""A real Apache Kafka broker for the tests and for ``make kafka``."""
