"""Pre-labels a folder without a window: decode, look, decide, write label files, report."""
