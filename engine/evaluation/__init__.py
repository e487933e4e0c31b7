"""How good boxes are on photos with known boxes: ground truth, scoring, calibration and reports."""
