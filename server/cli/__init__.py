"""Commands for whoever runs the server: `flask --help`. Each calls one service."""

from flask import Flask

from server.cli import setup


def register(app: Flask) -> None:
    setup.register(app)
