"""Video files: probing, shot changes, windows of time, frames, pictures. Knows no model and no database."""
