"""Commands for whoever runs the server: `flask --help`. Each calls one service."""

from flask import Flask

from server.cli import demo, organisation, pages, people, photos, setup, upkeep


def register(app: Flask) -> None:
    for part in (setup, people, organisation, upkeep, photos, demo, pages):
        part.register(app)
