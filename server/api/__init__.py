"""HTTP only: parse, call one service, answer. Start with `errors.py` and `auth.py`; one blueprint a file."""
