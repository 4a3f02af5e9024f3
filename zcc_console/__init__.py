"""The terminal workstation of a Dutch zorgcoördinatiecentrum (zcc)."""

__version__ = "0.1.0"
