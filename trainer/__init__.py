"""Moltbox trainer: builds and trains MOLT in PyTorch and writes model files for the engine."""
