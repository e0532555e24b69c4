"""The database: tables, and one query file a table group. Connections come in; nobody commits here.

Start with `tables/`, then `database.py`.
"""
