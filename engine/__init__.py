"""Moltbox engine: looks at photos with a trained model and turns what it saw into boxes.

NumPy, OpenCV and ONNX Runtime only: this package never imports Qt or torch.
"""

__version__ = "0.1.0"
