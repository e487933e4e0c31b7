"""Measures of localization, each in the module that is named after it."""
