"""Training on images without episodes, and the changes that images are trained with."""
