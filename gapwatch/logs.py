"""Log lines for people on a terminal, JSON lines otherwise; both on standard error."""

import logging
import sys
from typing import Final

import structlog
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer

# without local variables, which structlog shows unless told: passwords and texts are among them
_TRACEBACKS: Final = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))


def set_up_logs(*, quiet: bool = False) -> None:
    """Configure structlog. ``quiet`` leaves warnings and worse."""
    terminal = sys.stderr.isatty()
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if terminal else [_TRACEBACKS]),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    # kafka-python logs through the standard library; its warnings are ours to repeat or not
    logging.getLogger("kafka").setLevel(logging.ERROR)
    # it repeats every few seconds that a topic is missing; we say it once
    logging.getLogger("kafka.cluster").setLevel(logging.CRITICAL)
    # it repeats each failed delivery; the error that ends the listener says it once
    logging.getLogger("kafka.producer").setLevel(logging.CRITICAL)
