FLASK_APP=server.app:make_app
