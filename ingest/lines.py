"""Bytes that come in pieces, cut into lines of bounded length."""


class LineSplitter:
    """Cuts a stream into lines at ``\\n``; holds at most ``limit + 1`` bytes of a line that is not whole yet.

    A line longer than ``limit`` is cut to ``limit + 1`` bytes: enough for a reader to see that it is too long.
    """

    def __init__(self, limit: int) -> None:
        self._kept = limit + 1
        self._partial = bytearray()

    def feed(self, piece: bytes) -> list[bytes]:
        """The lines that this piece completes, without their line ends."""
        *whole, rest = piece.split(b"\n")
        if whole:
            whole[0] = self._completed(whole[0])
            if len(piece) > self._kept:
                whole = [line[: self._kept] for line in whole]
        self._extend(rest)
        return whole

    def finish(self) -> list[bytes]:
        """What stands after the last line end, if anything: a line end that ends the stream begins no line."""
        return [self._completed(b"")] if self._partial else []

    def _completed(self, end: bytes) -> bytes:
        self._extend(end)
        line = bytes(self._partial)
        self._partial.clear()
        return line

    def _extend(self, more: bytes) -> None:
        self._partial += more[: self._kept - len(self._partial)]
