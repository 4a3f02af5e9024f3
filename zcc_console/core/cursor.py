"""A place in the region's log: `<epoch>.<seq>`. Opaque to a desk but for equality; order only within an epoch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cursor:
    """An epoch and a sequence number in it (contract.md §1)."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.seq}"

    @staticmethod
    def parse(text: str) -> Cursor:
        """Read a cursor.

        Raises:
            ValueError: the text is not `<epoch>.<seq>`.
        """
        epoch, dot, seq = text.rpartition(".")
        if not dot or not epoch or not seq.isascii() or not seq.isdecimal():
            raise ValueError(f"not a cursor: {text!r}")
        return Cursor(epoch, int(seq))
