"""Models as pure functions of arrays: frames and texts in, unit vectors out."""
