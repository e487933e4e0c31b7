"""Things that tests share: a tiny model, generated photos."""
