"""From folders to vectors: scan, decode, encode, store, with progress, pause and cancel."""
