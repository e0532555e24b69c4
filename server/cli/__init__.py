"""Commands for whoever runs the server: `flask --help`. Each calls one service."""

from flask import Flask

from server.cli import demo, organisation, pages, people, setup, upkeep


def register(app: Flask) -> None:
    for part in (setup, people, organisation, upkeep, demo, pages):
        part.register(app)
