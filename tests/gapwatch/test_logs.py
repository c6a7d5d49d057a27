"""What a log line shows of an error."""

import json

import structlog

from gapwatch.logs import set_up_logs


def test_a_traceback_in_the_log_names_the_place_and_shows_no_local_variable(capsys):
    def fails() -> None:
        password = "s3cret-word"
        raise ValueError(f"{len(password)} letters")

    set_up_logs()
    try:
        fails()
    except ValueError:
        structlog.get_logger().error("failed", exc_info=True)
    said = capsys.readouterr().err
    [error] = json.loads(said)["exception"]
    assert error["frames"][-1]["name"] == "fails"
    assert "s3cret-word" not in said
