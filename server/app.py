"""Wires the server: settings, database, keys, use cases, blueprints. Imports all; nothing imports it."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from server import cli
from server.adapters import ids
from server.adapters.photos.decoding import Decoder
from server.adapters.photos.opening import open_store
from server.adapters.storage.database import prepare_engine
from server.adapters.storage.tables import metadata
from server.api.register import register
from server.config import Config, WrongSetting
from server.core.catalog.schema1.catalog import SCHEMA_1
from server.services import accounts
from server.services.world import Ids, Keys, Photos, Rules, World

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def create_app(config: Config | None = None) -> Flask:
    """The WSGI application. WrongSetting, one sentence, when it must not start."""
    app = make_app(config)
    refuse_demo_accounts(app.extensions["settings"], app.extensions["world"])
    return app


def make_app(config: Config | None = None) -> Flask:
    """The same for commands (.flaskenv names it): whoever types one means this database, and `--help` needs none."""
    config = config or Config.from_env()
    app = Flask(__name__, static_folder=None)
    app.extensions["settings"] = config
    app.extensions["world"] = make_world(config, make_engine(app, config))
    register(app, config)
    cli.register(app)
    return app


def refuse_demo_accounts(config: Config, world: World) -> None:
    """WrongSetting when accounts exist whose password everybody knows, and this is no demo."""
    try:
        found = [] if config.demo else accounts.demo_accounts(world)
    except SQLAlchemyError:
        return  # no tables yet, or no database: /readyz says so
    if found:
        url = make_url(config.database_url)
        place = str(url.database) if url.get_backend_name() == "sqlite" else "the database at DATABASE_URL"
        remedy = "Set DEMO=1 for the demo; for real work, another DATA_DIR or DATABASE_URL"
        raise WrongSetting(f"DEMO is not 1, and {place} holds demo accounts ({', '.join(found)}). {remedy}.")


def make_engine(app: Flask, config: Config) -> Engine:
    """The engine, made and closed by Flask-SQLAlchemy; queries are SQLAlchemy's own, with connections passed."""
    app.config["SQLALCHEMY_DATABASE_URI"] = config.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "pool_size": config.pool_size,
        "max_overflow": 0,
        "pool_timeout": 10,
        "pool_use_lifo": True,  # the connection used last has its statements prepared and its pages at hand
    }
    if make_url(config.database_url).get_backend_name() == "postgresql":
        app.config["SQLALCHEMY_ENGINE_OPTIONS"]["connect_args"] = {"connect_timeout": 5}
    database = SQLAlchemy(app, metadata=metadata)
    with app.app_context():
        return prepare_engine(database.engine)


def make_world(config: Config, engine: Engine) -> World:
    """What every use case is given."""
    url = make_url(config.database_url)
    generation = f"{url.database}.generation" if url.get_backend_name() == "sqlite" else None
    return World(
        engine=engine,
        catalog=SCHEMA_1,
        clock=ids.now,
        ids=Ids(ids.uuid7, ids.rev, ids.token),
        keys=make_keys(config.secret),
        rules=make_rules(config),
        photos=Photos(open_store(config), Decoder()),
        generation_file=generation,
    )


def make_rules(config: Config) -> Rules:
    times = (config.grace_days, config.journal_days, config.track_days)
    return Rules(config.zone, *times, pin_required=config.pin_required, lease_hours=config.lease_hours)


def make_keys(secret: str) -> Keys:
    """One key a purpose, derived from the server's secret."""

    def derive(purpose: str) -> bytes:
        return HKDF(hashes.SHA256(), 32, None, f"grid {purpose} 1".encode()).derive(secret.encode())

    scalar = int.from_bytes(derive("sealing")) % (P256_ORDER - 1) + 1
    return Keys(mac=derive("mac"), blind=derive("blind"), sealed=derive("sealed"), sealing=scalar.to_bytes(32))
