"""Colours, text sizes and icons of the window."""
