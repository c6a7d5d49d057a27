"""What one kind of harm did: how often it was done, and what it cost."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Harm:
    """One line of the table that ``python -m tests.harm`` prints.

    ``times`` is how often the fault was done, ``lost`` how many records are in no store, ``duplicated`` how many
    are in one twice. ``seconds_to_recover`` is the longest time from the fault's end until records flowed again;
    None where nothing had to recover.
    """

    fault: str
    times: int
    lost: int
    duplicated: int
    seconds_to_recover: float | None
    note: str = ""
