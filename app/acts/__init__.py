"""What the acts of the table do, one module for each part of the window: `handlers(window)` gives them by id."""
