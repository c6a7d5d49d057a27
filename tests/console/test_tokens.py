"""The token file: what it may hold, who may read it, and that no message shows a token."""

from pathlib import Path

import pytest

from console.tokens import best_token, read_tokens
from sinks.access_log import Role
from tests.console.conftest import OPERATOR, READER
from voc.errors import ConfigError

WRONG = {
    "holds no token": "# nobody\n\n",
    "line 1 has 2 words instead of 3": f"rita {READER}",
    "line 2: the role is not known": f"rita reader {READER}\nolga admin {OPERATOR}",
    "line 1: the token of rita has 31 characters, which can be guessed": "rita reader " + "h" * 31,
    "line 1: the token of rita holds what no header can": "rita reader " + "hünter2" * 6,
    "line 1: the name can't be used": f"rita/2 reader {READER}",
    "has one name on two lines": f"rita reader {READER}\nrita operator {OPERATOR}",
    "has one token on two lines": f"rita reader {READER}\nolga operator {READER}",
}


def _written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "tokens"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_token_is_its_owners(token_file: Path):
    tokens = read_tokens(token_file)
    owners = [tokens.owner(secret) for secret in (READER, OPERATOR)]
    assert [(one.name, one.role) for one in owners if one] == [("rita", Role.READER), ("olga", Role.OPERATOR)]
    assert [tokens.owner(secret) for secret in ("", "r" * 31, "r" * 33, "\udce9")] == [None] * 4


@pytest.mark.parametrize("problem", WRONG)
def test_a_file_that_can_not_be_used_is_refused_without_showing_a_token(tmp_path: Path, problem: str):
    path = _written(tmp_path, WRONG[problem])
    with pytest.raises(ConfigError) as refused:
        read_tokens(path)
    shown = str(refused.value)
    assert shown.startswith(f"{path}: http.token_file: {problem}")
    assert not any(secret in shown for secret in (READER, OPERATOR, "h" * 10, "hünter2"))


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644, 0o666, 0o601])
def test_a_file_that_other_users_can_get_at_is_refused_with_the_command_that_mends_it(token_file: Path, mode: int):
    token_file.chmod(mode)
    with pytest.raises(ConfigError, match=f"only its owner and group: chmod o= {token_file}"):
        read_tokens(token_file)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o440, 0o640])
def test_a_file_for_its_owner_and_group_is_read(token_file: Path, mode: int):
    token_file.chmod(mode)
    assert read_tokens(token_file).owner(READER)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"http\.token_file: can't be read: No such file"):
        read_tokens(tmp_path / "none")


def test_commands_ask_by_the_first_operators_token_else_by_the_first_readers(token_file: Path, tmp_path: Path):
    assert best_token(token_file) == OPERATOR
    assert best_token(_written(tmp_path, f"rita reader {READER}\n")) == READER


def test_no_token_is_kept(token_file: Path):
    assert READER not in repr(read_tokens(token_file).__dict__)
