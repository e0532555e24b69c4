"""The sync protocol's decisions: reading changes, canonical values, merging, cursors.

Start with PROTOCOL.md, then `change.py` and `merge.py`.
"""
