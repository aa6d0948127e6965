"""A library on disk: SQLite is the truth, the vector index a cache. Does not know how vectors are made."""
