"""Look once (`Localizer`), keep the `Evidence`, ask it for a `HeatMap`, cut boxes at any threshold."""
