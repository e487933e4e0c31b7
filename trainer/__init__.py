"""Moltbox trainer: builds and trains MOLT in PyTorch and writes model files for the engine."""

import engine  # noqa: F401 - before anything else: it keeps libraries from sending anything
