"""``python -m tests.gapwatch.costless``: the command line with a judge that finds nothing and costs nothing, for tests
of all that is around the judge."""

from gapwatch import wiring
from gapwatch.cli import main
from tests.gapwatch.parts import WaitingJudge

if __name__ == "__main__":
    wiring.build_judge = lambda settings=None: WaitingJudge()
    main()
