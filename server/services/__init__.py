"""One use case a file. Only here are transactions opened and committed.

Start with `push.py` (the one write path) and `world.py` (what every use case is given).
"""
