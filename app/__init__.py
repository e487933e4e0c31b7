"""Moltbox desktop application. It never imports torch; training runs in a process of its own."""

import engine  # noqa: F401 - before anything else: it keeps libraries from sending anything
