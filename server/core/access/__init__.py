"""Who may do what where, and what a device may hold. Start with `permissions.py`."""
