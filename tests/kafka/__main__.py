"""``python -m tests.kafka``: the broker in the foreground, until Ctrl-C or SIGTERM."""

import argparse
import signal
import sys
import time
from types import FrameType

from tests.kafka.broker import Broker
from tests.kafka.jars import BrokerUnavailable


def _topics(text: str) -> dict[str, int]:
    """``reviews:3,tickets`` as names with their number of partitions (1 unless told)."""
    pairs = (part.partition(":") for part in text.split(",") if part)
    return {name: int(partitions or 1) for name, _, partitions in pairs}


def _stop(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def main() -> int:
    """Start, create the topics, print the address, wait."""
    parser = argparse.ArgumentParser(prog="python -m tests.kafka", description=__doc__)
    parser.add_argument("--port", type=int, help="port to listen on (default: a free one)")
    parser.add_argument("--topics", type=_topics, default={}, help="topics to create, as in reviews:3,tickets:1")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        # whoever tries it writes with a client that can't create topics, as kcat can't
        with Broker(port=options.port, properties={"auto.create.topics.enable": "true"}) as broker:
            for name, partitions in options.topics.items():
                broker.create_topic(name, partitions)
            print(f"Apache Kafka listens on {broker.bootstrap_servers} (Ctrl-C stops it)", flush=True)
            while broker.alive():
                time.sleep(0.5)
    except BrokerUnavailable as missing:
        print(missing, file=sys.stderr)
        return 1
    print("the broker ended by itself", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
