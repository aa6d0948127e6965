"""Full search in the window: the offer, getting it, and looking through videos with it."""
