"""How gunicorn serves the app. Threads, because a long download or stream holds one for its whole length.

Read by `gunicorn --config server/gunicorn_conf.py --bind HOST:PORT 'server.app:create_app()'`.
Slow senders would hold threads too: in production a buffering proxy stands in front (compose.yaml).
"""

worker_class = "gthread"
workers = 2
threads = 32
# Longer than any request should take; a worker that hangs is replaced. Seconds.
timeout = 120
graceful_timeout = 20
keepalive = 15
# A control socket would be one more way in, and two servers in one home would share its path.
control_socket_disable = True
# Paths carry record ids and the log is kept: what is logged is decided in the app.
accesslog = None


def on_starting(_server):
    """Before anything listens: a wrong setting stops the start with one sentence, instead of workers dying in turn."""
    from server.app import create_app

    create_app().extensions["world"].engine.dispose()
