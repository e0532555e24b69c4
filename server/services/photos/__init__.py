"""Photos: announced, uploaded in chunks, verified, looked at, reconciled. Start with `announcing.py`.

A record never waits for its photos: it names them by id, they come when they come.
"""
