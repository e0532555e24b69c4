"""The sync backend of a grid-based community service.

Start with `app.py` (what is wired to what), then `services/push.py` (the one write path).
Layers, outermost first: app, api | cli, services, adapters, config, core. Each imports only inwards.
"""
