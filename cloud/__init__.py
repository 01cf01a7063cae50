"""The iomando cloud: who may open what, one way to open it, and the truth about what happened."""

VERSION = "0.1.0"
