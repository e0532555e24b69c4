"""Commands for whoever runs the server: `flask --help`. Each calls one service."""

from flask import Flask

from server.cli import pages, setup


def register(app: Flask) -> None:
    pages.register(app)
    setup.register(app)
