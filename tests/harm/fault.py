"""A fault as ``python -m tests.harm`` does it: so many times, in an empty folder of its own."""

import functools
import random
from collections.abc import Callable
from pathlib import Path

from tests.harm.result import Harm
from tests.kafka.broker import Broker

Fault = Callable[[Path, int], list[Harm]]


def on_a_broker(harm: Callable[..., Harm]) -> Fault:
    """One that needs a broker gets a new one; its seed comes from the run's."""

    @functools.wraps(harm)
    def fault(folder: Path, times: int) -> list[Harm]:
        with Broker() as broker:
            return [harm(broker.bootstrap_servers, folder, times=times, seed=random.randrange(10_000))]

    return fault
