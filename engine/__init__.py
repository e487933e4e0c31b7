"""Moltbox engine: looks at photos with a trained model and turns what it saw into boxes.

NumPy, OpenCV and ONNX Runtime only: this package never imports Qt or torch.
"""

import os

__version__ = "0.1.0"

# NumPy's OpenBLAS reads this when NumPy is first imported. Its own threads gain the small products of a heat map
# nothing, and then spin for a tenth of a second on the cores that the networks and the window want.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# ONNX Runtime's wheels send their makers what is run, from the moment it is imported, unless this is set before.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
