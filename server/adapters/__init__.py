"""The world outside: one folder a dependency. None knows another, none commits."""
