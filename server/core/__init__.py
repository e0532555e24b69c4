"""What the product decides, as pure functions over plain values.

No Flask, SQL, files, clock or randomness here: time and ids come in as arguments.
Start with `catalog` (what a record is), then `sync/merge.py` (what becomes of a change).
"""
