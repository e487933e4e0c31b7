"""Moltbox desktop application. It never imports torch; training runs in a process of its own."""
