"""What a lint says of a catalogue."""

from dataclasses import dataclass
from enum import StrEnum

from voc.promises import Promise


class Severity(StrEnum):
    """An error makes verdicts wrong or ambiguous; a warning leaves them weaker than they could be."""

    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    """Every kind of finding."""

    NO_SOURCE = "no-source"
    UNVERIFIABLE = "unverifiable"
    NO_MEASURE = "no-measure"
    MEASURE_MISMATCH = "measure-mismatch"
    CONTRADICTION = "contradiction"
    OVERLAP = "overlap"
    VALIDITY_GAP = "validity-gap"
    VALIDITY_OVERLAP = "validity-overlap"
    OWNER_MISSING = "owner-missing"
    EXAMPLE_MISJUDGED = "example-misjudged"


_ERRORS = frozenset({Code.CONTRADICTION, Code.VALIDITY_OVERLAP})


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of one wording, in a sentence for the people who own the promise."""

    code: Code
    promise_id: str
    version: int
    message: str

    @property
    def severity(self) -> Severity:
        """Settled by the code."""
        return Severity.ERROR if self.code in _ERRORS else Severity.WARNING


def found(code: Code, promise: Promise, message: str) -> Finding:
    """A finding about a promise."""
    return Finding(code, promise.id, promise.version, message)
