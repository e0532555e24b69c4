"""HTTP only: parse, call one service, answer. Start with `errors.py` and `auth.py`; one blueprint a file."""

from flask import Flask


def register(app: Flask) -> None:
    """Everything that answers requests."""
