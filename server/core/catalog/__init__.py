"""The catalogue: record types, fields, workflow and roles, declared once.

Server validation, merge, masking, the forms of the app and the generated documents all read it.
Start with `records.py`; the types themselves are in `schema1/`.
"""
