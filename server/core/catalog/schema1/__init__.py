"""Schema 1: the record types of the first release, a file a subject. Start with `catalog.py`."""
